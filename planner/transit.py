"""Ways through the air that keep out of what must not be flown over."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from missions.errors import PlanError

Array = NDArray[np.float64]

_SLACK_M = 0.3
"""Ways keep this much more distance than asked, so that rounded coordinates keep the margin."""
_TOUCH_M = 0.02
"""A way may touch the widened obstacle; only what reaches further in than this crosses it."""


@dataclass(frozen=True, eq=False)
class Airspace:
    """The plane of the local frame without obstacles.

    Parameters
    ----------
    blocked : shapely geometry
        What no path may cross, already widened by its margin, metres in the local frame.
    """

    blocked: BaseGeometry

    @classmethod
    def around(
        cls, no_fly: Sequence[BaseGeometry], margin_m: float, holes: Sequence[Polygon] = ()
    ) -> "Airspace":
        """Make the airspace outside no-fly areas with their margin, and outside holes.

        The outlines are simplified outwards by at most 0.5 m, so that a river of a thousand corners costs
        little.
        """
        widened = [_widened(area, margin_m) for area in no_fly] + [_widened(hole, 0.0) for hole in holes]
        return cls(shapely.union_all(widened) if widened else Polygon())

    def is_free(self, geometries: Sequence[BaseGeometry] | NDArray[np.object_]) -> NDArray[np.bool_]:
        """Tell for each geometry whether it keeps out of all obstacles."""
        return ~shapely.intersects(self._core, np.asarray(geometries, dtype=object))

    def way(self, a_m: Array, b_m: Array) -> Array:
        """Find the shortest way from `a_m` to `b_m`, shape (2,) each.

        Returns
        -------
        (N, 2) points from `a_m` to `b_m`, with the corners of obstacles between.

        Raises
        ------
        PlanError
            When one of the two lies in an obstacle or is shut in by obstacles.
        """
        if self.is_free([shapely.LineString([a_m, b_m])])[0]:
            return np.array([a_m, b_m])
        to_corner, from_corner = self._reach(a_m[None])[0], self._reach(b_m[None])[0]
        lengths, before = self._between
        total = to_corner[:, None] + lengths + from_corner[None, :]
        if not np.isfinite(total).any():
            raise PlanError(f"no way between {_place(a_m)} and {_place(b_m)} keeps out of the no-fly areas")
        first, last = np.unravel_index(int(np.argmin(total)), total.shape)
        corners = [int(last)]
        while corners[-1] != first:
            corners.append(int(before[first, corners[-1]]))
        return np.vstack((a_m, self._corners[corners[::-1]], b_m))

    def lengths(self, a_m: Array, b_m: Array) -> Array:
        """Lengths (N, M) of the shortest ways from each of (N, 2) to each of (M, 2) points; inf for none."""
        lines = _lines(a_m, b_m)
        straight = np.where(self.is_free(lines.ravel()).reshape(lines.shape), shapely.length(lines), np.inf)
        if len(self._corners) == 0 or np.isfinite(straight).all():
            return straight
        to_corners, from_corners = self._reach(a_m), self._reach(b_m)
        lengths, _ = self._between
        via = np.array([np.min(row[:, None] + lengths, axis=0) for row in to_corners])
        around = np.array([np.min(via + row, axis=1) for row in from_corners]).T
        return np.minimum(straight, around)

    @cached_property
    def _core(self) -> BaseGeometry:
        core = self.blocked.buffer(-_TOUCH_M, join_style="mitre")
        shapely.prepare(core)
        return core

    @cached_property
    def _corners(self) -> Array:
        """Corners (N, 2) that a shortest way can turn at: those where an obstacle bulges out."""
        corners = [np.empty((0, 2))]
        for part in shapely.get_parts(self.blocked):
            for ring in (part.exterior, *part.interiors):
                points = shapely.get_coordinates(ring.normalize())[:-1]
                before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
                turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
                # normalize() winds outer rings clockwise and holes counter-clockwise, so the obstacle is
                # always right.
                corners.append(points[turn < 0])
        return np.vstack(corners)

    @cached_property
    def _between(self) -> tuple[Array, NDArray[np.int32]]:
        """Shortest lengths between corners, and the corner before each on that way."""
        graph = self._reach(self._corners)
        return shortest_path(
            np.where(np.isfinite(graph), graph, 0.0), directed=False, return_predecessors=True
        )

    def _reach(self, points_m: Array) -> Array:
        """Straight distances from (N, 2) points to the corners that they see; inf for the others."""
        lines = _lines(points_m, self._corners)
        return np.where(self.is_free(lines.ravel()).reshape(lines.shape), shapely.length(lines), np.inf)


def _widened(area: BaseGeometry, margin_m: float) -> BaseGeometry:
    # Mitred corners are turned at one point instead of along an arc; simplifying gives back at most what was
    # added.
    return area.buffer(margin_m + _SLACK_M + 0.5, join_style="mitre", mitre_limit=1.5).simplify(0.5)


def _lines(a_m: Array, b_m: Array) -> NDArray[np.object_]:
    """Straight lines from each of (N, 2) to each of (M, 2) points, shape (N, M)."""
    ends = np.empty((len(a_m), len(b_m), 2, 2))
    ends[:, :, 0], ends[:, :, 1] = a_m[:, None], b_m[None]
    return np.asarray(shapely.linestrings(ends), dtype=object).reshape(len(a_m), len(b_m))


def _place(point_m: Array) -> str:
    return f"({point_m[0]:.0f} m east, {point_m[1]:.0f} m north of the area's centre)"
