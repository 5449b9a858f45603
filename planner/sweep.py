"""Where to put the lines of one direction, and about how long they take to fly."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planner.legs import Pace, leg_s
from planner.scan import axes, chords, turned

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

FINE, COARSE = 8, 4
"""Steps in half a swath at which lines may lie: for lines to be flown, and for a quick look."""
_CHAIN_S = 10.0
"""What it costs, about, that a chain of lines ends and another begins elsewhere."""
_FETCH = 6.0
"""What it costs to leave a square as wide as half a swath uncovered, and to fetch it later, in links from one
line to the next."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """Lines of one direction.

    Attributes
    ----------
    transects : (N, 2, 2)
        Both ends of each line, in order across the area.
    seconds
        What flying them takes, about.
    """

    direction_deg: float
    transects: Array
    seconds: float


def sweep(
    need: Array, free: Array, direction_deg: float, spacing_m: float, pace: Pace, steps: int = FINE
) -> Sweep:
    """Place lines of one direction over an area so that flying them takes least time.

    A dynamic programme over the distances of the lines across the area: no two lie farther apart than the
    spacing, each is flown as far as the area within half a spacing of it needs, square at its ends, and
    ground that no line reaches is paid for.

    Parameters
    ----------
    need : (E, 4)
        Edges of the area to cover.
    free : (F, 4)
        Edges of what may be flown over.
    """
    plane, way = turned(need, direction_deg), turned(free, direction_deg)
    low, high = min(plane[:, 1].min(), plane[:, 3].min()), max(plane[:, 1].max(), plane[:, 3].max())
    step = spacing_m / (2 * steps)
    count = max(1, int(np.ceil((high - low) / step - 1e-6)))
    # What is over is halved, so that a strip that fits exactly lies exactly.
    lines = (low + high - count * step) / 2 + step * np.arange(count + 1)
    first, spans = chords(plane, np.clip(lines[:-1] + step / 2, low + 1e-6, high - 1e-6))
    line_first, flown = _flown(*chords(way, lines), first, spans, steps, spacing_m / 2)
    seconds, picked = _place(first, spans, line_first, flown, steps, step, pace, axes(direction_deg))
    turned_lines = [
        ((west, lines[j]), (east, lines[j]))
        for j in picked
        for west, east in flown[line_first[j] : line_first[j + 1]]
    ]
    transects = np.array(turned_lines).reshape(-1, 2, 2) @ axes(direction_deg)
    return Sweep(direction_deg, transects, seconds)


@njit(cache=True)
def _flown(
    way_first: Counts, ways: Array, first: Counts, spans: Array, steps: int, radius: float
) -> tuple[Counts, Array]:
    """Where each line has to be flown, of where it can be: first piece of each line, and the pieces."""
    lines = len(way_first) - 1
    line_first = np.zeros(lines + 1, np.int64)
    flown = np.empty((len(ways), 2))
    n = 0
    for j in range(lines):
        for c in range(way_first[j], way_first[j + 1]):
            west, east = ways[c]
            low, high = np.inf, -np.inf
            for k in range(max(0, j - steps), min(len(first) - 1, j + steps)):
                for m in range(first[k], first[k + 1]):
                    if spans[m, 1] > west and spans[m, 0] < east:
                        low, high = min(low, spans[m, 0]), max(high, spans[m, 1])
            if low > high:
                continue
            start, end = max(low + radius, west), min(high - radius, east)
            if start > end:
                start = end = min(max((low + high) / 2, west), east)
            flown[n, 0], flown[n, 1] = start, end
            n += 1
        line_first[j + 1] = n
    return line_first, flown[:n]


@njit(cache=True)
def _place(
    first: Counts,
    spans: Array,
    line_first: Counts,
    flown: Array,
    steps: int,
    step: float,
    pace: Pace,
    turn: Array,
) -> tuple[float, Counts]:
    """Seconds, and which lines are taken."""
    levels, lines = len(first) - 1, len(line_first) - 1
    radius = steps * step
    link = leg_s(turn[1, 0] * 2 * radius, turn[1, 1] * 2 * radius, pace)
    price = _FETCH * link / radius**2
    whole = np.zeros(levels)
    missed = np.zeros((levels, 2 * steps))
    for k in range(levels):
        for c in range(first[k], first[k + 1]):
            whole[k] += (spans[c, 1] - spans[c, 0]) * step * price
        for o in range(2 * steps):
            j = k + 1 - steps + o
            if 0 <= j < lines:
                missed[k, o] = (
                    step
                    * price
                    * _missed(
                        spans[first[k] : first[k + 1]], flown[line_first[j] : line_first[j + 1]], radius
                    )
                )
    own = np.zeros(lines)
    for c in range(len(flown)):
        j = np.searchsorted(line_first, c, side="right") - 1
        length = flown[c, 1] - flown[c, 0]
        to = leg_s(length * turn[0, 0], length * turn[0, 1], pace)
        own[j] += (to + leg_s(-length * turn[0, 0], -length * turn[0, 1], pace)) / 2

    best = np.full(lines, np.inf)
    before = np.full(lines, -1, np.int64)
    under = 0.0
    for j in range(lines):
        # As the first line: what lies deeper than half a swath below it is missed wholly.
        if j > steps:
            under += whole[j - steps - 1]
        best[j] = under + own[j]
        for k in range(max(0, j - steps), j):
            best[j] += missed[k, j - k - 1 + steps]
        # Lines closer together than half the spacing never pay.
        for i in range(max(0, j - 2 * steps), j - steps + 1):
            total = best[i] + own[j]
            if total >= best[j]:
                continue
            for k in range(i, j):
                nearest = np.inf
                if k - i < steps:
                    nearest = missed[k, i - k - 1 + steps]
                if j - k - 1 < steps:
                    nearest = min(nearest, missed[k, j - k - 1 + steps])
                total += nearest
            if total < best[j]:
                total += _links_s(
                    flown[line_first[i] : line_first[i + 1]],
                    flown[line_first[j] : line_first[j + 1]],
                    (j - i) * step,
                    pace,
                    turn,
                )
            if total < best[j]:
                best[j], before[j] = total, i
    least, last, over = np.inf, 0, 0.0
    for j in range(lines - 1, -1, -1):
        if j + steps < levels:
            over += whole[j + steps]
        total = best[j] + over
        for k in range(j, min(levels, j + steps)):
            total += missed[k, j - k - 1 + steps]
        if total < least:
            least, last = total, j
    picked = [last]
    while before[picked[-1]] >= 0:
        picked.append(before[picked[-1]])
    return least, np.array(picked[::-1])


@njit(cache=True)
def _missed(spans: Array, flown: Array, radius: float) -> float:
    """Length of the spans that lies farther than a radius from all that is flown."""
    total = 0.0
    for k in range(len(spans)):
        at, end = spans[k]
        for m in range(len(flown)):
            start = flown[m, 0] - radius
            if start >= end or at >= end:
                break
            total += max(0.0, start - at)
            at = max(at, flown[m, 1] + radius)
        total += max(0.0, end - at)
    return total


@njit(cache=True)
def _links_s(lower: Array, upper: Array, across: float, pace: Pace, turn: Array) -> float:
    """Seconds for the links between the pieces of one line and those of the next."""
    pieces = min(len(lower), len(upper))
    alike = len(lower) == len(upper)
    total = _CHAIN_S * abs(len(lower) - len(upper))
    for k in range(pieces):
        for side in range(2):
            along = upper[k, side] - lower[k, side] if alike else 0.0
            east, north = along * turn[0, 0] + across * turn[1, 0], along * turn[0, 1] + across * turn[1, 1]
            total += 0.5 * leg_s(east, north, pace)
    return total
