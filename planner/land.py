"""What of an area is to be covered, and what a path over it may use."""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from missions.errors import PlanError
from planner.links import CLEAR_M, Land, Region

_INSIDE_M = 3 * CLEAR_M
"""Paths keep so far inside the border; a piece narrower than twice that is not flown."""
_MANY_CORNERS = 150
_SIMPLER = 0.02
"""Outlines of many corners are simplified, inwards, by this share of the spacing."""


def checked_area(area: BaseGeometry, name: str) -> Polygon | MultiPolygon:
    """Give a valid area of finite coordinates, or say what is wrong with it."""
    if not isinstance(area, Polygon | MultiPolygon):
        raise PlanError(
            f"expected {name} as a Polygon or MultiPolygon in metres, received a {area.geom_type}"
        )
    if area.is_empty:
        raise PlanError(f"{name} is empty")
    if not np.isfinite(area.bounds).all():
        raise PlanError(f"{name} has coordinates that are no finite numbers")
    if not area.is_valid:
        raise PlanError(f"{name} is not valid: {shapely.is_valid_reason(area)}; shapely.make_valid mends it")
    return area


def polygons_of(geometry: BaseGeometry) -> list[Polygon]:
    """Polygons with any area, of what may also hold lines and points."""
    return [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon) and part.area > 0.0]


def land_of(area: Polygon | MultiPolygon, no_fly: Sequence[BaseGeometry], spacing_m: float) -> Land:
    """Work out where paths over an area may be.

    Within a part of the area they keep inside it; between parts they may be anywhere but in no-fly areas and
    in holes, unless another part lies in the hole.

    Raises
    ------
    PlanError
        When the no-fly areas leave nothing to cover.
    """
    keep_out = shapely.union_all(list(no_fly)) if no_fly else Polygon()
    left = polygons_of(area.difference(keep_out))
    free = [piece for part in left for piece in _inside(part, spacing_m)]
    if not free:
        what = "lies in no-fly areas" if no_fly and not left else f"is narrower than {200 * _INSIDE_M:.1f} cm"
        raise PlanError(f"nothing is left to cover: all of the area ({area.area:.1f} m2) {what}")
    holes = [Polygon(ring) for part in shapely.get_parts(area) for ring in part.interiors]
    closed = [hole for hole in holes if hole.intersection(area).area < 1e-6 * hole.area]
    blocked = shapely.union_all([keep_out, *closed])
    sky = _sky(blocked, area, no_fly)
    groups = [[piece for piece in free if each.intersects(piece)] for each in sky]
    largest = int(np.argmax([sum(piece.area for piece in group) for group in groups]))
    shut_in = [piece for piece in free if piece not in groups[largest]]
    return Land(
        [Region(piece) for piece in groups[largest]], Region(sky[largest]), MultiPolygon(shut_in), blocked
    )


def _inside(part: Polygon, spacing_m: float) -> list[Polygon]:
    if len(shapely.get_coordinates(part)) > _MANY_CORNERS:
        slack = _SIMPLER * spacing_m
        simple = part.buffer(-slack - _INSIDE_M, join_style="mitre").simplify(slack)
        if isinstance(simple, Polygon) and not simple.is_empty and part.contains(simple):
            return [simple]
    return polygons_of(part.buffer(-_INSIDE_M, join_style="mitre"))


def _sky(blocked: BaseGeometry, area: BaseGeometry, no_fly: Sequence[BaseGeometry]) -> list[Polygon]:
    """Where a path between parts may be: pieces that no way connects."""
    west, south, east, north = shapely.total_bounds([area, *no_fly]).tolist()
    far = 1000.0 + east - west + north - south
    sky = shapely.box(west - far, south - far, east + far, north + far)
    # As near to what is blocked as paths within the area come.
    return polygons_of(sky.difference(blocked.buffer(_INSIDE_M - CLEAR_M, join_style="mitre")))
