"""How often each cell of an area is seen."""

from dataclasses import dataclass, field

import numpy as np
import rasterio.features
import shapely
from numpy.typing import NDArray
from rasterio import Affine
from shapely.geometry.base import BaseGeometry

from geo.errors import GeoError

MAX_CELLS = 400_000_000


@dataclass(frozen=True, eq=False)
class CoverageGrid:
    """Counts of footprints on a regular grid of the local frame.

    A cell counts as seen by a footprint when its centre lies inside.

    Parameters
    ----------
    x0, y0 : float
        South-west corner of the grid, metres.
    cell_m : float
    count : (rows, cols) uint16
        Row 0 is the southernmost.
    """

    x0: float
    y0: float
    cell_m: float
    count: NDArray[np.uint16] = field(repr=False)

    @classmethod
    def over(cls, bounds_enu: tuple[float, float, float, float], cell_m: float) -> "CoverageGrid":
        """Make an empty grid over (west, south, east, north), its corner on a multiple of the cell size."""
        west, south, east, north = bounds_enu
        if not (cell_m > 0 and east > west and north > south):
            raise GeoError(
                f"a coverage grid needs an area and a cell size; received {bounds_enu}, {cell_m} m"
            )
        x0, y0 = np.floor(west / cell_m) * cell_m, np.floor(south / cell_m) * cell_m
        cols, rows = int(np.ceil((east - x0) / cell_m)), int(np.ceil((north - y0) / cell_m))
        if rows * cols > MAX_CELLS:
            raise GeoError(f"{rows} x {cols} cells of {cell_m} m are too many; use larger cells")
        return cls(float(x0), float(y0), cell_m, np.zeros((rows, cols), dtype=np.uint16))

    @property
    def transform(self) -> Affine:
        """Maps (col, row) of cell corners to east and north."""
        return Affine(self.cell_m, 0.0, self.x0, 0.0, self.cell_m, self.y0)

    def add(self, polygon_enu: BaseGeometry) -> None:
        """Count one more footprint."""
        rows, cols = self._window(polygon_enu)
        if rows.stop > rows.start and cols.stop > cols.start:
            self.count[rows, cols] += self._burn(polygon_enu, rows, cols)

    def mask(self, polygon_enu: BaseGeometry) -> NDArray[np.bool_]:
        """Tell which cells have their centre inside the polygon; shape of `count`."""
        mask = np.zeros(self.count.shape, dtype=bool)
        rows, cols = self._window(polygon_enu)
        if rows.stop > rows.start and cols.stop > cols.start:
            mask[rows, cols] = self._burn(polygon_enu, rows, cols).astype(bool)
        return mask

    def share(self, polygon_enu: BaseGeometry, at_least: int = 1) -> float:
        """Share of the polygon's cells that at least so many footprints see; NaN without any cell in it."""
        inside = self.count[self.mask(polygon_enu)]
        return float(np.mean(inside >= at_least)) if inside.size else float("nan")

    def unseen(self, polygon_enu: BaseGeometry) -> BaseGeometry:
        """Part of the polygon that no footprint sees, as whole cells cut by the polygon."""
        missing = (self.mask(polygon_enu) & (self.count == 0)).astype(np.uint8)
        cells = [
            shapely.geometry.shape(shape)
            for shape, _ in rasterio.features.shapes(
                missing, mask=missing.astype(bool), transform=self.transform
            )
        ]
        return shapely.intersection(shapely.union_all(cells), polygon_enu)

    def cell_centres(self) -> NDArray[np.float64]:
        """East and north of every cell's centre, shape (rows * cols, 2), in the order of `count.ravel()`."""
        rows, cols = self.count.shape
        east = self.x0 + (np.arange(cols) + 0.5) * self.cell_m
        north = self.y0 + (np.arange(rows) + 0.5) * self.cell_m
        return np.column_stack([axis.ravel() for axis in np.meshgrid(east, north)])

    def _window(self, polygon_enu: BaseGeometry) -> tuple[slice, slice]:
        if polygon_enu.is_empty:
            return slice(0, 0), slice(0, 0)
        west, south, east, north = polygon_enu.bounds
        rows, cols = self.count.shape
        low = np.floor([(south - self.y0) / self.cell_m, (west - self.x0) / self.cell_m]).astype(int)
        high = np.ceil([(north - self.y0) / self.cell_m, (east - self.x0) / self.cell_m]).astype(int)
        low = np.clip(low, 0, (rows, cols))
        high = np.clip(high, 0, (rows, cols))
        return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))

    def _burn(self, polygon_enu: BaseGeometry, rows: slice, cols: slice) -> NDArray[np.uint8]:
        return rasterio.features.rasterize(
            [polygon_enu],
            out_shape=(rows.stop - rows.start, cols.stop - cols.start),
            transform=self.transform * Affine.translation(cols.start, rows.start),
            dtype=np.uint8,
        )
