"""What the flight application says is what the plan does."""

import datetime
from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from missions import Mission
from missions.catalogue import AircraftModel, aircraft_model
from missions.records import Airspace, Plan, Site, read_plan
from planner import plan
from planner.application import aircraft_class, flight_application, outline
from planner.prepare import Task, prepare

CHINA = datetime.timezone(datetime.timedelta(hours=8))


def weighing(empty: float | None, mtow: float | None) -> AircraftModel:
    return aircraft_model("dji-m3e").model_copy(update={"empty_kg": empty, "mtow_kg": mtow})


@pytest.mark.parametrize(
    ("empty", "mtow", "expected"),
    [
        (0.249, 0.249, "micro"),
        (0.25, 0.3, "light"),
        (4.0, 7.0, "light"),
        (4.01, 7.0, "small"),
        (4.0, 7.01, "small"),
        (15.0, 25.0, "small"),
        (15.1, 25.0, "medium"),
        (15.0, 25.1, "medium"),
        (100.0, 150.0, "medium"),
        (100.0, 150.1, "large"),
        (None, 7.0, None),
        (4.0, None, None),
    ],
)
def test_classes_are_those_of_article_62(
    empty: float | None, mtow: float | None, expected: str | None
) -> None:
    assert aircraft_class(weighing(empty, mtow)) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [("holybro-x650", "light"), ("dji-m3e", "light"), ("dji-m350", "small"), ("mfd-crosswind-vtol", None)],
)
def test_classes_of_aircraft_in_the_catalogue(key: str, expected: str | None) -> None:
    assert aircraft_class(aircraft_model(key)) == expected


@st.composite
def patches(draw: st.DrawFn) -> shapely.Polygon:
    """A plot-like patch of several boxes and a hole."""
    at = st.floats(-500.0, 500.0)
    boxes = [shapely.box(0, 0, 300, 200)]
    for _ in range(draw(st.integers(0, 6))):
        east, north = draw(at), draw(at)
        boxes.append(shapely.LineString([(150, 100), (east, north)]).buffer(draw(st.floats(5.0, 80.0))))
    hole = shapely.box(100, 100, 120, 130)
    return max(shapely.get_parts(shapely.union_all(boxes).difference(hole)), key=lambda part: part.area)


@given(patches())
def test_an_outline_holds_all_of_its_area_with_few_corners(area: shapely.Polygon) -> None:
    around = outline(area)
    assert around.is_valid
    assert around.covers(area)
    assert len(around.interiors) == 0
    assert len(around.exterior.coords) <= 25 or around.equals(area.convex_hull)


@pytest.fixture
def planned(hillside: Path) -> tuple[Mission, Task, Plan]:
    mission = Mission(hillside)
    plan(mission)
    return mission, prepare(mission), read_plan(mission.dir("plan") / "plan.json")


def test_the_application_is_drawn_from_the_plan(planned: tuple[Mission, Task, Plan]) -> None:
    mission, task, made = planned
    application = flight_application(mission, task, made)
    first = made.sorties[0]
    assert [site.name for site in application.sites] == ["Threshing floor"]
    assert application.days == []
    assert len(application.routes) == len(made.sorties)
    assert application.routes[0].points[0] == (first.path[0].lon, first.path[0].lat, first.path[0].alt_amsl_m)
    work = [first.path[index].kind for index in application.routes[0].work]
    assert work == ["start", "end"]
    assert 0.9 * made.height_agl_m < application.highest_agl_m <= 120.0
    farthest = task.ground.frame.to_enu([(point.lon, point.lat) for point in first.path])
    site = task.ground.frame.to_enu([(made.sites[0].lon, made.sites[0].lat)])[0]
    assert application.farthest_m == pytest.approx(
        max(shapely.distance(shapely.points(farthest), shapely.Point(site))), abs=1.0
    )


def test_the_airspace_holds_every_path(planned: tuple[Mission, Task, Plan]) -> None:
    mission, task, made = planned
    areas = [shapely.Polygon(ring) for ring in flight_application(mission, task, made).airspace]
    for sortie in made.sorties:
        path = shapely.LineString([(point.lon, point.lat) for point in sortie.path])
        assert shapely.union_all(areas).covers(path)


def test_the_plans_own_airspace_goes_first(planned: tuple[Mission, Task, Plan]) -> None:
    mission, task, made = planned
    allowed = shapely.box(100.19, 25.59, 100.21, 25.61)
    air = Airspace(allowed=shapely.geometry.mapping(allowed), no_fly={}, ceiling_agl_m=100.0)
    application = flight_application(mission, task, made.model_copy(update={"airspace": air}))
    (ring,) = application.airspace
    assert len(ring) == 4
    assert shapely.Polygon(ring).covers(allowed)
    assert application.ceiling_agl_m == 100.0


def test_days_begin_with_the_first_flight_and_end_with_the_last(planned: tuple[Mission, Task, Plan]) -> None:
    mission, task, made = planned
    hours = [(2, 9.0), (1, 14.0), (1, 8.5), (2, 11.0)]
    sorties = tuple(
        made.sorties[0].model_copy(
            update={
                "name": f"S{number}",
                "flight_s": 600.0,
                "takeoff": datetime.datetime(2027, 3, day, int(hour), int(hour % 1 * 60), tzinfo=CHINA),
            }
        )
        for number, (day, hour) in enumerate(hours)
    )
    days = flight_application(mission, task, made.model_copy(update={"sorties": sorties})).days
    assert [(day.first.day, f"{day.first:%H:%M}", f"{day.last:%H:%M}", day.sorties) for day in days] == [
        (1, "08:30", "14:10", 2),
        (2, "09:00", "11:10", 2),
    ]


def test_other_sites_and_rally_points_are_for_diversion(planned: tuple[Mission, Task, Plan]) -> None:
    mission, task, made = planned
    unused = Site(name="School yard", lon=100.19, lat=25.6, alt_amsl_m=1800)
    rally = Site(name="Meadow", lon=100.21, lat=25.6, alt_amsl_m=1800)
    more = made.model_copy(update={"sites": (*made.sites, unused), "rally": (rally,)})
    application = flight_application(mission, task, more)
    assert [place.name for place in application.rally] == ["Meadow", "School yard"]
    assert [place.name for place in application.sites] == ["Threshing floor"]
