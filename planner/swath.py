"""What a path sees: its swath, and sample points of an area that it may miss."""

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from planner.scan import chords

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

_STEPS_PER_SWATH = 20
_ROUND_OFF = 1.0005
"""A border that lies off a swath by less than this is no gap."""
_SHARPEST = -0.866
"""Cosine of the largest turn, 150 degrees, whose outer corner counts as seen."""

Ground = tuple[Array, Counts, float, float, int, int, float]
"""Sample points (P, 2) ordered by squares as wide as a swath; where each square's points begin; west and
south of the squares, their columns, rows and width."""


def swath_of(corners: Array, spacing_m: float) -> BaseGeometry:
    """The ground within half a spacing of a path (N, 2), square at its ends and mitred at its corners.

    Corner by corner, because the buffer of a long path that crosses itself is not always valid.
    """
    half = spacing_m / 2
    steps = np.diff(corners, axis=0)
    corners = corners[np.concatenate(([True], np.hypot(*steps.T) > 1e-9))]
    turns = [LineString(corners[k : k + 3]) for k in range(len(corners) - 2)]
    ends = [LineString(corners[:2]), LineString(corners[-2:])]
    mitred = [turn.buffer(half, cap_style="flat", join_style="mitre") for turn in turns]
    return shapely.union_all(mitred + [end.buffer(half, cap_style="square") for end in ends])


def ground_of(edges: Array, cores: Array, spacing_m: float) -> Ground:
    """Sample an area, without what lies beside some legs (N, 4) that stay as they are."""
    step = spacing_m / _STEPS_PER_SWATH
    south, north = edges[:, 1].min(), edges[:, 1].max()
    west, east = edges[:, 0].min(), edges[:, 0].max()
    levels = np.arange(south + step / 2, north, step)
    first, spans = chords(edges, levels)
    points = np.vstack((_samples(levels, first, spans, west, step), _along(edges, step)))
    points = points[np.argsort(points[:, 1], kind="stable")]
    points = points[~_near(points, cores, spacing_m / 2)]
    side = spacing_m * _ROUND_OFF
    columns, rows = int((east - west) / side) + 1, int((north - south) / side) + 1
    row, column = (points[:, 1] - south) // side, (points[:, 0] - west) // side
    square = (row * columns + column).astype(np.int64)
    order = np.argsort(square, kind="stable")
    begin = np.concatenate(([0], np.cumsum(np.bincount(square, minlength=rows * columns))))
    return points[order], begin, west, south, columns, rows, side


def sample_m2(spacing_m: float) -> float:
    """Area that a sample point stands for."""
    return (spacing_m / _STEPS_PER_SWATH) ** 2


@njit(cache=True)
def _samples(levels: Array, first: Counts, spans: Array, west: float, step: float) -> Array:
    begin = np.ceil((spans[:, 0] - west) / step - 0.5).astype(np.int64)
    end = np.ceil((spans[:, 1] - west) / step - 0.5).astype(np.int64)
    points = np.empty((max(0, np.sum(end - begin)), 2))
    n = 0
    for k in range(len(levels)):
        for c in range(first[k], first[k + 1]):
            for i in range(begin[c], end[c]):
                points[n, 0], points[n, 1] = west + (i + 0.5) * step, levels[k]
                n += 1
    return points[:n]


def _along(edges: Array, step: float) -> Array:
    """Points along edges, so that no strip along a border is overlooked."""
    lengths = np.hypot(edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1])
    counts = np.ceil(lengths / step).astype(np.int64)
    edge = np.repeat(np.arange(len(edges)), counts)
    share = (np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts) + 0.5) / counts[edge]
    return edges[edge, :2] + share[:, None] * (edges[edge, 2:] - edges[edge, :2])


@njit(cache=True)
def _near(points: Array, segments: Array, radius: float) -> NDArray[np.bool_]:
    near = np.zeros(len(points), np.bool_)
    for k in range(len(segments)):
        ax, ay, bx, by = segments[k]
        # The points come row by row from the south.
        low = np.searchsorted(points[:, 1], min(ay, by) - radius)
        high = np.searchsorted(points[:, 1], max(ay, by) + radius)
        for p in range(low, high):
            if not near[p] and _in_leg(points[p, 0], points[p, 1], ax, ay, bx, by, radius):
                near[p] = True
    return near


@njit(cache=True)
def _in_leg(x: float, y: float, ax: float, ay: float, bx: float, by: float, radius: float) -> bool:
    """Whether a point lies beside a leg, within a radius of it."""
    dx, dy = bx - ax, by - ay
    length_2 = dx * dx + dy * dy
    along = (x - ax) * dx + (y - ay) * dy
    if along < 0.0 or along > length_2 or length_2 < 1e-12:
        return False
    across = (x - ax) * dy - (y - ay) * dx
    return across * across <= radius * radius * length_2


@njit(cache=True)
def _in_cap(x: float, y: float, ax: float, ay: float, vx: float, vy: float, radius: float) -> bool:
    """Whether a point lies in the square cap of the leg from a to v, at v."""
    dx, dy = vx - ax, vy - ay
    length = np.hypot(dx, dy)
    if length < 1e-9:
        return False
    along = ((x - vx) * dx + (y - vy) * dy) / length
    across = ((x - vx) * dy - (y - vy) * dx) / length
    return 0.0 <= along <= radius and abs(across) <= radius


@njit(cache=True)
def _in_join(
    x: float, y: float, ax: float, ay: float, vx: float, vy: float, bx: float, by: float, radius: float
) -> bool:
    """Whether a point lies in the outer corner of the turn at v: ahead of one leg, behind the other."""
    if not _in_cap(x, y, ax, ay, vx, vy, radius) or not _in_cap(x, y, bx, by, vx, vy, radius):
        return False
    one, other = np.hypot(vx - ax, vy - ay), np.hypot(bx - vx, by - vy)
    return (vx - ax) * (bx - vx) + (vy - ay) * (by - vy) > _SHARPEST * one * other


@njit(cache=True)
def in_piece(x: float, y: float, piece: Array, head: bool, tail: bool, radius: float) -> bool:
    """Whether a piece of a path covers a point.

    The first and the last leg of the piece only say how the path comes and goes on; unless the path begins
    (`head`) or ends (`tail`) there.
    """
    n = len(piece)
    for k in range(0 if head else 1, n - 1 if tail else n - 2):
        if _in_leg(x, y, piece[k, 0], piece[k, 1], piece[k + 1, 0], piece[k + 1, 1], radius):
            return True
    for k in range(1, n - 1):
        if _in_join(
            x,
            y,
            piece[k - 1, 0],
            piece[k - 1, 1],
            piece[k, 0],
            piece[k, 1],
            piece[k + 1, 0],
            piece[k + 1, 1],
            radius,
        ):
            return True
    if head and n > 1 and _in_cap(x, y, piece[1, 0], piece[1, 1], piece[0, 0], piece[0, 1], radius):
        return True
    return (
        tail
        and n > 1
        and _in_cap(x, y, piece[n - 2, 0], piece[n - 2, 1], piece[n - 1, 0], piece[n - 1, 1], radius)
    )


@njit(cache=True)
def _squares(
    west_x: float, south_y: float, east_x: float, north_y: float, ground: Ground
) -> tuple[int, int, int, int]:
    """First and last column, first and last row of the squares that meet a box."""
    _, _, west, south, columns, rows, side = ground
    return (
        max(0, int((west_x - west) // side)),
        min(columns - 1, int((east_x - west) // side)),
        max(0, int((south_y - south) // side)),
        min(rows - 1, int((north_y - south) // side)),
    )


@njit(cache=True)
def add(seen: Counts, sign: int, piece: Array, head: bool, tail: bool, ground: Ground) -> None:
    """Add to the number of legs, corners and caps of a piece of a path that cover each point."""
    points, first, west, south, columns, _, side = ground
    radius = side / 2
    n = len(piece)
    for k in range(0 if head else 1, n - 1 if tail else n - 2):
        ax, ay, bx, by = piece[k, 0], piece[k, 1], piece[k + 1, 0], piece[k + 1, 1]
        c0, c1, r0, r1 = _squares(
            min(ax, bx) - radius, min(ay, by) - radius, max(ax, bx) + radius, max(ay, by) + radius, ground
        )
        length = np.hypot(bx - ax, by - ay)
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                square = r * columns + c
                if first[square] == first[square + 1]:
                    continue
                mx, my = west + (c + 0.5) * side, south + (r + 0.5) * side
                if abs((mx - ax) * (by - ay) - (my - ay) * (bx - ax)) > 1.2072 * side * length:
                    continue
                for p in range(first[square], first[square + 1]):
                    if _in_leg(points[p, 0], points[p, 1], ax, ay, bx, by, radius):
                        seen[p] += sign
    for k in range(n):
        if (k == 0 and not head) or (k == n - 1 and not tail) or n < 2:
            continue
        vx, vy = piece[k, 0], piece[k, 1]
        ax, ay = (piece[k - 1, 0], piece[k - 1, 1]) if k > 0 else (piece[1, 0], piece[1, 1])
        reach = 1.4143 * radius
        c0, c1, r0, r1 = _squares(vx - reach, vy - reach, vx + reach, vy + reach, ground)
        for r in range(r0, r1 + 1):
            for p in range(first[r * columns + c0], first[r * columns + c1 + 1]):
                x, y = points[p, 0], points[p, 1]
                if k == 0 or k == n - 1:
                    inside = _in_cap(x, y, ax, ay, vx, vy, radius)
                else:
                    inside = _in_join(x, y, ax, ay, vx, vy, piece[k + 1, 0], piece[k + 1, 1], radius)
                if inside:
                    seen[p] += sign


@njit(cache=True)
def unseen_near(places: Array, reach: float, seen: Counts, ground: Ground, found: Counts) -> int:
    """Collect the points around some places, and between them, that nothing covers; how many."""
    _, first, _, _, columns, _, _ = ground
    c0, c1, r0, r1 = _squares(
        places[:, 0].min() - reach,
        places[:, 1].min() - reach,
        places[:, 0].max() + reach,
        places[:, 1].max() + reach,
        ground,
    )
    n = 0
    for r in range(r0, r1 + 1):
        for p in range(first[r * columns + c0], first[r * columns + c1 + 1]):
            if seen[p] == 0:
                found[n] = p
                n += 1
    return n
