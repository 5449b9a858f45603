"""Every metre of a plan lies in the allowed airspace: plots, passages, obstacles, heights."""

import json
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import planner
from geo.frames import LocalFrame
from missions import Mission
from missions.errors import PlanError
from missions.records import read_plan

from .conftest import areas, stars, steepest_places, write_jacksboro

CENTRE = LocalFrame(100.0, 25.0)


def write(root, name, shapes, frame=CENTRE, **columns):
    """Write an input: shapes by name in metres of a frame; columns by name."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": key, **{column: values[key] for column, values in columns.items()}},
            "geometry": json.loads(shapely.to_geojson(frame.geometry_to_lonlat(shape))),
        }
        for key, shape in shapes.items()
    ]
    (root / f"{name}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def site(name, east, north, frame=CENTRE):
    lon, lat = frame.to_lonlat([(east, north)])[0]
    return f'[[sites]]\nname = "{name}"\nlon = {lon:.7f}\nlat = {lat:.7f}\n'


def mission_in(root, extra="", terrain="flat_alt_amsl_m = 500", aircraft="holybro-x650"):
    text = f'[aircraft]\nmodel = "{aircraft}"\n[camera]\nmodel = "sony-a6000-20mm"\n[terrain]\n{terrain}\n'
    (root / "mission.toml").write_text(text + extra)
    return Mission(root)


def planned(mission):
    summary = planner.plan(mission).summary
    return summary, read_plan(mission.dir("plan") / "plan.json")


def allowed_in(plan, frame):
    return frame.geometry_to_enu(shapely.from_geojson(json.dumps(plan.airspace.allowed)))


def paths_of(plan, frame):
    return [
        shapely.LineString(frame.to_enu([(point.lon, point.lat) for point in sortie.path]))
        for sortie in plan.sorties
    ]


def assert_inside(plan, frame, allowed):
    for path in paths_of(plan, frame):
        assert path.difference(allowed).length == 0
        samples = shapely.line_interpolate_point(path, np.arange(0.0, path.length, 1.0))
        assert shapely.intersects(allowed, samples).all()


def assert_heights(plan, mission, lowest_m, highest_m):
    """Height above ground each metre of each leg but the landing, and the heights written down."""
    ground = mission.ground()
    for sortie in plan.sorties:
        places = ground.frame.to_enu([(point.lon, point.lat) for point in sortie.path])
        points = np.column_stack((places, [point.alt_amsl_m for point in sortie.path]))
        above = points[:, 2] - ground.terrain.height_at(places)
        np.testing.assert_allclose([point.alt_agl_m for point in sortie.path], above, atol=0.05)
        for a, b in pairwise(points[:-1]):
            share = np.linspace(0.0, 1.0, int(np.linalg.norm(b - a)) + 2)[:, None]
            leg = a + share * (b - a)
            heights = leg[:, 2] - ground.terrain.height_at(leg[:, :2])
            assert lowest_m <= heights.min() and heights.max() <= highest_m


def test_ways_keep_to_the_passages_that_are_given(tmp_path):
    """Two fields joined by a road with a bend: the way from one to the other follows it."""
    fields = {"west": shapely.box(-600, -60, -450, 60), "east": shapely.box(450, -60, 600, 60)}
    road = shapely.LineString([(-460, 0), (0, 400), (460, 0)])
    write(tmp_path, "plots", fields)
    write(tmp_path, "transit", {"road": road})
    extra = "[airspace]\nbuffer_m = 60\n" + site("farm", -620, 0)
    mission = mission_in(tmp_path, extra)
    summary, plan = planned(mission)
    frame = mission.ground().frame
    assert summary["problems"] == [] and summary["coverage"] > 0.999
    assert summary["outside_airspace_m"] == 0
    shift = frame.to_enu(CENTRE.to_lonlat([(0.0, 0.0)]))[0]
    stated = shapely.union_all(
        [
            *(shapely.affinity.translate(field, *shift).buffer(60) for field in fields.values()),
            shapely.affinity.translate(road, *shift).buffer(30),
            shapely.Point(np.array([-620.0, 0.0]) + shift).buffer(30),
        ]
    )
    assert_inside(plan, frame, stated.buffer(0.05))
    assert_inside(plan, frame, allowed_in(plan, frame))
    assert max(shapely.get_coordinates(path)[:, 1].max() for path in paths_of(plan, frame)) > 300


def test_without_passages_the_ways_flown_become_part_of_the_airspace(tmp_path):
    fields = {"west": shapely.box(-900, -60, -750, 60), "east": shapely.box(750, -60, 900, 60)}
    write(tmp_path, "plots", fields)
    write(tmp_path, "no_fly", {"school": shapely.box(-100, -100, 100, 100)})
    mission = mission_in(tmp_path, site("farm", -920, 0))
    summary, plan = planned(mission)
    frame = mission.ground().frame
    assert summary["outside_airspace_m"] == 0 and summary["in_no_fly_m"] == 0
    allowed = allowed_in(plan, frame)
    assert allowed.geom_type == "Polygon" and allowed.is_valid
    assert_inside(plan, frame, allowed)
    no_fly = frame.geometry_to_enu(shapely.from_geojson(json.dumps(plan.airspace.no_fly)))
    assert allowed.intersection(no_fly).area < 1.0
    assert no_fly.area == pytest.approx(shapely.box(-100, -100, 100, 100).buffer(10).area, rel=0.01)
    assert plan.airspace.ceiling_agl_m == 120.0


def test_a_gap_in_the_passages_is_said_with_its_width(tmp_path):
    fields = {"west": shapely.box(-600, -60, -450, 60), "east": shapely.box(450, -60, 600, 60)}
    write(tmp_path, "plots", fields)
    write(tmp_path, "transit", {"road": shapely.LineString([(-460, 0), (200, 0)])})
    mission = mission_in(tmp_path, "[airspace]\nbuffer_m = 50\n" + site("farm", -620, 0))
    summary, _ = planned(mission)
    (reason,) = (
        p["reason"] for p in summary["problems"] if p["file"] == 'plot "east"' and "way" in p["reason"]
    )
    # 450 - 50 to the buffer and 200 + 30 to the end of the corridor, each with its 0.8 m of slack.
    assert "no way leads to it from any site, 172 m of what is not allowed are in between" in reason


def test_a_site_that_is_shut_in_is_refused_with_the_thickness(tmp_path):
    write(tmp_path, "plots", {"field": shapely.box(400, -60, 600, 60)})
    ring = shapely.Point(0, 0).buffer(150).difference(shapely.Point(0, 0).buffer(100))
    write(tmp_path, "no_fly", {"wall": ring})
    mission = mission_in(tmp_path, site("yard", 0, 0))
    with pytest.raises(PlanError, match=r'site "yard": no way leads from it to any plot, 7[0-3] m'):
        planner.plan(mission)
    write(tmp_path, "no_fly", {"block": shapely.box(-50, -50, 50, 50)})
    with pytest.raises(PlanError, match=r'site "yard" lies in a no-fly area or its margin, 6[01] m from'):
        planner.plan(mission)


def test_tall_obstacles_are_flown_around_and_low_ones_over(tmp_path):
    """At 1.5 cm the survey flies 76.6 m high, at least 72.8: masts up to 52.8 m do not matter."""
    mast, chimney = shapely.Point(100, 100), shapely.Point(250, 100)
    wire = shapely.LineString([(200, -50), (200, 250)])
    write(tmp_path, "plots", {"field": shapely.box(0, 0, 400, 200)})
    write(
        tmp_path,
        "obstacles",
        {"mast": mast, "chimney": chimney, "wire": wire},
        height_m={"mast": 52.0, "chimney": 60.0, "wire": 25.0},
    )
    mission = mission_in(tmp_path, site("farm", -20, 0))
    summary, plan = planned(mission)
    frame = mission.ground().frame
    shift = frame.to_enu(CENTRE.to_lonlat([(0.0, 0.0)]))[0]
    closed = frame.geometry_to_enu(shapely.from_geojson(json.dumps(plan.airspace.no_fly)))
    chimney, wire = (shapely.affinity.translate(shape, *shift) for shape in (chimney, wire))
    assert closed.symmetric_difference(chimney.buffer(10.0)).area < 1.0
    paths = paths_of(plan, frame)
    assert min(path.distance(chimney) for path in paths) >= 10.0
    assert any(path.crosses(wire) for path in paths)
    (warning,) = (text for text in summary["warnings"] if "obstacle" in text)
    assert '"chimney" is 60 m high' in warning and "1.65 cm/px" in warning
    assert_inside(plan, frame, allowed_in(plan, frame))


def test_a_gsd_that_needs_a_height_below_the_obstacles_is_refused_with_the_one_that_works(tmp_path):
    write(tmp_path, "plots", {"field": shapely.box(0, 0, 100, 100)})
    write(tmp_path, "obstacles", {"wood": shapely.box(-20, -20, 120, 120)}, height_m={"wood": 30.0})
    low, high = "[survey]\ngsd_cm = 0.9\n", "[survey]\ngsd_cm = 1.04\n"
    with pytest.raises(PlanError, match=r"every plot lies under.*\"wood\".*30 m.*1\.04 cm/px"):
        planner.plan(mission_in(tmp_path, low + site("farm", -60, 0)))
    summary, _ = planned(mission_in(tmp_path, high + site("farm", -60, 0)))
    assert summary["coverage"] > 0.999


@pytest.mark.parametrize("name", ["obstacles", "transit"])
def test_an_unreadable_obstacle_or_passage_is_never_ignored(tmp_path, name):
    write(tmp_path, "plots", {"field": shapely.box(0, 0, 100, 100)})
    write(tmp_path, name, {"bow": shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])}, height_m={"bow": 9})
    with pytest.raises(PlanError, match=rf"must not ignore.*{name}\.geojson.*crosses itself"):
        planner.plan(mission_in(tmp_path))


def test_heights_of_items_count_from_what_the_mission_says(tmp_path):
    write(tmp_path, "plots", {"field": shapely.box(0, 0, 100, 100)})
    frame_of = {"relative": "3", "amsl": "0", "terrain": "10"}
    for height_frame, number in frame_of.items():
        _, plan = planned(mission_in(tmp_path, f'[airspace]\nheight_frame = "{height_frame}"\n'))
        assert plan.height_frame == height_frame
        lines = (tmp_path / "plan" / "S01.waypoints").read_text().splitlines()[2:]
        assert {line.split("\t")[2] for line in lines if line.split("\t")[3] == "16"} == {number}
    with pytest.raises(PlanError, match=r'px4.*use "amsl"'):
        planner.plan(mission_in(tmp_path, '[airspace]\nheight_frame = "terrain"\n', aircraft="deltaquad-pro"))


def test_real_mountains_are_surveyed_between_clearance_and_ceiling(tmp_path, jacksboro):
    """Fields on the steepest slopes of the Jacksboro fault, with the site a valley away."""
    centre = LocalFrame(*write_jacksboro(tmp_path / "terrain.tif"))
    places = steepest_places(jacksboro, 3)
    near = places[np.argsort(np.linalg.norm(places - places[0], axis=1))][:2]
    fields = {f"slope {n}": shapely.Point(place).buffer(120) for n, place in enumerate(near)}
    write(tmp_path, "plots", fields, centre)
    sites = "".join(site(f"road {n}", *(place + 500.0), centre) for n, place in enumerate(near))
    # Up to 45 degrees steep: what lies downhill of a line is seen at half again the GSD of the line.
    coarser = "[survey]\ngsd_tolerance_pct = 60\n"
    mission = mission_in(tmp_path, coarser + sites, 'datum = "egm96"\nkind = "ground"')
    summary, plan = planned(mission)
    assert summary["problems"] == [] and summary["coverage"] > 0.99
    assert_heights(plan, mission, 0.95 * plan.height_agl_m, 120.0)
    assert_inside(plan, mission.ground().frame, allowed_in(plan, mission.ground().frame))


def test_the_example_keeps_its_heights_and_its_airspace(hillside):
    mission = Mission(hillside)
    _, plan = planned(mission)
    assert_heights(plan, mission, 0.95 * plan.height_agl_m, 120.0)
    assert_inside(plan, mission.ground().frame, allowed_in(plan, mission.ground().frame))


@given(
    areas(),
    areas(),
    st.lists(stars(20.0, 120.0, (3, 8), 350.0), max_size=2),
    st.lists(st.tuples(st.floats(-200, 700), st.floats(-200, 300), st.floats(5, 100)), max_size=2),
    st.booleans(),
)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_mission_no_metre_is_outside(one, other, no_fly, masts, road):
    assume(min(one.area, other.area) > 500)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write(root, "plots", {"one": one, "other": shapely.affinity.translate(other, 500, 100)})
        if no_fly:
            write(root, "no_fly", {f"area {n}": shape for n, shape in enumerate(no_fly)})
        if masts:
            shapes = {f"mast {n}": shapely.Point(east, north) for n, (east, north, _) in enumerate(masts)}
            heights = {f"mast {n}": height for n, (_, _, height) in enumerate(masts)}
            write(root, "obstacles", shapes, height_m=heights)
        if road:
            write(root, "transit", {"road": shapely.LineString([(0, 0), (100, 300), (500, 100)])})
        mission = mission_in(root)
        try:
            summary, plan = planned(mission)
        except PlanError:
            assert no_fly or masts or road
            return
        frame = mission.ground().frame
    assert summary["outside_airspace_m"] == 0 and summary["in_no_fly_m"] == 0
    assert_inside(plan, frame, allowed_in(plan, frame))
