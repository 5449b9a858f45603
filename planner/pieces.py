"""Lines cut into pieces at photos, each piece within reach of a site on one battery."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from planner.flight import Effort
from planner.flights import Base, alone, way_home, way_out
from planner.flyer import Flyer
from planner.lines import Transect, part
from planner.router import Visit

_PIECES = 12
"""A line that takes more than one in so many of a battery may be cut inside."""
_MOST_PIECES = 48
_LOOKS = 9


@dataclass(frozen=True, eq=False)
class Line:
    """A visit with the photos at which flights may begin and end.

    Attributes
    ----------
    marks
        Numbers of photos, the first and the last included: piece i goes from mark i to mark i + 1.
    """

    visit: Visit
    marks: list[int]
    base: Base
    flyer: Flyer

    @property
    def pieces(self) -> int:
        """How many there are."""
        return len(self.marks) - 1

    def part(self, first: int, last: int) -> Visit:
        """What is flown from the beginning of piece `first` to the end of piece `last - 1`."""
        key = first, last
        if key not in self._parts:
            self._parts[key] = _part(self.visit, self.marks[first], self.marks[last], self.flyer)
        return self._parts[key]

    def alone(self, first: int, last: int) -> Effort:
        """Effort of a flight to a part and home."""
        return self._out(first, last) + self.part(first, last).effort + self._home(first, last)

    def begun(self, first: int) -> Effort:
        """Effort of coming from the base and flying the line from a piece on."""
        return self._out(first, self.pieces) + self.part(first, self.pieces).effort

    def ended(self, last: int) -> Effort:
        """Effort of flying the line up to a piece and going home."""
        return self.part(0, last).effort + self._home(0, last)

    def _out(self, first: int, last: int) -> Effort:
        key = first, last
        if key not in self._outs:
            self._outs[key] = way_out(self.base, self.part(first, last), self.flyer.router).effort
        return self._outs[key]

    def _home(self, first: int, last: int) -> Effort:
        key = first, last
        if key not in self._homes:
            self._homes[key] = way_home(self.part(first, last), self.base, self.flyer.router).effort
        return self._homes[key]

    @cached_property
    def _parts(self) -> dict[tuple[int, int], Visit]:
        return {}

    @cached_property
    def _outs(self) -> dict[tuple[int, int], Effort]:
        return {}

    @cached_property
    def _homes(self) -> dict[tuple[int, int], Effort]:
        return {}


def lines_within_reach(visit: Visit, base: Base, flyer: Flyer) -> tuple[list[Line], list[Visit]]:
    """Cut a visit into pieces each of which one flight from a base can do.

    Returns
    -------
    lines, lost
        The visit with its pieces, or those runs of it that are within reach, and the runs that are not.
    """
    limits = flyer.limits
    last = visit.transect.photos - 1
    wanted = int(np.ceil(_PIECES * visit.effort.energy_wh / limits.energy_wh))
    if wanted <= 1 or last < 1:
        line = Line(visit, [0, last], base, flyer)
        if limits.allow(line.alone(0, 1)):
            return [line], []
    if last < 1 or not any(limits.allow(effort) for effort in _nearest_alone(visit, base, flyer)):
        return [], [visit]
    most = min(last, _MOST_PIECES)
    pieces = min(most, max(2, wanted))
    while True:
        marks = np.round(np.linspace(0, last, pieces + 1)).astype(int).tolist()
        line = Line(visit, marks, base, flyer)
        within = [limits.allow(line.alone(number, number + 1)) for number in range(pieces)]
        if all(within):
            return [line], []
        if pieces == most:
            return _runs(line, within)
        pieces = min(2 * pieces, most)


def _nearest_alone(visit: Visit, base: Base, flyer: Flyer) -> Iterator[Effort]:
    """Efforts of flights to two photos each of a line, among them those nearest to the base."""
    for first in _near_photos(visit.transect, base):
        yield alone(_part(visit, first, first + 1, flyer), base, flyer.router)


def _near_photos(line: Transect, base: Base) -> list[int]:
    """Numbers of the photo nearest to a base and its neighbours; of a bent line, some all along it."""
    last = line.photos - 2
    if line.course:
        return np.unique(np.linspace(0, last, _LOOKS).astype(int)).tolist()
    along = float((base.place_m - line.first_m) @ line.unit) / max(line.length_m, 1e-9)
    nearest = int(np.floor(along * (line.photos - 1)))
    return sorted({int(np.clip(nearest + step, 0, last)) for step in (-1, 0, 1)})


def _runs(line: Line, within: list[bool]) -> tuple[list[Line], list[Visit]]:
    """Divide a line into its runs of pieces within reach, and those out of it."""
    borders = [0, *(n for n in range(1, len(within)) if within[n] != within[n - 1]), len(within)]
    kept: list[Line] = []
    lost: list[Visit] = []
    for first, last in pairwise(borders):
        run = line.part(first, last)
        if within[first]:
            marks = [mark - line.marks[first] for mark in line.marks[first : last + 1]]
            kept.append(Line(run, marks, line.base, line.flyer))
        else:
            lost.append(run)
    return kept, lost


def _part(visit: Visit, first: int, last: int, flyer: Flyer) -> Visit:
    if (first, last) == (0, visit.transect.photos - 1):
        return visit
    return flyer.router.visit(visit.plot, part(visit.transect, first, last), flyer.trigger_m)
