"""Files as they were, and what all formats have in common."""

import zipfile
from pathlib import Path

import pytest
import shapely
from lxml import etree

from geo.kml import read_kml
from missions.catalogue import aircraft_model
from planner.formats import file_to_load, read_mission_file, write_plan_files
from planner.items import mission_items

from .conftest import NO_FLY, PLOT, POINTS, sortie_of

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def written(plan, x650, tmp_path):
    assert write_plan_files(tmp_path, plan, x650, [PLOT], [NO_FLY]) == []
    return tmp_path


@pytest.fixture
def written_for_dji(dji_plan, m3e, tmp_path):
    assert write_plan_files(tmp_path, dji_plan, m3e, [PLOT], [NO_FLY]) == []
    with zipfile.ZipFile(tmp_path / "S01.kmz") as archive:
        archive.extractall(tmp_path)
    return tmp_path


def same_as_golden(folder, name):
    """Compare with tests/planner/formats/golden; delete a file there to have it written anew."""
    golden = GOLDEN / Path(name).name
    if not golden.exists():
        golden.write_bytes((folder / name).read_bytes())
        pytest.fail(f"{golden} was not there and has been written: look at it")
    return (folder / name).read_bytes() == golden.read_bytes()


@pytest.mark.parametrize("name", ["S01.plan", "S01-survey.plan", "S01.waypoints", "plan.kml"])
def test_files_are_as_they_were(written, name):
    assert same_as_golden(written, name)


@pytest.mark.parametrize("name", ["S01.csv", "wpmz/template.kml", "wpmz/waylines.wpml"])
def test_files_for_dji_are_as_they_were(written_for_dji, name):
    assert same_as_golden(written_for_dji, name)


def test_every_controller_gets_its_files(written, dji_plan, m3e, tmp_path):
    names = {path.name for path in written.iterdir()}
    assert names == {"S01.plan", "S01-survey.plan", "S01.waypoints", "plan.kml"}
    models = ["holybro-x650", "dji-m3e", "dji-p4rtk"]
    loaded = [file_to_load(dji_plan.sorties[0], aircraft_model(model)) for model in models]
    assert loaded == ["S01.plan", "S01.kmz", "S01.csv"]
    other = tmp_path / "dji"
    other.mkdir()
    write_plan_files(other, dji_plan, m3e, [PLOT], [NO_FLY])
    assert {path.name for path in other.iterdir()} == {"S01.kmz", "S01.csv", "plan.kml"}
    phantom = tmp_path / "phantom"
    phantom.mkdir()
    write_plan_files(phantom, dji_plan, aircraft_model("dji-p4rtk"), [PLOT], [NO_FLY])
    assert {path.name for path in phantom.iterdir()} == {"S01.csv", "plan.kml"}


def test_what_litchi_cannot_hold_is_a_warning_and_the_waylines_are_there(dji_plan, m3e, tmp_path):
    follow = [(100.001 + 1e-5 * i, 25.001, 1558.0, "follow") for i in range(120)]
    line = ((100.001, 25.001, 1558.0, "start"), *follow, (100.003, 25.001, 1558.0, "end"))
    sortie = sortie_of((POINTS[0], *line, POINTS[-2], POINTS[-1]))
    long = dji_plan.model_copy(update={"sorties": (sortie,)})
    (warning,) = write_plan_files(tmp_path, long, m3e, [PLOT], [NO_FLY])
    assert "Litchi" in warning
    assert {path.name for path in tmp_path.iterdir()} == {"S01.kmz", "plan.kml"}


@pytest.mark.parametrize("name", ["S01.plan", "S01-survey.plan", "S01.waypoints"])
def test_what_is_written_reads_back_as_what_is_flown(written, plan, x650, name):
    read = read_mission_file(written / name)
    assert read.routes[0].items == tuple(mission_items(plan.sorties[0], plan.sites[0], x650))
    assert (read.home.lon, read.home.lat, read.home.alt_amsl_m) == (100.0, 25.0, 1500.0)


def test_waypoints_are_read_back_by_pymavlink(written, plan, x650):
    mavwp = pytest.importorskip("pymavlink.mavwp")
    loader = mavwp.MAVWPLoader()
    items = mission_items(plan.sorties[0], plan.sites[0], x650)
    assert loader.load(str(written / "S01.waypoints")) == len(items) + 1
    assert [loader.wp(i).command for i in range(1, len(items) + 1)] == [item.command for item in items]
    assert (loader.wp(0).frame, loader.wp(0).z) == (0, 1500.0)
    start = loader.wp(4)
    assert (start.x, start.y, start.z) == pytest.approx((25.0018, 100.001, 58.25))


def test_the_kml_shows_everything_and_reads_back(written, plan):
    features = read_kml(written / "plan.kml")
    names = [feature.name for feature in features]
    assert names == [PLOT.name, "Mast", "Allowed airspace", "home", "R1", "R2", "S01", "S01"]
    assert not [feature for feature in features if feature.problem]
    read = read_mission_file(written / "plan.kml")
    (route,) = read.routes
    path = [(item.lon_deg, item.lat_deg, item.z_m) for item in route.items]
    assert path == [(point.lon, point.lat, point.alt_amsl_m) for point in plan.sorties[0].path]
    assert read.home.alt_amsl_m == 1500.0
    by_kind = {area.kind: area.geometry for area in read.areas}
    assert by_kind["Plots"].equals(PLOT.polygon)
    assert by_kind["No-fly areas"].equals(NO_FLY.polygon)
    assert shapely.equals_exact(
        by_kind["Allowed airspace"].normalize(),
        shapely.geometry.shape(plan.airspace.allowed).normalize(),
        1e-7,
    )


def test_the_kml_is_valid(written):
    fastkml = pytest.importorskip("fastkml")
    schema = etree.XMLSchema(file=str(Path(fastkml.__file__).parent / "schema" / "ogckml22.xsd"))
    schema.assertValid(etree.parse(written / "plan.kml"))
