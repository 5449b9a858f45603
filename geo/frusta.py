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
_BLOCK = 8
"""Cells are looked at in blocks of so many by so many, each passed over at once where a photo misses it."""
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
    close = frusta.near(cells.bounds_enu, float(np.nanmin(z)))
    if len(close.eyes):
        grid = terrain.grid or Grid(np.full((2, 2), terrain.level_amsl_m), 0.0, 0.0, 1.0)
        steepest = _steepest(grid, cells.bounds_enu, close.eyes)
        _look(cells, z, close, margin_m, grid, steepest, found)
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
    cells: Cells, z: Array, frusta: Frusta, margin: float, grid: Grid, steepest: float, found: Sight
) -> None:
    lows, highs = _blocks(cells.wanted, z)
    lowest, highest = lows.min(), highs.max()
    inner, half = np.empty(4), np.empty(4)
    for k in range(frusta.eyes.shape[0]):
        eye, n = frusta.eyes[k], frusta.sides[k]
        for side in range(4):
            inner[side] = margin * np.hypot(n[side, 0], n[side, 1])
            half[side] = 0.5 * cells.size_m * (abs(n[side, 0]) + abs(n[side, 1]))
        first_row, last_row, first_col, last_col = _window(cells, lowest, highest, eye, frusta.corners[k])
        for top in range(first_row // _BLOCK, -(-last_row // _BLOCK)):
            for left in range(first_col // _BLOCK, -(-last_col // _BLOCK)):
                if _may_be_shown(cells, top, left, lows[top, left], highs[top, left], eye, n):
                    _look_at(cells, z, top, left, frusta, k, inner, half, grid, steepest, found)


@njit(cache=True, nogil=True)
def _look_at(
    cells: Cells,
    z: Array,
    top: int,
    left: int,
    frusta: Frusta,
    k: int,
    inner: Array,
    half: Array,
    grid: Grid,
    steepest: float,
    found: Sight,
) -> None:
    """Look at one block of cells through photo k; arrays out of tuples first, which costs time in a loop."""
    eye, axis, n, focal_px = frusta.eyes[k], frusta.axes[k], frusta.sides[k], frusta.focal_px
    wanted, cell = cells.wanted, cells.size_m
    photos, finest, whole = found.photos, found.gsd_cm, found.whole
    rows, cols = wanted.shape
    for row in range(top * _BLOCK, min(rows, (top + 1) * _BLOCK)):
        north = cells.south_m + (row + 0.5) * cell - eye[1]
        for col in range(left * _BLOCK, min(cols, (left + 1) * _BLOCK)):
            east = cells.west_m + (col + 0.5) * cell - eye[0]
            up = z[row + 1, col + 1] - eye[2]
            depth = axis[0] * east + axis[1] * north + axis[2] * up
            room, sure_room, whole_room = np.inf, np.inf, np.inf
            slope_e = (z[row + 1, col + 2] - z[row + 1, col]) / (2.0 * cell)
            slope_n = (z[row + 2, col + 1] - z[row, col + 1]) / (2.0 * cell)
            rise = 0.5 * cell * (abs(slope_e) + abs(slope_n))
            for side in range(4):
                inside = n[side, 0] * east + n[side, 1] * north + n[side, 2] * up
                room = min(room, inside)
                sure_room = min(sure_room, inside - inner[side])
                whole_room = min(whole_room, inside - inner[side] - half[side] - rise * abs(n[side, 2]))
            if not (wanted[row, col] and depth > 0.0 and room >= 0.0):
                continue
            # Distance of the eye from the plane that touches the ground; below it the slope faces away.
            off = (slope_e * east + slope_n * north - up) / np.sqrt(1.0 + slope_e**2 + slope_n**2)
            if not off > 0.0:
                continue
            # Nothing can stand in the way of a sight line that falls steeper than all slopes.
            shallow = steepest * steepest * (east * east + north * north) >= up * up
            if shallow and _hidden(east, north, up, eye, grid):
                continue
            photos[row, col] += 1
            if sure_room >= 0.0:
                gsd_cm = 100.0 * np.sqrt(depth * depth * depth / off) / focal_px
                finest[row, col] = min(finest[row, col], gsd_cm)
                whole[row, col] = whole[row, col] or whole_room >= 0.0


@njit(cache=True, nogil=True)
def _blocks(wanted: NDArray[np.bool_], z: Array) -> tuple[Array, Array]:
    """Lowest and highest wanted cell of each block of cells; infinite the other way round without any."""
    shape = -(-wanted.shape[0] // _BLOCK), -(-wanted.shape[1] // _BLOCK)
    lows, highs = np.full(shape, np.inf), np.full(shape, -np.inf)
    for row in range(wanted.shape[0]):
        for col in range(wanted.shape[1]):
            if wanted[row, col]:
                block, height = (row // _BLOCK, col // _BLOCK), z[row + 1, col + 1]
                if height < lows[block]:
                    lows[block] = height
                if height > highs[block]:
                    highs[block] = height
    return lows, highs


@njit(cache=True, nogil=True)
def _may_be_shown(cells: Cells, top: int, left: int, low: float, high: float, eye: Array, n: Array) -> bool:
    """Whether no plane of a frustum has a whole block of cells on its outer side."""
    if low > high:
        return False
    reach = 0.5 * _BLOCK * cells.size_m
    east = cells.west_m + (left + 0.5) * _BLOCK * cells.size_m - eye[0]
    north = cells.south_m + (top + 0.5) * _BLOCK * cells.size_m - eye[1]
    up = 0.5 * (low + high) - eye[2]
    for side in range(4):
        middle = n[side, 0] * east + n[side, 1] * north + n[side, 2] * up
        spread = reach * (abs(n[side, 0]) + abs(n[side, 1])) + 0.5 * (high - low) * abs(n[side, 2])
        if middle + spread < 0.0:
            return False
    return True


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
def _hidden(east: float, north: float, up: float, eye: Array, grid: Grid) -> bool:
    """Whether ground lies in the way of a sight line."""
    ray = np.array([east, north, up])
    low, high = min(eye[2] + up, eye[2]), max(eye[2] + up, eye[2])
    hit = first_hit(grid.z, grid.x0, grid.y0, grid.step, low, high, eye, ray)
    return (1.0 - hit) * np.sqrt(east * east + north * north + up * up) > _TOUCH_M
