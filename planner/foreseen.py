"""What the photos of a plan will show of each plot, counted before anyone drives out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import rasterio.features
import shapely
from numpy.typing import NDArray
from rasterio import Affine
from shapely.geometry.base import BaseGeometry

from geo.frusta import Cells, Frusta, Sight, sight
from geo.terrain import Terrain

Mask = NDArray[np.bool_]
GapKind = Literal["unseen", "coarse", "few"]

_CELLS_PER_PHOTO = 90
_CELLS_PER_WIDTH = 8
_SMALLEST_M = 0.05
_TILE_CELLS = 1024
"""Plots are looked at in squares of so many cells, so that memory does not grow with them."""
_NOWHERE = shapely.Polygon()
_GRID_M = 0.001
"""Pieces of neighbouring squares meet on this grid, whatever the rounding of their corners."""
_BIN = 0.005
_COARSEST = 4.0
"""GSDs are sorted into bins, as multiples of the wanted one; coarser ones are not told apart."""


@dataclass(frozen=True)
class Wanted:
    """What the photos must show of every place.

    Attributes
    ----------
    gsd_cm
        Coarsest GSD that still counts as the wanted one.
    photos
        Photos of every place that the overlaps promise, see `promised_photos`.
    margin_m
        By how much any photo may be displaced without the place being lost.
    photo_m
        Longer side of a photo on level ground. Overlaps are counted half of it inside the border, where
        photos stand on all sides, and cells are small beside it.
    share
        Of a plot that must be seen so: the target.
    """

    gsd_cm: float
    photos: int
    margin_m: float
    photo_m: float
    share: float


@dataclass(frozen=True)
class Foreseen:
    """Shares of a plot, by the centres of its cells.

    Attributes
    ----------
    cell_m
        Side of a cell. A share is as exact as the plot's border times half of it; it is below 1 when a single
        cell that the plot touches is not shown whole by one photo.
    seen
        Share that a photo shows wherever it is displaced by up to the margin.
    at_gsd
        Share that such a photo shows at the wanted GSD.
    at_overlap
        Share that as many photos show as the overlaps promise, where they promise it: half a photo inside
        the border and away from no-fly areas. None where the plot is too narrow for that.
    excused
        Share that is not seen at the wanted GSD and lies where nobody may fly.
    gsd_cm
        GSD that the target share of what is not excused is seen at; infinite where less is seen.
    """

    cell_m: float
    seen: float
    at_gsd: float
    at_overlap: float | None
    excused: float
    gsd_cm: float

    @property
    def least(self) -> float:
        """What the target judges: the smaller of the shares at the wanted GSD and at the overlaps."""
        return min(self.due, 1.0 if self.at_overlap is None else self.at_overlap)

    @property
    def due(self) -> float:
        """Share seen at the wanted GSD of what is not excused."""
        return self.at_gsd / (1.0 - self.excused) if self.excused < 1.0 else 1.0


class Gap(NamedTuple):
    """A connected piece of a plot that is not seen, or too coarsely, or in too few photos."""

    polygon: shapely.Polygon
    kind: GapKind


def foresee(
    area: BaseGeometry,
    frusta: Frusta,
    terrain: Terrain,
    wanted: Wanted,
    no_fly: BaseGeometry = _NOWHERE,
) -> Foreseen:
    """Count what photos will show of an area.

    Parameters
    ----------
    area, no_fly : shapely geometry
        Metres of the local frame; what cannot be seen inside `no_fly` is excused.
    """
    cell_m = cell_size_m(area, wanted.photo_m)
    core = _core(area, wanted, no_fly)
    cells = seen = at_gsd = excused = inner = overlapped = 0
    certain = True
    bins = np.zeros(round(_COARSEST / _BIN) + 1, dtype=np.int64)
    for tile, inside, look in _looks(area, frusta, terrain, wanted.margin_m, cell_m):
        fine = inside & (look.gsd_cm <= wanted.gsd_cm)
        lost = inside & ~fine
        pardoned = lost & _burn(no_fly, tile)
        middle = inside & _burn(core, tile)
        cells += int(inside.sum())
        seen += int(np.isfinite(look.gsd_cm[inside]).sum())
        at_gsd += int(fine.sum())
        excused += int(pardoned.sum())
        inner += int(middle.sum())
        overlapped += int((look.photos[middle] >= wanted.photos).sum())
        certain = certain and bool(look.whole[tile.wanted].all())
        ratio = np.minimum(look.gsd_cm[inside & ~pardoned] / wanted.gsd_cm, _COARSEST)
        bins += np.bincount(np.ceil(ratio / _BIN).astype(np.int64), minlength=len(bins))
    if cells == 0:
        return Foreseen(cell_m, 0.0, 0.0, None, 0.0, np.inf)

    def share(count: int) -> float:
        return count / cells if certain or count < cells else 1.0 - 0.5 / cells

    reached = np.searchsorted(np.cumsum(bins), wanted.share * bins.sum())
    gsd_cm = wanted.gsd_cm * _BIN * reached if reached < len(bins) - 1 else np.inf
    at_overlap = overlapped / inner if inner else None
    return Foreseen(cell_m, share(seen), share(at_gsd), at_overlap, excused / cells, float(gsd_cm))


def seen_share(
    area: BaseGeometry, frusta: Frusta, terrain: Terrain, margin_m: float, photo_m: float
) -> float:
    """Share of an area that photos show wherever each is displaced by up to the margin.

    `Foreseen.seen` alone; the parameters are those of `foresee` and `Wanted`. An empty area is seen.
    """
    cells = seen = 0
    for _, inside, look in _looks(area, frusta, terrain, margin_m, cell_size_m(area, photo_m)):
        cells += int(inside.sum())
        seen += int(np.isfinite(look.gsd_cm[inside]).sum())
    return seen / cells if cells else 1.0


def gaps(
    area: BaseGeometry,
    frusta: Frusta,
    terrain: Terrain,
    wanted: Wanted,
    no_fly: BaseGeometry = _NOWHERE,
) -> list[Gap]:
    """Pieces of an area that the photos will not show as wanted and nobody excuses, largest first.

    The parameters are those of `foresee`.
    """
    pieces: dict[GapKind, list[BaseGeometry]] = {"unseen": [], "coarse": [], "few": []}
    cell_m, core = cell_size_m(area, wanted.photo_m), _core(area, wanted, no_fly)
    for tile, inside, look in _looks(area, frusta, terrain, wanted.margin_m, cell_m):
        due, unseen, coarse = (
            inside & ~_burn(no_fly, tile),
            np.isinf(look.gsd_cm),
            look.gsd_cm > wanted.gsd_cm,
        )
        few = _burn(core, tile) & ~coarse & (look.photos < wanted.photos)
        pieces["unseen"] += _polygons(due & unseen, tile)
        pieces["coarse"] += _polygons(due & coarse & ~unseen, tile)
        pieces["few"] += _polygons(due & few, tile)
    found = [
        Gap(part, kind)
        for kind, polygons in pieces.items()
        for part in shapely.get_parts(area.intersection(shapely.union_all(polygons, grid_size=_GRID_M)))
        if isinstance(part, shapely.Polygon)
    ]
    return sorted(found, key=lambda gap: (-gap.polygon.area, gap.polygon.bounds))


def cell_size_m(area: BaseGeometry, photo_m: float) -> float:
    """Side of the cells that an area is counted in: small beside a photo and beside the area's width."""
    width_m = 2.0 * area.area / max(area.length, 1e-9)
    return max(_SMALLEST_M, min(photo_m / _CELLS_PER_PHOTO, width_m / _CELLS_PER_WIDTH))


def promised_photos(side_overlap: float, front_overlap: float, grids: int = 1) -> int:
    """Photos that show every place of a level plot when the overlaps, as shares, are just kept."""
    along, across = (int(1.0 / (1.0 - overlap) + 1e-9) for overlap in (front_overlap, side_overlap))
    return grids * along * across


def _core(area: BaseGeometry, wanted: Wanted, no_fly: BaseGeometry) -> BaseGeometry:
    """Where photos stand on all sides."""
    return area.difference(shapely.clip_by_rect(no_fly, *area.bounds)).buffer(-wanted.photo_m / 2.0)


def _looks(
    area: BaseGeometry, frusta: Frusta, terrain: Terrain, margin_m: float, cell_m: float
) -> Iterator[tuple[Cells, Mask, Sight]]:
    """Give square after square of an area, its cells whose centre lies inside, and what is seen there."""
    if area.is_empty:
        return
    west, south, east, north = area.bounds
    rows, cols = int((north - south) / cell_m) + 1, int((east - west) / cell_m) + 1
    for row in range(0, rows, _TILE_CELLS):
        for col in range(0, cols, _TILE_CELLS):
            shape = min(_TILE_CELLS, rows - row), min(_TILE_CELLS, cols - col)
            empty = Cells(west + col * cell_m, south + row * cell_m, cell_m, np.zeros(shape, np.bool_))
            tile = empty._replace(wanted=_burn(area, empty, all_touched=True))
            if tile.wanted.any():
                yield tile, _burn(area, tile), sight(tile, frusta, terrain, margin_m)


def _burn(geometry: BaseGeometry, cells: Cells, *, all_touched: bool = False) -> Mask:
    """Cells whose centre lies in a geometry, or that it touches."""
    part = shapely.clip_by_rect(geometry, *cells.bounds_enu)
    if part.is_empty:
        return np.zeros(cells.wanted.shape, dtype=np.bool_)
    burnt = np.zeros(cells.wanted.shape, dtype=np.uint8)
    rasterio.features.rasterize([part], out=burnt, transform=_transform(cells), all_touched=all_touched)
    return burnt.astype(np.bool_)


def _polygons(mask: Mask, cells: Cells) -> list[BaseGeometry]:
    shapes = rasterio.features.shapes(mask.astype(np.uint8), mask=mask, transform=_transform(cells))
    return [shapely.geometry.shape(shape) for shape, _ in shapes]


def _transform(cells: Cells) -> Affine:
    return Affine(cells.size_m, 0.0, cells.west_m, 0.0, cells.size_m, cells.south_m)
