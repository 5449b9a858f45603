"""Which cells of the ground the photos show, how often, how finely, and how surely."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.coverage import CoverageGrid
from geo.view import horizontal_error_m
from missions import Ground
from missions.engine import map_ordered
from missions.progress import Progress, silent
from missions.records import photo_view

PhotoRow = Mapping[str, object]

_BATCH = 500  # the ground travels to a worker once for so many photos
_SAMPLES_PER_SIDE = 5


@dataclass(frozen=True, eq=False)
class Reach:
    """What one photo shows of the ground.

    Attributes
    ----------
    photo : str
    footprint_enu : shapely geometry
        Outline in the local frame; empty where the photo's border misses the ground.
    cautious_enu : shapely geometry
        The footprint without a rim as wide as the largest standard error (root mean square, horizontal) of
        any point of its border: what stays inside however a footprint that is off by that much may lie.
    gsd_surface : (6,) float
        Coefficients of 1, e, n, e*e, e*n, n*n, which give the GSD in cm at the place (e, n) metres from the
        footprint's centroid: least squares over a grid of pixels.
    gsd_cm : (2,) float
        Least and largest GSD over that grid.
    """

    photo: str
    footprint_enu: BaseGeometry
    cautious_enu: BaseGeometry
    gsd_surface: NDArray[np.float64]
    gsd_cm: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Seen:
    """The ground as the photos saw it, on one grid of the local frame (row 0 in the south).

    Attributes
    ----------
    nominal : CoverageGrid
        Counts the photos whose footprint holds a cell's centre.
    cautious : CoverageGrid
        The same with the cautious footprints of `Reach`.
    gsd_cm : (rows, cols) float32
        The finest GSD any photo has there; NaN where none sees the cell.
    """

    nominal: CoverageGrid
    cautious: CoverageGrid
    gsd_cm: NDArray[np.float32]


def reaches(
    rows: Sequence[PhotoRow], ground: Ground, *, workers: int | None = None, progress: Progress = silent
) -> list[Reach]:
    """Work out what each photo shows.

    Parameters
    ----------
    rows : sequence of mappings
        Rows of the photos table (`missions.records.PHOTOS`).
    ground : Ground
        Its standard error of height is added to each photo's own.
    workers : int, optional
        Processes for more than a few hundred photos.
    progress : callable
        Called with photos done and in all.
    """
    batches = [rows[first : first + _BATCH] for first in range(0, len(rows), _BATCH)]
    found = map_ordered(
        partial(_reaches_of_batch, ground=ground),
        batches,
        workers=workers,
        progress=lambda done, total: progress(min(done * _BATCH, len(rows)), len(rows)),
    )
    return [reach for batch in found for reach in batch]


def see(reached: Iterable[Reach], bounds_enu: tuple[float, float, float, float], cell_m: float) -> Seen:
    """Lay the photos on a grid over (west, south, east, north), metres in the local frame."""
    nominal, cautious = CoverageGrid.over(bounds_enu, cell_m), CoverageGrid.over(bounds_enu, cell_m)
    gsd_cm = np.full(nominal.count.shape, np.nan, dtype=np.float32)
    for reach in reached:
        nominal.add(reach.footprint_enu)
        cautious.add(reach.cautious_enu)
        _add_gsd(gsd_cm, nominal, reach)
    return Seen(nominal, cautious, gsd_cm)


def _reaches_of_batch(rows: Sequence[PhotoRow], ground: Ground) -> list[Reach]:
    return [_reach(row, ground) for row in rows]


def _reach(row: PhotoRow, ground: Ground) -> Reach:
    view = photo_view(row, ground.frame, ground.terrain)
    border_px = view.camera.corners_px(8)
    footprint = view.footprint()
    if footprint.is_empty or not footprint.is_valid:
        return Reach(str(row["photo"]), shapely.Polygon(), shapely.Polygon(), np.zeros(6), (np.nan, np.nan))
    error_m = horizontal_error_m(
        view,
        border_px,
        _number(row, "se_xy_m"),
        float(np.hypot(_number(row, "se_alt_m"), ground.se_alt_m)),
        _number(row, "se_tilt_deg"),
        _number(row, "se_yaw_deg"),
    )
    # A border point without an error (the terrain ends there) must not pass for a sure one.
    rim_m = np.inf if np.any(np.isnan(error_m)) else float(np.max(error_m))
    cautious = footprint.buffer(-rim_m) if np.isfinite(rim_m) else shapely.Polygon()
    share = np.linspace(0.02, 0.98, _SAMPLES_PER_SIDE)
    size = view.camera.width_px - 1, view.camera.height_px - 1
    px = np.column_stack([axis.ravel() for axis in np.meshgrid(share * size[0], share * size[1])])
    places, gsd = view.ground_points(px)[:, :2], view.gsd_cm(px)
    known = np.isfinite(gsd)
    centre = np.array([footprint.centroid.x, footprint.centroid.y])
    surface = np.asarray(
        np.linalg.lstsq(_terms(places[known] - centre), gsd[known], rcond=None)[0], dtype=np.float64
    )
    return Reach(
        str(row["photo"]), footprint, cautious, surface, (float(gsd[known].min()), float(gsd[known].max()))
    )


def _number(row: PhotoRow, name: str) -> float:
    return float(str(row[name]))


def _terms(places: NDArray[np.float64]) -> NDArray[np.float64]:
    e, n = places[:, 0], places[:, 1]
    return np.column_stack((np.ones_like(e), e, n, e * e, e * n, n * n))


def _add_gsd(gsd_cm: NDArray[np.float32], grid: CoverageGrid, reach: Reach) -> None:
    """Keep the finer GSD in every cell of the grid that the footprint holds."""
    if reach.footprint_enu.is_empty:
        return
    # A patch starts on a multiple of the cell size, so its cells are cells of the grid.
    patch = CoverageGrid.over(reach.footprint_enu.bounds, grid.cell_m)
    patch.add(reach.footprint_enu)
    row0 = round((patch.y0 - grid.y0) / grid.cell_m)
    col0 = round((patch.x0 - grid.x0) / grid.cell_m)
    rows, cols = patch.count.shape
    top, left = max(0, -row0), max(0, -col0)
    bottom, right = min(rows, gsd_cm.shape[0] - row0), min(cols, gsd_cm.shape[1] - col0)
    if bottom <= top or right <= left:
        return
    inside = patch.count[top:bottom, left:right] > 0
    centre = reach.footprint_enu.centroid
    places = patch.cell_centres().reshape(rows, cols, 2)[top:bottom, left:right][inside]
    values = np.clip(_terms(places - [centre.x, centre.y]) @ reach.gsd_surface, *reach.gsd_cm)
    target = gsd_cm[row0 + top : row0 + bottom, col0 + left : col0 + right]
    target[inside] = np.fmin(target[inside], values.astype(np.float32))
