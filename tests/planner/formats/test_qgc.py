"""Plans for QGroundControl, held against its own rules and its own files."""

import json

import pytest
import shapely

from geo.frames import LocalFrame
from missions.features import Plot
from missions.records import Site
from planner.fence import geofence
from planner.formats import load_of, read_plan_file, write_plan_file, write_survey_file

from .conftest import NO_FLY, PLOT, POINTS, airspace_of, plan_of, sortie_of
from .qgc_rules import check_plan


def load(plan, aircraft):
    return load_of(plan, plan.sorties[0], aircraft, geofence(plan, plan.sorties[0], [NO_FLY]))


def survey_document(tmp_path, plan, aircraft, plots=(PLOT,)):
    path = tmp_path / "S01-survey.plan"
    assert write_survey_file(path, load(plan, aircraft), plan, plots)
    return json.loads(path.read_text())


def surveys(document):
    return [item for item in document["mission"]["items"] if item["type"] == "ComplexItem"]


@pytest.mark.parametrize(
    "name", ["uavrmp_survey_30m_terrain.plan", "qgroundcontrol_sample.plan", "uavrmp_survey_100m.plan"]
)
def test_the_rules_are_those_of_qgroundcontrols_own_files(tianmu_data, name):
    """What a real plan has, the rules accept; survey versions of before 4.2 only have other keys."""
    document = json.loads((tianmu_data / "plans" / name).read_text())
    document["mission"].setdefault("globalPlanAltitudeMode", 1)
    if name == "uavrmp_survey_100m.plan":
        inner = document["mission"]["items"][1]["TransectStyleComplexItem"]
        inner["version"] = inner["CameraCalc"]["version"] = 2
        inner["CameraCalc"]["DistanceMode"] = 1
    check_plan(document)


def test_a_plan_is_what_qgroundcontrol_opens_and_uploads(tmp_path, plan, x650):
    write_plan_file(tmp_path / "S01.plan", load(plan, x650))
    document = json.loads((tmp_path / "S01.plan").read_text())
    flown = check_plan(document)
    assert not surveys(document)
    assert [item["command"] for item in flown][:5] == [22, 178, 16, 16, 206]
    assert document["mission"]["globalPlanAltitudeMode"] == 1


def keys_of_items(items):
    return {
        item["command"]: (set(item), len(item["params"])) for item in items if item["type"] == "SimpleItem"
    }


def test_a_plan_is_built_like_qgroundcontrols_own(tmp_path, plan, x650, tianmu_data):
    write_plan_file(tmp_path / "S01.plan", load(plan, x650))
    ours = json.loads((tmp_path / "S01.plan").read_text())
    real = json.loads((tianmu_data / "plans" / "qgroundcontrol_sample.plan").read_text())
    assert set(ours) == set(real)
    assert set(ours["mission"]) == set(real["mission"])
    theirs, mine = keys_of_items(real["mission"]["items"]), keys_of_items(ours["mission"]["items"])
    for command in (22, 16, 20):
        assert mine[command] == theirs[command]


def test_a_survey_has_the_keys_of_qgroundcontrols_own(tmp_path, plan, x650, tianmu_data):
    (mine,) = surveys(survey_document(tmp_path, plan, x650))
    real = json.loads((tianmu_data / "plans" / "uavrmp_survey_30m_terrain.plan").read_text())
    (theirs,) = surveys(real)
    inner, real_inner = mine["TransectStyleComplexItem"], theirs["TransectStyleComplexItem"]
    assert set(mine) == set(theirs)
    assert set(inner) == set(real_inner)
    assert set(inner["CameraCalc"]) == set(real_inner["CameraCalc"])
    assert {key: type(value) for key, value in mine.items()}.keys() == theirs.keys()
    assert set(inner["Items"][0]) == set(real_inner["Items"][0])


def test_the_camera_is_switched_as_qgroundcontrol_does_it(tmp_path, plan, x650, tianmu_data):
    """As a real survey: a waypoint, start with a photo at once, a waypoint, stop."""
    (mine,) = surveys(survey_document(tmp_path, plan, x650))
    real = json.loads((tianmu_data / "plans" / "uavrmp_survey_100m.plan").read_text())
    theirs = surveys(real)[0]["TransectStyleComplexItem"]["Items"][:4]
    camera = [item for item in mine["TransectStyleComplexItem"]["Items"] if item["command"] == 206]
    assert [item["command"] for item in theirs] == [16, 206, 16, 206]
    for ours, item in zip(camera[:2], (theirs[1], theirs[3]), strict=True):
        assert ours["frame"] == item["frame"]
        assert ours["params"][1:] == item["params"][1:]


def test_the_survey_flies_exactly_the_plan(tmp_path, plan, x650):
    document = survey_document(tmp_path, plan, x650)
    write_plan_file(tmp_path / "S01.plan", load(plan, x650))
    assert [item["params"] for item in check_plan(document)] == [
        item["params"] for item in json.loads((tmp_path / "S01.plan").read_text())["mission"]["items"]
    ]
    (survey,) = surveys(document)
    assert survey["angle"] == pytest.approx(90, abs=0.1)
    assert shapely.Polygon([(lon, lat) for lat, lon in survey["polygon"]]).equals(PLOT.polygon)
    inner = survey["TransectStyleComplexItem"]
    assert len(inner["VisualTransectPoints"]) == 6
    assert inner["TerrainFlightSpeed"] == plan.sorties[0].speed_m_s
    assert (tmp_path / "S01-survey.plan").stat().st_size > 1000


def test_half_a_plot_is_surveyed_within_its_half(tmp_path, plan, x650):
    half = plan.model_copy(update={"sorties": (sortie_of((*POINTS[:5], *POINTS[-2:])),)})
    (survey,) = surveys(survey_document(tmp_path, half, x650))
    outline = shapely.Polygon([(lon, lat) for lat, lon in survey["polygon"]])
    frame = LocalFrame(100.002, 25.0015)
    flown = shapely.LineString(frame.to_enu([point[:2] for point in POINTS[2:5]]))
    inside = frame.geometry_to_enu(outline)
    assert inside.difference(frame.geometry_to_enu(PLOT.polygon).buffer(0.1)).is_empty
    assert inside.covers(flown.buffer(-0.01)) or inside.buffer(0.1).covers(flown)
    assert inside.area == pytest.approx(flown.length * 44, rel=0.1)


def test_what_does_not_fit_a_survey_stays_simple_items(tmp_path, plan, x650):
    holed = Plot(PLOT.name, PLOT.polygon.difference(shapely.Point(100.0015, 25.0013).buffer(0.0001)))
    path = tmp_path / "S01-survey.plan"
    assert not write_survey_file(path, load(plan, x650), plan, [holed])
    assert not path.exists()


def test_bent_and_oblique_transects_stay_simple_items(tmp_path, plan, x650):
    bent = [(*POINTS[3][:1], 25.0013, *POINTS[3][2:])]
    oblique = sortie_of((*POINTS[:5], *POINTS[-2:]))
    path = [point.model_copy(update={"camera_pitch_deg": -45.0}) for point in oblique.path]
    for sortie in (
        sortie_of((*POINTS[:3], *bent, POINTS[4], *POINTS[-2:])),
        oblique.model_copy(update={"path": tuple(path)}),
    ):
        other = plan.model_copy(update={"sorties": (sortie,)})
        assert not write_survey_file(tmp_path / "S01-survey.plan", load(other, x650), other, [PLOT])


def test_each_direction_is_a_survey_of_its_own(tmp_path, plan, x650):
    across = [(100.002, 25.001, 1558.0, "start"), (100.002, 25.002, 1558.0, "end")]
    crossed = plan.model_copy(update={"sorties": (sortie_of((*POINTS[:9], *across, *POINTS[-2:])),)})
    document = survey_document(tmp_path, crossed, x650)
    check_plan(document)
    assert [round(survey["angle"]) for survey in surveys(document)] == [90, 0]


def test_rally_points_and_fences_read_back(tmp_path, plan, x650):
    write_plan_file(tmp_path / "S01.plan", load(plan, x650))
    read = read_plan_file(tmp_path / "S01.plan")
    assert [(point.lon, point.lat, point.height_m) for point in read.rally] == [
        (100.0005, 25.0005, 70.0),
        (100.0035, 25.0022, 55.5),
    ]
    assert [fence.inclusion for fence in read.fences] == [True, False]
    assert read.fences[1].polygon.covers(NO_FLY.polygon)


def test_a_plan_without_airspace_or_rally_is_whole_too(tmp_path, x650):
    bare = plan_of(sites=(Site(name="home", lon=100.0, lat=25.0, alt_amsl_m=1500.0),))
    write_plan_file(tmp_path / "S01.plan", load(bare, x650))
    document = json.loads((tmp_path / "S01.plan").read_text())
    check_plan(document)
    assert [polygon["inclusion"] for polygon in document["geoFence"]["polygons"]] == [False]


def test_what_the_fence_cannot_hold_is_said(plan, x650):
    dots = [
        shapely.Point(100.0012 + i * 0.00015, lat).buffer(0.00005)
        for i in range(12)
        for lat in (25.00135, 25.00165)
    ]
    allowed = shapely.box(99.999, 24.999, 100.005, 25.005).difference(shapely.union_all(dots))
    crowded = plan.model_copy(update={"airspace": airspace_of(allowed)})
    assert any("corners" in problem for problem in load(crowded, x650).problems)
