"""Flights: from a site through the lines of plots and home again, within what one battery gives."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from planner.flight import Effort
from planner.lines import Transect
from planner.router import NO_WAY, Router, Stretch, Visit

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Block:
    """The lines over one plot."""

    plot: str
    transects: list[Transect]

    @property
    def middle_m(self) -> Array:
        """Mean place of its lines, (2,)."""
        return np.mean([(line.first_m + line.last_m) / 2 for line in self.transects], axis=0)


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
    """What one flight may take, and what another flight costs besides flying.

    Attributes
    ----------
    energy_wh
        Energy of a battery without its reserve.
    items
        Mission items that the controller takes.
    seconds
        Longest time that a day leaves for one flight.
    swap_s
        From landing to the next take-off.
    """

    energy_wh: float
    items: int
    seconds: float = np.inf
    swap_s: float = 0.0

    def allow(self, effort: Effort) -> bool:
        """Whether a flight of this effort is possible."""
        return (
            effort.energy_wh <= self.energy_wh
            and effort.items <= self.items
            and effort.seconds <= self.seconds
        )


def way_out(base: Base, visit: Visit, router: Router) -> Stretch:
    """Take off and go to where a visit begins; `NO_WAY` where nothing leads there."""
    out = router.out(base.place_m, visit)
    if out is NO_WAY:
        return NO_WAY
    up = router.performance.take_off(float(out.points_m[0, 2] - base.ground_amsl_m))
    return Stretch(out.points_m, replace(up + out.effort, items=out.effort.items + 2))


def way_home(visit: Visit, base: Base, router: Router) -> Stretch:
    """Go home from where a visit ends, and land; `NO_WAY` where nothing leads there."""
    home = router.home(visit, base.place_m)
    if home is NO_WAY:
        return NO_WAY
    down = router.performance.landing(float(home.points_m[-1, 2] - base.ground_amsl_m))
    return Stretch(home.points_m, replace(home.effort + down, items=home.effort.items + 2))


def alone(visit: Visit, base: Base, router: Router) -> Effort:
    """Effort of a flight to one visit only."""
    return way_out(base, visit, router).effort + visit.effort + way_home(visit, base, router).effort


def flight_through(visits: Sequence[Visit], base: Base, router: Router) -> Flight:
    """One flight from a base through visits that can follow each other."""
    ways = [
        way_out(base, visits[0], router),
        *(router.between(a, b) for a, b in pairwise(visits)),
        way_home(visits[-1], base, router),
    ]
    efforts = [*(way.effort for way in ways), *(visit.effort for visit in visits)]
    return Flight(base, list(visits), [way.points_m for way in ways], sum(efforts, Effort()))
