"""Quickest ways between places of an area that never leave it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.legs import Pace, leg_s
from planner.scan import bulges, corners_of, edges_of

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


CLEAR_M = 1e-3
"""Ways are tested against borders this much farther out than where they run, so that a way along a border
does not cross it by rounding."""


@dataclass(frozen=True, eq=False)
class Region:
    """What a path may use.

    Parameters
    ----------
    free : shapely geometry
        Polygons in which every corner of a way must lie, borders included.
    """

    free: BaseGeometry

    @cached_property
    def walls(self) -> Array:
        """Edges (E, 4) that no way crosses, just outside the free polygons."""
        return edges_of(self.free.buffer(CLEAR_M, join_style="mitre"))

    @cached_property
    def corners(self) -> Array:
        """Corners (M, 2) that a quickest way can turn at: those where the border bulges inwards."""
        found = [points[bulges(before, after)] for points, before, after in corners_of(self.free)]
        return np.vstack(found)


@dataclass(frozen=True, eq=False)
class Ways:
    """Quickest ways between all of some places.

    Attributes
    ----------
    seconds : (N, N)
        Time from row to column, resting at every corner; infinite where there is no way.
    """

    seconds: Array
    nodes: Array
    before: NDArray[np.int32]

    def corners(self, a: int, b: int) -> Array:
        """Corners (K, 2) between two places, without the places themselves."""
        nodes = [int(self.before[a, b])]
        while nodes[-1] != a:
            nodes.append(int(self.before[a, nodes[-1]]))
        return self.nodes[nodes[-2::-1]]


def ways_between(places: Array, region: Region, pace: Pace) -> Ways:
    """Find the quickest ways from each of (N, 2) places to each other."""
    nodes = np.vstack((places, region.corners))
    straight = _straight_s(nodes, region.walls, pace)
    seconds, before = _quickest(straight, len(places))
    return Ways(seconds[:, : len(places)], nodes, before)


@dataclass(frozen=True, eq=False)
class Land:
    """Parts of an area, and the air between them.

    Attributes
    ----------
    parts
        What the path may use of each part: it stays inside on its way between two places of the same part.
    between
        What it may use on its way from one part to another.
    shut_in
        Parts that no way leads to, because no-fly areas and holes surround them.
    blocked
        No-fly areas and holes.
    """

    parts: list[Region]
    between: Region
    shut_in: BaseGeometry
    blocked: BaseGeometry

    @cached_property
    def walls(self) -> Array:
        """Edges (E, 4) of all parts."""
        return np.vstack([part.walls for part in self.parts])

    def part_of(self, place: Array) -> int:
        """Number of the part in which a place (2,) lies; -1 outside."""
        point = shapely.Point(place)
        inside = [number for number, part in enumerate(self.parts) if part.free.distance(point) < CLEAR_M]
        return inside[0] if inside else OUTSIDE


OUTSIDE = -1


@dataclass(frozen=True, eq=False)
class Network:
    """Ways between places of several parts.

    Attributes
    ----------
    seconds : (N, N)
    leaves : (N, N)
        Whether the way goes from one part to another.
    """

    seconds: Array
    leaves: NDArray[np.bool_]
    _inside: list[tuple[Counts, Ways]]
    _between: Ways | None

    def corners(self, a: int, b: int) -> Array:
        """Corners (K, 2) between two places, without the places themselves."""
        if self.leaves[a, b]:
            assert self._between is not None
            return self._between.corners(a, b)
        members, ways = next(entry for entry in self._inside if np.isin(a, entry[0]))
        return ways.corners(*np.searchsorted(members, (a, b)).tolist())


def network(places: Array, part_of: Counts, land: Land, pace: Pace) -> Network:
    """Find the quickest ways between all of (N, 2) places, each in the part (N,) of its number."""
    leaves = (part_of[:, None] != part_of[None]) | (part_of[:, None] == OUTSIDE)
    np.fill_diagonal(leaves, False)
    between = ways_between(places, land.between, pace) if leaves.any() else None
    seconds = np.zeros(leaves.shape) if between is None else between.seconds.copy()
    inside: list[tuple[Counts, Ways]] = []
    for number, region in enumerate(land.parts):
        members = np.flatnonzero(part_of == number)
        ways = ways_between(places[members], region, pace)
        seconds[np.ix_(members, members)] = ways.seconds
        inside.append((members, ways))
    return Network(seconds, leaves, inside, between)


@njit(cache=True)
def sees(walls: Array, ax: float, ay: float, bx: float, by: float) -> bool:
    """Tell whether no wall crosses the straight line between two places."""
    west, east = min(ax, bx), max(ax, bx)
    south, north = min(ay, by), max(ay, by)
    dx, dy = bx - ax, by - ay
    for e in range(len(walls)):
        px, py, qx, qy = walls[e]
        if max(px, qx) < west or min(px, qx) > east or max(py, qy) < south or min(py, qy) > north:
            continue
        left_p = dx * (py - ay) - dy * (px - ax)
        left_q = dx * (qy - ay) - dy * (qx - ax)
        if (left_p > 0.0) == (left_q > 0.0):
            continue
        ex, ey = qx - px, qy - py
        if (ex * (ay - py) - ey * (ax - px) > 0.0) != (ex * (by - py) - ey * (bx - px) > 0.0):
            return False
    return True


@njit(cache=True)
def _straight_s(nodes: Array, walls: Array, pace: Pace) -> Array:
    """Seconds (N, N) of straight legs between nodes that see each other; infinite for the others."""
    count = len(nodes)
    seconds = np.full((count, count), np.inf)
    for a in range(count):
        seconds[a, a] = 0.0
        for b in range(a):
            if sees(walls, nodes[a, 0], nodes[a, 1], nodes[b, 0], nodes[b, 1]):
                dx, dy = nodes[b, 0] - nodes[a, 0], nodes[b, 1] - nodes[a, 1]
                seconds[a, b] = leg_s(dx, dy, pace)
                seconds[b, a] = leg_s(-dx, -dy, pace)
    return seconds


@njit(cache=True)
def _quickest(straight: Array, places: int) -> tuple[Array, NDArray[np.int32]]:
    """Dijkstra from each place over places and corners: seconds and the node before, (places, N) each.

    Only corners are passed through; a place is an end.
    """
    count = len(straight)
    seconds = np.full((places, count), np.inf)
    before = np.full((places, count), -1, np.int32)
    done = np.empty(count, np.bool_)
    for source in range(places):
        row = seconds[source]
        done[:] = False
        for node in range(count):
            row[node] = straight[source, node]
            before[source, node] = source
        done[source] = True
        for _ in range(count - places):
            nearest, least = -1, np.inf
            for node in range(places, count):
                if not done[node] and row[node] < least:
                    nearest, least = node, row[node]
            if nearest < 0:
                break
            done[nearest] = True
            for node in range(count):
                total = least + straight[nearest, node]
                if total < row[node]:
                    row[node] = total
                    before[source, node] = nearest
    return seconds, before
