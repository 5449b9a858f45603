"""A path over an area that sees all of it: the public function of the planner's geometry."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from missions.errors import PlanError
from planner.cells import EVEN_DEG, Search, sweep_cells
from planner.land import checked_area, land_of, polygons_of
from planner.links import OUTSIDE, Land
from planner.legs import Pace, leg_s, path_s, straight_legs
from planner.polish import Path, polished
from planner.scan import edges_of
from planner.swath import Ground, ground_of, sample_m2, swath_of
from planner.sweep import FINE, Sweep
from planner.weave import Rows, weave

Array = NDArray[np.float64]

SPEED_M_S, ACCEL_M_S2 = 10.0, 2.0
_WANTED = 0.9996
"""Share of the area that must be seen before a path is taken."""
_DEARER, _PRICES = 1.25, 20
_FETCH = 2.0
"""Ground left unseen gets dearer by this factor, so many times at most."""
_SMALL = 8.0
_DIRECTIONS = 3
_APART_DEG = 10.0
_TO_COMPLETE = 2
_PATCHINGS, _PATCHES = 3, 20


@dataclass(frozen=True, eq=False)
class CoveragePath:
    """A path over an area.

    Attributes
    ----------
    line
        The whole path, metres.
    transects
        Its straight lines of survey, in the order and direction in which they are flown.
    turns
        Number of times the heading changes by more than 10 degrees.
    flight_s
        Seconds from rest to rest on each leg between turns; with `turn_radius_m`, at constant airspeed.
    coverage
        Share of what can be reached of the area, without no-fly areas, that lies in the swath.
    shut_in
        Parts of the area that no way leads to, because no-fly areas and holes surround them; mostly empty.
    """

    line: LineString
    transects: list[LineString]
    turns: int
    flight_s: float
    coverage: float
    shut_in: BaseGeometry

    @property
    def length_m(self) -> float:
        """Length of the whole path."""
        return self.line.length


def cover(
    area: Polygon | MultiPolygon,
    spacing_m: float,
    *,
    no_fly: Sequence[BaseGeometry] = (),
    turn_radius_m: float = 0.0,
    wind_m_s: tuple[float, float] = (0.0, 0.0),
    start: tuple[float, float] | None = None,
    end: tuple[float, float] | None = None,
    speed_m_s: float = SPEED_M_S,
    accel_m_s2: float = ACCEL_M_S2,
) -> CoveragePath:
    """Plan a short path whose swath covers an area.

    Parameters
    ----------
    area : Polygon or MultiPolygon
        Metres, east and north; with holes, concave, in parts: as it comes.
    spacing_m : float
        Width of the swath of a transect, which reaches half of that beyond its ends too.
    no_fly : sequence of shapely geometries
        Nothing in them is covered, and no part of the path lies in them.
    turn_radius_m : float
        0 for an aircraft that stops and turns: its path stays inside the area, and goes straight from one
        part of it to another, around holes and no-fly areas. Above 0 turns are Dubins curves, which may leave
        the area but keep out of holes and no-fly areas.
    wind_m_s : (east, north)
        Where the wind blows to.
    start, end : (x, y), optional
        Where the path begins and ends; anywhere by default.
    speed_m_s, accel_m_s2 : float
        Speed through the air, and how fast an aircraft that stops gains and loses it.

    Returns
    -------
    CoveragePath

    Raises
    ------
    PlanError
        When the input is no area, spacing or place that a path can be made from, and says why.
    """
    area = checked_area(area, "the area")
    no_fly = [checked_area(each, "a no-fly area") for each in no_fly]
    _check_numbers(spacing_m, turn_radius_m, wind_m_s, speed_m_s, accel_m_s2)
    land = land_of(area, no_fly, spacing_m)
    places = [_place(start, "start", land), _place(end, "end", land)]
    pace = (speed_m_s, accel_m_s2, *wind_m_s)
    target = _target(area, no_fly, land)
    woven = _woven(land, spacing_m, pace, places)
    task = _Task(target, land, spacing_m, pace)
    tried = [(task.polished(path), rows) for rows, path in woven]
    tried.sort(key=lambda entry: entry[0].seconds)
    paths = [_patched(rows, polish, task, places) for polish, rows in tried[:_TO_COMPLETE]]
    return min(paths, key=lambda path: (path.coverage < _WANTED, path.flight_s))


def _target(area: BaseGeometry, no_fly: Sequence[BaseGeometry], land: Land) -> BaseGeometry:
    """What is to be covered: the area that is allowed and in reach."""
    if not no_fly:
        return area
    left = polygons_of(area.difference(shapely.union_all(list(no_fly))))
    reached = shapely.union_all([part.free for part in land.parts])
    return MultiPolygon([part for part in left if part.intersects(reached)])


def _check_numbers(
    spacing_m: float, turn_radius_m: float, wind_m_s: tuple[float, float], speed_m_s: float, accel_m_s2: float
) -> None:
    for name, number in (("spacing_m", spacing_m), ("speed_m_s", speed_m_s), ("accel_m_s2", accel_m_s2)):
        if not (math.isfinite(number) and number > 0):
            raise PlanError(f"expected {name} above 0, received {number:g}")
    if not (math.isfinite(turn_radius_m) and turn_radius_m >= 0):
        raise PlanError(f"expected turn_radius_m of at least 0, received {turn_radius_m:g}")
    wind = math.hypot(*wind_m_s)
    if not wind < speed_m_s:
        raise PlanError(
            f"a wind of {wind:g} m/s is too strong for a speed of {speed_m_s:g} m/s through the air"
        )


def _place(given: tuple[float, float] | None, name: str, land: Land) -> Array | None:
    if given is None:
        return None
    place = np.array(given, dtype=np.float64)
    if land.part_of(place) == OUTSIDE and land.between.free.distance(shapely.Point(place)) > 0.01:
        raise PlanError(f"the {name} ({place[0]:.1f}, {place[1]:.1f}) lies in a no-fly area or a hole")
    return place


def _woven(land: Land, spacing_m: float, pace: Pace, places: list[Array | None]) -> list[tuple[Rows, Path]]:
    """Paths over the cells that look best, and over the area in single directions; the quickest first."""
    layouts: list[list[list[Sweep]]] = []
    for part in land.parts:
        search = Search(edges_of(part.free), spacing_m, pace)
        cells = sweep_cells(part.free, search)
        singles = _distinct(search.ranked(part.free, EVEN_DEG, 8, FINE), cells)
        layouts.append([cells, *([single] for single in singles)])
    most = max(map(len, layouts))
    # A part with fewer choices keeps its first.
    layouts = [layout + layout[:1] * (most - len(layout)) for layout in layouts]
    woven: list[tuple[float, int, Rows, Path]] = []
    for number, layout in enumerate(zip(*layouts, strict=True)):
        ends = [np.vstack([sweep.transects for sweep in sweeps]) for sweeps in layout]
        parts = np.repeat(np.arange(len(ends)), [len(each) for each in ends])
        rows = Rows(np.vstack(ends), parts)
        path, seconds = weave(rows, land, spacing_m, pace, *places)
        woven.append((seconds, number, rows, path))
    return [(rows, path) for _, _, rows, path in sorted(woven, key=lambda entry: entry[:2])]


def _distinct(sweeps: list[Sweep], cells: list[Sweep]) -> list[Sweep]:
    """Best sweeps, each in a direction well apart from those before, and from that of a single cell."""
    kept = cells if len(cells) == 1 else []
    for each in sweeps:
        apart = [abs((each.direction_deg - other.direction_deg + 90.0) % 180.0 - 90.0) for other in kept]
        if len(kept) < _DIRECTIONS and all(angle > _APART_DEG for angle in apart):
            kept = [*kept, each]
    return kept[1:] if len(cells) == 1 else kept


@dataclass(frozen=True, eq=False)
class _Task:
    """What paths are polished for."""

    target: BaseGeometry
    land: Land
    spacing_m: float
    pace: Pace

    @property
    def price_s_m2(self) -> float:
        """What ground left unseen is reckoned at, at first.

        A square as wide as half a swath costs as much as a link from line to line; and all that may be left
        unseen some of that too, however small the area.
        """
        link_s = leg_s(self.spacing_m, 0.0, (*self.pace[:2], 0.0, 0.0))
        return link_s / min((self.spacing_m / 2) ** 2, _SMALL * (1.0 - _WANTED) * self.target.area)

    def polished(self, path: Path) -> "_Polish":
        """Polish a path at the first price."""
        ground = ground_of(edges_of(self.target), path.core_legs, self.spacing_m)
        return self._at(self.price_s_m2, path, ground)

    def completed(self, polish: "_Polish") -> CoveragePath:
        """Go on at growing prices until the path sees enough."""
        for _ in range(_PRICES):
            if polish.covered.coverage >= _WANTED:
                break
            polish = self._at(_DEARER * polish.price_s_m2, polish.path, polish.ground)
        return polish.covered

    def _at(self, price_s_m2: float, path: Path, ground: Ground) -> "_Polish":
        price_s = price_s_m2 * sample_m2(self.spacing_m)
        path = polished(path, ground, self.land.walls, price_s, self.pace)
        covered = self.measured(path)
        missing_m2 = max(0.0, _WANTED - covered.coverage) * self.target.area
        return _Polish(path, ground, price_s_m2, covered, covered.flight_s + _FETCH * price_s_m2 * missing_m2)

    def measured(self, path: Path) -> CoveragePath:
        """Measure a path as it is."""
        steps = np.hypot(*np.diff(path.corners, axis=0).T)
        corners = path.corners[np.concatenate(([True], steps > 1e-9))]
        if len(corners) == 1:
            corners = _short_line(corners[0], self.target, self.spacing_m)
        # An area that one place sees has no transect but the whole line.
        transects = corners[None] if len(corners) == 2 else path.transects
        missed = self.target.difference(swath_of(corners, self.spacing_m)).area
        return CoveragePath(
            LineString(corners),
            [LineString(transect) for transect in transects],
            len(straight_legs(corners)) - 1,
            path_s(corners, self.pace),
            1.0 - missed / self.target.area,
            self.land.shut_in,
        )


@dataclass(frozen=True, eq=False)
class _Polish:
    """A path polished at a price of unseen ground; `seconds` reckons with fetching what it still misses."""

    path: Path
    ground: Ground
    price_s_m2: float
    covered: CoveragePath
    seconds: float


def _patched(rows: Rows, polish: _Polish, task: _Task, places: list[Array | None]) -> CoveragePath:
    """Complete a path; where it misses something all the same, add rows for that and begin again."""
    best = task.completed(polish)
    for _ in range(_PATCHINGS):
        if best.coverage >= _WANTED:
            break
        seen = swath_of(shapely.get_coordinates(best.line), task.spacing_m)
        worst = sorted(polygons_of(task.target.difference(seen)), key=lambda piece: -piece.area)[:_PATCHES]
        patches = [patch for piece in worst for patch in _rows_over(piece, task.land)]
        rows = Rows(
            np.vstack((rows.ends, [ends for ends, _ in patches])),
            np.concatenate((rows.parts, [part for _, part in patches])),
        )
        path, _ = weave(rows, task.land, task.spacing_m, task.pace, *places)
        best = max(best, task.completed(task.polished(path)), key=lambda covered: covered.coverage)
    return best


def _rows_over(piece: Polygon, land: Land) -> list[tuple[Array, int]]:
    """A row along the middle of a piece that was missed, as near to it as can be flown."""
    box = shapely.get_coordinates(shapely.oriented_envelope(piece))
    sides = np.diff(box[:3], axis=0)
    long = int(np.argmax(np.hypot(*sides.T)))
    ends = np.array([box[long] + box[long + 3 if long == 0 else 0], box[long + 1] + box[long + 2]]) / 2
    part = min(range(len(land.parts)), key=lambda number: land.parts[number].free.distance(piece))
    free = land.parts[part].free
    on_land = shapely.get_parts(LineString(ends).intersection(free))
    lines = [each for each in on_land if isinstance(each, LineString) and each.length > 0]
    if lines:
        return [(shapely.get_coordinates(each)[[0, -1]], part) for each in lines]
    near = shapely.get_coordinates(shapely.shortest_line(free, piece.representative_point()))[:1]
    return [(np.vstack((near, near)), part)]


def _short_line(place: Array, target: BaseGeometry, spacing_m: float) -> Array:
    """A line through a place of an area that is smaller than a swath."""
    room = min(target.boundary.distance(shapely.Point(place)), 0.1 * spacing_m)
    return np.array([place, place + (0.5 * room, 0.0)])
