"""The corners that shortest ways turn at, and which of them see each other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
IsFree = Callable[[NDArray[np.object_]], NDArray[np.bool_]]

_TOUCH_M = 0.02
"""A neighbour of a corner this far on the wrong side of a line still counts as beside it."""
_NEAREST_M = 1e-6
"""Ways of no length have this one: a sparse graph takes 0 for no way."""


@dataclass(frozen=True, eq=False)
class Fan:
    """Shortest ways from some places to corners, and on from the corners to other places.

    Attributes
    ----------
    corners : (K, 2)
    out : (N, K)
        Lengths from each place to each corner; infinite for none.
    before : (N, K)
        The corner before each on that way; negative where it is the first.
    on : (M, K)
        Straight lengths from the corners to the other places; infinite for those that do not see each other.
    """

    corners: Array
    out: Array
    before: NDArray[np.int32]
    on: Array

    def lengths(self) -> Array:
        """Lengths (N, M) of the shortest ways by at least one corner."""
        if len(self.corners) == 0:
            return np.full((len(self.out), len(self.on)), np.inf)
        return np.stack([(row[None] + self.on).min(axis=1) for row in self.out])

    def turns(self) -> Array:
        """Corners (L, 2) on the way from the first place to the first of the others."""
        chain = [int(np.argmin(self.out[0] + self.on[0]))]
        while (earlier := int(self.before[0, chain[-1]])) >= 0:
            chain.append(earlier)
        return self.corners[chain[::-1]]


@dataclass(frozen=True, eq=False)
class Corners:
    """Corners of obstacles, with what is known so far about which see each other.

    Attributes
    ----------
    points : (N, 2)
    before, after : (N, 2)
        Their neighbours on the obstacle's outline.
    is_free
        Tells of lines whether they keep out of all obstacles.
    """

    points: Array
    before: Array
    after: Array
    is_free: IsFree
    _seen: NDArray[np.int8] = field(init=False)
    """(N, N): 1 where they see each other, -1 where not, 0 where nobody has asked yet."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_seen", np.zeros((len(self.points), len(self.points)), np.int8))

    @classmethod
    def of(cls, blocked: BaseGeometry, is_free: IsFree) -> "Corners":
        """Find the corners that a shortest way can turn at: those where an obstacle bulges out."""
        found = [np.empty((0, 3, 2))]
        for part in shapely.get_parts(blocked):
            for number, ring in enumerate((part.exterior, *part.interiors)):
                points = shapely.get_coordinates(ring)[:-1]
                before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
                turn = _cross(points - before, after - points)
                inside_is_left = shapely.is_ccw(ring) == (number == 0)
                bulges = turn > 0 if inside_is_left else turn < 0
                found.append(np.stack((points, before, after), axis=1)[bulges])
        points, before, after = np.moveaxis(np.vstack(found), 1, 0)
        return cls(points, before, after, is_free)

    def near(self, shape: BaseGeometry, reach_m: float) -> Indices:
        """Corners within a distance of a shape."""
        return np.sort(self._tree.query(shape, predicate="dwithin", distance=reach_m))

    @cached_property
    def _tree(self) -> STRtree:
        return STRtree(np.asarray(shapely.points(self.points), dtype=object))

    def fan(self, a_m: Array, b_m: Array, near: Indices) -> Fan:
        """Shortest ways from (N, 2) over some of the corners to (M, 2) places."""
        count, corners = len(a_m), len(near)
        out, on = self._from(a_m, near), self._from(b_m, near)
        between = self._between(near)
        rows, columns = np.nonzero(np.isfinite(out))
        firsts, seconds = np.nonzero(np.isfinite(between))
        lengths = np.concatenate((out[rows, columns], between[firsts, seconds]))
        graph = csr_array(
            (
                np.maximum(lengths, _NEAREST_M),
                (np.concatenate((rows + corners, firsts)), np.concatenate((columns, seconds))),
            ),
            shape=(corners + count, corners + count),
        )
        reached, before = dijkstra(
            graph, indices=np.arange(corners, corners + count), return_predecessors=True
        )
        before = np.where(before >= corners, -1, before)
        return Fan(self.points[near], reached[:, :corners], before[:, :corners], on)

    def _from(self, places_m: Array, near: Indices) -> Array:
        """Straight distances (N, K) from places to the corners that they see; inf for the others."""
        lengths = np.full((len(places_m), len(near)), np.inf)
        places, corners = np.nonzero(self._beside(places_m[:, None], near[None]))
        lines = np.stack((places_m[places], self.points[near[corners]]), axis=1)
        free = self.is_free(_lines(lines))
        lengths[places[free], corners[free]] = np.linalg.norm(lines[free, 1] - lines[free, 0], axis=1)
        return lengths

    def _between(self, near: Indices) -> Array:
        """Straight distances (K, K) between corners that see each other; inf for the others."""
        unknown = np.triu(self._seen[np.ix_(near, near)] == 0, 1)
        firsts, seconds = (near[index] for index in np.nonzero(unknown))
        # A shortest way leaves both corners along the obstacle, not into it.
        beside = self._beside(self.points[firsts], seconds) & self._beside(self.points[seconds], firsts)
        seen = np.full(len(firsts), -1, np.int8)
        lines = np.stack((self.points[firsts[beside]], self.points[seconds[beside]]), axis=1)
        seen[beside] = np.where(self.is_free(_lines(lines)), 1, -1)
        self._seen[firsts, seconds] = self._seen[seconds, firsts] = seen
        points = self.points[near]
        distances = np.linalg.norm(points[:, None] - points[None], axis=2)
        return np.where(self._seen[np.ix_(near, near)] == 1, distances, np.inf)

    def _beside(self, places_m: Array, corners: Indices) -> NDArray[np.bool_]:
        """Whether the line from a place to a corner passes beside the corner's obstacle; shapes broadcast."""
        corner = self.points[corners]
        line = corner - places_m
        length = np.maximum(np.linalg.norm(line, axis=-1), _NEAREST_M)
        before = _cross(line, self.before[corners] - corner) / length
        after = _cross(line, self.after[corners] - corner) / length
        return (np.minimum(before, after) >= -_TOUCH_M) | (np.maximum(before, after) <= _TOUCH_M)


def _cross(a: Array, b: Array) -> Array:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def _lines(ends: Array) -> NDArray[np.object_]:
    return np.asarray(shapely.linestrings(ends), dtype=object)
