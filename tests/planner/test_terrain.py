from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from geo.terrain import Grid, Terrain
from missions.errors import PlanError
from planner.profile import profile
from planner.terrain import BetweenRule, Grade, HeightRule, follow, heights_above_ground

from .conftest import steepest_places

RULE = HeightRule(60.0, 3.0)
WAY = BetweenRule(60.0, 9.0, floor_m=57.0, ceiling_m=120.0)


def hills(amplitude_m, wave_m, slope):
    axis = np.arange(-500.0, 501.0, 5.0)
    east, north = np.meshgrid(axis, axis)
    z = 1000.0 + slope * east + amplitude_m * np.sin(2 * np.pi * (east + 0.5 * north) / wave_m)
    return Terrain(Grid(z, -500.0, -500.0, 5.0))


def rough(seed, post_m, height_m, smooth):
    """Random ground 1 km wide: heights of neighbouring posts differ by tens of metres."""
    count = int(1000 / post_m) + 1
    z = gaussian_filter(np.random.default_rng(seed).normal(0.0, height_m, (count, count)), smooth)
    return Terrain(Grid(z + 1500.0, -500.0, -500.0, post_m))


def above_ground_each_metre(points, terrain):
    """Heights above ground every metre of every leg, worked out apart."""
    heights = []
    for a, b in pairwise(points):
        share = np.linspace(0.0, 1.0, int(np.linalg.norm(b - a)) + 2)[:, None]
        places = a + share * (b - a)
        heights.append(places[:, 2] - terrain.height_at(places[:, :2]))
    return np.concatenate(heights)


def douglas_peucker(heights, tolerance):
    """How many places of evenly spaced heights a line bends at when it may bend at these only."""
    kept, spans = {0, len(heights) - 1}, [(0, len(heights) - 1)]
    while spans:
        first, last = spans.pop()
        off = np.abs(heights[first : last + 1] - np.linspace(heights[first], heights[last], last - first + 1))
        if off.max() > tolerance:
            worst = first + int(np.argmax(off))
            kept.add(worst)
            spans += [(first, worst), (worst, last)]
    return len(kept)


tracks = st.lists(st.tuples(st.floats(-480, 480), st.floats(-480, 480)), min_size=2, max_size=5)


@given(st.floats(0, 30), st.floats(80, 600), st.floats(-0.4, 0.4), tracks)
@settings(max_examples=40, deadline=None)
def test_height_above_ground_is_kept_all_along(amplitude_m, wave_m, slope, track):
    terrain = hills(amplitude_m, wave_m, slope)
    points, given_points = follow(np.array(track), terrain, RULE)
    heights = heights_above_ground(points, terrain)
    assert np.all(np.abs(heights - RULE.agl_m) <= RULE.tolerance_m + 1e-9)
    np.testing.assert_allclose(points[given_points][:, :2], track, atol=1e-9)


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([7.0, 30.0, 90.0]),
    st.floats(0, 60),
    st.floats(0, 3),
    tracks,
    st.sampled_from(
        [RULE, WAY, HeightRule(21.0, 1.0, floor_m=20.0), HeightRule(114.0, 6.0, ceiling_m=120.0)]
    ),
)
@settings(max_examples=60, deadline=None)
def test_over_rough_ground_no_metre_is_too_low_or_too_high(seed, post_m, height_m, smooth, track, rule):
    terrain = rough(seed, post_m, height_m, smooth)
    points, _ = follow(np.array(track), terrain, rule)
    heights = above_ground_each_metre(points, terrain)
    assert heights.min() >= rule.lowest_m and heights.max() <= rule.highest_m
    exact = heights_above_ground(points, terrain)
    assert exact.min() <= heights.min() + 0.02 and exact.max() >= heights.max() - 0.02


def test_real_mountains_are_followed_between_clearance_and_ceiling(jacksboro):
    for place in steepest_places(jacksboro, 10):
        for bearing in np.radians([0.0, 45.0, 90.0, 135.0]):
            half = 600.0 * np.array([np.sin(bearing), np.cos(bearing)])
            for rule in (RULE, WAY):
                points, _ = follow(np.array([place - half, place + half]), jacksboro, rule)
                heights = above_ground_each_metre(points, jacksboro)
                assert heights.min() >= rule.lowest_m and heights.max() <= rule.highest_m


def test_fewer_points_than_bends_on_the_ground_alone(jacksboro):
    """Against Douglas and Peucker at the same tolerance, over 40 lines of 3 km across the steepest slopes."""
    ours = theirs = 0
    for place in steepest_places(jacksboro, 10):
        for bearing in np.radians([0.0, 45.0, 90.0, 135.0]):
            half = 1_500.0 * np.array([np.sin(bearing), np.cos(bearing)])
            track = np.array([place - half, place + half])
            points, _ = follow(track, jacksboro, RULE)
            along = np.linspace(0.0, 1.0, 601)[:, None] * (track[1] - track[0]) + track[0]
            kept = douglas_peucker(jacksboro.height_at(along), RULE.tolerance_m)
            assert len(points) <= kept
            ours, theirs = ours + len(points), theirs + kept
    assert ours < 0.7 * theirs


def test_a_way_over_a_gully_does_not_go_down_into_it():
    axis = np.arange(-500.0, 501.0, 5.0)
    east, _ = np.meshgrid(axis, axis)
    gully = Terrain(Grid(500.0 - 50.0 * np.exp(-((east / 40.0) ** 2)), -500.0, -500.0, 5.0))
    track = np.array([[-400.0, 0.0], [400.0, 0.0]])
    over, _ = follow(track, gully, WAY)
    assert len(over) == 2 and np.ptp(over[:, 2]) < 0.1
    into, _ = follow(track, gully, RULE)
    assert np.ptp(into[:, 2]) > 40.0


def test_a_steep_way_is_eased_within_its_tolerance():
    """A step of 20 m over 40 m of way, for an aircraft that climbs a quarter: 8 m of tolerance make up."""
    axis = np.arange(-500.0, 501.0, 5.0)
    east, _ = np.meshgrid(axis, axis)
    step = Terrain(Grid(500.0 + np.clip(east / 2.0, 0.0, 20.0), -500.0, -500.0, 5.0))
    track = np.array([[-400.0, 0.0], [400.0, 0.0]])
    grade = Grade(0.25, 0.25, slows=False)
    points, _ = follow(track, step, HeightRule(60.0, 8.0, grade=grade))
    rise = np.diff(points[:, 2]) / np.diff(points[:, 0])
    assert np.abs(rise).max() <= 0.25 + 1e-6
    heights = above_ground_each_metre(points, step)
    assert heights.min() >= 52.0 and heights.max() <= 68.0


def test_what_is_too_steep_slows_a_multirotor_and_stops_an_aeroplane():
    terrain, track = hills(0.0, 100.0, 0.3), np.array([[-400.0, 0.0], [400.0, 0.0]])
    points, _ = follow(track, terrain, RULE.with_grade(Grade(0.15, 0.15, slows=True)))
    assert np.diff(points[:, 2])[0] / 800.0 == pytest.approx(0.3)
    # 240 m of rise over 800 m of way: half the speed climbs twice as steeply.
    with pytest.raises(PlanError, match=r"-400 m east, 0 m north to 400 m.*15% up.*at 50% of the speed"):
        follow(track, terrain, RULE.with_grade(Grade(0.15, 0.15, slows=False)))


def test_an_even_slope_needs_no_points_between():
    points, given_points = follow(np.array([[-400.0, 0.0], [400.0, 100.0]]), hills(0.0, 100.0, 0.3), RULE)
    assert len(points) == 2
    assert given_points.all()
    np.testing.assert_allclose(points[:, 2], [1000 - 120 + 60, 1000 + 120 + 60], atol=0.1)


def test_level_ground_needs_no_points_between():
    track = np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 0.0], [100.0, 50.0]])
    points, given_points = follow(track, Terrain.flat(500.0), RULE)
    np.testing.assert_array_equal(points, np.column_stack((track, np.full(4, 560.0))))
    assert given_points.all()


def test_outside_the_terrain_is_an_error():
    with pytest.raises(PlanError, match=r"leaves the terrain.*terrain\.tif"):
        follow(np.array([[0.0, 0.0], [900.0, 0.0]]), hills(0.0, 100.0, 0.0), RULE)


def test_a_hole_in_the_terrain_is_an_error():
    grid = hills(0.0, 100.0, 0.0).grid
    grid.z[100, 100] = np.nan
    with pytest.raises(PlanError, match="leaves the terrain"):
        follow(np.array([[-100.0, 1.0], [100.0, 1.0]]), Terrain(grid), RULE)


@given(st.integers(0, 2**32 - 1), st.sampled_from([5.0, 30.0]), tracks)
@settings(max_examples=40, deadline=None)
def test_a_profile_is_the_ground(seed, post_m, track):
    terrain = rough(seed, post_m, 30.0, 1.0)
    ground = profile(np.array(track), terrain)
    np.testing.assert_allclose(terrain.height_at(ground.places_m(ground.along_m)), ground.amsl_m, atol=1e-5)
    everywhere = np.linspace(0.0, ground.corners_m[-1], 500)
    between = np.interp(everywhere, ground.along_m, ground.amsl_m)
    np.testing.assert_allclose(terrain.height_at(ground.places_m(everywhere)), between, atol=0.0101)
