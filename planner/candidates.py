"""Take-off sites to choose from where a mission names none: places at the borders of plots."""

from collections.abc import Mapping

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.terrain import Terrain
from missions.errors import PlanError
from planner.flights import Base
from planner.transit import Airspace

Array = NDArray[np.float64]

_APART_M = 2_000.0
_MOST = 30


def candidate_bases(areas: Mapping[str, BaseGeometry], airspace: Airspace, terrain: Terrain) -> list[Base]:
    """Propose allowed places at the borders of plots, spread over all of them.

    The first is on the border of the first plot that has an allowed place there, as near to the middle of all
    plots as can be; each further one is at the plot that is farthest from those before (Gonzalez 1985), until
    every plot has one within 2 km.

    Raises
    ------
    PlanError
        When no place at the border of any plot is allowed.
    """
    middle = np.array(shapely.GeometryCollection(list(areas.values())).centroid.coords[0])
    places = ((name, _place_beside(area, middle, airspace)) for name, area in areas.items())
    name, first = next(((name, place) for name, place in places if place is not None), (None, None))
    if name is None or first is None:
        raise PlanError(
            f"no take-off site is given, and no place at the border of {', '.join(areas)} is outside the "
            "no-fly areas; name one under [[sites]]"
        )
    centres = {name: np.array(area.centroid.coords[0]) for name, area in areas.items()}
    found = {name: first}
    distance = {plot: float(np.linalg.norm(centre - first)) for plot, centre in centres.items()}
    while len(found) < _MOST and (farthest := max(distance, key=lambda plot: distance[plot])):
        if distance[farthest] <= _APART_M:
            break
        place = _place_beside(areas[farthest], middle, airspace)
        reached = centres[farthest] if place is None else place
        if place is not None:
            found[farthest] = place
        for plot, centre in centres.items():
            distance[plot] = min(distance[plot], float(np.linalg.norm(centre - reached)))
        distance[farthest] = 0.0
    return [
        Base(f"edge of {plot}", place, float(terrain.height_at([place])[0])) for plot, place in found.items()
    ]


def _place_beside(area: BaseGeometry, middle_m: Array, airspace: Airspace) -> Array | None:
    """The allowed place on an area's border that is nearest to a point; None where none is allowed."""
    border = shapely.get_coordinates(shapely.segmentize(area.boundary, 10.0))
    border = border[airspace.is_free(np.asarray(shapely.points(border), dtype=object))]
    if len(border) == 0:
        return None
    return border[int(np.argmin(np.linalg.norm(border - middle_m, axis=1)))]
