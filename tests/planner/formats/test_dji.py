"""Waylines and Litchi missions: heights, limits, and the form of DJI's own files."""

import csv
import zipfile

import pytest
from lxml import etree

from geo.frames import LocalFrame
from geo.geoid import egm96_undulation
from missions.catalogue import aircraft, aircraft_model, camera_model
from missions.errors import PlanError
from planner.formats import read_wpml_file, write_litchi_files, write_wpml_file
from planner.items import DO_SET_CAM_TRIGG_DIST, NAV_RETURN_TO_LAUNCH, NAV_WAYPOINT

from .conftest import POINTS, plan_of, sortie_of

W = "{http://www.dji.com/wpmz/1.0.6}"
K = "{http://www.opengis.net/kml/2.2}"


def documents(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["wpmz/template.kml", "wpmz/waylines.wpml"]
        return [etree.fromstring(archive.read(name)) for name in archive.namelist()]


def texts(root, name):
    return [element.text for element in root.iter(W + name)]


def write(tmp_path, plan, model="dji-m3e"):
    write_wpml_file(tmp_path / "S01.kmz", plan, plan.sorties[0], aircraft_model(model))
    return documents(tmp_path / "S01.kmz")


def test_relative_heights_are_above_the_take_off_point(tmp_path, dji_plan):
    template, waylines = write(tmp_path, dji_plan)
    expected = [alt - 1500.0 for _, _, alt, kind in POINTS if kind != "land"]
    assert texts(waylines, "executeHeightMode") == ["relativeToStartPoint"]
    assert [float(text) for text in texts(waylines, "executeHeight")] == expected
    assert texts(template, "heightMode") == ["relativeToStartPoint"]
    assert [float(text) for text in texts(template, "height")] == expected


def test_amsl_heights_are_flown_above_the_ellipsoid(tmp_path, dji_plan):
    template, waylines = write(tmp_path, dji_plan.model_copy(update={"height_frame": "amsl"}))
    flown = [point for point in POINTS if point[3] != "land"]
    undulation = egm96_undulation([point[:2] for point in flown])
    assert undulation.max() < -30  # the geoid lies far below the ellipsoid here: a slip would show
    ellipsoidal = [alt + n for (_, _, alt, _), n in zip(flown, undulation, strict=True)]
    assert texts(waylines, "executeHeightMode") == ["WGS84"]
    assert [float(text) for text in texts(waylines, "executeHeight")] == pytest.approx(ellipsoidal, abs=0.01)
    assert texts(template, "heightMode") == ["EGM96"]
    assert [float(text) for text in texts(template, "height")] == [alt for _, _, alt, _ in flown]
    assert [float(text) for text in texts(template, "ellipsoidHeight")] == pytest.approx(
        ellipsoidal, abs=0.01
    )


def test_the_take_off_point_is_latitude_longitude_and_ellipsoidal_height(tmp_path, dji_plan):
    template, _ = write(tmp_path, dji_plan)
    (text,) = texts(template, "takeOffRefPoint")
    lat, lon, height = map(float, text.split(","))
    assert (lat, lon) == (25.0, 100.0)
    assert height == pytest.approx(1500.0 + egm96_undulation([(100.0, 25.0)])[0], abs=0.01)
    assert texts(template, "takeOffRefPointAGLHeight") == ["0"]
    assert texts(write(tmp_path, dji_plan, "dji-m350")[0], "takeOffRefPoint") == []


@pytest.mark.parametrize(
    ("model", "camera", "drone", "payload"),
    [
        ("dji-m350", "dji-p1-35mm", ["89", "0"], ["50", "0"]),
        ("dji-m300", "dji-p1-35mm", ["60", "0"], ["50", "0"]),
        ("dji-m3e", "dji-m3e", ["77", "0"], ["66", "0"]),
        ("dji-m3t", "dji-m3t", ["77", "1"], ["67", "0"]),
    ],
)
def test_aircraft_and_camera_are_named(tmp_path, dji_plan, model, camera, drone, payload):
    plan = dji_plan.model_copy(update={"camera": camera})
    for root in write(tmp_path, plan, model):
        assert texts(root, "droneEnumValue") + texts(root, "droneSubEnumValue") == drone
        assert texts(root, "payloadEnumValue") + texts(root, "payloadSubEnumValue") == payload


def test_every_dji_aircraft_is_known_to_waylines_or_said_not_to_be():
    assert {key for key, model in aircraft().items() if model.wpml_drone} == {
        key for key, model in aircraft().items() if model.controller == "dji" and key != "dji-p4rtk"
    }
    assert camera_model("dji-m3m").wpml_payload == (68, 0)


def test_photos_are_taken_by_distance_along_each_transect(tmp_path, dji_plan):
    for root in write(tmp_path, dji_plan):
        groups = list(root.iter(W + "actionGroup"))
        spans = [
            (group.find(W + "actionGroupStartIndex").text, group.find(W + "actionGroupEndIndex").text)
            for group in groups
        ]
        assert spans == [("0", "0"), ("2", "4"), ("5", "6"), ("7", "8")]
        assert [group.find(W + "actionGroupId").text for group in groups] == ["0", "1", "2", "3"]
        triggers = [group.find(f"{W}actionTrigger/{W}actionTriggerType").text for group in groups]
        assert triggers == ["reachPoint"] + ["multipleDistance"] * 3
        assert texts(root, "actionTriggerParam") == ["31.5"] * 3
        assert texts(root, "gimbalPitchRotateAngle") == ["-90"]


def test_the_gimbal_and_the_nose_point_where_the_plan_says(tmp_path, dji_plan):
    sortie = dji_plan.sorties[0]
    path = list(sortie.path)
    path[5] = path[5].model_copy(update={"camera_pitch_deg": -45.0, "yaw_deg": 350.0})
    tilted = dji_plan.model_copy(update={"sorties": (sortie.model_copy(update={"path": tuple(path)}),)})
    _, waylines = write(tmp_path, tilted)
    assert texts(waylines, "gimbalPitchRotateAngle") == ["-90", "-45", "-90"]
    assert texts(waylines, "waypointHeadingAngle")[5] == "-10"
    assert texts(waylines, "waypointHeadingMode")[4:7] == [
        "followWayline",
        "smoothTransition",
        "followWayline",
    ]


def test_the_aircraft_flies_on_where_only_the_height_changes(tmp_path, dji_plan):
    _, waylines = write(tmp_path, dji_plan)
    modes = texts(waylines, "waypointTurnMode")
    assert [i for i, mode in enumerate(modes) if mode == "coordinateTurn"] == [3]
    assert float(texts(waylines, "waypointTurnDampingDist")[3]) == 5.0


def order(element):
    return [child.tag for child in element]


def is_in_order(names, known):
    places = [known.index(name) for name in names if name in known]
    return places == sorted(places)


def test_elements_stand_in_the_order_of_dji_pilot_2(tmp_path, dji_plan, tianmu_data):
    ours = write(tmp_path, dji_plan)
    with zipfile.ZipFile(tianmu_data / "plans" / "dji_pilot2_m3m.kmz") as archive:
        theirs = [
            etree.fromstring(archive.read(f"wpmz/{name}")) for name in ("template.kml", "waylines.wpml")
        ]
    for mine, real in zip(ours, theirs, strict=True):
        assert mine.nsmap == real.nsmap
        for where in (
            f".//{W}missionConfig",
            f".//{K}Folder",
            f".//{K}Placemark",
            f".//{W}waypointHeadingParam",
        ):
            known, found = real.find(where), mine.find(where)
            if known is None:
                continue
            assert is_in_order(order(found), order(known)), where
            missing = set(order(known)) - set(order(found))
            assert not missing, where


def test_waylines_read_back(tmp_path, dji_plan):
    for frame, base in (("relative", 1500.0), ("amsl", 0.0)):
        write(tmp_path, dji_plan.model_copy(update={"height_frame": frame}))
        read = read_wpml_file(tmp_path / "S01.kmz")
        (route,) = read.routes
        places = [
            (item.lon_deg, item.lat_deg, round(item.z_m + base, 2))
            for item in route.items
            if item.command == NAV_WAYPOINT
        ]
        assert places == [point[:3] for point in POINTS if point[3] != "land"]
        camera = [item.param1 for item in route.items if item.command == DO_SET_CAM_TRIGG_DIST]
        assert camera == [31.5, 0.0] * 3
        assert route.items[-1].command == NAV_RETURN_TO_LAUNCH
        assert read.set_aside == ()


def test_the_same_plan_gives_the_same_bytes(tmp_path, dji_plan):
    write(tmp_path, dji_plan)
    first = (tmp_path / "S01.kmz").read_bytes()
    write(tmp_path, dji_plan)
    assert (tmp_path / "S01.kmz").read_bytes() == first


def test_what_waylines_cannot_say_is_refused(tmp_path, dji_plan, m3e):
    with pytest.raises(PlanError, match="Phantom 4 RTK flies no waylines"):
        write(tmp_path, dji_plan, "dji-p4rtk")
    with pytest.raises(PlanError, match=r'"relative" or "amsl".*"terrain"'):
        write(tmp_path, dji_plan.model_copy(update={"height_frame": "terrain"}))
    small = m3e.model_copy(update={"max_items": 9})
    with pytest.raises(PlanError, match=r"10 waypoints.* 2 to 9"):
        write_wpml_file(tmp_path / "S01.kmz", dji_plan, dji_plan.sorties[0], small)


def long_sortie(lines):
    points = [POINTS[0]]
    for number in range(lines):
        lat = 25.001 + 0.00001 * number
        points += [(100.001, lat, 1558.0, "start"), (100.003, lat, 1558.0, "end")]
    return sortie_of((*points, POINTS[-2], POINTS[-1]))


def rows_of(path):
    with path.open(encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


def test_litchi_takes_photos_only_along_transects(tmp_path, dji_plan):
    (path,) = write_litchi_files(tmp_path, dji_plan, dji_plan.sorties[0])
    rows = rows_of(path)
    assert path.name == "S01.csv"
    assert len(rows[0]) == 46
    assert [float(row["photo_distinterval"]) for row in rows] == [
        -1,
        -1,
        31.5,
        31.5,
        -1,
        31.5,
        -1,
        31.5,
        -1,
        -1,
    ]
    assert [float(row["altitude(m)"]) for row in rows[:3]] == [60.0, 58.5, 58.25]
    assert {row["gimbalpitchangle"] for row in rows} == {"-90.0"}
    assert all(0 <= float(row["heading(deg)"]) <= 360 for row in rows)


@pytest.mark.parametrize(("lines", "files"), [(48, 1), (49, 2), (150, 4)])
def test_litchi_missions_are_cut_between_transects(tmp_path, lines, files):
    sortie = long_sortie(lines)
    paths = write_litchi_files(tmp_path, plan_of(sortie), sortie)
    tables = [rows_of(path) for path in paths]
    assert len(paths) == files
    assert all(2 <= len(table) <= 99 for table in tables)
    assert sum(map(len, tables)) == len(sortie.path) - 1
    assert all(float(table[-1]["photo_distinterval"]) == -1 for table in tables)
    if files > 1:
        assert [path.name for path in paths] == [f"S01-{i}.csv" for i in range(1, files + 1)]


def test_litchi_legs_are_neither_too_short_nor_too_long(tmp_path):
    far = (100.05, 25.0, 1560.0, "transit")  # 5 km away
    close = (100.0500001, 25.0, 1560.0, "start")
    end = (100.052, 25.0, 1560.0, "end")
    sortie = sortie_of((POINTS[0], far, close, end, POINTS[-2], POINTS[-1]))
    (path,) = write_litchi_files(tmp_path, plan_of(sortie), sortie)
    places = [(float(row["longitude"]), float(row["latitude"])) for row in rows_of(path)]
    assert len(places) == 1 + 3 + 1 + 3
    frame = LocalFrame(100.0, 25.0)
    legs = frame.distance_m(frame.to_enu(places[:-1]), frame.to_enu(places[1:]))
    assert legs.min() >= 0.6 and legs.max() <= 1999


def test_a_transect_that_litchi_cannot_hold_is_said(tmp_path):
    follow = [(100.001 + 1e-5 * i, 25.001, 1558.0, "follow") for i in range(120)]
    points = (POINTS[0], (100.001, 25.001, 1558.0, "start"), *follow, (100.003, 25.001, 1558.0, "end"))
    sortie = sortie_of((*points, POINTS[-2], POINTS[-1]))
    with pytest.raises(PlanError, match="more than 99 points"):
        write_litchi_files(tmp_path, plan_of(sortie), sortie)
