"""What many posed photos show of the ground, cell by cell, in a small fraction of a millisecond a photo.

A photo is a frustum of four planes through the eye. A place of the ground is in the photo when it lies on the
inner side of all four; it stays in it wherever the eye is displaced level by up to a margin when it lies
inside each by the margin times the level part of the plane's normal. So no outline has to be traced.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.camera import Camera
from geo.frames import LocalFrame
from geo.pose import Pose
from geo.terrain import Grid, Terrain, first_hit

Array = NDArray[np.float64]
Bounds = tuple[float, float, float, float]

_BORDER_POINTS = 8
_LEVEL = -0.02
"""A corner ray that sinks less than this for each metre of its way is taken to reach everywhere."""
_TOUCH_M = 0.01
"""Ground that a line of sight meets nearer than this before the cell is the cell itself."""


class Frusta(NamedTuple):
    """Photos as frusta in the local frame: grid east, grid north, AMSL.

    Attributes
    ----------
    eyes : (N, 3)
    sides : (N, 4, 3)
        Normals of the planes through the eye, pointing inwards. For a lens with distortion they bound an
        upright rectangle inside the photo.
    axes : (N, 3)
        Unit vectors along the optical axes.
    corners : (N, 4, 3)
        Unit vectors along the edges between the planes.
    focal_px : float
    """

    eyes: Array
    sides: Array
    axes: Array
    corners: Array
    focal_px: float

    @classmethod
    def of(cls, camera: Camera, poses: Sequence[Pose], frame: LocalFrame) -> "Frusta":
        """Make the frusta of photos by one camera."""
        eyes = np.array([pose.position for pose in poses]).reshape(-1, 3)
        rotations = _to_grid(eyes, frame) @ np.array([pose.rotation() for pose in poses]).reshape(-1, 3, 3)
        left, top, right, bottom = _rectangle(camera)
        sides = np.array([[1.0, 0.0, -left], [0.0, 1.0, -top], [-1.0, 0.0, right], [0.0, -1.0, bottom]])
        corners = np.array([[left, top, 1.0], [right, top, 1.0], [right, bottom, 1.0], [left, bottom, 1.0]])
        corners /= np.linalg.norm(corners, axis=1, keepdims=True)
        return cls(
            eyes,
            np.einsum("nij,kj->nki", rotations, sides),
            np.ascontiguousarray(rotations[:, :, 2]),
            np.einsum("nij,kj->nki", rotations, corners),
            float(np.sqrt(camera.fx_px * camera.fy_px)),
        )

    def near(self, bounds_enu: Bounds, lowest_amsl_m: float) -> "Frusta":
        """Those that may show ground above a height within (west, south, east, north), in order."""
        sinks = -self.corners[:, :, 2].max(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.where(sinks > -_LEVEL, np.sqrt(1.0 - sinks**2) / sinks, np.inf)
            reach = reach * np.maximum(self.eyes[:, 2] - lowest_amsl_m, 0.0)
        low, high = np.array(bounds_enu[:2]), np.array(bounds_enu[2:])
        away = np.maximum(np.maximum(low - self.eyes[:, :2], self.eyes[:, :2] - high), 0.0)
        chosen = np.hypot(away[:, 0], away[:, 1]) <= reach
        return Frusta(
            self.eyes[chosen], self.sides[chosen], self.axes[chosen], self.corners[chosen], self.focal_px
        )


class Cells(NamedTuple):
    """Square cells of the local frame to be looked at; row 0 is the southernmost.

    Attributes
    ----------
    west_m, south_m : float
        Outer corner of the first cell.
    size_m : float
    wanted : (rows, cols) bool
        Cells that are looked at; the others stay unseen.
    """

    west_m: float
    south_m: float
    size_m: float
    wanted: NDArray[np.bool_]

    @property
    def bounds_enu(self) -> Bounds:
        """West, south, east and north."""
        rows, cols = self.wanted.shape
        return (
            self.west_m,
            self.south_m,
            self.west_m + cols * self.size_m,
            self.south_m + rows * self.size_m,
        )


class Sight(NamedTuple):
    """What photos show of cells; each array (rows, cols).

    Attributes
    ----------
    photos : uint16
        Photos that show the cell's centre.
    gsd_cm : float32
        Finest GSD of the photos that show the centre wherever each is displaced by up to the margin; infinite
        where there is none.
    whole : bool
        Whether one photo, displaced likewise, shows all of the cell.
    """

    photos: NDArray[np.uint16]
    gsd_cm: NDArray[np.float32]
    whole: NDArray[np.bool_]


def sight(cells: Cells, frusta: Frusta, terrain: Terrain, margin_m: float) -> Sight:
    """Look at cells of the ground through all photos.

    Lines of sight that a slope of the terrain may interrupt are followed to the ground. The GSD is the root
    of the area of one pixel on the slope: with the depth z of the place along the optical axis and the
    distance d of the eye from the plane that touches the ground there, sqrt(z^3 / d) / f (a surface element
    under a pinhole: Horn, Robot Vision, 1986, ch. 10).

    Parameters
    ----------
    margin_m : float
        Level displacement of the photos that is allowed for.
    """
    shape = cells.wanted.shape
    found = Sight(np.zeros(shape, np.uint16), np.full(shape, np.inf, np.float32), np.zeros(shape, np.bool_))
    z = _heights(cells, terrain)
    if not cells.wanted.any() or np.isnan(z).all():
        return found
    lowest, highest = float(np.nanmin(z)), float(np.nanmax(z))
    close = frusta.near(cells.bounds_enu, lowest)
    if len(close.eyes):
        grid = terrain.grid or Grid(np.full((2, 2), terrain.level_amsl_m), 0.0, 0.0, 1.0)
        steepest = _steepest(grid, cells.bounds_enu, close.eyes)
        _look(cells, z, lowest, highest, close, margin_m, grid, steepest, found)
    return found


def _to_grid(eyes: Array, frame: LocalFrame) -> Array:
    """Turns (N, 3, 3) from true to grid north."""
    turns = np.radians(frame.convergence_deg(eyes)) if len(eyes) else np.empty(0)
    c, s, zero = np.cos(turns), np.sin(turns), np.zeros_like(turns)
    return np.stack((c, -s, zero, s, c, zero, zero, zero, zero + 1.0), axis=1).reshape(-1, 3, 3)


def _rectangle(camera: Camera) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the photo at depth 1, inside a border that a lens may bend."""
    border = camera.rays(camera.corners_px(_BORDER_POINTS))
    x, y = border[:, 0] / border[:, 2], border[:, 1] / border[:, 2]
    numbers = np.arange(len(border))
    top, right, bottom, left = (
        np.take(numbers, np.arange(side, side + _BORDER_POINTS + 1), mode="wrap")
        for side in range(0, len(border), _BORDER_POINTS)
    )
    return float(x[left].max()), float(y[top].max()), float(x[right].min()), float(y[bottom].min())


def _heights(cells: Cells, terrain: Terrain) -> Array:
    """Ground at the cells' centres, and at one more cell on each side for the slope."""
    rows, cols = cells.wanted.shape
    east = cells.west_m + (np.arange(-1, cols + 1) + 0.5) * cells.size_m
    north = cells.south_m + (np.arange(-1, rows + 1) + 0.5) * cells.size_m
    places = np.column_stack([axis.ravel() for axis in np.meshgrid(east, north)])
    return terrain.height_at(places).reshape(rows + 2, cols + 2)


def _steepest(grid: Grid, bounds_enu: Bounds, eyes: Array) -> float:
    """Bound of the slopes of the terrain between eyes and cells."""
    low = np.minimum(bounds_enu[:2], eyes[:, :2].min(axis=0))
    high = np.maximum(bounds_enu[2:], eyes[:, :2].max(axis=0))
    corner = np.array([grid.x0, grid.y0])
    left, bottom = np.maximum(np.floor((low - corner) / grid.step).astype(int) - 1, 0)
    right, top = np.maximum(np.ceil((high - corner) / grid.step).astype(int) + 2, 0)
    part = grid.z[bottom:top, left:right]
    # The slope of a bilinear cell is a mean of the slopes of its edges.
    steps = [np.abs(np.diff(part, axis=axis)) for axis in (0, 1)]
    return float(np.hypot(*(np.max(step, initial=0.0, where=~np.isnan(step)) for step in steps))) / grid.step


@njit(cache=True, nogil=True)
def _look(
    cells: Cells,
    z: Array,
    lowest: float,
    highest: float,
    frusta: Frusta,
    margin: float,
    grid: Grid,
    steepest: float,
    found: Sight,
) -> None:
    cell = cells.size_m
    inner, half, inside, ray = np.empty(4), np.empty(4), np.empty(4), np.empty(3)
    for k in range(frusta.eyes.shape[0]):
        eye, axis, n = frusta.eyes[k], frusta.axes[k], frusta.sides[k]
        for side in range(4):
            inner[side] = margin * np.hypot(n[side, 0], n[side, 1])
            half[side] = 0.5 * cell * (abs(n[side, 0]) + abs(n[side, 1]))
        first_row, last_row, first_col, last_col = _window(cells, lowest, highest, eye, frusta.corners[k])
        for row in range(first_row, last_row):
            ray[1] = cells.south_m + (row + 0.5) * cell - eye[1]
            for col in range(first_col, last_col):
                if not cells.wanted[row, col]:
                    continue
                ray[0] = cells.west_m + (col + 0.5) * cell - eye[0]
                ray[2] = z[row + 1, col + 1] - eye[2]
                for side in range(4):
                    inside[side] = n[side, 0] * ray[0] + n[side, 1] * ray[1] + n[side, 2] * ray[2]
                depth = axis[0] * ray[0] + axis[1] * ray[1] + axis[2] * ray[2]
                if not (depth > 0.0 and min(inside[0], inside[1], inside[2], inside[3]) >= 0.0):
                    continue
                slope_e = (z[row + 1, col + 2] - z[row + 1, col]) / (2.0 * cell)
                slope_n = (z[row + 2, col + 1] - z[row, col + 1]) / (2.0 * cell)
                # Distance of the eye from the plane that touches the ground; below it the slope faces away.
                off = (slope_e * ray[0] + slope_n * ray[1] - ray[2]) / np.sqrt(1.0 + slope_e**2 + slope_n**2)
                if not off > 0.0 or _hidden(ray, eye, grid, steepest):
                    continue
                found.photos[row, col] += 1
                rise = 0.5 * cell * (abs(slope_e) + abs(slope_n))
                surely, wholly = True, True
                for side in range(4):
                    room = inside[side] - inner[side]
                    surely = surely and room >= 0.0
                    wholly = wholly and room >= half[side] + rise * abs(n[side, 2])
                if surely:
                    gsd_cm = 100.0 * np.sqrt(depth * depth * depth / off) / frusta.focal_px
                    found.gsd_cm[row, col] = min(found.gsd_cm[row, col], gsd_cm)
                    found.whole[row, col] = found.whole[row, col] or wholly


@njit(cache=True, nogil=True)
def _window(
    cells: Cells, lowest: float, highest: float, eye: Array, corners: Array
) -> tuple[int, int, int, int]:
    """Rows and columns that ground between two heights can have in a photo."""
    rows, cols = cells.wanted.shape
    if eye[2] <= lowest:
        return 0, 0, 0, 0
    low_e, high_e, low_n, high_n = np.inf, -np.inf, np.inf, -np.inf
    for k in range(4):
        if corners[k, 2] > _LEVEL:
            return 0, rows, 0, cols
        for level in (lowest, min(highest, eye[2])):
            far = (level - eye[2]) / corners[k, 2]
            east, north = eye[0] + far * corners[k, 0], eye[1] + far * corners[k, 1]
            low_e, high_e = min(low_e, east), max(high_e, east)
            low_n, high_n = min(low_n, north), max(high_n, north)
    return (
        max(0, int(np.floor((low_n - cells.south_m) / cells.size_m))),
        min(rows, int(np.ceil((high_n - cells.south_m) / cells.size_m))),
        max(0, int(np.floor((low_e - cells.west_m) / cells.size_m))),
        min(cols, int(np.ceil((high_e - cells.west_m) / cells.size_m))),
    )


@njit(cache=True, nogil=True)
def _hidden(ray: Array, eye: Array, grid: Grid, steepest: float) -> bool:
    """Whether ground lies in the way of a sight line; none does where it falls steeper than all slopes."""
    level = np.hypot(ray[0], ray[1])
    if level * steepest <= -ray[2]:
        return False
    hit = first_hit(grid.z, grid.x0, grid.y0, grid.step, eye[2] + ray[2], eye[2], eye, ray)
    return (1.0 - hit) * np.sqrt(level**2 + ray[2] ** 2) > _TOUCH_M
