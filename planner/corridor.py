"""The strip along a river, a road or a border, cut into pieces that straight lines cover."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi
from shapely.geometry.base import BaseGeometry

Array = NDArray[np.float64]

_LEAST_SAG_M = 2.0
"""The centre line is never followed closer than this: maps are not surer than that."""
_STEP_M = 5.0
"""Distance between the places of a leg that compete for the strip with those of its neighbours."""
_CRUMB_M2 = 1.0


def cells_along(
    centre_line: BaseGeometry, strip: BaseGeometry, sag_m: float
) -> list[tuple[BaseGeometry, float]]:
    """Cut a strip into one cell for each straight leg of its centre line.

    What of the strip is nearest to a leg is that leg's cell, so bends are shared along their bisector with
    all of their outer side, and where the line comes back to itself nothing is covered twice.

    Parameters
    ----------
    centre_line : LineString or MultiLineString
        Metres of the local frame.
    strip : Polygon or MultiPolygon
        What is to be covered, all of it.
    sag_m : float
        How far the centre line may be from its straight leg.

    Returns
    -------
    list of (cell, direction)
        In order along the line, and the way it goes there: grid directions in degrees clockwise from grid
        north, in [0, 360).
    """
    legs = list(_legs(centre_line, sag_m))
    cells = _nearest(legs, strip)
    return [(cell, _direction_deg(leg)) for cell, leg in zip(cells, legs, strict=True) if not cell.is_empty]


def least_sag(width_m: float, across_m: float, spacing_m: float) -> float:
    """How far the centre line may be from its leg at no cost: the passes for the width show that much more.

    Parameters
    ----------
    across_m, spacing_m : float
        Half width of what a photo surely shows, and widest distance between passes.
    """
    passes = 1 + max(0, int(np.ceil((width_m + 2 * _LEAST_SAG_M - 2 * across_m) / spacing_m)))
    shown = 2 * across_m + (passes - 1) * spacing_m
    return max(_LEAST_SAG_M, (shown - width_m) / 2.0)


def _legs(centre_line: BaseGeometry, sag_m: float) -> Iterator[Array]:
    """Straight legs (2, 2) of the simplified line, in order."""
    for part in shapely.get_parts(centre_line):
        corners = shapely.get_coordinates(part.simplify(sag_m))
        for leg in pairwise(corners):
            yield np.array(leg)


def _nearest(legs: list[Array], strip: BaseGeometry) -> list[BaseGeometry]:
    """Parts of a strip that are nearest to each of the legs."""
    groups = [_places(leg) for leg in legs]
    owner = np.repeat(np.arange(len(legs)), [len(group) for group in groups])
    # Of legs that lie on each other the first has the places.
    places, first = np.unique(np.vstack(groups), axis=0, return_index=True)
    regions = _regions(places, strip)
    cells = [
        shapely.intersection(shapely.union_all(regions[owner[first] == number]), strip)
        for number in range(len(legs))
    ]
    return [_without_crumbs(cell) for cell in cells]


def _regions(places: Array, strip: BaseGeometry) -> NDArray[np.object_]:
    """What of the plane is nearest to each of (N, 2) places, far beyond the strip."""
    west, south, east, north = strip.bounds
    far = 10.0 * (east - west + north - south)
    corners = np.array([[west - far, south - far], [east + far, south - far],
                        [east + far, north + far], [west - far, north + far]])  # fmt: skip
    diagram = Voronoi(np.vstack((places, corners)))
    return np.array(
        [
            shapely.MultiPoint(diagram.vertices[diagram.regions[region]]).convex_hull
            for region in diagram.point_region[: len(places)]
        ],
        dtype=object,
    )


def _places(leg: Array) -> Array:
    """Places along a leg, mirrored about its middle: at a bend those of two legs are equally far from it."""
    length = float(np.linalg.norm(leg[1] - leg[0]))
    from_end = np.arange(_STEP_M / 2.0, length / 2.0, _STEP_M)
    if len(from_end) == 0:
        from_end = np.array([length / 2.0])
    at = np.unique(np.concatenate((from_end, length - from_end)))
    return leg[0] + at[:, None] / length * (leg[1] - leg[0])


def _without_crumbs(cell: BaseGeometry) -> BaseGeometry:
    parts = [part for part in shapely.get_parts(cell) if part.area > _CRUMB_M2]
    return shapely.union_all(parts)


def _direction_deg(leg: Array) -> float:
    east, north = leg[1] - leg[0]
    return float(np.degrees(np.arctan2(east, north)) % 360.0)
