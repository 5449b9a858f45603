import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from planner.dubins import WORDS, lengths_m, paths, pieces_m, shortest_path

RADIUS_M = 60.0
places = st.tuples(st.floats(-1000, 1000), st.floats(-1000, 1000)).map(np.array)
headings = st.floats(0, 360).map(lambda deg: unit(deg))
radii = st.floats(1, 300)


def unit(deg):
    return np.array([np.sin(np.radians(deg)), np.cos(np.radians(deg))])


def end_heading(path, chord_m):
    """Heading of the last chord, and how far a heading along it may be from the path's own, in radians."""
    last = np.diff(path.points(chord_m), axis=0)[-1]
    return last / np.linalg.norm(last), np.arccos(1 - chord_m / path.radius_m)


NORTH, EAST = unit(0.0), unit(90.0)
ORIGIN = np.zeros(2)


@given(places, headings, places, headings, radii)
@example(ORIGIN, NORTH, ORIGIN, NORTH, RADIUS_M)
@example(ORIGIN, NORTH, ORIGIN, -NORTH, RADIUS_M)
@example(ORIGIN, NORTH, np.array([2 * RADIUS_M, 0.0]), -NORTH, RADIUS_M)
@example(ORIGIN, NORTH, np.array([0.0, 500.0]), NORTH, RADIUS_M)
@example(ORIGIN, NORTH, np.array([0.0, -1e-9]), NORTH, RADIUS_M)
def test_every_word_ends_at_the_pose(a, heading, b, heading_b, radius):
    chord = 1e-4 * radius
    for path in paths(a, heading, b, heading_b, radius):
        points = path.points(chord)
        assert points[0] == pytest.approx(a)
        assert points[-1] == pytest.approx(b, abs=1e-5 * radius)
        if path.length_m > 0.01 * radius and path.pieces_m[2] > 0.01 * radius:
            last, off = end_heading(path, chord)
            assert np.arccos(min(1.0, float(last @ heading_b))) <= off + 1e-4


@given(places, headings, places, headings, radii)
def test_no_turn_is_tighter_than_the_radius_and_no_chord_leaves_the_path(a, heading, b, heading_b, radius):
    chord = 0.01 * radius
    for path in paths(a, heading, b, heading_b, radius):
        legs = np.diff(path.points(chord), axis=0)
        lengths = np.linalg.norm(legs, axis=1)
        assert lengths.sum() <= path.length_m + 1e-5 * radius
        # A chord of length c on a circle of radius r turns by 2 asin(c / 2r).
        bends = np.arctan2(
            np.abs(legs[:-1, 0] * legs[1:, 1] - legs[:-1, 1] * legs[1:, 0]),
            np.sum(legs[:-1] * legs[1:], axis=1),
        )
        widest = 2 * np.arccos(1 - chord / radius)
        assert np.all(bends <= widest + 1e-3)
        assert lengths.sum() == pytest.approx(path.length_m, rel=0.01, abs=1e-5 * radius)


@given(places, headings, places, headings, radii)
def test_the_shortest_is_no_longer_than_any_and_no_shorter_than_straight(a, heading, b, heading_b, radius):
    shortest = lengths_m(a, heading, b, heading_b, radius)
    every = paths(a, heading, b, heading_b, radius)
    assert shortest == pytest.approx(every[0].length_m)
    assert all(shortest <= path.length_m + 1e-9 for path in every)
    assert shortest >= np.linalg.norm(b - a) - 1e-5 * radius
    # Going straight on for a while, or circling once, is an alternative too.
    onward = lengths_m(a + radius * heading, heading, b, heading_b, radius) + radius
    assert shortest <= onward + 1e-4 * radius


@given(places, headings, places, headings, radii)
def test_flown_backwards_it_is_as_long(a, heading, b, heading_b, radius):
    forth = lengths_m(a, heading, b, heading_b, radius)
    back = lengths_m(b, -heading_b, a, -heading, radius)
    # Where a turn of nothing and a full turn are one round-off apart, either may be found.
    short, long = sorted((float(forth), float(back)))
    assume(abs(long - short - 2 * np.pi * radius) > 1e-3 * radius)
    assert forth == pytest.approx(back, rel=1e-6, abs=1e-4 * radius)


def test_known_lengths():
    """A quarter turn, a half turn to the lane beside, a lane closer than the circle, and straight on."""
    r = RADIUS_M

    def from_north(place, heading):
        return lengths_m(ORIGIN, NORTH, np.array(place), heading, r)

    assert from_north([r, r], EAST) == pytest.approx(np.pi / 2 * r)
    assert from_north([2 * r, 0.0], -NORTH) == pytest.approx(np.pi * r)
    assert from_north([0.0, 5 * r], NORTH) == pytest.approx(5 * r)
    assert from_north([3 * r, 0.0], -NORTH) == pytest.approx((np.pi + 1) * r)
    # The bulb turn: three arcs, the middle one with its centre where both others touch it.
    bulb = shortest_path(ORIGIN, NORTH, np.array([r, 0.0]), -NORTH, r)
    assert bulb.word in ("LRL", "RLR")
    beside = np.arccos(3 * r / (4 * r))
    assert bulb.length_m == pytest.approx(r * (np.pi + 4 * beside))
    assert from_north([0.0, 0.0], NORTH) == 0.0


def test_turning_round_on_the_spot_takes_three_arcs():
    path = shortest_path(ORIGIN, NORTH, ORIGIN, -NORTH, RADIUS_M)
    assert path.word in ("LRL", "RLR")
    assert path.length_m == pytest.approx(RADIUS_M * 7 * np.pi / 3)


def test_many_pairs_at_once_are_the_pairs_one_by_one():
    rng = np.random.default_rng(3)
    a, b = rng.uniform(-500, 500, (7, 2)), rng.uniform(-500, 500, (5, 2))
    u, v = (unit(rng.uniform(0, 360, n)).T for n in (7, 5))
    table = lengths_m(a[:, None], u[:, None], b[None], v[None], RADIUS_M)
    assert table.shape == (7, 5)
    assert pieces_m(a[:, None], u[:, None], b[None], v[None], RADIUS_M).shape == (7, 5, len(WORDS), 3)
    for i in range(7):
        for j in range(5):
            assert table[i, j] == pytest.approx(shortest_path(a[i], u[i], b[j], v[j], RADIUS_M).length_m)


def test_never_longer_than_a_search_over_all_turns_finds():
    """Brute force: LSL, RSR, LSR, RSL, LRL and RLR with sampled turns never come out shorter."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        b, heading_b = rng.uniform(-200, 200, 2), unit(rng.uniform(0, 360))
        best = lengths_m(ORIGIN, NORTH, b, heading_b, RADIUS_M)
        turns = np.linspace(-2 * np.pi, 2 * np.pi, 721)
        # A first turn of any angle, then the shortest way on: no shortcut by any of them.
        left = np.sign(turns) * RADIUS_M
        places = np.column_stack((left * (np.cos(turns) - 1), RADIUS_M * np.sin(np.abs(turns))))
        after = np.column_stack((-np.sin(turns), np.cos(turns)))
        onward = lengths_m(places, after, b, heading_b, RADIUS_M) + RADIUS_M * np.abs(turns)
        assert np.all(best <= onward + 1e-3)
