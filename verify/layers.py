"""What the proof adds to the export: the coverage as a picture that lies on the ground, and the gaps."""

import json
from dataclasses import dataclass, field

import cv2
import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.errors import RasterioError
from rasterio.warp import Resampling, calculate_default_transform, reproject
from shapely.geometry.base import BaseGeometry

from missions import Mission
from missions.errors import ExportError
from report import coverage_rgba

MOST_PIXELS = 2048
"""Longer side of the overlay: larger textures are cut down by Google Earth on weak machines."""


@dataclass(frozen=True)
class Gap:
    """A piece of a plot that no photo shows, degrees lon, lat."""

    plot: str
    area_m2: float
    polygon: BaseGeometry


@dataclass(frozen=True)
class Overlay:
    """A PNG whose rows run along parallels, and its (west, south, east, north) in degrees."""

    png: bytes
    bounds_lonlat: tuple[float, float, float, float]


@dataclass(frozen=True)
class ProofLayers:
    """What proof/ holds; nothing, with the reason among the problems, where there is no proof."""

    coverage: Overlay | None = None
    gaps: list[Gap] = field(default_factory=list[Gap])
    problems: list[dict[str, str]] = field(default_factory=list[dict[str, str]])


def read_layers(mission: Mission) -> ProofLayers:
    """Read coverage.tif and gaps.geojson.

    Raises
    ------
    ExportError
        One of them is there but cannot be read.
    """
    folder = mission.dir("proof")
    coverage, gaps = folder / "coverage.tif", folder / "gaps.geojson"
    if not coverage.is_file() or not gaps.is_file():
        reason = "there is no proof of coverage, so the export has no such layers; `tianmu proof` makes it"
        return ProofLayers(problems=[{"file": "proof/", "reason": reason}])
    try:
        with rasterio.open(coverage) as source:
            overlay = _overlay(source)
        features = json.loads(gaps.read_bytes())["features"]
        found = [
            Gap(
                str(feature["properties"]["plot"]),
                float(feature["properties"]["area_m2"]),
                shapely.from_geojson(json.dumps(feature["geometry"])),
            )
            for feature in features
        ]
    except (RasterioError, OSError, ValueError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        raise ExportError(f"{folder}: not what `tianmu proof` writes ({error}); run it again") from error
    return ProofLayers(overlay, found)


def _overlay(source: rasterio.DatasetReader) -> Overlay:
    """Turn counts of photos on a metric grid into colours on a grid of degrees."""
    count = source.read(1)
    transform, width, height = calculate_default_transform(
        source.crs, "EPSG:4326", source.width, source.height, *source.bounds
    )
    shrink = max(1.0, max(width, height) / MOST_PIXELS)
    width, height = max(1, round(width / shrink)), max(1, round(height / shrink))
    west, north = transform.c, transform.f
    east, south = west + transform.a * width * shrink, north + transform.e * height * shrink
    to_degrees = Affine((east - west) / width, 0, west, 0, (south - north) / height, north)
    degrees = np.full((height, width), np.nan, dtype=np.float32)
    reproject(
        count,
        degrees,
        src_transform=source.transform,
        src_crs=source.crs,
        src_nodata=np.nan,
        dst_transform=to_degrees,
        dst_crs="EPSG:4326",
        dst_nodata=np.nan,
        resampling=Resampling.nearest,
    )
    rgba: NDArray[np.uint8] = coverage_rgba(np.nan_to_num(degrees).astype(np.int64))
    png = cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))[1].tobytes()
    return Overlay(png, (west, south, east, north))
