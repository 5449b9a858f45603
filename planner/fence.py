"""The geofence and the rally points of a sortie: where the aircraft must stay, and where else it may land.

The fence is the last line of defence and never looser than the plan: its inclusion polygon lies within the
allowed airspace, its exclusion polygons cover what is cut out of that, and both leave the path some metres of
room, because an aircraft that holds a line to a metre or two must not return home for it. Controllers store
few corners, so outlines are simplified, always to the safe side.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely import LineString, Polygon
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geo.frames import LocalFrame
from missions.catalogue import AircraftModel
from missions.features import Area
from missions.records import Plan, Sortie
from planner.items import FRAME_GLOBAL, FRAME_GLOBAL_RELATIVE_ALT, MissionItem

# MAV_CMD numbers of MAVLink's common.xml.
FENCE_INCLUSION_POLYGON, FENCE_EXCLUSION_POLYGON = 5001, 5002
FENCE_INCLUSION_CIRCLE, FENCE_EXCLUSION_CIRCLE = 5003, 5004
RALLY_POINT = 5100

MOST_FENCE_ITEMS = 63
"""Corners of all polygons together. ArduCopter 4.7-dev was measured to take 63 items and to fail at 70; PX4
keeps 64 (DM_KEY_FENCE_POINTS_MAX in its dataman.h), one of them for the count."""
MOST_RALLY_POINTS = {"ardupilot": 20, "px4": 8, "dji": 0}
"""ArduCopter was measured to take 20 and to refuse 50; PX4 keeps 8 (DM_KEY_SAFE_POINTS_MAX)."""

_ROOM_M = 5.0
"""Beside the path, where the no-fly areas leave so much; the fence comes no nearer than 0.7 of it."""
_ROUND_EDGES_M = 0.5
_TOLERANCES_M = (2.0, 5.0, 10.0, 20.0, 40.0, 80.0)
_REACHES_M = (1000.0, 300.0, 100.0, 50.0, 25.0)
"""How far from the path the fence follows the airspace: as far as the number of corners allows."""
_NOTHING_M2 = 1e-4
_ROUNDING_M = 0.02
"""Given away before places are rounded to 1e-7 degrees, so that rounding does not give anything back."""


@dataclass(frozen=True)
class Fence:
    """A polygon, longitude and latitude and without holes, that must not be left or not be entered."""

    polygon: Polygon
    inclusion: bool


@dataclass(frozen=True)
class CircleFence:
    """A circle that must not be left or not be entered; only read from files, never planned."""

    lon: float
    lat: float
    radius_m: float
    inclusion: bool


@dataclass(frozen=True)
class RallyPoint:
    """A place to return to instead of home; its height is that above home, as MAVLink has it."""

    lon: float
    lat: float
    height_m: float


@dataclass(frozen=True)
class Geofence:
    """All fences of a sortie, and in words what had to be left out of them."""

    fences: tuple[Fence, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Fencing:
    """The airspace of a plan in metres, from which each sortie's fence is cut.

    Attributes
    ----------
    allowed
        None in a plan without airspace.
    no_fly
        Without margin.
    """

    frame: LocalFrame
    allowed: BaseGeometry | None
    no_fly: BaseGeometry

    @classmethod
    def of(cls, plan: Plan, no_fly: Sequence[Area]) -> "Fencing":
        """Bring a plan's airspace and the no-fly areas into one frame."""
        frame = LocalFrame.around(shapely.MultiPoint([(site.lon, site.lat) for site in plan.sites]).bounds)
        forbidden = shapely.union_all([frame.geometry_to_enu(area.polygon) for area in no_fly])
        if plan.airspace is None:
            return cls(frame, None, forbidden)
        return cls(frame, frame.geometry_to_enu(shape(plan.airspace.allowed)), forbidden)

    def geofence(self, sortie: Sortie) -> Geofence:
        """Make the fence of a sortie.

        With airspace there is one inclusion polygon, and what is cut out of the airspace is excluded.
        Without, only the no-fly areas are excluded.

        Returns
        -------
        Geofence
            At most `MOST_FENCE_ITEMS` corners. Where they do not suffice, the fence is drawn closer around
            the path; where even that does not help, the exclusion polygons nearest to the path are kept, and
            `left_out` says so.
        """
        path = LineString(self.frame.to_enu([(point.lon, point.lat) for point in sortie.path]))
        room_m = _ROOM_M
        if not self.no_fly.is_empty:
            room_m = min(room_m, path.distance(self.no_fly) / 2.0)
        near = path.buffer(max(0.8 * room_m, _ROUNDING_M), quad_segs=2)  # few corners of its own
        nearby = self._within(path.buffer(_REACHES_M[0]))
        chosen: list[tuple[Polygon, bool]] = []
        left_out: list[str] = []
        for reach_m in _REACHES_M:
            outer, cut_out = nearby._outlines(path, near, room_m, reach_m)
            if 3 * len(cut_out) > MOST_FENCE_ITEMS and reach_m != _REACHES_M[-1]:
                continue
            chosen, left_out = _within_limit(outer, cut_out, near)
            if not left_out:
                break
        fences = [Fence(_rounded(self.frame.geometry_to_lonlat(part)), inside) for part, inside in chosen]
        return Geofence(tuple(fences), tuple(left_out))

    def _within(self, area: Polygon) -> "Fencing":
        """Leave out what is far away: a county's airspace has tens of thousands of corners."""
        box = shapely.box(*area.bounds)
        allowed = None if self.allowed is None else self.allowed.intersection(box)
        return Fencing(self.frame, allowed, self.no_fly.intersection(box))

    def _outlines(
        self, path: LineString, near: BaseGeometry, room_m: float, reach_m: float
    ) -> tuple[Polygon | None, list[Polygon]]:
        """Outline of where the sortie may be, and what is cut out of it, the nearest to the path first."""
        around = _filled(path.buffer(reach_m))
        if self.allowed is None:
            close = [part for part in _parts(self.no_fly) if part.intersects(around)]
            outer, cut_out = None, [part for area in close for part in _without_holes(area, near)]
        else:
            region = _part_around(self.allowed.intersection(around).union(path.buffer(room_m)), path)
            outer, cut_out = Polygon(region.exterior), [Polygon(ring) for ring in region.interiors]
        return outer, sorted(cut_out, key=path.distance)


def geofence(plan: Plan, sortie: Sortie, no_fly: Sequence[Area]) -> Geofence:
    """Make the fence of a single sortie; see `Fencing.geofence`."""
    return Fencing.of(plan, no_fly).geofence(sortie)


def rally_points(plan: Plan, sortie: Sortie, aircraft: AircraftModel) -> list[RallyPoint]:
    """Give the emergency points of a plan, as high above their ground as the sortie climbs above its site."""
    home, climb = plan.site(sortie.site), sortie.path[0].alt_amsl_m
    return [
        RallyPoint(point.lon, point.lat, round(climb + point.alt_amsl_m - 2.0 * home.alt_amsl_m, 2))
        for point in plan.rally[: MOST_RALLY_POINTS[aircraft.controller]]
    ]


def fence_items(fences: Sequence[Fence | CircleFence]) -> list[MissionItem]:
    """Give fences as MAVLink items of mission type 1: each corner carries its polygon's number of corners."""
    items: list[MissionItem] = []
    for fence in fences:
        if isinstance(fence, CircleFence):
            command = FENCE_INCLUSION_CIRCLE if fence.inclusion else FENCE_EXCLUSION_CIRCLE
            items.append(
                MissionItem(command, FRAME_GLOBAL, fence.radius_m, lon_deg=fence.lon, lat_deg=fence.lat)
            )
            continue
        command = FENCE_INCLUSION_POLYGON if fence.inclusion else FENCE_EXCLUSION_POLYGON
        corners = fence.polygon.exterior.coords[:-1]
        items += [
            MissionItem(command, FRAME_GLOBAL, float(len(corners)), lon_deg=lon, lat_deg=lat)
            for lon, lat in corners
        ]
    return items


def rally_items(points: Sequence[RallyPoint]) -> list[MissionItem]:
    """Give rally points as MAVLink items of mission type 2."""
    return [
        MissionItem(
            RALLY_POINT, FRAME_GLOBAL_RELATIVE_ALT, lon_deg=point.lon, lat_deg=point.lat, z_m=point.height_m
        )
        for point in points
    ]


def _part_around(area: BaseGeometry, path: LineString) -> Polygon:
    """Take the one connected part of the airspace that the path is in."""
    return max(_parts(area), key=lambda part: (part.intersects(path), part.intersection(path).length))


def _parts(area: BaseGeometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(area).tolist() if isinstance(part, Polygon)]


def _filled(area: BaseGeometry) -> BaseGeometry:
    return shapely.union_all([Polygon(part.exterior) for part in _parts(area)])


def _without_holes(area: Polygon, near: BaseGeometry) -> list[Polygon]:
    """Fill the holes of a no-fly area, or cut it where the path lies in one of them."""
    filled = Polygon(area.exterior)
    if not area.interiors or not filled.intersects(near):
        return [filled]
    west, south, east, north = area.bounds
    middle = Polygon(area.interiors[0]).representative_point().x
    halves = [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
    pieces = [piece for half in halves for piece in _parts(area.intersection(half))]
    return [part for piece in pieces for part in _without_holes(piece, near)]


def _within_limit(
    outer: Polygon | None, cut_out: Sequence[Polygon], near: BaseGeometry
) -> tuple[list[tuple[Polygon, bool]], list[str]]:
    """Simplify as little as the limit asks for; leave out what does not fit even then."""
    wanted: list[tuple[Polygon, bool]] = [] if outer is None else [(outer, True)]
    wanted += [(hole, False) for hole in cut_out]
    best = [outline for outline, _ in wanted]
    if not _fit(best):  # without the many corners of rounded edges, what follows costs little
        best = [_simpler(outline, inside, near, _ROUND_EDGES_M, outline) for outline, inside in wanted]
        wanted = [(part, inside) for part, (_, inside) in zip(best, wanted, strict=True)]
    for tolerance_m in _TOLERANCES_M:
        if _fit(best):
            break
        best = [
            _simpler(outline, inside, near, tolerance_m, kept)
            for (outline, inside), kept in zip(wanted, best, strict=True)
        ]
    chosen: list[tuple[Polygon, bool]] = []
    left_out: list[str] = []
    free = MOST_FENCE_ITEMS
    for part, (_, inclusion) in zip(best, wanted, strict=True):
        if _corners(part) <= free:
            chosen.append((part, inclusion))
            free -= _corners(part)
        else:
            what = "the outline of the allowed airspace" if inclusion else "an area that is cut out of it"
            left_out.append(
                f"{what} needs {_corners(part)} corners, and {free} of {MOST_FENCE_ITEMS} are free"
            )
    return chosen, left_out


def _simpler(
    outline: Polygon, inclusion: bool, near: BaseGeometry, tolerance_m: float, kept: Polygon
) -> Polygon:
    """Give the outline with fewer corners, smaller for an inclusion, larger for an exclusion; or `kept`."""
    # Douglas and Peucker's line stays within the tolerance of the one it replaces, which keeps off as far.
    away_m = 1.05 * tolerance_m + _ROUNDING_M
    moved = outline.buffer(-away_m if inclusion else away_m, join_style="mitre", mitre_limit=2.0)
    simple = moved.simplify(tolerance_m)
    # Where the path is closer than the tolerance, it keeps its room.
    candidates = _parts(simple) + _parts(simple.union(near) if inclusion else simple.difference(near))
    if not inclusion and tolerance_m == _TOLERANCES_M[-1]:
        hull = outline.buffer(_ROUNDING_M, join_style="mitre").convex_hull
        candidates += _parts(hull) + _parts(hull.minimum_rotated_rectangle)
    for candidate in (Polygon(part.exterior) for part in candidates):
        if inclusion:
            safe = outline.covers(candidate) and near.difference(candidate).area < _NOTHING_M2
        else:
            safe = candidate.covers(outline) and candidate.intersection(near).area < _NOTHING_M2
        if safe and _corners(candidate) < _corners(kept):
            kept = candidate
    return kept


def _fit(parts: Sequence[Polygon]) -> bool:
    return sum(map(_corners, parts)) <= MOST_FENCE_ITEMS


def _corners(part: Polygon) -> int:
    return len(part.exterior.coords) - 1


def _rounded(polygon: Polygon) -> Polygon:
    return shapely.transform(polygon, lambda lonlat: lonlat.round(7))
