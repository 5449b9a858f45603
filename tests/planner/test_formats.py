import json
from pathlib import Path

import pytest
import shapely

from geo.kml import read_kml
from missions.catalogue import aircraft_model
from missions.features import Area, Plot
from missions.records import PathPoint, Plan, PlannedPhoto, PlotReport, Site, Sortie
from planner.formats import write_plan_files

GOLDEN = Path(__file__).parent / "golden"
PLOT = Plot("Field 地", shapely.box(100.001, 25.001, 100.003, 25.002))
NO_FLY = Area("Mast", shapely.Polygon([(100.002, 25.003), (100.003, 25.003), (100.0025, 25.004)]))
POINTS = (
    (100.0, 25.0, 1560.0, "takeoff"),
    (100.0008, 25.0015, 1558.5, "transit"),
    (100.001, 25.0015, 1558.25, "start"),
    (100.002, 25.0015, 1562.0, "follow"),
    (100.003, 25.0015, 1557.75, "end"),
    (100.0, 25.0, 1560.0, "transit"),
    (100.0, 25.0, 1500.0, "land"),
)


@pytest.fixture
def plan():
    path = [
        PathPoint(lon=lon, lat=lat, alt_amsl_m=alt, kind=kind, plot=PLOT.name)
        for lon, lat, alt, kind in POINTS
    ]
    photo = PlannedPhoto(
        lon=100.001, lat=25.0015, alt_amsl_m=1558.25, yaw_deg=90, pitch_deg=-90, roll_deg=0, plot=PLOT.name
    )
    sortie = Sortie(
        name="S01", site="home", plots=(PLOT.name,), speed_m_s=8.0, trigger_m=31.5, path=tuple(path),
        photos=(photo,), path_m=700.0, flight_s=120.0, energy_wh=20.0, battery_pct=9.0,
    )  # fmt: skip
    return Plan(
        mission="Test", aircraft="holybro-x650", camera="sony-a6000-20mm", gsd_cm=1.5, height_agl_m=60.0,
        spacing_m=40.0, trigger_m=31.5, sites=(Site(name="home", lon=100.0, lat=25.0, alt_amsl_m=1500.0),),
        sorties=(sortie,), plots=(PlotReport(name=PLOT.name, area_ha=2.2, coverage=1.0),), path_m=700.0,
        flight_s=120.0, photos=1, coverage=1.0, in_no_fly_m=0.0,
    )  # fmt: skip


@pytest.fixture
def written(plan, tmp_path):
    write_plan_files(tmp_path, plan, aircraft_model("holybro-x650"), [PLOT], [NO_FLY])
    return tmp_path


@pytest.mark.parametrize("name", ["S01.plan", "S01.waypoints"])
def test_files_are_as_they_were(written, name):
    assert (written / name).read_bytes() == (GOLDEN / name).read_bytes()


def keys_of_items(items):
    """Keys and parameter counts of simple items, by command."""
    return {
        item["command"]: (set(item), len(item["params"])) for item in items if item["type"] == "SimpleItem"
    }


def test_a_plan_is_built_like_qgroundcontrols_own(written, tianmu_data):
    ours = json.loads((written / "S01.plan").read_text())
    real = json.loads((tianmu_data / "plans" / "qgroundcontrol_sample.plan").read_text())
    assert set(ours) == set(real)
    assert set(ours["mission"]) == set(real["mission"])
    for part in ("geoFence", "rallyPoints"):
        assert set(ours[part]) == set(real[part])
        assert ours[part]["version"] == real[part]["version"]
    assert (ours["fileType"], ours["version"], ours["mission"]["version"]) == ("Plan", 1, 2)
    theirs, mine = keys_of_items(real["mission"]["items"]), keys_of_items(ours["mission"]["items"])
    for command in (22, 16, 20):
        assert mine[command] == theirs[command]


def test_the_camera_is_switched_as_qgroundcontrol_does_it(written, tianmu_data):
    """As a real survey: a waypoint, start with a photo at once, a waypoint, stop."""
    real = json.loads((tianmu_data / "plans" / "uavrmp_survey_100m.plan").read_text())
    survey = next(item for item in real["mission"]["items"] if item["type"] == "ComplexItem")
    theirs = survey["TransectStyleComplexItem"]["Items"][:4]
    ours = json.loads((written / "S01.plan").read_text())["mission"]["items"]
    camera = [item for item in ours if item["command"] == 206]
    assert [item["command"] for item in theirs] == [16, 206, 16, 206]
    for mine, real_item in zip(camera, (theirs[1], theirs[3]), strict=True):
        assert mine["frame"] == real_item["frame"]
        assert mine["params"][1:] == real_item["params"][1:]


def test_waypoints_are_read_back_by_pymavlink(written):
    mavwp = pytest.importorskip("pymavlink.mavwp")
    loader = mavwp.MAVWPLoader()
    assert loader.load(str(written / "S01.waypoints")) == 11
    plan_items = json.loads((written / "S01.plan").read_text())["mission"]["items"]
    assert [loader.wp(i).command for i in range(1, 11)] == [item["command"] for item in plan_items]
    assert (loader.wp(0).frame, loader.wp(0).z) == (0, 1500.0)
    start = loader.wp(4)
    assert (start.x, start.y, start.z) == pytest.approx((25.0015, 100.001, 58.25))


def test_the_kml_shows_everything_and_reads_back(written):
    names = [feature.name for feature in read_kml(written / "plan.kml")]
    assert names == [PLOT.name, "Mast", "home", "S01", "S01"]
    assert not [feature for feature in read_kml(written / "plan.kml") if feature.problem]
