"""From lines to flights: their order, the ways between them, and where one battery ends."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geo.errors import GeoError
from geo.routes import order_stops
from missions.errors import PlanError
from planner.flight import Effort
from planner.lines import Transect, split
from planner.router import NO_WAY, Router, Stretch, Visit

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Block:
    """The lines over one plot."""

    plot: str
    transects: list[Transect]


@dataclass(frozen=True, eq=False)
class Base:
    """A take-off site: place (2,) and ground height."""

    name: str
    place_m: Array
    ground_amsl_m: float


@dataclass(frozen=True, eq=False)
class Flight:
    """One sortie: from a base through visits, joined by ways, and back.

    Attributes
    ----------
    ways
        One more than visits: out, between, and home; points (N, 3).
    """

    base: Base
    visits: list[Visit]
    ways: list[Array]
    effort: Effort


@dataclass(frozen=True)
class Limits:
    """What one flight may take."""

    energy_wh: float
    items: int

    def allow(self, effort: Effort) -> bool:
        """Whether a flight of this effort is possible."""
        return effort.energy_wh <= self.energy_wh and effort.items <= self.items


def plan_flights(
    blocks: Sequence[Block], bases: Sequence[Base], router: Router, limits: Limits, trigger_m: float
) -> tuple[list[Flight], list[tuple[str, str]]]:
    """Order all lines of all blocks and split them into flights.

    Plots are ordered first, then the lines of each together with the end from which each is entered,
    beginning where the last plot was left. The whole sequence is then cut into flights: as few as the
    batteries and the item limit allow, and among those the ones that take least time, each from the site
    that suits it.

    Returns
    -------
    flights, problems
        Problems are plots with photos that no site reaches, and the reason.
    """
    problems: list[tuple[str, str]] = []
    visits: list[Visit] = []
    position = bases[0].place_m
    for number, block in enumerate(ordered := _ordered_blocks(blocks, position)):
        after = ordered[number + 1] if number + 1 < len(ordered) else None
        goal = _middle(after) if after else bases[0].place_m
        found, lost = _visits_of(block, position, goal, bases, router, limits, trigger_m)
        if lost:
            reason = f"{lost} of its photos are out of reach of every site on one battery"
            problems.append((block.plot, reason))
        visits += found
        position = visits[-1].exit_m if visits else position
    return _cut(visits, bases, router, limits), problems


def _ordered_blocks(blocks: Sequence[Block], start_m: Array) -> list[Block]:
    places = np.vstack([start_m, *(_middle(block) for block in blocks)])
    cost = np.linalg.norm(places[:, None] - places[None], axis=2)
    cost = np.pad(cost, ((0, 1), (0, 1)))
    cost[-1, :-1] = cost[:-1, -1] = cost[0, :-1]  # back to where it began
    return [blocks[stop - 1] for stop in order_stops(cost, start=0, end=len(places))]


def _middle(block: Block) -> Array:
    return np.mean([(line.first_m + line.last_m) / 2 for line in block.transects], axis=0)


def _visits_of(
    block: Block,
    start_m: Array,
    goal_m: Array,
    bases: Sequence[Base],
    router: Router,
    limits: Limits,
    trigger_m: float,
) -> tuple[list[Visit], int]:
    """Visits to the lines of a block in order, and how many photos cannot be reached."""
    pairs: list[tuple[Visit, Visit]] = []
    lost = 0
    waiting = list(block.transects)
    while waiting:
        transect = waiting.pop(0)
        try:
            visit = router.visit(block.plot, transect, trigger_m)
        except PlanError:  # the run beyond the plot leaves the terrain
            lost += transect.photos
            continue
        fringes = [_fringe(visit, base, router) for base in bases]
        if all(out is NO_WAY for out, _ in fringes):
            lost += transect.photos
        elif any(limits.allow(out.effort + visit.effort + home.effort) for out, home in fringes):
            pairs.append((visit, router.visit(block.plot, transect.reversed(), trigger_m)))
        elif transect.photos > 2:
            waiting[:0] = split(transect)
        else:
            lost += transect.photos
    return _ordered(pairs, start_m, goal_m, router), lost


def _ordered(
    pairs: Sequence[tuple[Visit, Visit]], start_m: Array, goal_m: Array, router: Router
) -> list[Visit]:
    """Choose the order of lines and the end each is entered from."""
    visits = [visit for pair in pairs for visit in pair]
    if not visits:
        return []
    count = len(visits)
    cost = np.zeros((count + 2, count + 2))
    cost[:-2, :-2] = router.seconds_between(visits, visits)
    cost[-2, :-2] = router.seconds_from(start_m, visits)
    cost[:-2, -1] = router.seconds_to(visits, goal_m)
    groups = [[2 * number, 2 * number + 1] for number in range(len(pairs))]
    try:
        order = order_stops(
            cost, start=count, end=count + 1, alternatives=groups, solutions=60 if len(pairs) <= 30 else 5
        )
    except GeoError:  # lines on either side of a barrier: each side is reached from its own site
        order = list(range(0, count, 2))
    return [visits[stop] for stop in order]


def _cut(visits: Sequence[Visit], bases: Sequence[Base], router: Router, limits: Limits) -> list[Flight]:
    """Cut a sequence of visits into flights: fewest first, then least time, by dynamic programming."""
    between = [router.between(a, b) for a, b in pairwise(visits)]
    fringes = [[_fringe(visit, base, router) for base in bases] for visit in visits]
    best = [(0, 0.0)]
    choice: list[tuple[int, int]] = []  # for each end: the first visit of its flight, and the base
    for last in range(len(visits)):
        options: list[tuple[int, float, int, int]] = []
        inner = Effort()
        for first in range(last, -1, -1):
            inner += visits[first].effort
            if first < last:
                link = between[first]
                if link is NO_WAY:
                    break
                inner += link.effort
            whole = [
                out.effort + inner + home.effort
                for (out, _), (_, home) in zip(fringes[first], fringes[last], strict=True)
            ]
            allowed = [
                (effort.seconds, number) for number, effort in enumerate(whole) if limits.allow(effort)
            ]
            if not allowed:
                break
            seconds, number = min(allowed)
            options.append((best[first][0] + 1, best[first][1] + seconds, first, number))
        count, seconds, first, number = min(options)  # every visit alone is within the limits
        best.append((count, seconds))
        choice.append((first, number))

    flights: list[Flight] = []
    end = len(visits)
    while end:
        first, number = choice[end - 1]
        flights.append(_flight(visits[first:end], bases[number], router))
        end = first
    return flights[::-1]


def _fringe(visit: Visit, base: Base, router: Router) -> tuple[Stretch, Stretch]:
    """Take-off and the way out to a visit, and the way home from it with the landing."""
    out, home = router.out(base.place_m, visit), router.home(visit, base.place_m)
    if out is NO_WAY or home is NO_WAY:
        return NO_WAY, NO_WAY
    up = router.performance.take_off(float(out.points_m[0, 2] - base.ground_amsl_m))
    down = router.performance.landing(float(home.points_m[-1, 2] - base.ground_amsl_m))
    return (
        Stretch(out.points_m, replace(up + out.effort, items=out.effort.items + 2)),
        Stretch(home.points_m, replace(home.effort + down, items=home.effort.items + 2)),
    )


def _flight(visits: Sequence[Visit], base: Base, router: Router) -> Flight:
    """One flight from a base through visits that can follow each other."""
    out, home = _fringe(visits[0], base, router)[0], _fringe(visits[-1], base, router)[1]
    links = [router.between(a, b) for a, b in pairwise(visits)]
    ways = [out, *links, home]
    efforts = [*(way.effort for way in ways), *(visit.effort for visit in visits)]
    return Flight(base, list(visits), [way.points_m for way in ways], sum(efforts, Effort()))
