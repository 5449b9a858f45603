"""Where the aircraft may be: plots and ways with their buffers, less what must not be flown over."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geo.frames import LocalFrame
from missions import records
from missions.records import Sortie
from missions.settings import AirspaceSettings
from planner.transit import Airspace

Array = NDArray[np.float64]

_LONLAT_GRID_DEG = 1e-7


@dataclass(frozen=True, eq=False)
class Bounds:
    """What a mission says about where the aircraft may be, metres in its frame.

    Attributes
    ----------
    stated
        The air around plots and sites, and the passages.
    closed
        No-fly areas and obstacles that are too high, without their margin.
    holes
        Holes of plots that are not flown over.
    ways_are_free
        Whether ways may leave the stated air, because no passages are given; what they use is allowed then.
    """

    stated: BaseGeometry
    closed: Sequence[BaseGeometry]
    margin_m: float
    holes: Sequence[Polygon]
    ways_are_free: bool
    corridor_m: float

    @classmethod
    def of(
        cls,
        settings: AirspaceSettings,
        areas: Sequence[BaseGeometry],
        places_m: Sequence[Array],
        passages: Sequence[BaseGeometry],
        closed: Sequence[BaseGeometry],
        holes: Sequence[Polygon],
    ) -> "Bounds":
        """Put them together from what is surveyed, sites (2,), passages, what is closed, and closed holes."""
        corridor = settings.corridor_m
        stated = [
            *(area.buffer(settings.buffer_m) for area in areas),
            *(shapely.Point(place).buffer(corridor) for place in places_m),
            *(way if way.area > 0 else way.buffer(corridor) for way in passages),
        ]
        return cls(
            shapely.union_all(stated),
            closed,
            settings.no_fly_margin_m,
            holes,
            not passages,
            corridor,
        )

    @cached_property
    def keep_out(self) -> BaseGeometry:
        """What is closed, with its margin."""
        return shapely.union_all([area.buffer(self.margin_m) for area in self.closed])

    def airspace(self) -> Airspace:
        """The plane in which ways are looked for."""
        within = None if self.ways_are_free else self.stated
        return Airspace.around(self.closed, self.margin_m, self.holes, within)

    def allowed(self, paths: Sequence[BaseGeometry]) -> BaseGeometry:
        """Where the aircraft may be when it flies these paths."""
        ways = [path.difference(self.stated) for path in paths] if self.ways_are_free else []
        everywhere = shapely.union_all([self.stated, *(way.buffer(self.corridor_m) for way in ways)])
        return everywhere.difference(shapely.union_all([self.keep_out, *self.holes]))

    def record(self, allowed: BaseGeometry, ceiling_agl_m: float, frame: LocalFrame) -> records.Airspace:
        """Write the allowed airspace down for fences and reports."""
        return records.Airspace(
            allowed=_geojson(allowed, frame),
            no_fly=_geojson(self.keep_out, frame),
            ceiling_agl_m=ceiling_agl_m,
        )


def path_of(sortie: Sortie, frame: LocalFrame) -> LineString:
    """A sortie's path seen from above, in metres of the frame."""
    return LineString(frame.to_enu([(point.lon, point.lat) for point in sortie.path]))


def barrier_between_m(airspace: Airspace, a_m: Array, b_m: Array) -> float | None:
    """How thick the barrier is that shuts all of (N, 2) places off from all of (M, 2); None without one."""
    if len(a_m) == 0 or len(b_m) == 0 or airspace.connected(a_m, b_m).any():
        return None
    distance = np.linalg.norm(a_m[:, None] - b_m[None], axis=2)
    a, b = np.unravel_index(int(np.argmin(distance)), distance.shape)
    return airspace.barrier_m(a_m[a], b_m[b])


def free_places(area: BaseGeometry, airspace: Airspace) -> Array:
    """One place (N, 2) in each piece of an area that is not blocked."""
    free = area if airspace.is_free([area])[0] else area.difference(airspace.blocked)
    points = [part.representative_point() for part in shapely.get_parts(free) if part.area > 1.0]
    return shapely.get_coordinates(points) if points else np.empty((0, 2))


def _geojson(geometry: BaseGeometry, frame: LocalFrame) -> dict[str, Any]:
    lonlat = frame.geometry_to_lonlat(geometry)
    return json.loads(shapely.to_geojson(shapely.set_precision(lonlat, _LONLAT_GRID_DEG)))
