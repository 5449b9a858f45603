import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from planner.tube import eased, fewest_bends, taut

STEEP = np.inf


@st.composite
def tubes(draw, most=40, pinned=None):
    """Distances and ranges of a random tube; its ends may be points."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(2, most))
    along = np.cumsum(rng.uniform(0.5, 10.0, count))
    middle = np.cumsum(rng.normal(0.0, draw(st.floats(0.1, 5.0)), count))
    widths = draw(st.floats(0.2, 5.0)) * rng.uniform(0.1, 1.0, (2, count))
    if pinned or (pinned is None and draw(st.booleans())):
        widths[:, [0, -1]] = 0.0
    return along, middle - widths[0], middle + widths[1]


@given(tubes(), st.sampled_from([(STEEP, STEEP), (2.0, 1.0), (0.5, 0.5)]))
@settings(max_examples=200, deadline=None)
def test_the_line_stays_in_the_tube_and_within_the_gradients(tube, grades):
    along, low, high = tube
    low, high = eased(along, low, high, *grades)
    if (low > high).any():
        return
    bends = fewest_bends(along, low, high, *grades)
    heights = np.interp(along, bends[:, 0], bends[:, 1])
    assert np.all(heights >= low - 1e-6) and np.all(heights <= high + 1e-6)
    np.testing.assert_array_equal(bends[[0, -1], 0], along[[0, -1]])
    flat, rise = np.diff(bends, axis=0).T
    assert np.all(flat >= 0)
    assert np.all(rise <= grades[0] * flat + 1e-6) and np.all(-rise <= grades[1] * flat + 1e-6)


@given(tubes(most=8))
@settings(max_examples=60, deadline=None)
def test_no_line_over_a_lattice_has_fewer_pieces(tube):
    """Peers bend at places of a lattice in the tube, all ways tried: none needs fewer pieces."""
    along, low, high = tube
    knots = np.unique(np.concatenate((along, (along[1:] + along[:-1]) / 2)))
    floor, roof = np.interp(knots, along, low), np.interp(knots, along, high)
    heights = floor[:, None] + np.linspace(0.0, 1.0, 9) * (roof - floor)[:, None]
    pieces = np.full(heights.shape, np.inf)
    pieces[0] = 0
    for last in range(1, len(knots)):
        for first in range(last):
            share = (knots[first : last + 1] - knots[first]) / (knots[last] - knots[first])
            line = heights[first][:, None, None] + share * (
                heights[last][None, :, None] - heights[first][:, None, None]
            )
            inside = ((line >= floor[first : last + 1] - 1e-9) & (line <= roof[first : last + 1] + 1e-9)).all(
                2
            )
            reached = np.where(inside, pieces[first][:, None] + 1, np.inf).min(axis=0)
            pieces[last] = np.minimum(pieces[last], reached)
    assert len(fewest_bends(along, low, high, STEEP, STEEP)) - 1 <= pieces[-1].min()


def test_free_bends_halve_what_bends_on_the_profile_need():
    """A zigzag of 10 m in a tube of 5 m to either side is threaded by one straight line."""
    along, ground = np.arange(0.0, 1001.0, 50.0), np.tile([0.0, 10.0], 11)[:21]
    assert len(fewest_bends(along, ground - 5.1, ground + 5.1, STEEP, STEEP)) == 2


@given(tubes(most=15, pinned=True))
@settings(max_examples=40, deadline=None)
def test_a_taut_string_climbs_least_and_least_steeply(tube):
    along, low, high = tube
    string = taut(along, low, high)
    assert np.all(string >= low - 1e-9) and np.all(string <= high + 1e-9)
    count, steps = len(along), np.diff(np.eye(len(along)), axis=0)
    climb = linprog(
        np.concatenate((np.zeros(count), np.ones(count - 1))),
        A_ub=np.block([[steps, -np.eye(count - 1)], [-steps, -np.eye(count - 1)]]),
        b_ub=np.zeros(2 * count - 2),
        bounds=[*zip(low, high, strict=True), *[(0, None)] * (count - 1)],
    )
    assert np.abs(np.diff(string)).sum() == pytest.approx(climb.fun, abs=1e-6)
    grades = steps / np.diff(along)[:, None]
    steepest = linprog(
        np.append(np.zeros(count), 1.0),
        A_ub=np.vstack([np.column_stack((sign * grades, -np.ones(count - 1))) for sign in (1, -1)]),
        b_ub=np.zeros(2 * count - 2),
        bounds=[*zip(low, high, strict=True), (0, None)],
    )
    assert np.abs(np.diff(string) / np.diff(along)).max() == pytest.approx(steepest.fun, abs=1e-6)


def test_what_is_too_steep_is_seen():
    along, ground = np.array([0.0, 10.0, 20.0]), np.array([0.0, 10.0, 10.0])
    low, high = eased(along, ground - 1.0, ground + 1.0, 0.5, 0.5)
    assert (low > high).any()
    low, high = eased(along, ground - 3.0, ground + 3.0, 0.5, 0.5)
    assert (low <= high).all()
