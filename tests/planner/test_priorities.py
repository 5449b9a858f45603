import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.priorities import rank_plots


def ranked(worth, minutes, places):
    places = np.asarray(places, dtype=float)
    between = np.linalg.norm(places[:, None] - places[None], axis=2)
    return rank_plots(np.asarray(worth), np.asarray(minutes), np.linalg.norm(places, axis=1), between)


def test_of_equal_plots_the_more_promising_comes_first():
    order, _ = ranked([1.0, 3.0, 2.0], [10.0, 10.0, 10.0], [[5, 0], [5, 0], [5, 0]])
    assert order == [1, 2, 0]


def test_of_equally_promising_plots_the_quicker_comes_first():
    order, _ = ranked([1.0, 1.0, 1.0], [30.0, 10.0, 20.0], [[5, 0], [5, 0], [5, 0]])
    assert order == [1, 2, 0]


def test_the_way_to_a_village_pays_for_all_of_its_plots():
    """One plot nearby against ten together far away: alone none of these would be worth the way."""
    places = [[5, 0]] + [[40, number] for number in range(10)]
    order, minutes = ranked([1.0] + [2.0] * 10, [10.0] * 11, places)
    assert order[-1] == 0
    assert minutes[0] == 15.0
    assert sorted(minutes.tolist())[-1] >= 50.0 > sorted(minutes.tolist())[-2]  # the way is paid once


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 30))
def test_every_plot_is_ranked_once_and_adds_at_least_its_own_minutes(seed, count):
    rng = np.random.default_rng(seed)
    minutes = rng.uniform(1, 30, count)
    order, marginal = ranked(rng.uniform(0, 5, count), minutes, rng.uniform(-40, 40, (count, 2)))
    assert sorted(order) == list(range(count))
    assert np.all(marginal >= minutes)
