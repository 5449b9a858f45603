from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from geo.terrain import Terrain
from missions.catalogue import aircraft_model
from missions.errors import PlanError
from missions.records import read_plan
from planner.curves import Curves, Pose, curve_seconds
from planner.flight import Performance
from planner.lines import lay_lines
from planner.reach import Reach
from planner.router import Router
from planner.sorties import Base, Block, Limits, plan_flights
from planner.terrain import HeightRule
from planner.transit import Airspace

from .test_plan import folder_with

RADIUS_M = 50.0
OPEN = Curves(Airspace.around([], 0.0), RADIUS_M)
NORTH, EAST = np.array([0.0, 1.0]), np.array([1.0, 0.0])
WING = aircraft_model("deltaquad-pro")
RULE = HeightRule(60.0, 3.0)
poses = st.tuples(st.floats(-600, 600), st.floats(-600, 600), st.floats(0, 360)).map(
    lambda p: Pose(np.array(p[:2]), np.array([np.sin(np.radians(p[2])), np.cos(np.radians(p[2]))]))
)


def bends_deg(points):
    legs = np.diff(points, axis=0)
    cross = legs[:-1, 0] * legs[1:, 1] - legs[:-1, 1] * legs[1:, 0]
    return np.degrees(np.abs(np.arctan2(cross, np.sum(legs[:-1] * legs[1:], axis=1))))


@given(poses, poses)
def test_ways_join_the_poses_without_sharp_corners(start, end):
    points = OPEN.way(start, end)
    assert points[0] == pytest.approx(start.place_m, abs=0.02)
    assert points[-1] == pytest.approx(end.place_m, abs=0.02)
    if len(points) > 2 and np.linalg.norm(np.diff(points, axis=0), axis=1).min() > 1.0:
        assert bends_deg(points).max() < 35.0


@settings(max_examples=30, deadline=None)
@given(poses, poses, st.floats(-300, 300), st.floats(-300, 300), st.floats(20, 200))
def test_no_way_crosses_an_obstacle(start, end, east, north, size):
    wall = shapely.box(east, north, east + size, north + size / 3)
    airspace = Airspace.around([wall], 10.0)
    try:
        points = Curves(airspace, RADIUS_M).way(start, end)
    except PlanError:
        near = airspace.blocked.buffer(2.5 * RADIUS_M)
        assert shapely.intersects_xy(near, [start.place_m, end.place_m]).any()
        return
    assert shapely.LineString(points).intersection(wall.buffer(9.9)).length == 0


def test_another_turn_is_taken_where_the_shortest_is_blocked():
    start, end = Pose(np.zeros(2), NORTH), Pose(np.array([2 * RADIUS_M, 0.0]), -NORTH)
    free = OPEN.way(start, end)
    assert free[:, 1].max() == pytest.approx(RADIUS_M, rel=0.05)
    above = Curves(Airspace.around([shapely.box(40, 40, 60, 60)], 5.0), RADIUS_M)
    around = above.way(start, end)
    assert shapely.LineString(around).length > shapely.LineString(free).length
    assert above.airspace.is_free([shapely.LineString(around)])[0]


def test_a_wall_is_flown_around():
    wall = Airspace.around([shapely.box(-400, 200, 400, 220)], 10.0)
    points = Curves(wall, RADIUS_M).way(Pose(np.zeros(2), NORTH), Pose(np.array([0.0, 500.0]), NORTH))
    assert np.abs(points[:, 0]).max() > 400
    assert bends_deg(points).max() < 75.0


def test_no_room_to_turn_is_said_with_what_would_do():
    yard = shapely.box(-300, -300, 300, 300).difference(shapely.box(-30, -30, 30, 30))
    shut_in = Curves(Airspace.around([yard], 0.0), RADIUS_M)
    with pytest.raises(PlanError, match=r"turns of 50 m.*buffer_m of 150 m"):
        shut_in.way(Pose(np.zeros(2), NORTH), Pose(np.array([0.0, 10.0]), -NORTH))


def test_seconds_of_curves_are_those_of_flying_them():
    wing = Performance.in_wind(WING, 16.0, 8.0, 300.0)
    curves = Curves(OPEN.airspace, wing.turn_radius_m)
    rng = np.random.default_rng(4)
    for _ in range(20):
        a, b = (
            Pose(rng.uniform(-800, 800, 2), np.array([np.sin(t), np.cos(t)])) for t in rng.uniform(0, 6.28, 2)
        )
        seconds = curve_seconds(wing, a.place_m, a.heading, b.place_m, b.heading)
        points = curves.way(a, b)
        flown = wing.along(np.column_stack((points, np.zeros(len(points))))).seconds
        assert flown == pytest.approx(seconds, rel=0.03)  # chords are a little shorter than arcs


def test_narrow_lanes_are_flown_with_lanes_left_between():
    """Lanes of a sixth of the turning circle: the neighbour is never next, and no line is flown twice."""
    area = shapely.box(0, 0, 300, 600)
    reach = Reach(15.0, 10.0, 9.0, 9.0)
    lines = lay_lines(area, 0.0, reach, blocked=shapely.Polygon(), within=area.buffer(300), run_m=50.0)
    wing = Performance(WING, WING.cruise_m_s)
    router = Router(Airspace.around([], 0.0), Terrain.flat(0.0), RULE, RULE, wing)
    home = Base("home", np.array([-50.0, -50.0]), 0.0)
    (flight,), lost = plan_flights(
        [Block("field", lines.transects)], [home], router, Limits(1e9, 10**6), 10.0
    )
    assert lost == []
    east = [visit.transect.first_m[0] for visit in flight.visits]
    assert len(east) == len(set(east)) == len(lines.transects)
    lanes = np.abs(np.diff(east)) / 15.0
    assert np.mean(lanes > 1.5) > 0.9
    sawtooth = router.seconds_between(flight.visits, flight.visits)
    side_by_side = sorted(range(len(east)), key=lambda number: east[number])
    in_order = sum(sawtooth[a, b] for a, b in pairwise(side_by_side))
    chosen = sum(sawtooth[a, a + 1] for a in range(len(east) - 1))
    assert chosen < 0.8 * in_order


def test_a_vtol_survey_in_wind_keeps_out_of_what_it_must(tmp_path):
    plot = shapely.Polygon([(0, 0), (900, 60), (840, 540), (120, 600)])
    tower = shapely.box(930, 200, 1000, 300)
    extra = (
        '[aircraft]\nmodel = "deltaquad-pro"\n[survey]\ngsd_cm = 2.2\n[airspace]\nbuffer_m = 400\n'
        '[wind]\nspeed_m_s = 5\nfrom_deg = 200\n[[sites]]\nname = "home"\nlon = 100.0\nlat = 24.999\n'
    )
    mission = folder_with(tmp_path / "m", {"field": plot}, {"tower": tower}, extra)
    result = planner.plan(mission)
    assert result.summary["coverage"] >= 0.99
    assert result.summary["in_no_fly_m"] == 0
    frame, radius = mission.frame(), Performance.in_wind(WING, WING.cruise_m_s, 5.0, 200.0).turn_radius_m
    for sortie in read_plan(mission.dir("plan") / "plan.json").sorties:
        points = frame.to_enu([(point.lon, point.lat) for point in sortie.path if point.kind != "land"])
        legs = np.linalg.norm(np.diff(points, axis=0), axis=1)
        # Half the legs beside a corner, seen from the circle that touches both: its radius is the turn's.
        half = np.tan(np.radians(bends_deg(points)) / 2.0)
        tightest = np.minimum(legs[:-1], legs[1:])[half > 0.02] / 2.0 / half[half > 0.02]
        assert np.percentile(tightest, 10) > 0.8 * radius
