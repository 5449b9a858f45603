from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GeoError
from geo.routes import order_stops

places = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=7, unique=True)


def length(cost, order):
    return sum(cost[a][b] for a, b in pairwise(order))


@given(places)
@settings(max_examples=30, deadline=None)
def test_every_stop_once_and_nearly_the_shortest(points):
    xy = np.array(points, dtype=float)
    cost = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    order = order_stops(cost, start=0)
    assert sorted(order) == list(range(1, len(xy)))
    best = min(length(cost, [0, *rest]) for rest in permutations(range(1, len(xy))))
    assert length(cost, [0, *order]) <= 1.05 * best + 0.1


def test_a_given_end_is_the_end():
    x = np.array([0.0, 10.0, 20.0, 30.0])
    cost = np.abs(x[:, None] - x[None])
    assert order_stops(cost, start=3, end=0) == [2, 1]


def test_lines_are_flown_to_and_fro():
    """Six parallel lines: the shortest way enters each from the end where the last was left."""
    ends = [((50.0 * i, 0.0), (50.0 * i, 200.0)) for i in range(6)]
    enter = np.array([p for pair in ends for p in pair] + [(-10.0, -10.0)])
    leave = np.array([p for low, high in ends for p in (high, low)] + [(-10.0, -10.0)])
    cost = np.linalg.norm(leave[:, None] - enter[None], axis=2)
    order = order_stops(cost, start=12, alternatives=[[2 * i, 2 * i + 1] for i in range(6)])
    assert order == [0, 3, 4, 7, 8, 11]


def test_the_same_costs_give_the_same_order():
    rng = np.random.default_rng(5)
    xy = rng.uniform(0, 1000, (25, 2))
    cost = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    assert order_stops(cost, start=0) == order_stops(cost, start=0)


def test_a_stop_without_a_way_is_an_error():
    cost = np.array([[0.0, 1.0, np.inf], [1.0, 0.0, np.inf], [np.inf, np.inf, 0.0]])
    with pytest.raises(GeoError, match="no way"):
        order_stops(cost, start=0)


def test_costs_must_be_a_square_of_numbers():
    with pytest.raises(GeoError, match="square"):
        order_stops([[0.0, 1.0]], start=0)


def test_nothing_to_visit():
    assert order_stops([[0.0]], start=0) == []
