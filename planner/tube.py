"""The line with fewest bends through a tube: between a lowest and a highest height along a way."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

_HAIR = 1e-9


@njit(cache=True, nogil=True)
def eased(along: Array, low: Array, high: Array, climb: float, sink: float) -> tuple[Array, Array]:
    """Narrow a tube to the heights that can be reached and left again without exceeding a gradient.

    Parameters
    ----------
    along, low, high : (N,)
        As in `fewest_bends`.
    climb, sink : float
        Steepest gradients up and down, metres a metre, both positive.

    Returns
    -------
    low, high : (N,)
        Where low > high anywhere, no line within the gradients passes through the tube.
    """
    low, high = low.copy(), high.copy()
    for i in range(1, len(along)):
        step = along[i] - along[i - 1]
        low[i] = max(low[i], low[i - 1] - sink * step)
        high[i] = min(high[i], high[i - 1] + climb * step)
    for i in range(len(along) - 2, -1, -1):
        step = along[i + 1] - along[i]
        low[i] = max(low[i], low[i + 1] - climb * step)
        high[i] = min(high[i], high[i + 1] + sink * step)
    return low, high


@njit(cache=True, nogil=True)
def taut(along: Array, low: Array, high: Array) -> Array:
    """Heights (N,) of a string pulled tight through a tube: the shortest line through it.

    Of all lines it climbs least, and its steepest gradient is the least there is: it is the smallest in the
    sum of any convex function of the gradient.

    Parameters
    ----------
    along, low, high : (N,)
        As in `fewest_bends`; at both ends low and high are equal.
    """
    count = len(along)
    heights = np.empty(count)
    heights[0] = low[0]
    knot = 0
    while knot < count - 1:
        # Widen the view from the last bend until a bound turns out of it; the string bends at the other.
        below, above = knot + 1, knot + 1
        bend, height = count - 1, low[-1]
        for j in range(knot + 1, count):
            over = (low[j] - heights[knot]) / (along[j] - along[knot])
            under = (high[j] - heights[knot]) / (along[j] - along[knot])
            must_rise = (low[below] - heights[knot]) / (along[below] - along[knot])
            must_sink = (high[above] - heights[knot]) / (along[above] - along[knot])
            if over > must_sink:
                bend, height = above, high[above]
                break
            if under < must_rise:
                bend, height = below, low[below]
                break
            below = j if over >= must_rise else below
            above = j if under <= must_sink else above
        heights[bend] = height
        rise = (heights[bend] - heights[knot]) / (along[bend] - along[knot])
        for j in range(knot + 1, bend):
            heights[j] = heights[knot] + rise * (along[j] - along[knot])
        knot = bend
    return heights


@njit(cache=True, nogil=True)
def fewest_bends(along: Array, low: Array, high: Array, climb: float, sink: float) -> Array:
    """Thread a tube with as few straight pieces as possible.

    Every piece reaches as far as any line does that begins somewhere on the one before (Imai and Iri 1986,
    "An optimal algorithm for approximating a piecewise linear function"). Pieces laid from the beginning bend
    as late as they can, those laid from the end as early: half of each keeps the bends away from both ends.

    Parameters
    ----------
    along : (N,)
        Growing distances, at least two.
    low, high : (N,)
        Ranges to pass through, low <= high, straight between the distances; where they are equal the line
        passes through that point.
    climb, sink : float
        Steepest gradients up and down, which `eased` has worked into the tube; infinite for none.

    Returns
    -------
    (M, 2) distances and heights of the line's beginning, bends and end.
    """
    pieces = _pieces(along, low, high, climb, sink)
    back = _pieces(-along[::-1], low[::-1], high[::-1], sink, climb)[::-1]
    half = (len(pieces) + 1) // 2
    # As many pieces are needed either way, and a piece from the end cannot miss the one it replaces: else
    # there would be a line with one piece less.
    for k in range(half, len(pieces)):
        pieces[k] = -back[k, 0], back[k, 1], -back[k, 2]
    bends = np.empty((len(pieces) + 1, 2))
    bends[0] = along[0], _at(pieces[0], along[0])
    for k in range(len(pieces) - 1):
        x = min(max(_meeting(pieces[k], pieces[k + 1]), bends[k, 0]), along[-1])
        bends[k + 1] = x, _at(pieces[k], x)
    bends[-1] = along[-1], _at(pieces[-1], along[-1])
    return bends


@njit(cache=True, nogil=True)
def _pieces(along: Array, low: Array, high: Array, climb: float, sink: float) -> Array:
    """Straight pieces from the beginning, each as far as it goes: (M, 3) a point and the slope of each.

    A piece begins between the place where the last one leans on the tube and the place where it would leave
    it. The lines that pass through the ranges so far are kept as in O'Rourke 1981, "An on-line algorithm for
    fitting straight lines between data ranges", by the two of extreme slope and the hulls they lean on.
    """
    count = len(along)
    bound = (low, high)
    steepest = (sink, climb)
    hull = np.empty((2, count + 1, 2))
    first, last = np.zeros(2, np.int64), np.ones(2, np.int64)  # of each hull
    line = np.empty((2, 3))  # the steepest line down and up
    for side in range(2):
        hull[side, 0] = along[0], bound[side][0]
        line[side] = along[0], bound[side][0], _sign(side) * np.inf
    pieces = np.empty((count, 3))
    found = 0
    for j in range(1, count):
        x = along[j]
        for side in range(2):
            other, sign = 1 - side, _sign(side)
            if sign * (_at(line[side], x) - bound[other][j]) >= -_HAIR:
                continue
            pieces[found] = line[side]
            found += 1
            leaves = _crossing(line[side], along[j - 1], bound[other][j - 1], x, bound[other][j])
            while hull[side, first[side], 0] < line[side, 0]:
                first[side] += 1
            first[other], last[other] = 0, 1
            hull[other, 0] = leaves, _at(line[side], leaves)
            line[side] = leaves, hull[other, 0, 1], sign * np.inf
            lean = _tangent(hull[side, first[side] : last[side]], hull[other, 0], -sign, steepest[other])
            line[other] = leaves, hull[other, 0, 1], lean
        for side in range(2):
            other, sign = 1 - side, _sign(side)
            if sign * (_at(line[side], x) - bound[side][j]) > 0:
                line[side, 0], line[side, 1] = x, bound[side][j]
                leaned_on = hull[other, first[other] : last[other]]
                line[side, 2] = _tangent(leaned_on, line[side, :2], sign, steepest[side])
        for side in range(2):
            last[side] = _push(hull[side], first[side], last[side], x, bound[side][j], _sign(side))
    end = along[-1]
    middle = (_at(line[0], end) + _at(line[1], end)) / 2
    pieces[found] = end, middle, (line[0, 2] + line[1, 2]) / 2
    return pieces[: found + 1]


@njit(cache=True, nogil=True)
def _sign(side: int) -> float:
    """Turn the upper side's rules into the lower side's: side 0 is low, side 1 is high."""
    return 2.0 * side - 1.0


@njit(cache=True, nogil=True)
def _at(line: Array, x: float) -> float:
    return line[1] if x == line[0] else line[1] + line[2] * (x - line[0])


@njit(cache=True, nogil=True)
def _crossing(line: Array, x0: float, z0: float, x1: float, z1: float) -> float:
    """Where a line leaves the bound from (x0, z0) to (x1, z1)."""
    before, after = _at(line, x0) - z0, _at(line, x1) - z1
    if before * after >= 0:
        return x0
    return x0 + (x1 - x0) * before / (before - after)


@njit(cache=True, nogil=True)
def _tangent(hull: Array, point: Array, sign: float, steepest: float) -> float:
    """Slope of the line to a point from the hull left of it that is steepest down (-1) or up (1)."""
    slope = steepest
    for k in range(len(hull)):
        if hull[k, 0] < point[0]:
            slope = min(slope, sign * (point[1] - hull[k, 1]) / (point[0] - hull[k, 0]))
    return sign * slope


@njit(cache=True, nogil=True)
def _push(hull: Array, first: int, last: int, x: float, z: float, sign: float) -> int:
    """Add a point to the lower hull of the high side (1) or the upper hull of the low side (-1)."""
    while last - first >= 2:
        (ax, az), (bx, bz) = hull[last - 2], hull[last - 1]
        if sign * ((bx - ax) * (z - az) - (bz - az) * (x - ax)) > 0:
            break
        last -= 1
    hull[last] = x, z
    return last + 1


@njit(cache=True, nogil=True)
def _meeting(a: Array, b: Array) -> float:
    """Where two lines meet; where the first leans on the tube if they are the same."""
    if abs(b[2] - a[2]) < 1e-12:
        return a[0]
    return (a[1] - a[2] * a[0] - b[1] + b[2] * b[0]) / (b[2] - a[2])
