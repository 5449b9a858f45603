"""From lines to flights: the site that serves each plot, and the order of plots and of their lines."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geo.errors import GeoError
from geo.routes import order_stops
from planner.cut import cut
from planner.flights import Base, Block, Flight, Limits
from planner.flyer import Flyer, Work
from planner.reasons import Missed, reasons
from planner.rounds import order_plots
from planner.router import Router, Visit
from planner.sites import SiteRules, choose_sites, serving_s

Array = NDArray[np.float64]

_FREE_SITES = SiteRules()
_FAR_S = 1e9


def plan_flights(
    blocks: Sequence[Block],
    bases: Sequence[Base],
    router: Router,
    limits: Limits,
    trigger_m: float,
    site_rules: SiteRules = _FREE_SITES,
) -> tuple[list[Flight], list[tuple[str, str]]]:
    """Give every plot the site that suits it, order all its lines, and cut the sequences into flights.

    Returns
    -------
    flights, problems
        Flights site by site. Problems are plots with photos that no site reaches, and the reason.
    """
    flyer = Flyer(router, limits, trigger_m)
    works, missed = flyer.works(blocks)
    flights, beyond = fly(works, bases, flyer, site_rules)
    return flights, reasons([*missed, *beyond], bases, router, limits, trigger_m)


def fly(
    works: Sequence[Work], bases: Sequence[Base], flyer: Flyer, site_rules: SiteRules
) -> tuple[list[Flight], list[Missed]]:
    """Choose sites, order the work of each, and cut it into flights.

    Each site's plots are ordered first, then the lines of each together with the end from which each is
    entered, beginning where the last plot was left. The whole sequence is then cut into the flights that take
    least time, swaps of batteries included.

    Returns
    -------
    flights, missed
        Flights site by site, and the lines, or parts of them, that no site reaches.
    """
    if not works:
        return [], []
    flights: list[Flight] = []
    beyond: list[Visit] = []
    chosen, served = _shared(works, bases, flyer, site_rules)
    for base, works_of_base in zip(chosen, served, strict=True):
        made, lost = cut(_sequence(base, works_of_base, flyer), base, flyer)
        flights += made
        beyond += lost
    # What cannot be flown from the site that suits the rest of its plot may be flown from another.
    spare = [base for base in bases if base not in chosen]
    for base in [*chosen, *spare][: site_rules.most]:
        made, beyond = cut(beyond, base, flyer)
        flights += made
    return flights, [Missed(visit.plot, visit.transect) for visit in beyond]


def _shared(
    works: Sequence[Work], bases: Sequence[Base], flyer: Flyer, rules: SiteRules
) -> tuple[list[Base], list[list[Work]]]:
    """Choose the sites, and the one that serves each plot."""
    places = np.array([base.place_m for base in bases])
    ways = flyer.seconds_between(np.array([work.place_m for work in works]), places)
    cost = serving_s(np.array([work.load_s for work in works]), ways, flyer.cycle_s, flyer.overhead_s)
    chosen = choose_sites(cost, rules.opening_s(places), rules.most)
    # Of plots that seem out of reach the nearest site has the last word.
    suits = np.where(np.isfinite(cost), cost, _FAR_S + np.minimum(ways, _FAR_S))[:, chosen]
    site_of = np.argmin(suits, axis=1).tolist()
    served = [
        [work for work, site in zip(works, site_of, strict=True) if site == number]
        for number in range(len(chosen))
    ]
    return [bases[number] for number in chosen], served


def _sequence(base: Base, works: Sequence[Work], flyer: Flyer) -> list[Visit]:
    """All lines that a site serves, in the order in which they are flown."""
    if not works:
        return []
    places = np.array([work.place_m for work in works])
    order = order_plots(
        flyer.seconds_between(base.place_m[None], places)[0],
        flyer.seconds_between(places, places),
        np.array([work.load_s for work in works]),
        flyer.cycle_s,
        flyer.overhead_s,
    )
    visits: list[Visit] = []
    position = base.place_m
    goals = [*places[order[1:]], base.place_m]
    for number, goal in zip(order.tolist(), goals, strict=True):
        visits += _ordered(works[number], position, goal, flyer.router)
        position = visits[-1].exit_m
    return visits


def _ordered(work: Work, start_m: Array, goal_m: Array, router: Router) -> list[Visit]:
    """Choose the order of lines and the end each is entered from."""
    visits = work.visits
    count = len(visits)
    cost = np.zeros((count + 2, count + 2))
    cost[:-2, :-2] = work.turns_s
    cost[-2, :-2] = router.seconds_from(start_m, visits)
    cost[:-2, -1] = router.seconds_to(visits, goal_m)
    groups = [[2 * number, 2 * number + 1] for number in range(count // 2)]
    try:
        order = order_stops(
            cost, start=count, end=count + 1, alternatives=groups, solutions=60 if len(groups) <= 30 else 5
        )
    except GeoError:  # lines on either side of a barrier: each side is reached from its own site
        order = list(range(0, count, 2))
    return [visits[stop] for stop in order]
