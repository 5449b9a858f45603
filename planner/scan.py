"""Where an area lies along parallel lines."""

from collections.abc import Iterator

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


def edges_of(area: BaseGeometry) -> Array:
    """Edges (E, 4) of all rings of polygons: x and y of one end, then of the other."""
    rings = shapely.get_rings(shapely.get_parts(area)) if not area.is_empty else []
    pieces = [np.hstack((points[:-1], points[1:])) for points in map(shapely.get_coordinates, rings)]
    return np.vstack(pieces) if pieces else np.empty((0, 4))


def corners_of(area: BaseGeometry) -> Iterator[tuple[Array, Array, Array]]:
    """Every ring of polygons: its corners (N, 2), and the edges (N, 2) that lead to and from each.

    The area lies right of its edges, so the border bulges into it where it turns left.
    """
    for part in shapely.get_parts(area):
        right_handed = orient(part, -1.0)
        for ring in (right_handed.exterior, *right_handed.interiors):
            points = shapely.get_coordinates(ring)[:-1]
            yield points, points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points


def bulges(before: Array, after: Array) -> NDArray[np.bool_]:
    """Tell for each corner, by the edges to and from it, whether the border bulges into the area there."""
    return before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0] > 0.0


def turned(edges: Array, direction_deg: float) -> Array:
    """The same edges in a frame whose first axis points along a direction, clockwise from grid north."""
    along = axes(direction_deg)
    return np.hstack((edges[:, :2] @ along.T, edges[:, 2:] @ along.T))


def axes(direction_deg: float) -> Array:
    """Unit vectors (2, 2) along a direction and to its left."""
    angle = np.radians(direction_deg)
    return np.array([[np.sin(angle), np.cos(angle)], [-np.cos(angle), np.sin(angle)]])


def longest_directions(edges: Array, count: int) -> list[float]:
    """Directions in [0, 180) along which the edges, taken together, are longest; the longest first."""
    along = edges[:, 2:] - edges[:, :2]
    lengths = np.hypot(*along.T)
    directions = np.degrees(np.arctan2(along[:, 0], along[:, 1])) % 180.0
    groups = np.round(directions / 2.0).astype(np.int64) % 90
    total = np.bincount(groups, lengths, 90)
    longest = [group for group in np.argsort(-total, kind="stable")[:count] if total[group] > 0]
    picked = [np.flatnonzero(groups == group) for group in longest]
    return [float(directions[members[np.argmax(lengths[members])]]) for members in picked]


@njit(cache=True)
def chords(edges: Array, levels: Array) -> tuple[Counts, Array]:
    """Where horizontal lines run inside polygons.

    Parameters
    ----------
    edges : (E, 4)
    levels : (K,)
        Heights of the lines.

    Returns
    -------
    first : (K + 1,)
        The chords of line k are those from first[k] to first[k + 1].
    spans : (N, 2)
        Where each chord begins and ends.
    """
    counts = np.zeros(len(levels) + 1, np.int64)
    order = np.argsort(levels)
    heights = levels[order]
    for e in range(len(edges)):
        low, high = min(edges[e, 1], edges[e, 3]), max(edges[e, 1], edges[e, 3])
        for k in range(np.searchsorted(heights, low), np.searchsorted(heights, high)):
            counts[order[k] + 1] += 1
    first = np.cumsum(counts)
    crossings = np.empty(first[-1])
    filled = first[:-1].copy()
    for e in range(len(edges)):
        x0, y0, x1, y1 = edges[e]
        low, high = min(y0, y1), max(y0, y1)
        for k in range(np.searchsorted(heights, low), np.searchsorted(heights, high)):
            crossings[filled[order[k]]] = x0 + (heights[k] - y0) / (y1 - y0) * (x1 - x0)
            filled[order[k]] += 1
    for k in range(len(levels)):
        crossings[first[k] : first[k + 1]].sort()
    return first // 2, crossings.reshape(-1, 2)
