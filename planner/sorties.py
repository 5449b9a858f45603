"""From lines to flights: the site that serves each plot, and the order of plots and of their lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geo.errors import GeoError
from geo.routes import order_stops
from missions.errors import PlanError
from planner.cut import Cutter
from planner.flight import Effort
from planner.flights import Base, Block, Flight, Limits
from planner.lines import Transect
from planner.reasons import Missed, reasons
from planner.rounds import order_plots
from planner.router import Router, Visit
from planner.sites import SiteRules, choose_sites, serving_s

Array = NDArray[np.float64]
Pair = tuple[Visit, Visit]
"""A line flown from either end."""

_FREE_SITES = SiteRules()
_HEADINGS = 8


def plan_flights(
    blocks: Sequence[Block],
    bases: Sequence[Base],
    router: Router,
    limits: Limits,
    trigger_m: float,
    site_rules: SiteRules = _FREE_SITES,
) -> tuple[list[Flight], list[tuple[str, str]]]:
    """Give every plot the site that suits it, order all its lines, and cut the sequences into flights.

    Each site's plots are ordered first, then the lines of each together with the end from which each is
    entered, beginning where the last plot was left. The whole sequence is then cut into the flights that take
    least time, swaps of batteries included.

    Returns
    -------
    flights, problems
        Flights site by site. Problems are plots with photos that no site reaches, and the reason.
    """
    flown = _Flown(router, limits, trigger_m)
    missed: list[Missed] = []
    works = [work for block in blocks if (work := flown.work(block, missed)).pairs]
    flights: list[Flight] = []
    beyond: list[Visit] = []
    chosen, served = flown.shared(works, bases, site_rules)
    for base, works_of_base in zip(chosen, served, strict=True):
        made, lost = flown.flights_from(base, works_of_base)
        flights += made
        beyond += lost
    # What cannot be flown from the site that suits the rest of its plot may be flown from another.
    spare = [base for base in bases if base not in chosen]
    for base in [*chosen, *spare][: site_rules.most]:
        made, beyond = Cutter(base, router, limits, trigger_m).cut(beyond)
        flights += made
    missed += [Missed(visit.plot, visit.transect) for visit in beyond]
    return flights, reasons(missed, bases, router, limits, trigger_m)


@dataclass(frozen=True, eq=False)
class _Work:
    """What is to be flown over one plot, and about how long it takes of a battery."""

    place_m: Array
    pairs: list[Pair]
    load_s: float


@dataclass(frozen=True, eq=False)
class _Flown:
    """How one aircraft gets through the work."""

    router: Router
    limits: Limits
    trigger_m: float

    def work(self, block: Block, missed: list[Missed]) -> _Work:
        """Fly each line of a block from either end; lines whose runs leave the terrain are missed."""
        pairs: list[Pair] = []
        for line in block.transects:
            try:
                pairs.append(
                    (
                        self.router.visit(block.plot, line, self.trigger_m),
                        self.router.visit(block.plot, line.reversed(), self.trigger_m),
                    )
                )
            except PlanError:
                missed.append(Missed(block.plot, line))
        return _Work(_place(block.transects), pairs, self._load_s([pair[0] for pair in pairs]))

    def shared(
        self, works: Sequence[_Work], bases: Sequence[Base], rules: SiteRules
    ) -> tuple[list[Base], list[list[_Work]]]:
        """Choose the sites, and the one that serves each plot."""
        places = np.array([base.place_m for base in bases])
        if not works:
            return [], []
        loads = np.array([work.load_s for work in works])
        ways = self._seconds_between(np.array([work.place_m for work in works]), places)
        cost = serving_s(loads, ways, self._cycle_s, self._overhead_s)
        chosen = choose_sites(cost, rules.opening_s(places), rules.most)
        # Of plots out of reach the nearest site says what is missing.
        best = np.argmin(np.where(np.isfinite(cost), cost, 1e12 + np.minimum(ways, 1e12))[:, chosen], axis=1)
        served = [
            [work for work, site in zip(works, best.tolist(), strict=True) if site == number]
            for number in range(len(chosen))
        ]
        return [bases[number] for number in chosen], served

    def flights_from(self, base: Base, works: Sequence[_Work]) -> tuple[list[Flight], list[Visit]]:
        """Order the work that a site serves and cut it into flights; also what is out of reach."""
        if not works:
            return [], []
        places = np.array([work.place_m for work in works])
        order = order_plots(
            self._seconds_between(base.place_m[None], places)[0],
            self._seconds_between(places, places),
            np.array([work.load_s for work in works]),
            self._cycle_s,
            self._overhead_s,
        )
        visits: list[Visit] = []
        position = base.place_m
        goals = [*places[order[1:]], base.place_m]
        for number, goal in zip(order.tolist(), goals, strict=True):
            visits += _ordered(works[number].pairs, position, goal, self.router)
            position = visits[-1].exit_m
        return Cutter(base, self.router, self.limits, self.trigger_m).cut(visits)

    def _load_s(self, visits: Sequence[Visit]) -> float:
        """About how much of a battery's time lines beside each other take; items count as time."""
        if not visits:
            return 0.0
        turns_m = sum(_apart_m(one, other) for one, other in pairwise(visits))
        seconds = sum(visit.effort.seconds for visit in visits) + turns_m * self._pace_s_m
        items = sum(visit.effort.items for visit in visits) / self.limits.items
        return max(seconds, items * self._cycle_s)

    def _seconds_between(self, a_m: Array, b_m: Array) -> Array:
        return self.router.airspace.lengths(a_m, b_m) * self._pace_s_m

    @property
    def _pace_s_m(self) -> float:
        """Seconds a metre, the mean over all headings."""
        angles = 2.0 * np.pi * np.arange(_HEADINGS) / _HEADINGS
        speeds = [self.router.performance.ground_speed(np.array([np.sin(a), np.cos(a)])) for a in angles]
        return float(np.mean(1.0 / np.array(speeds)))

    @property
    def _overhead_s(self) -> float:
        """Take-off, landing and the swap of the battery."""
        return self._hover_effort.seconds + self.limits.swap_s

    @property
    def _cycle_s(self) -> float:
        """From one swap to the next when a battery is used up."""
        performance = self.router.performance
        cruise_w = performance.power_w(np.array([0.0, performance.ground_speed(np.array([0.0, 1.0]))]))
        cruising_wh = max(0.0, self.limits.energy_wh - self._hover_effort.energy_wh)
        return 3600.0 * cruising_wh / cruise_w + self._overhead_s

    @property
    def _hover_effort(self) -> Effort:
        """Take-off and landing."""
        height_m = self.router.on_way.agl_m
        return self.router.performance.take_off(height_m) + self.router.performance.landing(height_m)


def _place(lines: Sequence[Transect]) -> Array:
    """The middle of the line that is nearest to the middle of all: a place in free air."""
    middles = np.array([(line.first_m + line.last_m) / 2 for line in lines])
    return middles[int(np.argmin(np.linalg.norm(middles - middles.mean(axis=0), axis=1)))]


def _apart_m(one: Visit, other: Visit) -> float:
    """Distance between the nearest ends of two lines."""
    ends = (other.entry_m, other.exit_m)
    return min(float(np.linalg.norm(a - b)) for a in (one.entry_m, one.exit_m) for b in ends)


def _ordered(pairs: Sequence[Pair], start_m: Array, goal_m: Array, router: Router) -> list[Visit]:
    """Choose the order of lines and the end each is entered from."""
    visits = [visit for pair in pairs for visit in pair]
    leave = np.vstack([*(visit.exit_m for visit in visits), start_m])
    enter = np.vstack([visit.entry_m for visit in visits])
    count = len(visits)
    cost = np.zeros((count + 2, count + 2))
    cost[:-1, :-2] = router.airspace.lengths(leave, enter)
    cost[:-1, -1] = np.linalg.norm(leave - goal_m, axis=1)
    groups = [[2 * number, 2 * number + 1] for number in range(len(pairs))]
    try:
        order = order_stops(
            cost, start=count, end=count + 1, alternatives=groups, solutions=60 if len(pairs) <= 30 else 5
        )
    except GeoError:  # lines on either side of a barrier: each side is reached from its own site
        order = list(range(0, count, 2))
    return [visits[stop] for stop in order]
