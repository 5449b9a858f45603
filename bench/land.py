"""Made-up land for the example missions: a square of the UTM grid with its heights and features."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
import rasterio
from numpy.typing import NDArray
from rasterio.transform import from_origin
from shapely import transform
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Land:
    """A square around a centre on a metric grid; places are metres east and north of the centre."""

    epsg: int
    centre: tuple[float, float]
    half_width_m: float
    post_m: float

    def posts(self) -> tuple[Array, Array]:
        """East and north of every post, rows from north to south."""
        posts = np.arange(-self.half_width_m + self.post_m / 2, self.half_width_m, self.post_m)
        east, north = np.meshgrid(posts, posts[::-1])
        return east, north

    def noise(self, seed: int, *sigmas_m: float) -> list[Array]:
        """Unevenness of standard deviation 1 at each of the scales."""
        random = np.random.default_rng(seed)
        shape = self.posts()[0].shape
        fields = [self._smoothed(random.standard_normal(shape), sigma_m) for sigma_m in sigmas_m]
        return [field / field.std() for field in fields]

    def to_lonlat(self, local: Array) -> Array:
        """Places (N, 2) to lon/lat degrees rounded to about a centimetre."""
        grid = pyproj.Transformer.from_crs(self.epsg, 4326, always_xy=True)
        lon, lat = grid.transform(local[:, 0] + self.centre[0], local[:, 1] + self.centre[1])
        return np.round(np.column_stack([lon, lat]).astype(np.float64), 7)

    def write_terrain(self, path: Path, height: Array) -> None:
        """Write the heights as a deflated float32 GeoTIFF on the grid."""
        west, north = self.centre[0] - self.half_width_m, self.centre[1] + self.half_width_m
        with rasterio.open(
            path, "w", driver="GTiff", width=height.shape[1], height=height.shape[0], count=1,
            dtype="float32", crs=f"EPSG:{self.epsg}",
            transform=from_origin(west, north, self.post_m, self.post_m), nodata=-9999.0,
            compress="deflate", predictor=3, zlevel=9, tiled=True, blockxsize=128, blockysize=128,
        ) as file:  # fmt: skip
            file.write(height.astype(np.float32), 1)

    def write_features(self, path: Path, features: Sequence[tuple[BaseGeometry, dict[str, object]]]) -> None:
        """Write a GeoJSON feature collection in lon/lat, one feature a line."""
        lines = [
            json.dumps(
                {
                    "type": "Feature",
                    "properties": properties,
                    "geometry": mapping(transform(shape, self.to_lonlat)),
                }
            )
            for shape, properties in features
        ]
        body = ",\n".join(lines)
        path.write_text(f'{{"type": "FeatureCollection", "features": [\n{body}\n]}}\n', encoding="utf-8")

    def _smoothed(self, values: Array, sigma_m: float) -> Array:
        """Gaussian filter by Fourier transform; the edges wrap, which noise does not mind."""
        rows, cols = (np.fft.fftfreq(n, self.post_m) for n in values.shape)
        gain = np.exp(-2.0 * (np.pi * sigma_m) ** 2 * (rows[:, None] ** 2 + cols**2))
        return np.real(np.fft.ifft2(np.fft.fft2(values) * gain))
