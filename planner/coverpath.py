"""A path over an area that sees all of it: the public function of the planner's geometry."""

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from missions.errors import PlanError
from planner.cells import EVEN_DEG, Search, sweep_cells
from planner.finish import WANTED, CoveragePath, Polish, Task
from planner.land import checked_area, land_of, polygons_of
from planner.lanes import fly_lanes, lengthened
from planner.legs import Pace
from planner.links import OUTSIDE, Land
from planner.polish import Path
from planner.scan import edges_of
from planner.swath import swath_of
from planner.sweep import FINE, Sweep
from planner.weave import Rows, weave

Array = NDArray[np.float64]

SPEED_M_S, ACCEL_M_S2 = 10.0, 2.0
_AT_ONCE = 1e6
"""Acceleration of an aircraft that does not stop."""
_LONGER = (0.03, 0.1, 0.3)
"""What lines are made longer by, in spacings."""
_DIRECTIONS = 3
_APART_DEG = 10.0
_TO_COMPLETE = 2
_PATCHINGS, _PATCHES = 3, 20


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
    task = Task(target, land, spacing_m, pace)
    if turn_radius_m > 0:
        return _in_lanes(task, turn_radius_m, places)
    woven = _woven(land, spacing_m, pace, places)
    tried = [(task.polished(path), rows) for rows, path in woven]
    tried.sort(key=lambda entry: entry[0].seconds)
    paths = [_patched(rows, polish, task, places) for polish, rows in tried[:_TO_COMPLETE]]
    return min(paths, key=lambda path: (path.coverage < WANTED, path.flight_s))


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


def _in_lanes(task: Task, radius_m: float, places: list[Array | None]) -> CoveragePath:
    """Fly lines of the direction that takes least time, turns outside the area included."""
    # Turns are reckoned when the lines are joined; here only their number and length count.
    search = Search(
        edges_of(task.land.between.free), task.spacing_m, (task.pace[0], _AT_ONCE, *task.pace[2:])
    )
    sweeps = search.ranked(task.target, EVEN_DEG, 8, FINE)
    blocked = task.land.blocked.buffer(-1e-3)
    flown = [
        fly_lanes(_long_enough(each.transects, task, blocked), blocked, radius_m, task.pace, *places)
        for each in (sweeps[0], *_distinct(sweeps, sweeps[:1]))
    ]
    best = min(flown, key=lambda lanes: lanes.seconds)
    return CoveragePath(
        LineString(best.path),
        [LineString(transect) for transect in best.transects],
        len(best.transects) - 1,
        best.seconds,
        task.seen(best.transects),
        task.land.shut_in,
    )


def _long_enough(rows: Array, task: Task, blocked: BaseGeometry) -> Array:
    """Make lines longer until their strips alone see enough: turns are no survey."""
    longer = rows
    for share in _LONGER:
        if task.seen(longer) >= WANTED:
            break
        longer = lengthened(rows, blocked, share * task.spacing_m)
    return longer


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


def _patched(rows: Rows, polish: Polish, task: Task, places: list[Array | None]) -> CoveragePath:
    """Complete a path; where it misses something all the same, add rows for that and begin again."""
    best = task.completed(polish)
    for _ in range(_PATCHINGS):
        if best.coverage >= WANTED:
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
