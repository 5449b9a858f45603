"""One small plan that every format is written from: three transects over a plot, with a step in height."""

import pytest
import shapely

from missions.catalogue import aircraft_model
from missions.features import Area, Plot
from missions.records import Airspace, PathPoint, Plan, PlannedPhoto, PlotReport, Site, Sortie

PLOT = Plot("Field 地", shapely.box(100.001, 25.001, 100.003, 25.002))
NO_FLY = Area("Mast", shapely.Polygon([(100.002, 25.003), (100.003, 25.003), (100.0025, 25.004)]))
POINTS = (
    (100.0, 25.0, 1560.0, "takeoff"),
    (100.0008, 25.0018, 1558.5, "transit"),
    (100.001, 25.0018, 1558.25, "start"),
    (100.002, 25.0018, 1562.0, "follow"),
    (100.003, 25.0018, 1557.75, "end"),
    (100.003, 25.0015, 1557.75, "start"),
    (100.001, 25.0015, 1558.25, "end"),
    (100.001, 25.0012, 1558.25, "start"),
    (100.003, 25.0012, 1557.75, "end"),
    (100.0, 25.0, 1560.0, "transit"),
    (100.0, 25.0, 1500.0, "land"),
)


def sortie_of(points=POINTS, name="S01", **changes):
    path = [
        PathPoint(lon=lon, lat=lat, alt_amsl_m=alt, kind=kind, plot=PLOT.name)
        for lon, lat, alt, kind in points
    ]
    photo = PlannedPhoto(
        lon=100.001, lat=25.0015, alt_amsl_m=1558.25, yaw_deg=90, pitch_deg=-90, roll_deg=0, plot=PLOT.name
    )
    sortie = Sortie(
        name=name, site="home", plots=(PLOT.name,), speed_m_s=8.0, trigger_m=31.5, path=tuple(path),
        photos=(photo,), path_m=1000.0, flight_s=180.0, energy_wh=20.0, battery_pct=9.0,
    )  # fmt: skip
    return sortie.model_copy(update=changes)


def plan_of(*sorties, **changes):
    plan = Plan(
        mission="Test", aircraft="holybro-x650", camera="sony-a6000-20mm", gsd_cm=1.5, height_agl_m=60.0,
        spacing_m=40.0, trigger_m=31.5, sites=(Site(name="home", lon=100.0, lat=25.0, alt_amsl_m=1500.0),),
        sorties=sorties or (sortie_of(),),
        plots=(PlotReport(name=PLOT.name, area_ha=2.2, coverage=1.0),), path_m=1000.0,
        flight_s=180.0, photos=1, coverage=1.0, in_no_fly_m=0.0,
    )  # fmt: skip
    return plan.model_copy(update=changes)


def airspace_of(allowed, no_fly=None):
    return Airspace(
        allowed=shapely.geometry.mapping(allowed),
        no_fly=shapely.geometry.mapping(no_fly or shapely.Polygon()),
        ceiling_agl_m=120.0,
    )


@pytest.fixture
def plan():
    """With airspace around the plot, the mast cut out of it, and two rally points."""
    around = shapely.box(99.9992, 24.9992, 100.0042, 25.0050)
    mast = shapely.Polygon([(100.0018, 25.0029), (100.0032, 25.0029), (100.0025, 25.0042)])
    rally = (
        Site(name="R1", lon=100.0005, lat=25.0005, alt_amsl_m=1510.0),
        Site(name="R2", lon=100.0035, lat=25.0022, alt_amsl_m=1495.5),
    )
    return plan_of(airspace=airspace_of(around.difference(mast), mast), rally=rally)


@pytest.fixture
def dji_plan(plan):
    return plan.model_copy(update={"aircraft": "dji-m3e", "camera": "dji-m3e"})


@pytest.fixture
def x650():
    return aircraft_model("holybro-x650")


@pytest.fixture
def m3e():
    return aircraft_model("dji-m3e")
