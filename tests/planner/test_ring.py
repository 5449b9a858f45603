import numpy as np
import pytest
import shapely

import planner
from geo.frames import LocalFrame
from geo.terrain import Terrain
from missions.catalogue import camera_model
from missions.errors import PlanError
from missions.records import read_plan
from planner.course import looking
from planner.predict import Eye
from planner.ring import Cluster, House, RingRules, clusters_of, ring_around
from planner.sightlines import sight_of
from planner.terrain import HeightRule, follow
from planner.transit import Airspace

from .folders import CAMERA, mission_folder

FRAME = LocalFrame(100.0, 25.0)
LEVEL = Terrain.flat(500.0)
EYE = Eye(camera_model("sony-a6000-20mm").camera(), 0.0, LEVEL, FRAME)
FREE = Airspace(shapely.Polygon())
FARM = shapely.box(0, 0, 40, 30).difference(shapely.box(8, 8, 32, 22))


def rules(**changes):
    usual = {
        "distance_m": 25.0, "rule": HeightRule(40.0, 2.0), "pitch_deg": -45.0, "across": 0.5875,
        "overlap": 0.3, "speed_m_s": 8.0, "interval_s": 1.0,
    }  # fmt: skip
    return RingRules(**(usual | changes))


def house(name, outline, height_m=5.0):
    return House(name, outline, height_m, 500.0 + height_m)


def path_of(transects):
    return shapely.MultiLineString([transect.course.corners_m for transect in transects])


def poses_of(transects):
    found = []
    for transect in transects:
        course = transect.course
        found += course.poses(follow(course.corners_m, LEVEL, course.oblique.rule)[0], EYE)
    return found


@pytest.mark.parametrize(
    "outline",
    [
        FARM,
        shapely.box(0, 0, 8, 6),
        shapely.Point(0, 0).buffer(20),
        shapely.Polygon([(0, 0), (60, 4), (2, 12)]),
        shapely.box(0, 0, 150, 12),
    ],
)
def test_the_path_keeps_its_distance_all_around_and_looks_at_the_walls(outline):
    (ring,) = ring_around(Cluster((house("farm", outline),)), rules(), FREE, LEVEL)
    path = path_of([ring])
    assert path.distance(outline) >= 25.0 - 1e-6
    assert np.max(shapely.distance(shapely.points(ring.course.corners_m), outline.convex_hull)) < 50.0
    assert ring.first_m == pytest.approx(ring.last_m)
    for pose in poses_of([ring]):
        assert -46.0 < pose.pitch_deg < -38.0
        ahead = np.array([np.sin(np.radians(pose.yaw_deg)), np.cos(np.radians(pose.yaw_deg))])
        sight = shapely.LineString([pose.position[:2], pose.position[:2] + 200.0 * ahead])
        assert sight.intersects(outline.convex_hull.buffer(25.0))


def test_photos_overlap_at_the_wall_as_wanted():
    for overlap in (0.3, 0.75):
        asked = rules(overlap=overlap)
        (ring,) = ring_around(Cluster((house("farm", FARM),)), asked, FREE, LEVEL)
        # At the top of the wall: 25 m ahead and 33 m below the lowest allowed camera.
        wide = 2 * 0.5875 * (25 + 33) / np.sqrt(2)
        assert ring.course.trigger_m == pytest.approx((1 - overlap) * wide, abs=0.1)


def test_near_buildings_are_gone_around_together_and_far_ones_apart():
    row = [house(str(n), shapely.box(60 * n, 0, 60 * n + 20, 20)) for n in range(3)]
    far = house("far", shapely.box(400, 0, 420, 20))
    groups = clusters_of([row[0], far, row[1], row[2]], 25.0)
    assert sorted(group.name for group in groups) == ["0 + 1 + 2", "far"]
    for group in groups:
        path = path_of(ring_around(group, rules(), FREE, LEVEL))
        assert all(path.distance(other.outline) > 20.0 for other in (*row, far))


def test_roofs_and_a_wide_yard_are_seen_whole():
    cluster = Cluster((house("farm", FARM),))
    camera = camera_model("sony-a6000-20mm").camera()
    sight = sight_of(cluster, poses_of(ring_around(cluster, rules(), FREE, LEVEL)), camera, LEVEL, FRAME)
    assert sight.in_photos == 1.0
    assert sight.yard_m2 == pytest.approx(24 * 14, rel=0.05)
    assert sight.hidden_yard_m2 == 0.0


@pytest.mark.parametrize("width_m", [2.0, 3.0, 4.0, 8.0])
def test_a_wall_hides_of_a_yard_what_the_sight_lines_say(width_m):
    """A lane between two long walls of 10 m, seen from 40 m up: what either wall hides is hidden by h / H."""
    wings = [shapely.box(0, 0, 200, 10), shapely.box(0, 10 + width_m, 200, 20 + width_m)]
    cluster = Cluster(tuple(house(str(n), wing, 10.0) for n, wing in enumerate(wings)))
    path = [(x, -15.0) for x in range(-50, 251, 2)]  # square to the walls, 25 m from the lane's wall
    poses = [looking(np.array([x, y, 540.0]), np.array([x, y + 40.0, 500.0]), 0.0, FRAME) for x, y in path]
    camera = camera_model("sony-a6000-20mm").camera()
    sight = sight_of(cluster, poses, camera, LEVEL, FRAME)
    behind_m = min(width_m, 10.0 * 25.0 / (40.0 - 10.0))  # 8.3 m: the whole of narrow lanes
    assert sight.hidden_yard_m2 == pytest.approx(200 * behind_m, rel=0.15)


def test_a_lower_building_does_not_hide_a_higher_roof_but_is_hidden_by_it():
    high, low = house("high", shapely.box(0, 0, 20, 20), 20.0), house("low", shapely.box(0, 20, 20, 24), 3.0)
    pose = looking(np.array([10.0, -25.0, 540.0]), np.array([10.0, 15.0, 500.0]), 0.0, FRAME)
    camera = camera_model("sony-a6000-20mm").camera()
    yard = house("yard", shapely.box(0, 20, 20, 60), 0.1)
    from_south = sight_of(Cluster((high, low, yard)), [pose], camera, LEVEL, FRAME)
    assert from_south.in_photos > 0.5
    assert from_south.hidden_yard_m2 == 0.0  # all of the hull is roofed


def test_a_ring_in_part_over_a_no_fly_area_is_flown_in_arcs():
    cluster = Cluster((house("farm", FARM),))
    fence = Airspace(shapely.box(60, -50, 100, 20))
    arcs = ring_around(cluster, rules(), fence, LEVEL)
    path = path_of(arcs)
    assert path.intersection(fence.blocked).length == 0
    assert path.length > 200
    assert path.distance(FARM) >= 25.0 - 1e-6


def test_no_room_is_said_with_the_distance_that_would_fit():
    cluster = Cluster((house("farm", FARM),))
    around = FARM.convex_hull.buffer(200).difference(FARM.convex_hull.buffer(20, join_style="mitre"))
    with pytest.raises(PlanError, match=r"no room for a ring 25 m.*ring\.distance_m = 18 would be free"):
        ring_around(cluster, rules(), Airspace(around), LEVEL)
    with pytest.raises(PlanError, match="no shorter distance is free either"):
        ring_around(cluster, rules(), Airspace(FARM.buffer(200)), LEVEL)


def test_a_camera_below_the_roofs_or_too_slow_is_said_with_the_number_that_works():
    tower = Cluster((house("tower", FARM, 45.0),))
    with pytest.raises(PlanError, match=r"45 m.*ring\.height_agl_m must be above 47"):
        ring_around(tower, rules(), FREE, LEVEL)
    with pytest.raises(PlanError, match=r"every 4\.8 m.*8 m/s.*at most 4\.8"):
        ring_around(Cluster((house("farm", FARM),)), rules(overlap=0.9), FREE, LEVEL)


BUILDINGS = [(FARM, {"name": "Farm", "height_m": 5})]


def test_the_plan_has_yaw_pitch_and_poses_toward_the_building_and_looks_down_afterwards(tmp_path):
    mission = mission_folder(
        tmp_path, plots=[(shapely.box(200, 0, 320, 80), {"name": "Field"})], buildings=BUILDINGS
    )
    summary = planner.plan(mission).summary
    plan = read_plan(mission.dir("plan") / "plan.json")
    assert summary["problems"] == []
    assert {plot.name: plot.coverage for plot in plan.plots} == {"Field": 1.0, "Farm": 1.0}
    (sortie,) = plan.sorties
    ring = [point for point in sortie.path if point.plot == "Farm"]
    assert all(-46 < point.camera_pitch_deg < -38 and point.aim for point in ring)
    assert ring[0].trigger_m and all(point.trigger_m is None for point in ring[1:])
    assert all(point.aim is None and point.yaw_deg is None for point in sortie.path if point.plot != "Farm")
    looks = {photo.plot: photo.pitch_deg for photo in sortie.photos}
    assert looks["Field"] == -90.0 and looks["Farm"] > -50
    # In the air between, no photo of the field looks aside, and the camera is told to look down again.
    items = planner.mission_items(sortie, plan.site(sortie.site), mission.aircraft_model())
    commands = [item.command for item in items]
    last_aim = max(number for number, command in enumerate(commands) if command == 195)
    assert commands[last_aim:].count(197) == 1
    mount = commands.index(205)
    assert (commands[mount - 1], items[mount].param1, items[mount].z_m) == (197, -90.0, 2)
    first_photo = next(
        n for n, item in enumerate(items) if item.command == 206 and item.param1 == ring[0].trigger_m
    )
    assert commands.index(195) < first_photo


def test_rings_need_a_gimbal_a_multirotor_and_a_height_below_the_ceiling(tmp_path):
    fixed = mission_folder(tmp_path / "a", camera=CAMERA.replace("gimbal = true", ""), buildings=BUILDINGS)
    with pytest.raises(PlanError, match=r"camera\.gimbal is false"):
        planner.plan(fixed)
    high = mission_folder(tmp_path / "b", "[ring]\nheight_agl_m = 130\n", buildings=BUILDINGS)
    with pytest.raises(PlanError, match=r"130 m high.*120 m.*ring\.height_agl_m may be 114"):
        planner.plan(high)
    plane = mission_folder(tmp_path / "c", '[aircraft]\nmodel = "deltaquad-pro"\n', buildings=BUILDINGS)
    with pytest.raises(PlanError, match="only a multirotor"):
        planner.plan(plane)


def test_a_yard_that_walls_hide_is_warned_of(tmp_path):
    well = shapely.box(0, 0, 30, 30).difference(shapely.box(13, 13, 17, 17))
    mission = mission_folder(tmp_path, buildings=[(well, {"name": "Tower house", "height_m": 20})])
    (warning,) = [text for text in planner.plan(mission).summary["warnings"] if "walls hide" in text]
    assert "a wall of 20 m hides the 25.0 m behind it" in warning
