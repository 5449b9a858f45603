"""Reading what others wrote: real files, damaged ones, and noise."""

import json
import math
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import TianmuError
from missions.errors import PlanError
from planner.formats import (
    checked,
    read_mission_file,
    read_plan_file,
    read_waypoints_file,
    read_wpml_file,
    write_plan_files,
)

from .conftest import NO_FLY, PLOT

ENOUGH = settings(
    deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def files(plan, dji_plan, x650, m3e, tmp_path):
    """One good file of every format, by its ending."""
    write_plan_files(tmp_path, plan, x650, [PLOT], [NO_FLY])
    write_plan_files(tmp_path, dji_plan, m3e, [PLOT], [NO_FLY])
    return {
        ".plan": tmp_path / "S01-survey.plan",
        ".waypoints": tmp_path / "S01.waypoints",
        ".kml": tmp_path / "plan.kml",
        ".kmz": tmp_path / "S01.kmz",
    }


@pytest.mark.parametrize(
    ("name", "items", "kinds", "aside"),
    [
        ("qgroundcontrol_sample", 6, [], 0),
        ("qgroundcontrol_sample_with_digicam_control", 1, [], 0),
        ("qgroundcontrol_sample_with_structured_scan", 1, ["StructureScan"], 1),
        ("qgroundcontrol_sample_with_survey", 13, ["survey"], 0),
        ("uavrmp_survey_100m", 85, ["survey"], 0),
        ("uavrmp_survey_30m_terrain", 569, ["survey"], 0),
    ],
)
def test_real_plans_are_read(tianmu_data, name, items, kinds, aside):
    read = read_plan_file(tianmu_data / "plans" / f"{name}.plan")
    assert len(read.routes[0].items) == items
    assert [area.kind for area in read.areas] == kinds
    assert len(read.set_aside) == aside
    assert all(area.geometry.is_valid for area in read.areas)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "sample_with_survey_missing_items",
            r"mission\.items\[1\]\.TransectStyleComplexItem\.Items is missing",
        ),
        ("sample_with_survey_wrong_version", r"mission\.items\[1\]\.version: expected version 4 or 5.* 9"),
        ("sample_without_mission", "mission is missing"),
        ("sample_wrong_mission_version", r"mission\.version: expected version 2, received 7"),
        ("sample_wrong_overall_version", "version: expected version 1, received 42"),
    ],
)
def test_plans_that_qgroundcontrol_refuses_are_refused_too(tianmu_data, name, reason):
    with pytest.raises(PlanError, match=rf"qgroundcontrol_{name}\.plan: .*{reason}"):
        read_plan_file(tianmu_data / "plans" / f"qgroundcontrol_{name}.plan")


def test_real_waylines_are_read(tianmu_data):
    pilot = read_wpml_file(tianmu_data / "plans" / "dji_pilot2_m3m.kmz")
    assert [(item.command, item.z_m) for item in pilot.routes[0].items] == [
        (178, 0),
        (16, 10),
        (16, 10),
        (20, 0),
    ]
    fly = read_wpml_file(tianmu_data / "plans" / "dji_fly_survey.kmz")
    commands = [item.command for item in fly.routes[0].items]
    assert commands.count(16) == commands.count(2000) == 12
    assert commands[:4] == [178, 16, 205, 2000]
    assert fly.routes[0].items[1].lon_deg == pytest.approx(-106.61822161449658)


def document(**changes):
    item = {
        "type": "SimpleItem", "command": 16, "frame": 3, "params": [0, 0, 0, None, 25.0, 100.0, 60],
        "autoContinue": True, "doJumpId": 1,
    }  # fmt: skip
    mission = {"version": 2, "plannedHomePosition": [25.0, 100.0, 1500], "items": [item]}
    base = {"fileType": "Plan", "version": 1, "groundStation": "x", "mission": mission}
    return json.loads(json.dumps({**base, **changes}))


def plan_file(tmp_path, content):
    path = tmp_path / "x.plan"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_null_is_leave_it_as_it_is(tmp_path):
    (item,) = read_plan_file(plan_file(tmp_path, document())).routes[0].items
    assert math.isnan(item.param4)
    assert (item.lon_deg, item.lat_deg, item.z_m) == (100.0, 25.0, 60.0)


def test_corridors_circles_and_old_fences(tmp_path):
    corridor = {
        "type": "ComplexItem", "complexItemType": "CorridorScan", "version": 2,
        "polyline": [[25.0, 100.0], [25.01, 100.0]],
        "TransectStyleComplexItem": {"version": 1, "Items": document()["mission"]["items"]},
    }  # fmt: skip
    landing = {"type": "ComplexItem", "complexItemType": "fwLandingPattern", "version": 1}
    changed = document()
    changed["mission"]["items"] += [corridor, landing]
    circle = {"circle": {"center": [25.0, 100.0], "radius": 300}, "inclusion": True, "version": 1}
    changed["geoFence"] = {"version": 2, "polygons": [], "circles": [circle]}
    changed["rallyPoints"] = {"version": 1, "points": [[1, 2]]}
    read = read_plan_file(plan_file(tmp_path, changed))
    assert len(read.routes[0].items) == 2
    assert read.areas[0].geometry.geom_type == "LineString"
    assert (read.fences[0].radius_m, read.fences[0].inclusion) == (300, True)
    assert "fwLandingPattern" in read.set_aside[0]
    changed["geoFence"] = {"version": 1, "polygon": [[25.0, 100.0]]}
    assert "version 1" in read_plan_file(plan_file(tmp_path, changed)).set_aside[1]


def set_in(tree, steps, value):
    *way, last = steps
    for step in way:
        tree = tree[step]
    tree[last] = value


@pytest.mark.parametrize(
    ("steps", "value", "message"),
    [
        (["fileType"], "Mission", 'fileType: expected "Plan", received "Mission"'),
        (["version"], "1", "version: expected a number"),
        (["version"], 1.5, "version: expected a whole number"),
        (["version"], True, "version: expected a number, received true"),
        (["mission"], [], "mission: expected an object"),
        (["mission", "items"], {}, "mission.items: expected an array"),
        (["mission", "items", 0, "type"], "Item", r"mission.items\[0\].type: expected .SimpleItem"),
        (["mission", "items", 0, "params"], [1, 2], "seven parameters"),
        (["mission", "items", 0, "params", 4], 95, "latitude and longitude in degrees"),
        (["mission", "items", 0, "params", 4], "25", r"params\[4\]: expected a number"),
        (["mission", "items", 0, "command"], 10**400, "command: expected a number"),
        (
            ["mission", "plannedHomePosition"],
            [100, 25],
            "plannedHomePosition: expected latitude and l",
        ),
        (["geoFence"], {"version": 3}, "geoFence.version: expected version 2, received 3"),
        (
            ["rallyPoints"],
            {"version": 2, "points": [[25, 100]]},
            r"points\[0\]: expected latitude, longitude",
        ),
    ],
)
def test_damaged_plans_name_the_place(tmp_path, steps, value, message):
    changed = document()
    set_in(changed, steps, value)
    with pytest.raises(PlanError, match=rf"x\.plan: .*{message}"):
        read_plan_file(plan_file(tmp_path, changed))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: not valid JSON"),
        ('{\n"a": ]', "line 2: not valid JSON"),
        ("[" * 100_000, "not a JSON document|not valid JSON"),
        ("[]", "expected an object"),
        ('{"fileType": "Plan", "version": NaN}', "version: expected a number"),
        ("1" * 10_000, "not a JSON document|not valid JSON|expected an object"),
    ],
)
def test_what_is_no_plan_is_said(tmp_path, content, message):
    with pytest.raises(PlanError, match=message):
        read_plan_file(plan_file(tmp_path, content))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("QGC WPL 110", "QGC WPL 120", "line 1: expected"),
        ("1\t0\t3\t22", "2\t0\t3\t22", "line 3: expected item 1, received item 2"),
        ("\t25.00000000\t100.00000000\t60", "\t100.0\t25.0\t60", "line 3: expected latitude, longitude"),
        ("0\t1\t0\t16", "0\t1\t3\t16", "line 2: expected home"),
        ("178\t1.000000", "178\tfast", "line 4: expected numbers"),
        ("\t60.000000\t1", "", "line 3: expected 12 fields, received 10"),
    ],
)
def test_damaged_waypoints_name_the_line(files, old, new, message):
    path = files[".waypoints"]
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(PlanError, match=message):
        read_waypoints_file(path)


def rewritten(path, old, new):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    assert old in members["wpmz/waylines.wpml"]
    members["wpmz/waylines.wpml"] = members["wpmz/waylines.wpml"].replace(old, new, 1)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<wpml:index>3</wpml:index>", "<wpml:index>7</wpml:index>", "waypoint 3: index: expected '?3"),
        ("<wpml:index>3</wpml:index>", "", "waypoint 3: <index> is missing"),
        ("100.0008000,25.0018000", "25.0018,100.0008", "waypoint 1: expected longitude and latitude"),
        ("100.0008000,25.0018000", "100", "waypoint 1: coordinates: expected a number"),
        (">relativeToStartPoint<", ">EGM96<", "executeHeightMode: expected .*received 'EGM96'"),
        (">goHome<", ">dance<", "finishAction: expected .*'dance'"),
        ("<Folder>", "<Dir>", "not a complete XML document"),
        ("<kml", "<!DOCTYPE kml [<!ENTITY a 'b'>]><kml", "document type declaration"),
    ],
)
def test_damaged_waylines_name_the_waypoint(files, old, new, message):
    rewritten(files[".kmz"], old, new)
    with pytest.raises(PlanError, match=message):
        read_wpml_file(files[".kmz"])


def test_archives_without_waylines_are_refused(tmp_path):
    path = tmp_path / "x.kmz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("doc.kml", "<kml/>")
    with pytest.raises(PlanError, match=r"without wpmz/waylines\.wpml"):
        read_wpml_file(path)


def test_absent_large_and_unknown_files(tmp_path, monkeypatch):
    with pytest.raises(PlanError, match="cannot be read"):
        read_plan_file(tmp_path / "absent.plan")
    with pytest.raises(PlanError, match=r"ends in \.plan, \.waypoints, \.kml, \.kmz"):
        read_mission_file(tmp_path / "x.gpx")
    monkeypatch.setattr(checked, "MAX_BYTES", 1000)
    with pytest.raises(PlanError, match="no mission file is as large"):
        read_plan_file(plan_file(tmp_path, " " * 2000))


def member(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read("wpmz/waylines.wpml")


@ENOUGH
@given(data=st.data(), suffix=st.sampled_from([".plan", ".waypoints", ".kml", ".kmz"]))
def test_nothing_but_our_own_errors_escapes(files, tmp_path, data, suffix):
    in_archive = suffix == ".kmz" and data.draw(st.booleans())
    content = bytearray(member(files[suffix]) if in_archive else files[suffix].read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert"]))
        if kind == "flip":
            content[place] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del content[place : place + data.draw(st.integers(1, 200))]
        else:
            content[place:place] = data.draw(
                st.binary(max_size=8) | st.sampled_from([b"null", b"-1e999", b"[[", b"<"])
            )
        if not content:
            break
    path = tmp_path / f"damaged{suffix}"
    if in_archive:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("wpmz/waylines.wpml", bytes(content))
    else:
        path.write_bytes(bytes(content))
    try:
        read_mission_file(path)
    except TianmuError as error:
        assert path.name in str(error)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@ENOUGH
@given(data=st.data(), value=JSON)
def test_any_value_anywhere_in_a_plan_is_read_or_refused(files, tmp_path, data, value):
    tree = json.loads(files[".plan"].read_text())
    steps, here = [], tree
    while isinstance(here, dict | list) and here and (not steps or data.draw(st.booleans())):
        keys = sorted(here) if isinstance(here, dict) else range(len(here))
        steps.append(data.draw(st.sampled_from(list(keys))))
        here = here[steps[-1]]
    set_in(tree, steps, value)
    path = tmp_path / "changed.plan"
    path.write_text(json.dumps(tree))
    try:
        read_plan_file(path)
    except TianmuError as error:
        assert path.name in str(error)
