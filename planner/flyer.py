"""About how long work takes: quick figures for choosing sites and plots before anything is flown exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from missions.errors import PlanError
from planner.flight import Effort
from planner.flights import Block, Limits
from planner.lines import Transect
from planner.reasons import Missed
from planner.router import Router, Visit

Array = NDArray[np.float64]
Pair = tuple[Visit, Visit]
"""A line flown from either end."""

_HEADINGS = 8


@dataclass(frozen=True, eq=False)
class Work:
    """What is to be flown over one plot, and about how long it takes of a battery."""

    plot: str
    place_m: Array
    pairs: list[Pair]
    load_s: float

    @property
    def photos(self) -> int:
        """Photos of all lines."""
        return sum(visit.transect.photos for visit, _ in self.pairs)


@dataclass(frozen=True, eq=False)
class Flyer:
    """How one aircraft gets through work, within the limits of a flight."""

    router: Router
    limits: Limits
    trigger_m: float

    def works(self, blocks: Sequence[Block]) -> tuple[list[Work], list[Missed]]:
        """Fly each line of each block from either end; lines whose runs leave the terrain are missed."""
        works: list[Work] = []
        missed: list[Missed] = []
        for block in blocks:
            pairs: list[Pair] = []
            for line in block.transects:
                try:
                    pairs.append((self._visit(block.plot, line), self._visit(block.plot, line.reversed())))
                except PlanError:
                    missed.append(Missed(block.plot, line))
            if pairs:
                load_s = self._load_s([pair[0] for pair in pairs])
                works.append(Work(block.plot, _place(block.transects), pairs, load_s))
        return works, missed

    def seconds_between(self, a_m: Array, b_m: Array) -> Array:
        """Seconds (N, M) from each of (N, 2) to each of (M, 2) places; infinite where there is no way."""
        return self.router.airspace.lengths(a_m, b_m) * self._pace_s_m

    @property
    def overhead_s(self) -> float:
        """Take-off, landing and the swap of the battery."""
        return self._hover_effort.seconds + self.limits.swap_s

    @property
    def cycle_s(self) -> float:
        """From one swap to the next when a battery is used up."""
        performance = self.router.performance
        cruise_w = performance.power_w(np.array([0.0, performance.ground_speed(np.array([0.0, 1.0]))]))
        cruising_wh = max(0.0, self.limits.energy_wh - self._hover_effort.energy_wh)
        seconds = 3600.0 * cruising_wh / cruise_w + self._hover_effort.seconds
        return min(seconds, self.limits.seconds) + self.limits.swap_s

    def _visit(self, plot: str, line: Transect) -> Visit:
        return self.router.visit(plot, line, self.trigger_m)

    def _load_s(self, visits: Sequence[Visit]) -> float:
        """About how much of a battery's time lines beside each other take; items count as time."""
        turns_m = sum(_apart_m(one, other) for one, other in pairwise(visits))
        seconds = sum(visit.effort.seconds for visit in visits) + turns_m * self._pace_s_m
        items = sum(visit.effort.items for visit in visits) / self.limits.items
        return max(seconds, items * self.cycle_s)

    @property
    def _pace_s_m(self) -> float:
        """Seconds a metre, the mean over all headings."""
        angles = 2.0 * np.pi * np.arange(_HEADINGS) / _HEADINGS
        speeds = [self.router.performance.ground_speed(np.array([np.sin(a), np.cos(a)])) for a in angles]
        return float(np.mean(1.0 / np.array(speeds)))

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
