"""About how long work takes: quick figures for choosing sites and plots before anything is flown exactly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from missions.errors import PlanError
from planner.flight import Effort
from planner.flights import Block, Limits
from planner.lines import Transect
from planner.reasons import Missed
from planner.router import Router, Visit

Array = NDArray[np.float64]

_HEADINGS = 8


@dataclass(frozen=True, eq=False)
class Work:
    """What is to be flown over one plot, and about how long it takes of a battery."""

    plot: str
    place_m: Array
    visits: list[Visit]
    """Each line flown from one end and, next to it, from the other."""
    turns_s: Array
    """(N, N) from the end of each visit to the beginning of each other."""
    load_s: float

    @property
    def photos(self) -> int:
        """Photos of all lines."""
        return sum(visit.transect.photos for visit in self.visits[::2])


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
            visits: list[Visit] = []
            for line in block.transects:
                try:
                    visits += [self._visit(block.plot, line), self._visit(block.plot, line.reversed())]
                except PlanError:
                    missed.append(Missed(block.plot, line))
            if visits:
                turns_s = self.router.seconds_between(visits, visits)
                load_s = self._load_s(visits[::2], turns_s)
                works.append(Work(block.plot, _place(block.transects), visits, turns_s, load_s))
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
        cruise_w = float(performance.power_w([0.0, float(performance.ground_speed([0.0, 1.0]))]))
        cruising_wh = max(0.0, self.limits.energy_wh - self._hover_effort.energy_wh)
        seconds = 3600.0 * cruising_wh / cruise_w + self._hover_effort.seconds
        return min(seconds, self.limits.seconds) + self.limits.swap_s

    def _visit(self, plot: str, line: Transect) -> Visit:
        return self.router.visit(plot, line, self.trigger_m)

    def _load_s(self, visits: Sequence[Visit], turns_s: Array) -> float:
        """About how much of a battery's time lines take with the turns between them; items count as time."""
        ends = np.arange(2 * len(visits)) // 2
        turns_s = np.where(ends[:, None] == ends[None], np.inf, turns_s)
        nearest_s = np.sort(turns_s.min(axis=1).reshape(-1, 2).min(axis=1))[: len(visits) - 1]
        seconds = sum(visit.effort.seconds for visit in visits) + float(nearest_s.sum())
        items = sum(visit.effort.items for visit in visits) / self.limits.items
        return max(seconds, items * self.cycle_s)

    @property
    def _pace_s_m(self) -> float:
        """Seconds a metre, the mean over all headings."""
        angles = 2.0 * np.pi * np.arange(_HEADINGS) / _HEADINGS
        units = np.column_stack((np.sin(angles), np.cos(angles)))
        return float(np.mean(1.0 / self.router.performance.ground_speed(units)))

    @property
    def _hover_effort(self) -> Effort:
        """Take-off and landing."""
        height_m = self.router.on_way.agl_m
        return self.router.performance.take_off(height_m) + self.router.performance.landing(height_m)


def _place(lines: Sequence[Transect]) -> Array:
    """The middle of the line that is nearest to the middle of all: a place in free air."""
    middles = np.array([(line.first_m + line.last_m) / 2 for line in lines])
    return middles[int(np.argmin(np.linalg.norm(middles - middles.mean(axis=0), axis=1)))]
