"""The height of the ground, and where a line of sight meets it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pyproj
import rasterio
import shapely
from numba import njit
from numpy.typing import ArrayLike, NDArray
from rasterio.errors import RasterioError
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from geo.errors import GeoError
from geo.frames import LocalFrame
from geo.geoid import egm96_undulation

Array = NDArray[np.float64]
Bounds = tuple[float, float, float, float]
Datum = Literal["egm96", "ellipsoid", "unknown"]
Kind = Literal["ground", "surface", "unknown"]

MAX_CELLS = 40_000_000
"""A grid above this is refused with a word about cutting the raster, rather than filling the memory."""


class Grid(NamedTuple):
    """Heights on a regular grid: z[row, col] is at (x0 + col * step, y0 + row * step); row 0 is south."""

    z: Array
    x0: float
    y0: float
    step: float


@dataclass(frozen=True, eq=False)
class Terrain:
    """Heights above mean sea level (EGM96) in one local frame, interpolated bilinearly.

    Parameters
    ----------
    grid : Grid or None
        None for level ground at `level_amsl_m`.
    kind : {"ground", "surface", "unknown"}
        Whether the heights are of the bare ground or of what stands on it.
    """

    grid: Grid | None
    level_amsl_m: float = 0.0
    kind: Kind = "unknown"

    @classmethod
    def flat(cls, alt_amsl_m: float) -> "Terrain":
        """Level ground everywhere."""
        return cls(None, alt_amsl_m, "ground")

    @classmethod
    def from_raster(
        cls,
        path: Path | str,
        frame: LocalFrame,
        bounds_enu: Bounds | None = None,
        datum: Datum = "egm96",
        kind: Kind = "ground",
    ) -> "Terrain":
        """Read any raster GDAL knows and lay it on a regular grid of the frame.

        Parameters
        ----------
        bounds_enu : (west, south, east, north), metres, optional
            Only this part; the whole raster otherwise.
        datum : {"egm96", "ellipsoid", "unknown"}
            What the raster's heights count from. "unknown" is taken as EGM96; whoever asks for it owes the
            reader a wider error.

        Raises
        ------
        GeoError
            When the file is no raster with a coordinate system, or does not reach the bounds.
        """
        z, crs, to_pixel = _read_window(Path(path), frame, bounds_enu)
        return cls(_warp(z, crs, to_pixel, frame, bounds_enu, datum, Path(path)), kind=kind)

    def height_at(self, enu_m: ArrayLike) -> Array:
        """Heights at (N, 2) places, metres AMSL, shape (N,); NaN outside the terrain."""
        points = np.asarray(enu_m, dtype=np.float64)
        if self.grid is None:
            return np.full(len(points), self.level_amsl_m)
        z, x0, y0, step = self.grid
        return _bilinear(z, (points[:, 0] - x0) / step, (points[:, 1] - y0) / step)

    def covers(self, geometry_enu: BaseGeometry) -> bool:
        """Tell whether the terrain has heights all over the geometry."""
        if self.grid is None:
            return True
        z, x0, y0, step = self.grid
        rows, cols = z.shape
        reach = shapely.box(x0, y0, x0 + (cols - 1) * step, y0 + (rows - 1) * step)
        if not reach.covers(geometry_enu):
            return False
        west, south, east, north = geometry_enu.bounds
        row, col = np.nonzero(np.isnan(z))
        holes = np.column_stack((x0 + col * step, y0 + row * step))
        near = holes[
            (holes[:, 0] > west - step)
            & (holes[:, 0] < east + step)
            & (holes[:, 1] > south - step)
            & (holes[:, 1] < north + step)
        ]
        return not bool(np.any(shapely.dwithin(geometry_enu, shapely.points(near), step)))

    def intersect(self, origins: ArrayLike, directions: ArrayLike) -> Array:
        """Find where rays first meet the ground.

        Parameters
        ----------
        origins, directions : (N, 3)
            East, north, up; directions need not be of unit length.

        Returns
        -------
        (N, 3) points on the rays; NaN where a ray misses, leaves the terrain first, or starts below ground.
        """
        o = np.ascontiguousarray(origins, dtype=np.float64)
        d = np.ascontiguousarray(directions, dtype=np.float64)
        if self.grid is None:
            with np.errstate(divide="ignore", invalid="ignore"):
                t = (self.level_amsl_m - o[:, 2]) / d[:, 2]
            t = np.where((d[:, 2] < 0) & (t >= 0) & np.isfinite(d).all(axis=1), t, np.nan)
        else:
            z, x0, y0, step = self.grid
            if np.all(np.isnan(z)):
                return np.full_like(o, np.nan)
            t = _first_hits(z, x0, y0, step, float(np.nanmin(z)), float(np.nanmax(z)), o, d)
        return o + t[:, None] * d

    def normals(self, enu_m: ArrayLike) -> Array:
        """Give (N, 3) unit normals at (N, 2) places, from the slope over two grid steps; NaN outside."""
        points = np.asarray(enu_m, dtype=np.float64)
        if self.grid is None:
            return np.tile([0.0, 0.0, 1.0], (len(points), 1))
        reach = self.grid.step
        east, north = np.array([reach, 0.0]), np.array([0.0, reach])
        slope_e = (self.height_at(points + east) - self.height_at(points - east)) / (2 * reach)
        slope_n = (self.height_at(points + north) - self.height_at(points - north)) / (2 * reach)
        normal = np.column_stack((-slope_e, -slope_n, np.ones(len(points))))
        return normal / np.linalg.norm(normal, axis=1, keepdims=True)


def _read_window(
    path: Path, frame: LocalFrame, bounds_enu: Bounds | None
) -> tuple[Array, pyproj.CRS, rasterio.Affine]:
    try:
        with rasterio.open(path) as source:
            if source.crs is None:
                raise GeoError(f"{path}: the terrain has no coordinate system; assign one (gdal_edit -a_srs)")
            crs = pyproj.CRS.from_wkt(source.crs.to_wkt())
            window = Window.from_slices((0, source.height), (0, source.width))
            if bounds_enu is not None:
                window = _window_over(bounds_enu, frame, crs, source, path)
            if window.width * window.height > MAX_CELLS:
                raise GeoError(
                    f"{path}: {window.width:.0f} x {window.height:.0f} cells are more than {MAX_CELLS:,}; "
                    "cut the terrain to the survey area or make it coarser"
                )
            masked = source.read(1, window=window, masked=True)
            transform = source.window_transform(window)
    except RasterioError as error:
        raise GeoError(f"{path}: expected a raster of ground heights that GDAL can read: {error}") from error
    return masked.astype(np.float64).filled(np.nan), crs, ~transform


def _window_over(
    bounds_enu: Bounds, frame: LocalFrame, crs: pyproj.CRS, source: rasterio.DatasetReader, path: Path
) -> Window:
    """Give the raster's pixels over the bounds, with a border for the interpolation."""
    edge = shapely.segmentize(shapely.box(*bounds_enu), (bounds_enu[2] - bounds_enu[0]) / 8 + 1e-6)
    lonlat = frame.to_lonlat(shapely.get_coordinates(edge))
    x, y = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lonlat[:, 0], lonlat[:, 1])
    col, row = _apply(~source.transform, np.asarray(x), np.asarray(y))
    left, right = max(0, int(np.floor(col.min())) - 2), min(source.width, int(np.ceil(col.max())) + 2)
    top, bottom = max(0, int(np.floor(row.min())) - 2), min(source.height, int(np.ceil(row.max())) + 2)
    if right - left < 2 or bottom - top < 2:
        raise GeoError(f"{path}: the terrain lies elsewhere than the survey area around {frame}")
    return Window.from_slices((top, bottom), (left, right))


def _warp(
    z: Array,
    crs: pyproj.CRS,
    to_pixel: rasterio.Affine,
    frame: LocalFrame,
    bounds_enu: Bounds | None,
    datum: Datum,
    path: Path,
) -> Grid:
    rows, cols = z.shape
    to_lonlat = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    border_c = np.concatenate((np.arange(cols), np.arange(cols), np.zeros(rows), np.full(rows, cols - 1)))
    border_r = np.concatenate((np.zeros(cols), np.full(cols, rows - 1), np.arange(rows), np.arange(rows)))
    x, y = _apply(~to_pixel, border_c + 0.5, border_r + 0.5)
    border = frame.to_enu(np.column_stack(to_lonlat.transform(x, y)))
    if not np.all(np.isfinite(border)):
        raise GeoError(f"{path}: the terrain reaches too far from the survey area; cut it to the area")
    low, high = border.min(axis=0), border.max(axis=0)
    step = float(np.sqrt(np.prod(high - low) / max(1, (rows - 1) * (cols - 1))))
    if bounds_enu is not None:
        low = np.maximum(low, np.array(bounds_enu[:2]) - step)
        high = np.minimum(high, np.array(bounds_enu[2:]) + step)
    shape = np.maximum(np.ceil((high - low) / step).astype(int) + 1, 2)
    xs, ys = low[0] + step * np.arange(shape[0]), low[1] + step * np.arange(shape[1])
    places = np.column_stack([axis.ravel() for axis in np.meshgrid(xs, ys)])
    lonlat = frame.to_lonlat(places)
    x, y = to_lonlat.transform(lonlat[:, 0], lonlat[:, 1], direction="INVERSE")
    col, row = _apply(to_pixel, np.asarray(x), np.asarray(y))
    heights = _bilinear(z, _snapped(col - 0.5, cols), _snapped(row - 0.5, rows))
    if datum == "ellipsoid":
        heights = heights - egm96_undulation(lonlat)
    return Grid(heights.reshape(shape[1], shape[0]), float(low[0]), float(low[1]), step)


def _apply(affine: rasterio.Affine, x: Array, y: Array) -> tuple[Array, Array]:
    return affine.a * x + affine.b * y + affine.c, affine.d * x + affine.e * y + affine.f


def _snapped(index: Array, count: int) -> Array:
    """Keep grid points that rounding pushed a hair over the border on it."""
    return np.where((index > -1e-3) & (index < count - 1 + 1e-3), np.clip(index, 0, count - 1), index)


@njit(cache=True, nogil=True)
def _bilinear(z: Array, col: Array, row: Array) -> Array:
    rows, cols = z.shape
    height = np.full(col.shape[0], np.nan)
    for i in range(col.shape[0]):
        c, r = col[i], row[i]
        if 0.0 <= c <= cols - 1.0 and 0.0 <= r <= rows - 1.0:
            c0, r0 = min(int(c), cols - 2), min(int(r), rows - 2)
            u, v = c - c0, r - r0
            height[i] = (1 - v) * ((1 - u) * z[r0, c0] + u * z[r0, c0 + 1]) + v * (
                (1 - u) * z[r0 + 1, c0] + u * z[r0 + 1, c0 + 1]
            )
    return height


@njit(cache=True, nogil=True)
def _first_hits(
    z: Array,
    x0: float,
    y0: float,
    step: float,
    lowest: float,
    highest: float,
    origins: Array,
    directions: Array,
) -> Array:
    """Distances to the rays' first hits, in lengths of their directions; NaN where there is none."""
    hits = np.empty(origins.shape[0])
    for i in range(origins.shape[0]):
        hits[i] = first_hit(z, x0, y0, step, lowest, highest, origins[i], directions[i])
    return hits


@njit(cache=True, nogil=True)
def first_hit(
    z: Array,
    x0: float,
    y0: float,
    step: float,
    lowest: float,
    highest: float,
    origin: Array,
    direction: Array,
) -> float:
    """Distance to one ray's first hit, in lengths of its direction; NaN where there is none.

    Parameters
    ----------
    z, x0, y0, step
        As in `Grid`.
    lowest, highest : float
        Heights between which all of `z` lies.
    origin, direction : (3,)
    """
    oc, orow, oz = (origin[0] - x0) / step, (origin[1] - y0) / step, origin[2]
    dc, dr, dz = direction[0] / step, direction[1] / step, direction[2]
    if not np.isfinite(oc + orow + oz + dc + dr + dz):
        return np.nan
    start, end = _between(oz, dz, lowest, highest)
    start, end = max(start, 0.0), max(end, 0.0)
    col_in, col_out = _between(oc, dc, 0.0, z.shape[1] - 1.0)
    row_in, row_out = _between(orow, dr, 0.0, z.shape[0] - 1.0)
    start, end = max(start, col_in, row_in), min(end, col_out, row_out)
    if start <= end < np.inf:
        return _walk(z, oc, orow, oz, dc, dr, dz, start, end)
    return np.nan


@njit(cache=True, nogil=True)
def _between(origin: float, speed: float, low: float, high: float) -> tuple[float, float]:
    """Give when a ray enters and leaves low..high on one axis; infinity first if it never does.

    A hair of room at both ends keeps rounding from losing rays along the very edge.
    """
    room = 1e-9 * (1.0 + abs(low) + abs(high))
    low, high = low - room, high + room
    if speed == 0.0:
        return (-np.inf, np.inf) if low <= origin <= high else (np.inf, -np.inf)
    a, b = (low - origin) / speed, (high - origin) / speed
    return min(a, b), max(a, b)


@njit(cache=True, nogil=True)
def _walk(
    z: Array, oc: float, orow: float, oz: float, dc: float, dr: float, dz: float, start: float, end: float
) -> float:
    """Follow a ray from cell to cell (Amanatides and Woo 1987).

    Inside a cell the ground is bilinear, so the height of the ray above it is a quadratic of the distance:
    its first root is exact, and no ridge or wall is thin enough to be stepped over.
    """
    rows, cols = z.shape
    c = min(max(int(np.floor(oc + start * dc)), 0), cols - 2)
    r = min(max(int(np.floor(orow + start * dr)), 0), rows - 2)
    t = start
    while True:
        next_c = ((c + 1 if dc > 0 else c) - oc) / dc if dc != 0.0 else np.inf
        next_r = ((r + 1 if dr > 0 else r) - orow) / dr if dr != 0.0 else np.inf
        out = max(t, min(next_c, next_r, end))
        first = _above(z, c, r, oc + t * dc, orow + t * dr, oz + t * dz)
        if first < -1e-6:  # starts below ground, or comes from where no height is known
            return np.nan
        middle = 0.5 * (t + out)
        half = _above(z, c, r, oc + middle * dc, orow + middle * dr, oz + middle * dz)
        last = _above(z, c, r, oc + out * dc, orow + out * dr, oz + out * dz)
        share = _first_root(first, half, last)
        if not np.isnan(share):
            return t + share * (out - t)
        if out >= end:
            return np.nan
        if next_c <= next_r:
            c += 1 if dc > 0 else -1
        else:
            r += 1 if dr > 0 else -1
        if not (0 <= c <= cols - 2 and 0 <= r <= rows - 2):
            return np.nan
        t = out


@njit(cache=True, nogil=True)
def _above(z: Array, c: int, r: int, col: float, row: float, height: float) -> float:
    """Height above the ground of one cell; NaN where one of its corners is unknown."""
    u, v = col - c, row - r
    south = (1 - u) * z[r, c] + u * z[r, c + 1]
    north = (1 - u) * z[r + 1, c] + u * z[r + 1, c + 1]
    return height - ((1 - v) * south + v * north)


@njit(cache=True, nogil=True)
def _first_root(first: float, half: float, last: float) -> float:
    """First root in 0..1 of the quadratic with these values at 0, 0.5 and 1; NaN without one."""
    if first <= 0.0:
        return 0.0
    a = 2.0 * (first + last - 2.0 * half)
    b = last - first - a
    inside = b * b - 4.0 * a * first
    if inside >= 0.0:
        q = -0.5 * (b + np.copysign(np.sqrt(inside), b))
        near, far = (first / q if q != 0.0 else np.inf), (q / a if a != 0.0 else np.inf)
        low, high = min(near, far), max(near, far)
        if 0.0 <= low <= 1.0:
            return low
        if 0.0 <= high <= 1.0:
            return high
    return 1.0 if last <= 0.0 else np.nan
