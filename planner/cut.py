"""Where one battery ends: a sequence of lines cut into flights, between lines and inside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from planner.flight import Effort
from planner.flights import Base, Flight, Limits, alone, flight_through, link, way_home, way_out
from planner.flyer import Flyer
from planner.lines import part
from planner.router import Router, Visit

Array = NDArray[np.float64]

_PIECES = 12
"""A line that takes more than one in so many of a battery may be cut inside."""
_MOST_PIECES = 48
_ROUNDING = 1e-9
"""Share of the limits kept back: sums of many parts differ in their last digits."""


@dataclass(frozen=True, eq=False)
class Cutter:
    """Cuts sequences of visits into flights from one base."""

    base: Base
    flyer: Flyer

    @property
    def router(self) -> Router:
        """How the aircraft gets from place to place."""
        return self.flyer.router

    @property
    def limits(self) -> Limits:
        """What one flight may take."""
        return self.flyer.limits

    def cut(self, visits: Sequence[Visit]) -> tuple[list[Flight], list[Visit]]:
        """Cut visits, in their order, into the flights that take least time, swaps of batteries included.

        By dynamic programming over the places where a flight may end: between two visits, and inside a long
        one at some of its photos. There the next flight repeats the last photo, so that no overlap is lost.

        Returns
        -------
        flights, lost
            Visits, or parts of them, that no flight from the base reaches.
        """
        lines: list[_Line] = []
        lost: list[Visit] = []
        for visit in visits:
            reached, missed = self._reached(visit)
            lines += reached
            lost += missed
        if not lines:
            return [], lost
        return [flight_through(batch, self.base, self.router) for batch in self._batches(lines)], lost

    def _reached(self, visit: Visit) -> tuple[list["_Line"], list[Visit]]:
        """Lines whose pieces are each within reach, and what of the visit is not."""
        last = visit.transect.photos - 1
        wanted = int(np.ceil(_PIECES * visit.effort.energy_wh / self.limits.energy_wh))
        if wanted <= 1 or last <= 1:
            line = self._line(visit, 1)
            if self.limits.allow(line.alone(0)):
                return [line], []
        if last < 1 or not any(self.limits.allow(effort) for effort in self._nearest_alone(visit)):
            return [], [visit]
        most = min(last, _MOST_PIECES)
        pieces = min(most, max(2, wanted))
        while True:
            line = self._line(visit, pieces)
            within = [self.limits.allow(line.alone(number)) for number in range(pieces)]
            if all(within):
                return [line], []
            if pieces == most:
                return self._kept(visit, within)
            pieces = min(2 * pieces, most)

    def _kept(self, visit: Visit, within: list[bool]) -> tuple[list["_Line"], list[Visit]]:
        """Split a visit into its runs of pieces within reach, and those out of it."""
        marks = _marks(visit, len(within))
        borders = [0, *(n for n in range(1, len(within)) if within[n] != within[n - 1]), len(within)]
        lines: list[_Line] = []
        lost: list[Visit] = []
        for first, last in pairwise(borders):
            run = self._part(visit, marks[first], marks[last])
            if within[first]:
                lines.append(self._line(run, last - first))
            else:
                lost.append(run)
        return lines, lost

    def _nearest_alone(self, visit: Visit) -> Iterator[Effort]:
        """Efforts of flights to two photos each of a line, those nearest to the base and their neighbours."""
        line = visit.transect
        along = float((self.base.place_m - line.first_m) @ line.unit) / max(line.length_m, 1e-9)
        nearest = int(np.floor(along * (line.photos - 1)))
        for first in sorted({int(np.clip(nearest + step, 0, line.photos - 2)) for step in (-1, 0, 1)}):
            yield alone(self._part(visit, first, first + 1), self.base, self.router)

    def _part(self, visit: Visit, first: int, last: int) -> Visit:
        if (first, last) == (0, visit.transect.photos - 1):
            return visit
        return self.router.visit(visit.plot, part(visit.transect, first, last), self.flyer.trigger_m)

    def _line(self, visit: Visit, pieces: int) -> "_Line":
        marks = _marks(visit, pieces)
        if pieces == 1:
            parts = {(0, 1): visit}
        else:
            parts = {
                (i, j): self._part(visit, marks[i], marks[j])
                for i in range(pieces)
                for j in range(i + 1, pieces + 1)
            }
        out = [way_out(self.base, parts[i, i + 1], self.router).effort for i in range(pieces)]
        home = [way_home(parts[j - 1, j], self.base, self.router).effort for j in range(1, pieces + 1)]
        return _Line(parts, out, home)

    def _batches(self, lines: Sequence["_Line"]) -> list[list[Visit]]:
        """Visits of each flight: the cheapest way through the places where flights may end."""
        plan = _Places.of(lines, [link(a.whole, b.whole, self.router).effort for a, b in pairwise(lines)])
        first_of = plan.cheapest(self.limits)
        batches: list[list[Visit]] = []
        end = len(first_of) - 1
        while end:
            batches.append(plan.between(first_of[end], end))
            end = first_of[end]
        return batches[::-1]


@dataclass(frozen=True, eq=False)
class _Line:
    """A visit, cut into pieces at which flights may begin and end.

    Attributes
    ----------
    parts
        What is flown from the beginning of one piece to the end of another: (i, j) holds pieces i to j - 1.
    out, home
        Effort of the ways to the beginning of each piece and from the end of each.
    """

    parts: dict[tuple[int, int], Visit]
    out: list[Effort]
    home: list[Effort]

    @property
    def pieces(self) -> int:
        return len(self.out)

    @property
    def whole(self) -> Visit:
        return self.parts[0, self.pieces]

    def alone(self, piece: int) -> Effort:
        """Effort of a flight to one piece."""
        return self.out[piece] + self.parts[piece, piece + 1].effort + self.home[piece]


@dataclass(frozen=True, eq=False)
class _Places:
    """All places where flights may begin or end, as arrays; place t is the beginning of piece t.

    Costs have the columns seconds, energy and items. The cost of a flight from place s to place t is
    `begin[s] + end[t]` where these lie on different lines.
    """

    lines: Sequence[_Line]
    line_of: NDArray[np.intp]
    """(T,) the line of each piece, and each line's first piece."""
    first_of: NDArray[np.intp]
    begin: Array
    end: Array
    passed: Array
    """(L + 1, 3) cost of flying all lines before one, with the ways between."""
    islands: NDArray[np.intp]
    """(L,) equal for lines with a way between them."""

    @classmethod
    def of(cls, lines: Sequence[_Line], links: Sequence[Effort]) -> "_Places":
        line_of = np.repeat(np.arange(len(lines)), [line.pieces for line in lines])
        first_of = np.searchsorted(line_of, np.arange(len(lines)))
        whole = np.array([_row(line.whole.effort) for line in lines])
        between = np.array([_row(effort) for effort in links]).reshape(-1, 3)
        shut = ~np.isfinite(between[:, 0])
        passed = np.cumsum(
            np.vstack((np.zeros(3), whole + np.vstack((np.where(shut[:, None], 0.0, between), np.zeros(3))))),
            axis=0,
        )
        begin = [
            _row(line.out[i] + line.parts[i, line.pieces].effort) - passed[number] - whole[number]
            for number, line in enumerate(lines)
            for i in range(line.pieces)
        ]
        end = [np.zeros(3)] + [
            _row(line.home[j - 1] + line.parts[0, j].effort) + passed[number]
            for number, line in enumerate(lines)
            for j in range(1, line.pieces + 1)
        ]
        islands = np.concatenate(([0], np.cumsum(shut)))
        return cls(lines, line_of, first_of, np.array(begin), np.array(end), passed, islands)

    def cheapest(self, limits: Limits) -> list[int]:
        """For each place, where the flight that ends there begins."""
        most = np.array([limits.seconds, limits.energy_wh, limits.items]) * (1.0 - _ROUNDING)
        best = np.full(len(self.end), np.inf)
        best[0] = 0.0
        begins = [0] * len(self.end)
        low = 0
        for stop in range(1, len(self.end)):
            line = int(self.line_of[stop - 1])
            while self._too_much_between(low, line, most) or self.islands[low] != self.islands[line]:
                low += 1
            froms = np.arange(self.first_of[low], stop)
            costs = self.begin[froms] + self.end[stop]
            for number in range(int(self.first_of[line]), stop):
                costs[number - froms[0]] = self._on_one_line(number, stop)
            allowed = np.all(costs <= most, axis=1)
            allowed[-1] = True  # each piece alone is known to be within reach
            total = np.where(allowed, best[froms] + costs[:, 0] + limits.swap_s, np.inf)
            choice = int(np.argmin(total))
            best[stop], begins[stop] = total[choice], int(froms[choice])
        return begins

    def between(self, start: int, stop: int) -> list[Visit]:
        """Visits of a flight from one place to another."""
        first, last = int(self.line_of[start]), int(self.line_of[stop - 1])
        i, j = start - int(self.first_of[first]), stop - int(self.first_of[last])
        if first == last:
            return [self.lines[first].parts[i, j]]
        inner = [line.whole for line in self.lines[first + 1 : last]]
        return [self.lines[first].parts[i, self.lines[first].pieces], *inner, self.lines[last].parts[0, j]]

    def _too_much_between(self, low: int, line: int, most: Array) -> bool:
        """Whether the lines between two, without either, are too much for a flight already."""
        return low < line and bool(np.any((self.passed[line] - self.passed[low + 1]) > most))

    def _on_one_line(self, start: int, stop: int) -> Array:
        line = self.lines[self.line_of[start]]
        first = int(self.first_of[self.line_of[start]])
        i, j = start - first, stop - first
        return _row(line.out[i] + line.parts[i, j].effort + line.home[j - 1])


def _marks(visit: Visit, pieces: int) -> list[int]:
    """Photos at which a visit is cut into pieces, its first and last photo included."""
    return np.round(np.linspace(0, visit.transect.photos - 1, pieces + 1)).astype(int).tolist()


def _row(effort: Effort) -> Array:
    return np.array([effort.seconds, effort.energy_wh, effort.items])
