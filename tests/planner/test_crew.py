"""The crew's sheet is true to the plan and the ground."""

import datetime
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.frames import LocalFrame
from geo.terrain import Grid, Terrain
from missions import Ground, Mission
from missions.catalogue import aircraft_model
from missions.features import Area
from missions.records import Airspace, PathPoint, Plan, PlannedPhoto, Site, Sortie
from planner.crew import crew_sheets
from planner.prepare import Task, prepare
from report import CrewSheet

FRAME = LocalFrame(100.2, 25.6)
FLAT = Ground(FRAME, Terrain.flat(1000.0), 1.0)
HOME = (0.0, 0.0)


def lonlat(east: float, north: float) -> tuple[float, float]:
    lon, lat = FRAME.to_lonlat([(east, north)])[0].tolist()
    return lon, lat


def site(name: str, east: float, north: float) -> Site:
    lon, lat = lonlat(east, north)
    return Site(name=name, lon=lon, lat=lat, alt_amsl_m=1000.0)


def sortie(*corners: tuple[float, float], **changes: object) -> Sortie:
    """Out along the corners at 1080 m and back to the first."""
    kinds = ["takeoff", "start", *["follow"] * (len(corners) - 3), "end", "transit", "land"]
    places = [*corners, corners[0], corners[0]]
    path = [
        PathPoint(
            lon=lonlat(*at)[0], lat=lonlat(*at)[1], alt_amsl_m=1080.0 - 80.0 * (kind == "land"), kind=kind
        )
        for at, kind in zip(places, kinds, strict=True)
    ]
    photos = tuple(
        PlannedPhoto(
            lon=point.lon, lat=point.lat, alt_amsl_m=1080.0, yaw_deg=0, pitch_deg=-90, roll_deg=0, plot="A"
        )
        for point in path[1:-2]
    )
    values: dict[str, object] = {
        "name": "S01", "site": "Home", "plots": ("A",), "speed_m_s": 8.0, "trigger_m": 20.0,
        "path": tuple(path), "photos": photos, "path_m": 2000.0, "flight_s": 300.0,
        "energy_wh": 50.0, "battery_pct": 40.0,
    }  # fmt: skip
    return Sortie.model_validate({**values, **changes})


def plan(*sorties: Sortie, **changes: object) -> Plan:
    values: dict[str, object] = {
        "mission": "Trial", "aircraft": "holybro-x650", "camera": "sony-a6000-20mm", "gsd_cm": 1.2,
        "height_agl_m": 80, "spacing_m": 60, "trigger_m": 20, "sites": (site("Home", *HOME),),
        "sorties": sorties, "plots": (), "path_m": 2000, "flight_s": 300, "photos": 1,
        "coverage": 1, "in_no_fly_m": 0,
    }  # fmt: skip
    return Plan.model_validate({**values, **changes})


@pytest.fixture
def mission(hillside: Path) -> Mission:
    return Mission(hillside)


@pytest.fixture
def task(mission: Mission) -> Task:
    return replace(prepare(mission), ground=FLAT, no_fly=[])


def sheet(mission: Mission, task: Task, made: Plan) -> CrewSheet:
    return next(crew_sheets(mission, task, made))


def square(name: str, east: float, north: float, half: float = 20.0) -> Area:
    box = shapely.box(east - half, north - half, east + half, north + half)
    return Area(name, FRAME.geometry_to_lonlat(box))


NORTHWARD = sortie(HOME, (0.0, 200.0), (0.0, 800.0))


def test_figures_come_from_the_sortie_and_the_settings(mission: Mission, task: Task) -> None:
    takeoff = datetime.datetime(2027, 3, 1, 9, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
    flown = NORTHWARD.model_copy(update={"takeoff": takeoff, "home_pct": 7.2, "aircraft": 2})
    shown = sheet(mission, task, plan(flown))
    assert shown.landing_pct == 60.0
    assert shown.turn_home_pct == math.ceil(25 + 7.2)
    assert (shown.takeoff, shown.aircraft_number) == (takeoff, 2)
    assert shown.agl_m == pytest.approx((80.0, 80.0))
    assert shown.amsl_m == (1000.0, 1080.0)
    assert shown.overlaps_pct == (30.0, 30.0)
    assert shown.exposure_s == pytest.approx(0.5 * 0.012 / 8.0)  # half a pixel
    assert shown.file == "S01.plan"
    assert sheet(mission, task, plan(NORTHWARD)).turn_home_pct == 25


def test_the_file_to_load_is_the_controllers(mission: Mission, task: Task) -> None:
    dji = replace(task, aircraft=aircraft_model("dji-m3e"))
    assert sheet(mission, dji, plan(NORTHWARD)).file == "S01.kmz"


def test_the_ceiling_is_the_plans_where_it_has_one(mission: Mission, task: Task) -> None:
    nowhere = {"type": "Polygon", "coordinates": []}
    air = Airspace(allowed=nowhere, no_fly=nowhere, ceiling_agl_m=90.0)
    assert sheet(mission, task, plan(NORTHWARD, airspace=air)).ceiling_agl_m == 90.0
    assert sheet(mission, task, plan(NORTHWARD)).ceiling_agl_m == 120.0


def test_no_fly_areas_are_measured_from_the_path(mission: Mission, task: Task) -> None:
    areas = [square("far", 0, 10_000), square("east", 320, 500), square("west", -120, 500)]
    shown = sheet(mission, replace(task, no_fly=areas), plan(NORTHWARD))
    assert [near.name for near in shown.near_no_fly] == ["west", "east"]  # the nearest first, the far one not
    assert [near.distance_m for near in shown.near_no_fly] == pytest.approx([100.0, 300.0], abs=0.1)
    assert [near.bearing_deg for near in shown.near_no_fly] == pytest.approx([270.0, 90.0], abs=0.1)
    assert shown.no_fly_on_return == []


def test_a_straight_way_home_through_a_no_fly_area_is_said(mission: Mission, task: Task) -> None:
    around = sortie(HOME, (300.0, 0.0), (300.0, 600.0), (0.0, 600.0))
    back = [point.model_copy(update={"kind": "transit"}) for point in around.path[2:0:-1]]
    around = around.model_copy(update={"path": (*around.path[:-2], *back, *around.path[-2:])})
    areas = [square("in the way", 0, 300), square("aside", -300, 300)]
    shown = sheet(mission, replace(task, no_fly=areas), plan(around))
    assert shown.no_fly_on_return == ["in the way"]


def test_the_return_height_clears_hills_on_the_straight_way(mission: Mission, task: Task) -> None:
    assert sheet(mission, task, plan(NORTHWARD)).return_height_m == 20.0  # the clearance over level ground

    north = np.arange(-1000.0, 1001.0, 10.0)
    z = np.broadcast_to(1000.0 + 101.0 * (np.abs(north - 400.0) < 50.0)[:, None], (201, 201))
    ridge = Ground(FRAME, Terrain(Grid(z, -1000.0, -1000.0, 10.0)), 1.0)
    assert sheet(mission, replace(task, ground=ridge), plan(NORTHWARD)).return_height_m == 125.0


def test_emergency_points_are_all_other_places_the_nearest_first(mission: Mission, task: Task) -> None:
    made = plan(
        NORTHWARD,
        sites=(site("Home", *HOME), site("South", 0.0, -500.0)),
        rally=(site("East", 300.0, 0.0), site("North", 0.0, 900.0)),
    )
    shown = sheet(mission, task, made).emergency
    assert [near.name for near in shown] == ["East", "South", "North"]
    assert [near.distance_m for near in shown] == pytest.approx([300.0, 500.0, 900.0], abs=0.1)
    assert [near.bearing_deg for near in shown] == pytest.approx([90.0, 180.0, 0.0], abs=0.1)
    assert shown[0].lonlat == pytest.approx(lonlat(300.0, 0.0))
