"""Ways through the air that keep out of what must not be flown over."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from missions.errors import PlanError
from planner.visibility import Corners, Fan

Array = NDArray[np.float64]

_SLACK_M = 0.3
"""Ways keep this much more distance than asked, so that rounded coordinates keep the margin."""
_SIMPLER_M = 0.5
"""Outlines are simplified by this much: a river of a thousand corners costs little then."""
_TOUCH_M = 0.02
"""A way may touch the widened obstacle; only what reaches further in than this crosses it."""
_FRAME_M = 1_000.0
_EVERYWHERE = shapely.box(-1e7, -1e7, 1e7, 1e7)
_LINES_AT_A_TIME = 100_000
_REACH_SHARE, _LEAST_REACH_M = 0.1, 100.0
"""How far around the places ways are looked for at first."""


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
        cls,
        no_fly: Sequence[BaseGeometry],
        margin_m: float,
        holes: Sequence[Polygon] = (),
        within: BaseGeometry | None = None,
    ) -> "Airspace":
        """Make the airspace outside no-fly areas with their margin and holes, and inside what is allowed.

        The outlines are simplified towards the safe side by at most 0.5 m.
        """
        widened = [_widened(area, margin_m) for area in no_fly] + [_widened(hole, 0.0) for hole in holes]
        if within is not None:
            widened.append(_frame_around(within))
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
        if self.connected(a_m[None], b_m[None])[0, 0]:
            fan = self._around(a_m[None], b_m[None], np.array([[True]]))
            if np.isfinite(fan.lengths()[0, 0]):
                return np.vstack((a_m, fan.turns(), b_m))
        raise PlanError(
            f"no way between {_place(a_m)} and {_place(b_m)} keeps to the allowed airspace: "
            f"{self.barrier_m(a_m, b_m):.0f} m of what is not allowed are in between"
        )

    def lengths(self, a_m: Array, b_m: Array) -> Array:
        """Lengths (N, M) of the shortest ways from each of (N, 2) to each of (M, 2) points; inf for none."""
        straight = np.linalg.norm(a_m[:, None] - b_m[None], axis=2)
        if self.is_free([shapely.MultiPoint(np.vstack((a_m, b_m))).convex_hull])[0]:
            return straight
        rows_at_a_time = max(1, _LINES_AT_A_TIME // len(b_m))
        parts = [a_m[row : row + rows_at_a_time] for row in range(0, len(a_m), rows_at_a_time)]
        crossing = np.vstack([~self.is_free(_lines(part, b_m)) for part in parts])
        wanted = crossing & self.connected(a_m, b_m)
        lengths = np.where(crossing, np.inf, straight)
        rows, columns = np.flatnonzero(wanted.any(axis=1)), np.flatnonzero(wanted.any(axis=0))
        if len(rows):
            here = np.ix_(rows, columns)
            around = self._around(a_m[rows], b_m[columns], wanted[here]).lengths()
            lengths[here] = np.where(wanted[here], around, lengths[here])
        return lengths

    def connected(self, a_m: Array, b_m: Array) -> NDArray[np.bool_]:
        """Tell (N, M) whether there is any way from each of (N, 2) to each of (M, 2) points."""
        a, b = self._room_of(a_m), self._room_of(b_m)
        return (a[:, None] == b[None]) & (a[:, None] >= 0)

    def depth_m(self, point_m: Array) -> float:
        """How far a point (2,) lies inside of what is blocked."""
        return float(shapely.Point(point_m).distance(shapely.GeometryCollection(self._rooms)))

    def barrier_m(self, a_m: Array, b_m: Array) -> float:
        """How thick the barrier is, where it is thinnest, between two points (2,) that nothing connects."""
        rooms = [self._rooms[room] for room in self._room_of(np.array([a_m, b_m])) if room >= 0]
        depth = self.depth_m(a_m) + self.depth_m(b_m)
        return depth + (float(rooms[0].distance(rooms[1])) if len(rooms) == 2 else 0.0)

    @cached_property
    def _core(self) -> BaseGeometry:
        core = self.blocked.buffer(-_TOUCH_M, join_style="mitre")
        shapely.prepare(core)
        return core

    @cached_property
    def _corners(self) -> Corners:
        return Corners.of(self.blocked, self.is_free)

    @cached_property
    def _rooms(self) -> list[BaseGeometry]:
        """The free pieces of the plane, which nothing connects."""
        return list(shapely.get_parts(_EVERYWHERE.difference(self._core)))

    @cached_property
    def _room_tree(self) -> STRtree:
        return STRtree(self._rooms)

    def _room_of(self, points_m: Array) -> NDArray[np.intp]:
        """Which room each of (N, 2) points is in; -1 for none."""
        rooms = np.full(len(points_m), -1)
        point, room = self._room_tree.query(shapely.points(points_m), predicate="intersects")
        rooms[point] = room
        return rooms

    def _around(self, a_m: Array, b_m: Array, wanted: NDArray[np.bool_]) -> Fan:
        """Ways over corners for the pairs (N, M) that are wanted, which all have one.

        Only corners close by are looked at. A shorter way than the longest found turns at no corner outside
        the ellipse around its two ends: once all corners within its half width have been looked at, there is
        none.
        """
        hull = shapely.MultiPoint(np.vstack((a_m, b_m))).convex_hull
        straight = np.linalg.norm(a_m[:, None] - b_m[None], axis=2)[wanted]
        reach = max(_LEAST_REACH_M, _REACH_SHARE * float(straight.max()))
        while True:
            near = self._corners.near(hull, reach)
            fan = self._corners.fan(a_m, b_m, near)
            longest = fan.lengths()[wanted]
            needed = float(np.sqrt(np.maximum(longest**2 - straight**2, 0.0)).max()) / 2.0
            if needed <= reach or len(near) == len(self._corners.points):
                return fan
            reach = needed if np.isfinite(needed) else 2.0 * reach


def _widened(area: BaseGeometry, margin_m: float) -> BaseGeometry:
    # Mitred corners are turned at one point instead of along an arc; simplifying gives back at most what was
    # added.
    room = margin_m + _SLACK_M + _SIMPLER_M
    return area.buffer(room, join_style="mitre", mitre_limit=1.5).simplify(_SIMPLER_M)


def _frame_around(allowed: BaseGeometry) -> BaseGeometry:
    """What is not allowed, as far out as matters: no way crosses it to go around."""
    inside = allowed.buffer(-_SLACK_M - _SIMPLER_M, join_style="mitre").simplify(_SIMPLER_M)
    return shapely.box(*allowed.buffer(_FRAME_M).bounds).difference(inside)


def _lines(a_m: Array, b_m: Array) -> NDArray[np.object_]:
    """Straight lines from each of (N, 2) to each of (M, 2) points, shape (N, M)."""
    ends = np.empty((len(a_m), len(b_m), 2, 2))
    ends[:, :, 0], ends[:, :, 1] = a_m[:, None], b_m[None]
    return np.asarray(shapely.linestrings(ends), dtype=object).reshape(len(a_m), len(b_m))


def _place(point_m: Array) -> str:
    return f"({point_m[0]:.0f} m east, {point_m[1]:.0f} m north of the area's centre)"
