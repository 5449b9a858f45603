"""From lines to a path: in which order to fly them, from which end, and how to get from one to the next."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path

from geo.tours import order_lines
from planner.legs import Pace, leg_s
from planner.links import Land, Network, network, sees
from planner.polish import FIRST, FIXED, LAST, LINK, Path

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

_SHORT = 0.02
"""A transect shorter than this share of the spacing is but a place to pass."""
_BESIDE = (0.3, 1.15)
"""Lines so many spacings apart lie beside each other."""
_LEAST_PIECE = 2.0
"""Lines are cut into pieces of at least so many spacings."""
_MOST_CUTS = 4
_NEXT_END = 2.0
"""Ends that follow each other along a border lie at most so many spacings apart."""
_HOP_S = 1.0
"""What the way along a border costs for every line whose end it passes, beyond what it saves there."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Lines to be flown: both ends of each (N, 2, 2), and the part of the area (N,) that each lies in."""

    ends: Array
    parts: Counts


def weave(
    rows: Rows, land: Land, spacing_m: float, pace: Pace, start: Array | None, end: Array | None
) -> tuple[Path, float]:
    """String lines together in the order, and from the ends, that take least time; also the seconds.

    Lines are cut where the lines beside them end, so that a path may turn off there. A way along the border
    past the ends of other lines sees what these then need not: it costs little more than its turns.
    """
    pieces, joined = _cut(rows, spacing_m)
    count = len(pieces.parts)
    given = [place for place in (start, end) if place is not None]
    places = np.vstack((pieces.ends.reshape(-1, 2), *given))
    parts = np.concatenate((np.repeat(pieces.parts, 2), [land.part_of(place) for place in given]))
    ways = network(places, parts.astype(np.int64), land, pace)
    along_border = _along_border(pieces, joined, land, spacing_m, pace)

    ends = slice(0, 2 * count)
    links = ways.seconds[ends, ends].copy()
    better = along_border.seconds < links
    links[better] = along_border.seconds[better]
    straight_on = {(2 * one + 1, 2 * one + 2) for one in joined} | {
        (2 * one + 2, 2 * one + 1) for one in joined
    }
    for one, other in straight_on:
        # Two legs from rest to rest are reckoned, and flown as one.
        links[one, other] = -pace[0] / pace[1]
    first, second = 2 * np.arange(count), 2 * np.arange(count) + 1
    flights = np.column_stack((ways.seconds[first, second], ways.seconds[second, first]))
    order, turned, seconds = order_lines(
        links,
        flights,
        start=None if start is None else ways.seconds[2 * count, ends],
        end=None if end is None else ways.seconds[ends, len(places) - 1],
    )

    string = _String(places, ways)
    if start is not None:
        string.fix(2 * count)
    for number, back in zip(order.tolist(), turned.tolist(), strict=True):
        entry, leave = (2 * number + 1, 2 * number) if back else (2 * number, 2 * number + 1)
        if (string.last, entry) in straight_on:
            string.prolong(leave)
            continue
        if string.last is not None and string.last < 2 * count and better[string.last, entry]:
            string.link(along_border.corners(string.last, entry, land.walls, spacing_m / 4), LINK)
        elif string.last is not None:
            string.go(entry)
        string.fly(entry, leave, _SHORT * spacing_m)
    if end is not None:
        string.go(len(places) - 1)
        string.fix(len(places) - 1)
    return Path.of(np.array(string.corners), np.array(string.kinds), spacing_m), seconds


def _cut(rows: Rows, spacing_m: float) -> tuple[Rows, list[int]]:
    """Cut lines where others beside them end; also which pieces go straight on in the next."""
    pieces: list[Array] = []
    parts: list[int] = []
    joined: list[int] = []
    ends = rows.ends.reshape(-1, 2)
    least = _LEAST_PIECE * spacing_m
    for (one, other), part in zip(rows.ends, rows.parts.tolist(), strict=True):
        length = float(np.hypot(*(other - one)))
        unit = (other - one) / max(length, 1e-9)
        along = (ends - one) @ unit
        across = np.abs((ends - one) @ np.array([-unit[1], unit[0]])) / spacing_m
        beside = (across > _BESIDE[0]) & (across < _BESIDE[1]) & (np.repeat(rows.parts, 2) == part)
        cuts = [0.0]
        for cut in np.sort(along[beside & (along > least) & (along < length - least)]).tolist():
            if cut - cuts[-1] >= least and len(cuts) <= _MOST_CUTS:
                cuts.append(cut)
        cuts.append(length)
        for number, (begin, end) in enumerate(pairwise(cuts)):
            if number:
                joined.append(len(pieces) - 1)
            pieces.append(np.array([one + begin * unit, one + end * unit]))
            parts.append(part)
    return Rows(np.array(pieces), np.array(parts, dtype=np.int64)), joined


@dataclass(frozen=True, eq=False)
class _Border:
    """Ways from end to end of lines along a border; infinite seconds where they pass no other end."""

    places: Array
    seconds: Array
    before: NDArray[np.int32]

    def corners(self, a: int, b: int, walls: Array, slack_m: float) -> Array:
        """Corners (K, 2) between two ends: some of the ends passed."""
        nodes = [b]
        while nodes[-1] != a:
            nodes.append(int(self.before[a, nodes[-1]]))
        passed = self.places[nodes[::-1]]
        fewer = shapely.get_coordinates(shapely.LineString(passed).simplify(slack_m))
        if all(sees(walls, *one, *other) for one, other in pairwise(fewer)):
            passed = fewer
        return passed[1:-1]


def _along_border(pieces: Rows, joined: list[int], land: Land, spacing_m: float, pace: Pace) -> _Border:
    places = pieces.ends.reshape(-1, 2)
    along = pieces.ends[:, 1] - pieces.ends[:, 0]
    unit = along / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    outwards = np.stack((-unit, unit), axis=1).reshape(-1, 2)
    for one in joined:
        outwards[2 * one + 1] = outwards[2 * one + 2] = 0.0
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) / spacing_m
    alike = outwards @ outwards.T > 0.7
    same_part = np.repeat(pieces.parts, 2)[:, None] == np.repeat(pieces.parts, 2)[None]
    hops = (apart > _BESIDE[0]) & (apart < _NEXT_END) & alike & same_part
    for a, b in zip(*np.nonzero(np.triu(hops)), strict=True):
        hops[a, b] = hops[b, a] = sees(land.walls, *places[a], *places[b])
    # The shorter hops are the ones to the very next line.
    count, before = shortest_path(
        np.where(hops, 1.0 + 0.3 * np.abs(apart - 1.0), 0.0), directed=False, return_predecessors=True
    )
    turns = leg_s(spacing_m, 0.0, (*pace[:2], 0.0, 0.0))
    seconds = np.where(count > 1.9, turns + _HOP_S * count, np.inf)
    return _Border(places, seconds, before)


class _String:
    """A path as it grows."""

    def __init__(self, places: Array, ways: Network) -> None:
        self.corners: list[Array] = []
        self.kinds: list[int] = []
        self.last: int | None = None
        self._places = places
        self._ways = ways

    def fix(self, place: int) -> None:
        """Add a place that was given."""
        self.link(self._places[[place]], FIXED)
        self.last = place

    def link(self, corners: Array, kind: int) -> None:
        """Add corners."""
        self.corners += list(corners)
        self.kinds += [kind] * len(corners)

    def go(self, place: int) -> None:
        """Add the corners of the quickest way to a place; one between parts stays as it is."""
        assert self.last is not None
        corners = self._ways.corners(self.last, place)
        if self._ways.leaves[self.last, place]:
            gates = self._places[[self.last, place]]
            self.link(np.vstack((gates[:1], corners, gates[1:])), FIXED)
        else:
            self.link(corners, LINK)

    def fly(self, entry: int, leave: int, short_m: float) -> None:
        """Add a transect."""
        ends = self._places[[entry, leave]]
        if np.hypot(*(ends[1] - ends[0])) < short_m:
            self.link(ends.mean(axis=0, keepdims=True), LINK)
        else:
            self.link(ends[:1], FIRST)
            self.link(ends[1:], LAST)
        self.last = leave

    def prolong(self, leave: int) -> None:
        """Fly straight on to another end."""
        self.corners[-1] = self._places[leave]
        self.last = leave
