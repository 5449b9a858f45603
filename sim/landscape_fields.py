"""The lie of the land: which parcel every quarter metre belongs to.

Farmland is divided as it is inherited, by splitting: roads first, then tracks, then grass bunds between
parcels. Where the ground is steep the parcels are terraces that follow the contour lines. Scrub and grass
fill what is left, less so inside the mission's plots. Ponds fill the plots' holes; a courtyard is a walled
yard with a vegetable patch.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import shapely
import shapely.affinity
import shapely.ops
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from geo.terrain import Terrain
from sim.landscape_materials import COVERS, CROPS, Palette

TERRACE_SLOPE = 0.13
TERRACE_RISE_M = 1.4
MAX_CELLS = 16_000_000

Raster = npt.NDArray[np.float32]
Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Ground:
    """A plot of the mission on the local frame."""

    name: str
    polygon: Polygon
    courtyard: bool


@dataclass(frozen=True)
class Layout:
    """Rasters over the landscape; row 0 is south, `origin` is the centre of cell (0, 0)."""

    origin: tuple[float, float]
    cell_m: float
    parcel: npt.NDArray[np.uint16]
    palette: Palette
    low: Raster
    """(rows / 4, cols / 4, 3): light, patchiness and hue of the ground, on cells four times as wide."""
    bearing_deg: float

    def materials_at(self, enu_m: npt.NDArray[np.float64]) -> list[str]:
        """Names of the materials at (N, 2) places."""
        cells = np.floor((enu_m - self.origin) / self.cell_m + 0.5).astype(int)
        rows = np.clip(cells[:, 1], 0, self.parcel.shape[0] - 1)
        cols = np.clip(cells[:, 0], 0, self.parcel.shape[1] - 1)
        return [self.palette.names[int(number)] for number in self.parcel[rows, cols]]

    def px(self, enu_m: npt.ArrayLike) -> npt.NDArray[np.int32]:
        """Cell coordinates with 4 fractional bits, as OpenCV's drawing wants them with shift=4."""
        return np.round((np.asarray(enu_m, np.float64) - self.origin) / self.cell_m * 16).astype(np.int32)

    def paint(self, polygon: Polygon, number: int) -> None:
        """Make a polygon part of a parcel."""
        cv2.fillPoly(self.parcel, [self.px(shapely.get_coordinates(polygon.exterior))], number, shift=4)


def lay_out(
    terrain: Terrain, plots: list[Ground], rng: np.random.Generator, margin_m: float, sun: npt.ArrayLike
) -> Layout:
    """Divide the ground around the plots into parcels.

    Parameters
    ----------
    terrain : Terrain
    plots : list of Ground
        At least one.
    margin_m : float
        How far the landscape reaches beyond the plots.
    sun : (3,)
        Unit vector towards the sun, east, north, up.
    """
    west, south, east, north = shapely.union_all([plot.polygon for plot in plots]).bounds
    west, south, east, north = west - margin_m, south - margin_m, east + margin_m, north + margin_m
    cell = max(0.25, math.sqrt((east - west) * (north - south) / MAX_CELLS))
    coarse = cell * 4
    shape = (math.ceil((north - south) / coarse) * 4, math.ceil((east - west) / coarse) * 4)
    grid = _Grid(west, south, cell, shape)
    bearing = float(rng.uniform(0, 90))
    palette = Palette(soil_tint=tuple(1 + rng.normal(0, (0.045, 0.02, 0.045))))
    rough = [grid.noise(rng, wave_m) for wave_m in (320.0, 120.0, 40.0, 12.0, 4.0)]
    heights = grid.heights(terrain)
    slope_n, slope_e = np.gradient(cv2.GaussianBlur(heights, (0, 0), 3.0), coarse)
    slope = np.hypot(slope_e, slope_n)

    parcel = _fields(grid, palette, rng, bearing, rough)
    bent = heights + 0.5 * rough[2] + 0.12 * rough[4]
    _terraces(grid, parcel, palette, rng, bent, slope, slope_e, slope_n, bearing, rough)
    inside = grid.mask([plot.polygon for plot in plots])
    _wild(grid, parcel, palette, rng, rough, slope, inside)
    for plot in plots:
        _water(grid, parcel, palette, rng, plot)
        if plot.courtyard:
            _courtyard(grid, parcel, palette, rng, plot)

    facing = (
        np.asarray(sun, np.float64) @ np.stack([-slope_e, -slope_n, np.ones_like(slope)]).reshape(3, -1)
    ).reshape(slope.shape)
    light = facing / np.sqrt(1 + slope**2) / np.asarray(sun, np.float64)[2]
    low = np.stack(
        [
            np.clip(0.45 + 0.55 * light, 0.45, 1.25) * (1 + 0.03 * rough[1] + 0.04 * rough[3]),
            np.clip(0.35 * rough[2] + 0.35 * rough[3] + 0.35 * rough[4], -1.5, 1.5),
            np.clip(0.5 * rough[1] + 0.4 * rough[2] + 0.3 * rough[3], -1.5, 1.5),
        ],
        axis=-1,
    )
    return Layout((west, south), cell, parcel, palette, low.astype(np.float32), bearing)


@dataclass(frozen=True)
class _Grid:
    west: float
    south: float
    cell: float
    shape: tuple[int, int]

    @property
    def coarse_shape(self) -> tuple[int, int]:
        return self.shape[0] // 4, self.shape[1] // 4

    def noise(self, rng: np.random.Generator, wave_m: float) -> Raster:
        """Smooth noise of unit deviation with one dominant wavelength, on the coarse cells."""
        rows, cols = self.coarse_shape
        step = wave_m / 2 / (self.cell * 4)
        knots = rng.standard_normal((math.ceil(rows / step) + 4, math.ceil(cols / step) + 4)).astype(
            np.float32
        )
        to_knots = np.array([[1 / step, 0, 1], [0, 1 / step, 1]], np.float32)
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        wide = cv2.warpAffine(knots, to_knots, (cols, rows), flags=flags, borderMode=cv2.BORDER_REFLECT)
        return np.asarray(wide / 0.75, np.float32)

    def heights(self, terrain: Terrain) -> Raster:
        rows, cols = self.coarse_shape
        n, e = np.mgrid[0:rows, 0:cols] * (self.cell * 4)
        z = terrain.height_at(np.column_stack([e.ravel() + self.west, n.ravel() + self.south]))
        z = np.where(np.isnan(z), np.nanmean(z), z)
        return z.reshape(rows, cols).astype(np.float32)

    def fine(self, coarse: Floats) -> Raster:
        """Bring a raster on the coarse cells to the parcels' cells."""
        size = (self.shape[1], self.shape[0])
        return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR), np.float32)

    def px(self, enu: npt.ArrayLike) -> npt.NDArray[np.int32]:
        """Cell coordinates with 4 fractional bits, as OpenCV's drawing wants them with shift=4."""
        places = (np.asarray(enu, np.float64) - [self.west, self.south]) / self.cell
        return np.round(places * 16).astype(np.int32)

    def mask(self, geometries: Sequence[BaseGeometry]) -> npt.NDArray[np.uint8]:
        """Cells within polygons, 255."""
        image = np.zeros(self.shape, np.uint8)
        for part in shapely.get_parts(list(geometries)):
            if isinstance(part, Polygon) and not part.is_empty:
                rings = [part.exterior, *part.interiors]
                cv2.fillPoly(image, [self.px(shapely.get_coordinates(ring)) for ring in rings], 255, shift=4)
        return image


def _fields(
    grid: _Grid, palette: Palette, rng: np.random.Generator, bearing_deg: float, rough: list[Raster]
) -> npt.NDArray[np.uint16]:
    """Split a square that covers the landscape at any turn, then bend it onto the ground."""
    side = int(math.hypot(*grid.shape)) + 8 + int(60 / grid.cell)
    plan = np.zeros((side, side), np.uint16)
    road = palette.add(COVERS["road"], rng, 0)
    track = palette.add(COVERS["track"], rng, 0)
    bund = palette.add(COVERS["bund"], rng, 0)
    crops = list(CROPS.values())
    weights = rng.dirichlet(np.full(len(crops), 2.0))
    stack = [(0.0, 0.0, float(side), float(side), 0)]
    while stack:
        x0, y0, x1, y1, depth = stack.pop()
        width, height = (x1 - x0) * grid.cell, (y1 - y0) * grid.cell
        if width * height < rng.uniform(500, 2600) or min(width, height) < 9:
            crop = crops[int(rng.choice(len(crops), p=weights))]
            # Rows run along the parcel; the plan's axes turn with the bearing.
            turn = bearing_deg + (90 if width > height else 0)
            value = palette.add(crop, rng, turn + rng.normal(0, 1.0))
            cv2.rectangle(plan, (round(x0), round(y0)), (round(x1) - 1, round(y1) - 1), value, -1)
            continue
        gap, between = (
            (5.0, road) if depth < 2 else (2.6, track) if depth < 4 else (rng.uniform(0.3, 0.7), bund)
        )
        gap = gap / grid.cell / 2
        cut = rng.uniform(0.33, 0.67)
        if width > height:
            at = x0 + cut * (x1 - x0)
            cv2.rectangle(plan, (round(at - gap), round(y0)), (round(at + gap), round(y1)), between, -1)
            stack += [(x0, y0, at - gap, y1, depth + 1), (at + gap, y0, x1, y1, depth + 1)]
        else:
            at = y0 + cut * (y1 - y0)
            cv2.rectangle(plan, (round(x0), round(at - gap)), (round(x1), round(at + gap)), between, -1)
            stack += [(x0, y0, x1, at - gap, depth + 1), (x0, at + gap, x1, y1, depth + 1)]
    return _bent(grid, plan, bearing_deg, rough)


def _bent(
    grid: _Grid, plan: npt.NDArray[np.uint16], bearing_deg: float, rough: list[Raster]
) -> npt.NDArray[np.uint16]:
    turn = math.radians(bearing_deg)
    c, s = math.cos(turn), math.sin(turn)
    rows, cols = grid.coarse_shape
    n, e = np.mgrid[0:rows, 0:cols].astype(np.float32) * 4
    n, e = n - grid.shape[0] / 2, e - grid.shape[1] / 2
    bend_x = 7.0 * rough[0] + 1.6 * rough[2] + 0.15 * rough[4]
    bend_y = 7.0 * np.roll(rough[0], rows // 2, axis=0) + 1.6 * np.roll(rough[2], cols // 2, axis=1)
    x = c * e - s * n + plan.shape[1] / 2 + bend_x / grid.cell
    y = s * e + c * n + plan.shape[0] / 2 + bend_y / grid.cell
    fine_x, fine_y = grid.fine(x.astype(np.float32)), grid.fine(y.astype(np.float32))
    return np.asarray(
        cv2.remap(plan, fine_x, fine_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT), np.uint16
    )


def _terraces(
    grid: _Grid,
    parcel: npt.NDArray[np.uint16],
    palette: Palette,
    rng: np.random.Generator,
    heights: Floats,
    slope: Raster,
    slope_e: Raster,
    slope_n: Raster,
    bearing_deg: float,
    rough: list[Raster],
) -> None:
    """Replace parcels on steep ground by strips between contour lines, each with a riser below."""
    smooth = np.asarray(cv2.GaussianBlur(slope, (0, 0), 8.0)) + 0.004 * rough[3] + 0.002 * rough[4]
    steep = smooth > TERRACE_SLOPE
    if not steep.any():
        return
    steep_fine = grid.fine(smooth) > TERRACE_SLOPE
    level = grid.fine(heights) / np.float32(TERRACE_RISE_M)
    step = np.floor(level)
    in_riser = (level - step) * TERRACE_RISE_M < 0.8 * np.maximum(grid.fine(slope), 0.1)
    riser = palette.add(COVERS["riser"], rng, 0)
    crops = [
        CROPS[name]
        for name in ("wheat", "broad beans", "potatoes", "fallow", "garlic", "ploughed", "cabbage")
    ]
    # A strip is not one field for half a kilometre: it changes hands every 60-odd metres.
    sector = _sectors(grid, rng, bearing_deg, rough)
    keys = (step.astype(np.int64) * 131 + sector) % 997
    contour = np.degrees(np.arctan2(-np.median(slope_n[steep]), np.median(slope_e[steep])))
    numbers = np.array(
        [
            palette.add(crops[int(rng.integers(len(crops)))], rng, contour + rng.normal(0, 6))
            for _ in range(97)
        ],
        np.uint16,
    )
    strips = np.where(in_riser, np.uint16(riser), numbers[keys % 97])
    keep = np.isin(parcel, [i for i, name in enumerate(palette.names) if name in ("road", "track")])
    change = steep_fine & ~keep
    parcel[change] = strips[change]


def _sectors(
    grid: _Grid, rng: np.random.Generator, bearing_deg: float, rough: list[Raster]
) -> npt.NDArray[np.int64]:
    """Number squares of some 60 m, turned with the fields and bent."""
    turn = math.radians(bearing_deg)
    c, s = math.cos(turn), math.sin(turn)
    rows, cols = grid.coarse_shape
    n, e = np.mgrid[0:rows, 0:cols] * (grid.cell * 4 / 64.0)
    x = c * e - s * n + 0.12 * rough[1] + 0.04 * rough[3] + rng.uniform()
    y = s * e + c * n + 0.12 * rough[2] + 0.04 * rough[4] + rng.uniform()
    fine_x, fine_y = grid.fine(x.astype(np.float32)), grid.fine(y.astype(np.float32))
    return np.floor(fine_x).astype(np.int64) * 37 + np.floor(fine_y).astype(np.int64) * 613


def _wild(
    grid: _Grid,
    parcel: npt.NDArray[np.uint16],
    palette: Palette,
    rng: np.random.Generator,
    rough: list[Raster],
    slope: Raster,
    inside: npt.NDArray[np.uint8],
) -> None:
    """Let scrub and grass take the steepest and some other ground; plots keep most of theirs tilled."""
    wildness = 0.6 * rough[1] + 0.4 * rough[2] + 0.25 * rough[3] + 0.22 * rough[4] + 2.5 * (slope - 0.22)
    wild = grid.fine(wildness.astype(np.float32)) - np.where(inside > 0, np.float32(0.9), np.float32(0.0))
    scrub = palette.add(COVERS["scrub"], rng, 0)
    grass = palette.add(COVERS["grass"], rng, 0)
    keep = np.isin(parcel, [i for i, name in enumerate(palette.names) if name in ("road", "track")])
    parcel[(wild > 0.55) & ~keep] = grass
    parcel[(wild > 0.85) & ~keep] = scrub


def _water(
    grid: _Grid, parcel: npt.NDArray[np.uint16], palette: Palette, rng: np.random.Generator, plot: Ground
) -> None:
    for ring in plot.polygon.interiors:
        bank, pond = Polygon(ring).buffer(-0.5), Polygon(ring).buffer(-3.0)
        parcel[grid.mask([bank]) > 0] = palette.add(COVERS["bund"], rng, 0)
        parcel[grid.mask([pond]) > 0] = palette.add(COVERS["water"], rng, 0)


def _courtyard(
    grid: _Grid, parcel: npt.NDArray[np.uint16], palette: Palette, rng: np.random.Generator, plot: Ground
) -> None:
    """Paved around the houses (which stand along the edge), a vegetable patch and grass in the middle."""
    patch = shapely.affinity.translate(plot.polygon.buffer(-13.0, join_style="mitre"), *rng.uniform(-3, 3, 2))
    parcel[grid.mask([plot.polygon]) > 0] = palette.add(COVERS["yard"], rng, 0)
    if patch.is_empty:
        return
    parcel[grid.mask([patch.buffer(0.8)]) > 0] = palette.add(COVERS["bund"], rng, 0)
    bearing = longest_side_deg(patch)
    halves = shapely.ops.split(patch, shapely.LineString(_across(patch, bearing))).geoms
    for half, name in zip(halves, ("cabbage", "garlic", "broad beans"), strict=False):
        if isinstance(half, Polygon):
            parcel[grid.mask([half.buffer(-0.2)]) > 0] = palette.add(CROPS[name], rng, bearing)


def longest_side_deg(polygon: Polygon) -> float:
    """Grid bearing of the longest side of the smallest rectangle around a polygon."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(polygon))
    sides = np.diff(corners, axis=0)
    side = sides[int(np.argmax(np.hypot(sides[:, 0], sides[:, 1])))]
    return float(np.degrees(np.arctan2(side[0], side[1])))


def _across(polygon: Polygon, bearing_deg: float) -> npt.NDArray[np.float64]:
    turn = math.radians(bearing_deg + 90)
    middle = np.array(polygon.centroid.coords[0])
    reach = np.array([math.sin(turn), math.cos(turn)]) * 200
    return np.stack([middle - reach, middle + reach])
