"""Where one battery ends: a sequence of lines cut into flights, between lines and inside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from planner.flight import Effort
from planner.flights import Base, Flight, Limits, flight_through
from planner.flyer import Flyer
from planner.pieces import Line, lines_within_reach
from planner.router import Visit

Array = NDArray[np.float64]

_CAUTION = 0.01


def cut(visits: Sequence[Visit], base: Base, flyer: Flyer) -> tuple[list[Flight], list[Visit]]:
    """Cut visits, in their order, into the flights that take least time, swaps of batteries included.

    By dynamic programming over the places where a flight may end: between two visits, and inside a long one
    at some of its photos. There the next flight repeats the last photo, so that no overlap is lost.

    Returns
    -------
    flights, lost
        Visits, or parts of them, that no flight from the base reaches.
    """
    lines: list[Line] = []
    lost: list[Visit] = []
    for visit in visits:
        reached, missed = lines_within_reach(visit, base, flyer)
        lines += reached
        lost += missed
    if not lines:
        return [], lost
    places = _Places.of(lines, [flyer.router.between(a.visit, b.visit).effort for a, b in pairwise(lines)])
    share = 1.0
    while True:
        batches = places.cheapest(flyer.limits, share)
        flights = [flight_through(batch, base, flyer.router) for batch in batches]
        # The ways to a part of a line may take a little more than those to the whole that were reckoned with.
        if all(flyer.limits.allow(flight.effort) for flight in flights):
            return flights, lost
        share -= _CAUTION


@dataclass(frozen=True, eq=False)
class _Places:
    """All places where flights may begin or end, as arrays; place t is the beginning of piece t.

    Costs have the columns seconds, energy and items. The cost of a flight from place s to place t is
    `begin[s] + end[t]` where these lie on different lines.
    """

    lines: Sequence[Line]
    line_of: NDArray[np.intp]
    """(T,) the line of each piece, and (L,) each line's first piece."""
    first_of: NDArray[np.intp]
    begin: Array
    end: Array
    passed: Array
    """(L + 1, 3) cost of flying all lines before one, with the ways between."""
    islands: NDArray[np.intp]
    """(L,) equal for lines with a way between them."""

    @classmethod
    def of(cls, lines: Sequence[Line], links: Sequence[Effort]) -> "_Places":
        line_of = np.repeat(np.arange(len(lines)), [line.pieces for line in lines])
        first_of = np.searchsorted(line_of, np.arange(len(lines)))
        whole = np.array([_row(line.visit.effort) for line in lines])
        after = np.array([*(_row(effort) for effort in links), np.zeros(3)])
        shut = ~np.isfinite(after[:, 0])
        passed = np.cumsum(np.vstack((np.zeros(3), whole + np.where(shut[:, None], 0.0, after))), axis=0)
        begin = [
            _row(line.begun(first)) - passed[number] - whole[number]
            for number, line in enumerate(lines)
            for first in range(line.pieces)
        ]
        end = [
            _row(line.ended(last)) + passed[number]
            for number, line in enumerate(lines)
            for last in range(1, line.pieces + 1)
        ]
        islands = np.concatenate(([0], np.cumsum(shut[:-1])))
        return cls(lines, line_of, first_of, np.array(begin), np.array([np.zeros(3), *end]), passed, islands)

    def cheapest(self, limits: Limits, share: float) -> list[list[Visit]]:
        """Visits of each flight on the cheapest way through the places, within a share of the limits."""
        most = share * np.array([limits.seconds, limits.energy_wh, limits.items])
        best = np.full(len(self.end), np.inf)
        best[0] = 0.0
        begins = [0] * len(self.end)
        low = 0
        for stop in range(1, len(self.end)):
            line = int(self.line_of[stop - 1])
            while self._never(low, line, most):
                low += 1
            froms = np.arange(self.first_of[low], stop)
            costs = self.begin[froms] + self.end[stop]
            costs[self.first_of[line] - froms[0] :] = self._on_one_line(stop, most)
            allowed = np.all(costs <= most, axis=1)
            allowed[-1] = True  # each piece alone is known to be within reach
            total = np.where(allowed, best[froms] + costs[:, 0] + limits.swap_s, np.inf)
            choice = int(np.argmin(total))
            best[stop], begins[stop] = total[choice], int(froms[choice])
        batches: list[list[Visit]] = []
        stop = len(begins) - 1
        while stop:
            batches.append(self._between(begins[stop], stop))
            stop = begins[stop]
        return batches[::-1]

    def _never(self, low: int, line: int, most: Array) -> bool:
        """Whether no flight from one line reaches another, or any after it."""
        inner = self.passed[line] - self.passed[min(low + 1, line)]
        return bool(self.islands[low] != self.islands[line] or np.any(inner > most))

    def _on_one_line(self, stop: int, most: Array) -> Array:
        """Costs (K, 3) of flights from each piece of a line to the end of one; infinite for too much."""
        number = int(self.line_of[stop - 1])
        last = stop - int(self.first_of[number])
        costs = np.full((last, 3), np.inf)
        for first in range(last - 1, -1, -1):
            costs[first] = _row(self.lines[number].alone(first, last))
            if np.any(costs[first] > most):
                break
        return costs

    def _between(self, start: int, stop: int) -> list[Visit]:
        """Visits of a flight from one place to another."""
        first, last = int(self.line_of[start]), int(self.line_of[stop - 1])
        i, j = start - int(self.first_of[first]), stop - int(self.first_of[last])
        if first == last:
            return [self.lines[first].part(i, j)]
        inner = [line.visit for line in self.lines[first + 1 : last]]
        return [self.lines[first].part(i, self.lines[first].pieces), *inner, self.lines[last].part(0, j)]


def _row(effort: Effort) -> Array:
    return np.array([effort.seconds, effort.energy_wh, effort.items])
