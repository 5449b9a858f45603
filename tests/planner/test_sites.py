from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.rounds import _split_cost, order_plots
from planner.sites import SiteRules, choose_sites, serving_s


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), sites=st.integers(1, 5), most=st.one_of(st.none(), st.integers(1, 3)))
def test_sites_are_about_as_good_as_the_best_choice(seed, sites, most):
    rng = np.random.default_rng(seed)
    cost = np.where(rng.random((12, sites)) < 0.15, np.inf, rng.uniform(100, 2000, (12, sites)))
    opening = rng.uniform(300, 3000, sites)

    def rank(chosen):
        best = cost[:, sorted(chosen)].min(axis=1)
        return np.isinf(best).sum(), best[np.isfinite(best)].sum() + opening[sorted(chosen)].sum()

    found = choose_sites(cost, opening, most)
    assert len(found) <= (most or sites)
    every = [set(c) for size in range(1, (most or sites) + 1) for c in combinations(range(sites), size)]
    lost, seconds = min(rank(chosen) for chosen in every)
    assert rank(set(found))[0] == lost
    assert rank(set(found))[1] <= 1.1 * seconds


def test_a_site_is_opened_only_where_it_pays():
    ways = np.array([[100.0, 500.0]] * 5 + [[500.0, 100.0]] * 5)
    near = serving_s(np.full(10, 600.0), ways, 3000.0, 200.0)
    assert choose_sites(near, np.array([60.0, 60.0]), None) == [0, 1]
    assert len(choose_sites(near, np.array([60.0, 9000.0]), None)) == 1
    assert choose_sites(near, np.array([60.0, 60.0]), 1) in ([0], [1])


def test_a_site_costs_the_drive_to_it():
    rules = SiteRules(setup_s=1200.0, drive_m_s=10.0)
    places = np.array([[0.0, 0.0], [0.0, 3000.0], [0.0, 9000.0]])
    assert rules.opening_s(places).tolist() == [1500.0, 1500.0, 1800.0]
    assert rules.opening_s(places[:1]).tolist() == [1200.0]


def test_plots_beyond_the_battery_cost_infinity():
    cost = serving_s(np.array([100.0, 100.0]), np.array([[400.0], [600.0]]), 1200.0, 200.0)
    assert np.isfinite(cost[0, 0]) and np.isinf(cost[1, 0])


def test_the_order_of_plots_is_no_worse_than_one_round_and_takes_each_once():
    rng = np.random.default_rng(8)
    places = rng.uniform(-3000, 3000, (40, 2))
    way = np.linalg.norm(places, axis=1) / 10
    between = np.linalg.norm(places[:, None] - places[None], axis=2) / 10
    load = rng.uniform(50, 1200, 40)
    order = order_plots(way, between, load, 1500.0, 300.0)
    assert sorted(order.tolist()) == list(range(40))

    def cost(sequence):
        return _split_cost(np.array(sequence), way, between, load, 1500.0, 300.0)

    around = np.argsort(np.arctan2(places[:, 1], places[:, 0]))
    assert cost(order) < 0.97 * min(cost(around), cost(np.arange(40)))
