"""Lines that cover an area: parallel transects of photos, cut where the aircraft may not be."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon
from shapely.affinity import rotate
from shapely.geometry.base import BaseGeometry

from planner.course import Course
from planner.reach import Reach

Array = NDArray[np.float64]

_PATCH_M2 = 1.0
"""Uncovered pieces below this are left to the overlap that neighbouring photos really have."""
_MAX_PATCHES = 200
_LAST_RUN_M = 3.0
_ORIGIN = (0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Transect:
    """A straight line of photos; it may be flown from either end.

    Attributes
    ----------
    first_m, last_m : (2,)
        Places of the first and last photo in the local frame.
    unit
        Unit vector from first to last; a line of one photo has one too.
    photos
        Number of photos, evenly spaced from first to last.
    run_first_m, run_last_m
        How far the line is free beyond each end, up to what was asked for.
    course
        The way from first to last where it is bent or the camera looks aside; None for a straight line of
        photos that look down.
    """

    first_m: Array
    last_m: Array
    unit: Array
    photos: int
    run_first_m: float
    run_last_m: float
    course: Course | None = None

    @classmethod
    def along(cls, course: Course, run_first_m: float = 0.0, run_last_m: float = 0.0) -> "Transect":
        """Make one of a bent way; `unit` is its first piece's."""
        corners = course.corners_m
        ahead = corners[1] - corners[0]
        unit = ahead / np.linalg.norm(ahead)
        return cls(corners[0], corners[-1], unit, course.photos, run_first_m, run_last_m, course)

    @property
    def last_unit(self) -> Array:
        """Unit vector of the last piece."""
        if self.course is None:
            return self.unit
        ahead = self.course.corners_m[-1] - self.course.corners_m[-2]
        return ahead / np.linalg.norm(ahead)

    @property
    def bends_m(self) -> Array:
        """Corners between the first and the last photo, (N, 2)."""
        return np.empty((0, 2)) if self.course is None else self.course.corners_m[1:-1]

    @property
    def length_m(self) -> float:
        """Distance from the first to the last photo."""
        return float(np.linalg.norm(self.last_m - self.first_m))

    def reversed(self) -> "Transect":
        """Give the same line flown from its other end."""
        if self.course:
            return Transect.along(self.course.reversed(), self.run_last_m, self.run_first_m)
        return Transect(self.last_m, self.first_m, -self.unit, self.photos, self.run_last_m, self.run_first_m)


@dataclass(frozen=True, eq=False)
class Lines:
    """Transects over an area, and what of it they cannot reach.

    Attributes
    ----------
    transects
        In order across the area.
    direction_deg
        Grid direction in degrees clockwise from grid north.
    unseen
        What no rectangle of a photo covers, because it lies too deep in an obstacle.
    """

    transects: list[Transect]
    direction_deg: float
    unseen: BaseGeometry


def lay_lines(
    area: BaseGeometry,
    direction_deg: float,
    reach: Reach,
    *,
    blocked: BaseGeometry,
    within: BaseGeometry,
    run_m: float,
) -> Lines:
    """Lay lines of one direction over an area so that every point lies in the rectangle of a photo.

    The outermost lines lie inside the border by the half width that a photo surely shows, the others evenly
    between them; along a line the photos begin and end inside the border by the half length. Each line
    covers only its own strip, in as many pieces as the area, its holes and the obstacles make of it. Where
    an obstacle cuts a strip so that photos from both sides do not meet, short lines are added beside it.

    Parameters
    ----------
    area : shapely geometry
        Polygons of the local frame, metres; holes are not covered.
    direction_deg : float
        Grid direction of the lines, clockwise from grid north.
    reach : Reach
    blocked, within : shapely geometry
        No part of a line lies in `blocked` or outside `within`.
    run_m : float
        Free way wanted before the first and after the last photo.
    """
    # In the turned plane the lines run along +x.
    turn = direction_deg - 90.0
    plane = _Plane(
        rotate(area, turn, origin=_ORIGIN),
        rotate(blocked, turn, origin=_ORIGIN),
        rotate(within, turn, origin=_ORIGIN),
        reach,
        run_m,
    )
    rows = [row for part in shapely.get_parts(plane.area) for row in plane.rows_of(part)]
    rows, unseen = plane.patched(rows)
    angle = np.radians(-turn)
    turned_back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    transects = [
        Transect(
            np.array([row.first, row.y]) @ turned_back,
            np.array([row.last, row.y]) @ turned_back,
            np.array([1.0, 0.0]) @ turned_back,
            row.photos,
            row.run_first,
            row.run_last,
        )
        for row in rows
    ]
    return Lines(transects, direction_deg, rotate(unseen, -turn, origin=_ORIGIN))


def best_direction(
    area: BaseGeometry, lines_in: Callable[[float], Lines], seconds_of: Callable[[Sequence[Transect]], float]
) -> Lines:
    """Choose the direction whose lines take least time, among even steps and those of the long sides."""
    directions = sorted({*np.arange(0.0, 180.0, 15.0).tolist(), *_long_sides_deg(area)})
    tried = [lines_in(direction) for direction in directions]
    # A direction that leaves more of the area unseen is no choice, however fast.
    least = min(lines.unseen.area for lines in tried)
    fit = [lines for lines in tried if lines.unseen.area <= least + 0.001 * area.area]
    return min(fit, key=lambda lines: seconds_of(lines.transects))


def _long_sides_deg(area: BaseGeometry, count: int = 4) -> list[float]:
    """Directions of the longest sides of the hull's simplified outline, in [0, 180)."""
    hull = area.convex_hull.simplify(0.02 * float(np.sqrt(area.area)))
    if not isinstance(hull, Polygon):
        return []
    sides = np.diff(shapely.get_coordinates(hull), axis=0)
    longest = sides[np.argsort(-np.linalg.norm(sides, axis=1), kind="stable")[:count]]
    return [
        round(float(angle), 1) % 180.0
        for angle in np.degrees(np.arctan2(longest[:, 0], longest[:, 1])) % 180.0
    ]


@dataclass(frozen=True)
class _Row:
    """A transect in the turned plane."""

    y: float
    first: float
    last: float
    photos: int
    run_first: float
    run_last: float


@dataclass(frozen=True, eq=False)
class _Plane:
    """The area turned so that lines run along +x."""

    area: BaseGeometry
    blocked: BaseGeometry
    within: BaseGeometry
    reach: Reach
    run_m: float

    def rows_of(self, part: Polygon) -> Iterator[_Row]:
        _, low, _, high = part.bounds
        across = self.reach.across_m
        gaps = max(0, int(np.ceil((high - low - 2 * across) / self.reach.spacing_m - 1e-9)))
        if gaps == 0 and high - low <= 2 * across:
            heights = np.array([(low + high) / 2])
        else:
            heights = np.linspace(low + across, high - across, max(1, gaps) + 1)
        borders = [low, *((heights[:-1] + heights[1:]) / 2).tolist(), high]
        for y, bottom, top in zip(heights.tolist(), borders[:-1], borders[1:], strict=True):
            for start, end in self._needs(part, bottom, top):
                yield from self._cover_row(y, start, end)

    def patched(self, rows: list[_Row]) -> tuple[list[_Row], BaseGeometry]:
        """Add rows for what the rows leave unseen as long as one of them shows more of it."""
        rows = list(rows)
        left = self.area.difference(shapely.union_all([self._seen(row) for row in rows]))
        unreachable: list[BaseGeometry] = []
        for _ in range(_MAX_PATCHES):
            parts = [part for part in shapely.get_parts(left) if part.area > _PATCH_M2]
            if not parts:
                break
            part = max(parts, key=lambda piece: piece.area)
            found = max(self._patches(part), key=lambda row: self._gain(row, part), default=None)
            if found is None or self._gain(found, part) < _PATCH_M2:
                unreachable.append(part)
                left = left.difference(part)
                continue
            rows.append(found)
            left = left.difference(self._seen(found))
        # Order across the area, so that lines beside each other stand beside each other.
        rows.sort(key=lambda row: (row.y, row.first))
        return rows, shapely.union_all([left, *unreachable])

    def _needs(self, part: BaseGeometry, bottom: float, top: float) -> list[tuple[float, float]]:
        """Stretches of x in which a strip holds any of the area, joined where a break is not worth a stop."""
        west, _, east, _ = part.bounds
        strip = part.intersection(shapely.box(west - 1.0, bottom, east + 1.0, top))
        spans = sorted(
            (piece.bounds[0], piece.bounds[2]) for piece in shapely.get_parts(strip) if piece.area > 0
        )
        joined: list[tuple[float, float]] = []
        for start, end in spans:
            if joined and start - joined[-1][1] <= 2 * self.reach.along_m + self.run_m:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            else:
                joined.append((start, end))
        return joined

    def _cover_row(self, y: float, start: float, end: float) -> Iterator[_Row]:
        """Rows on one line that show [start, end] as far as the line is free."""
        along, trigger = self.reach.along_m, self.reach.trigger_m
        for free_from, free_to in self._free(y, start - along - self.run_m, end + along + self.run_m):
            # The end needs some way after the last photo, or a metre of position error would lose it.
            free_from, free_to = free_from + _LAST_RUN_M, free_to - _LAST_RUN_M
            if free_to < free_from:
                continue
            see_from, see_to = max(start, free_from - along), min(end, free_to + along)
            if see_to <= see_from:
                continue
            first, last = see_from + along, see_to - along
            if first > last:
                first = last = (first + last) / 2
            first, last = np.clip([first, last], free_from, free_to).tolist()
            photos = 1 + int(np.ceil((last - first) / trigger - 1e-9))
            length = (photos - 1) * trigger
            if length > free_to - free_from:  # what the last photo would have shown is left to the patches
                photos, length = photos - 1, length - trigger
            # The whole number of photos reaches a little farther than needed: by as much at either end.
            first = float(np.clip((first + last - length) / 2, free_from, free_to - length))
            last = first + length
            run_first = min(self.run_m, first - free_from + _LAST_RUN_M)
            yield _Row(y, first, last, photos, run_first, min(self.run_m, free_to + _LAST_RUN_M - last))

    def _free(self, y: float, start: float, end: float) -> list[tuple[float, float]]:
        line = shapely.LineString([(start, y), (end, y)])
        free = line.intersection(self.within).difference(self.blocked)
        spans = [piece.bounds for piece in shapely.get_parts(free) if piece.length > 0]
        return sorted((bounds[0], bounds[2]) for bounds in spans)

    def _patches(self, part: BaseGeometry) -> Iterator[_Row]:
        """Rows on several lines near a piece that could show it."""
        _, bottom, _, top = part.bounds
        across = 0.999 * self.reach.across_m
        for y in np.linspace(bottom - across, top + across, 17).tolist():
            for start, end in self._needs(part, y - across, y + across):
                yield from self._cover_row(y, start, end)

    def _gain(self, row: _Row, part: BaseGeometry) -> float:
        """Newly seen area for each photo, on the whole of it."""
        return part.intersection(self._seen(row)).area / np.sqrt(row.photos)

    def _seen(self, row: _Row) -> Polygon:
        along, across = self.reach.along_m, self.reach.across_m
        return shapely.box(row.first - along, row.y - across, row.last + along, row.y + across)


def split(transect: Transect) -> tuple[Transect, Transect]:
    """Cut a line in two that share the photo in the middle, so that no overlap is lost between them."""
    half = (transect.photos - 1) // 2
    reach = min(transect.run_first_m, transect.run_last_m)
    if course := transect.course:
        return (
            Transect.along(course.part(0, half), transect.run_first_m, reach),
            Transect.along(course.part(half, transect.photos - 1), reach, transect.run_last_m),
        )
    middle = transect.first_m + (transect.last_m - transect.first_m) * half / (transect.photos - 1)
    return (
        replace(transect, last_m=middle, photos=half + 1, run_last_m=reach),
        replace(transect, first_m=middle, photos=transect.photos - half, run_first_m=reach),
    )
