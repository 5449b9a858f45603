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
            t = np.where((d[:, 2] < 0) & (t >= 0), t, np.nan)
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


def _bilinear(z: Array, col: Array, row: Array) -> Array:
    rows, cols = z.shape
    inside = (col >= 0) & (row >= 0) & (col <= cols - 1) & (row <= rows - 1)
    c = np.clip(np.where(inside, col, 0), 0, cols - 1)
    r = np.clip(np.where(inside, row, 0), 0, rows - 1)
    c0, r0 = np.minimum(c.astype(int), cols - 2), np.minimum(r.astype(int), rows - 2)
    u, v = c - c0, r - r0
    height = (1 - v) * ((1 - u) * z[r0, c0] + u * z[r0, c0 + 1]) + v * (
        (1 - u) * z[r0 + 1, c0] + u * z[r0 + 1, c0 + 1]
    )
    return np.where(inside, height, np.nan)


@njit(cache=True, nogil=True)
def _height(z: Array, col: float, row: float) -> float:
    rows, cols = z.shape
    if not (col >= 0.0 and row >= 0.0 and col <= cols - 1.0 and row <= rows - 1.0):
        return np.nan
    c0, r0 = min(int(col), cols - 2), min(int(row), rows - 2)
    u, v = col - c0, row - r0
    return (1 - v) * ((1 - u) * z[r0, c0] + u * z[r0, c0 + 1]) + v * (
        (1 - u) * z[r0 + 1, c0] + u * z[r0 + 1, c0 + 1]
    )


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
    """March each ray at half a grid step sideways from the highest height down, then bisect."""
    count = origins.shape[0]
    hits = np.full(count, np.nan)
    for i in range(count):
        oc, orow, oz = (origins[i, 0] - x0) / step, (origins[i, 1] - y0) / step, origins[i, 2]
        dc, dr, dz = directions[i, 0] / step, directions[i, 1] / step, directions[i, 2]
        sideways = np.sqrt(dc * dc + dr * dr)
        if not (dz < 0 or sideways > 0):  # NaN directions end here too
            continue
        start = max(0.0, (highest - oz) / dz) if dz < 0 else 0.0
        end = (lowest - oz) / dz if dz < 0 else (z.shape[0] + z.shape[1]) / sideways
        if end < 0:
            continue
        end = end + 1e-9 * (1.0 + abs(end))
        stride = end - start + 1e-9
        if sideways > 0:
            stride = min(stride, 0.5 / sideways)
        before, t = start, start
        gap = oz + t * dz - _height(z, oc + t * dc, orow + t * dr)
        if gap < 0:  # below ground at the start
            if start > 0 and gap > -1e-6:
                hits[i] = start
            continue
        while t < end:
            before, t = t, min(t + stride, end)
            next_gap = oz + t * dz - _height(z, oc + t * dc, orow + t * dr)
            if next_gap <= 0:
                if not np.isnan(gap):
                    hits[i] = _bisect(z, oc, orow, oz, dc, dr, dz, before, t)
                break
            gap = next_gap
    return hits


@njit(cache=True, nogil=True)
def _bisect(
    z: Array, oc: float, orow: float, oz: float, dc: float, dr: float, dz: float, above: float, below: float
) -> float:
    for _ in range(60):
        middle = 0.5 * (above + below)
        if middle in (above, below):
            break
        if oz + middle * dz - _height(z, oc + middle * dc, orow + middle * dr) > 0:
            above = middle
        else:
            below = middle
    return 0.5 * (above + below)
