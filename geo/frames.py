"""One local east-north frame per mission."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import GeoError

Array = NDArray[np.float64]
G = TypeVar("G", bound=BaseGeometry)


@dataclass(frozen=True)
class LocalFrame:
    """East-north metres around a centre: transverse Mercator on WGS 84 with scale 1 on the central meridian.

    Within 50 km of the centre the scale departs from 1 by at most 3.1e-5. Grid north turns away from true
    north by `convergence_deg`, which every bearing here accounts for.

    Parameters
    ----------
    lon_deg, lat_deg : float
        The centre, WGS 84; it has the coordinates (0, 0).
    """

    lon_deg: float
    lat_deg: float

    def __post_init__(self) -> None:
        if not (-180 <= self.lon_deg <= 180 and -89 <= self.lat_deg <= 89):
            raise GeoError(
                f"a frame's centre is longitude, latitude in degrees; received {self.lon_deg}, {self.lat_deg}"
            )

    @classmethod
    def around(cls, bounds_lonlat: tuple[float, float, float, float]) -> "LocalFrame":
        """Make the frame at the centre of (min lon, min lat, max lon, max lat)."""
        west, south, east, north = bounds_lonlat
        return cls(round(float(west + east) / 2, 6), round(float(south + north) / 2, 6))

    @property
    def crs(self) -> pyproj.CRS:
        """The frame as a coordinate reference system, for files that carry one."""
        return pyproj.CRS.from_proj4(
            f"+proj=tmerc +lat_0={self.lat_deg} +lon_0={self.lon_deg} "
            "+k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m"
        )

    def to_enu(self, lonlat: ArrayLike) -> Array:
        """Turn (N, 2) longitudes and latitudes into (N, 2) metres east and north."""
        points = _pairs(lonlat)
        east, north = _projection(self).transform(points[:, 0], points[:, 1])
        return np.column_stack((east, north))

    def to_lonlat(self, enu_m: ArrayLike) -> Array:
        """Turn (N, 2) metres east and north into (N, 2) longitudes and latitudes."""
        points = _pairs(enu_m)
        lon, lat = _projection(self).transform(points[:, 0], points[:, 1], direction="INVERSE")
        return np.column_stack((lon, lat))

    def geometry_to_enu(self, geometry: G) -> G:
        """Project a shapely geometry in longitude and latitude into this frame; heights are dropped."""
        return shapely.transform(geometry, self.to_enu)

    def geometry_to_lonlat(self, geometry: G) -> G:
        """Bring a shapely geometry of this frame back to longitude and latitude."""
        return shapely.transform(geometry, self.to_lonlat)

    def convergence_deg(self, enu_m: ArrayLike) -> Array:
        """Tell how far grid north lies clockwise of true north at (N, 2) points, degrees, shape (N,)."""
        lonlat = self.to_lonlat(enu_m)
        return np.asarray(_proj(self).get_factors(lonlat[:, 0], lonlat[:, 1]).meridian_convergence)

    def distance_m(self, a_m: ArrayLike, b_m: ArrayLike) -> Array:
        """Distances between (N, 2) points of the frame, metres, shape (N,)."""
        return np.linalg.norm(_pairs(b_m) - _pairs(a_m), axis=1)

    def bearing_deg(self, a_m: ArrayLike, b_m: ArrayLike) -> Array:
        """True bearings from `a_m` to `b_m` ((N, 2) each), degrees clockwise from north in [0, 360)."""
        a, b = _pairs(a_m), _pairs(b_m)
        grid = np.degrees(np.arctan2(b[:, 0] - a[:, 0], b[:, 1] - a[:, 1]))
        return (grid + self.convergence_deg(a)) % 360.0


def _pairs(values: ArrayLike) -> Array:
    points = np.asarray(values, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] < 2:
        raise GeoError(f"expected points of shape (N, 2), received an array of shape {points.shape}")
    return points[:, :2]


@lru_cache(maxsize=32)
def _projection(frame: LocalFrame) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs("EPSG:4326", frame.crs, always_xy=True)


@lru_cache(maxsize=32)
def _proj(frame: LocalFrame) -> pyproj.Proj:
    return pyproj.Proj(frame.crs)
