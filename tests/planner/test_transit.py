import itertools

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from missions.errors import PlanError
from planner.transit import Airspace

from .conftest import areas, stars

place = st.tuples(st.floats(-400, 400), st.floats(-400, 400)).map(np.array)
MARGIN_M = 10.0


@given(st.lists(stars(20.0, 120.0, (3, 9), 250.0), max_size=4), place, place)
@settings(max_examples=80, deadline=None)
def test_every_metre_keeps_out_of_no_fly_areas_and_margin(no_fly, a, b):
    airspace = Airspace.around(no_fly, MARGIN_M)
    assume(airspace.is_free([shapely.Point(a), shapely.Point(b)]).all())
    try:
        way = airspace.way(a, b)
    except PlanError:
        assert not np.isfinite(airspace.lengths(a[None], b[None])).any()
        return
    line = shapely.LineString(way)
    forbidden = shapely.union_all(no_fly).buffer(MARGIN_M)
    assert line.intersection(forbidden).length == 0
    samples = shapely.line_interpolate_point(line, np.arange(0.0, line.length, 1.0))
    assert not shapely.intersects(forbidden, samples).any()
    np.testing.assert_array_equal(way[[0, -1]], [a, b])
    assert airspace.lengths(a[None], b[None])[0, 0] == pytest.approx(line.length)


@given(stars(60.0, 120.0, (4, 7)), st.floats(0, 6.2), st.floats(0, 6.2))
@settings(max_examples=30, deadline=None)
def test_no_way_through_two_corners_is_shorter(obstacle, bearing_a, bearing_b):
    airspace = Airspace.around([obstacle], MARGIN_M)
    a, b = (300.0 * np.array([np.sin(t), np.cos(t)]) for t in (bearing_a, bearing_b))
    found = shapely.LineString(airspace.way(a, b)).length
    corners = [np.array(xy) for xy in airspace.blocked.exterior.coords[:-1]]
    chains = itertools.chain.from_iterable(itertools.permutations(corners, n) for n in range(3))
    lines = [shapely.LineString([a, *chain, b]) for chain in chains]
    free = airspace.is_free(lines)
    assert all(found <= line.length + 1e-6 for line, ok in zip(lines, free, strict=True) if ok)


def test_a_free_way_is_straight():
    way = Airspace.around([shapely.box(0, 0, 10, 10)], 5.0).way(np.array([50.0, -50]), np.array([50.0, 50]))
    assert len(way) == 2


def test_holes_are_kept_out_of_as_well():
    hole = shapely.box(-20, -20, 20, 20)
    airspace = Airspace.around([], 10.0, [hole])
    way = shapely.LineString(airspace.way(np.array([-100.0, 0.0]), np.array([100.0, 0.0])))
    assert way.distance(hole) > 0


def test_a_shut_in_place_cannot_be_reached():
    wall = shapely.Point(0, 0).buffer(100).difference(shapely.Point(0, 0).buffer(60))
    with pytest.raises(PlanError, match="no way"):
        Airspace.around([wall], 10.0).way(np.array([0.0, 0.0]), np.array([300.0, 0.0]))


def test_without_obstacles_all_lengths_are_straight():
    a, b = np.array([[0.0, 0.0], [3.0, 0.0]]), np.array([[0.0, 4.0]])
    np.testing.assert_allclose(Airspace.around([], 10.0).lengths(a, b), [[4.0], [5.0]])


def test_inside_an_outline_ways_turn_at_the_corners_that_stick_into_it():
    """What is blocked is a box with an L-shaped hole: the way between its arms turns at the inner corner."""
    room = shapely.Polygon([(0, 0), (100, 0), (100, 10), (10, 10), (10, 100), (0, 100)])
    airspace = Airspace(shapely.box(-50, -50, 150, 150).difference(room))
    way = airspace.way(np.array([95.0, 5.0]), np.array([5.0, 95.0]))
    np.testing.assert_allclose(way, [[95, 5], [10, 10], [5, 95]])


@given(areas(), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_lengths_are_those_over_all_corners(area, seed):
    """The same worked out with every corner and every line, without short cuts."""
    part = max(shapely.get_parts(area), key=lambda piece: piece.area)
    assume(part.area > 500)
    airspace = Airspace(shapely.box(-500, -500, 500, 500).difference(part))
    west, south, east, north = part.bounds
    scattered = np.random.default_rng(seed).uniform((west, south), (east, north), (60, 2))
    places = scattered[shapely.contains_xy(part, scattered)][:8]
    assume(len(places) > 1)
    nodes = np.vstack((places, shapely.get_coordinates(part)))
    lines = shapely.linestrings(np.stack(np.broadcast_arrays(nodes[:, None], nodes[None]), axis=2))
    lengths = np.where(airspace.is_free(lines), shapely.length(lines), np.inf)
    for node in range(len(nodes)):  # Floyd and Warshall
        lengths = np.minimum(lengths, lengths[:, node, None] + lengths[None, node])
    expected = lengths[: len(places), : len(places)]
    np.testing.assert_allclose(airspace.lengths(places, places), expected, atol=1e-6)
