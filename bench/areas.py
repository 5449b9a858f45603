"""Areas to plan over: the project's own, drawn from a seed, and published ones where they are at hand."""

import json
from pathlib import Path

import numpy as np
import shapely
from shapely import Polygon, affinity

from geo.frames import LocalFrame

LEAST_HA, MOST_HA = 4.0, 300.0


def uneven_areas(count: int, holes: tuple[int, int], seed: int) -> dict[str, Polygon]:
    """Areas of 4 to 300 ha with uneven outlines, some with notches, and a number of holes from a range."""
    rng = np.random.default_rng(seed)
    return {
        f"{seed}-{number:02d}": _uneven(rng, int(rng.integers(holes[0], holes[1] + 1)))
        for number in range(count)
    }


def _uneven(rng: np.random.Generator, holes: int) -> Polygon:
    hectares = float(np.clip(70.0 * np.exp(0.9 * rng.standard_normal()), LEAST_HA, MOST_HA))
    area = _blob(rng, int(rng.integers(4, 28)), rng.uniform(0.0, 0.5))
    for _ in range(int(rng.integers(0, 4))):
        area = _largest(area.difference(_notch(rng, area)))
    for _ in range(holes):
        area = _largest(area.difference(_hole(rng, area)))
    area = affinity.rotate(area, rng.uniform(0.0, 180.0), origin=(0.0, 0.0))
    factor = float(np.sqrt(hectares * 1e4 / area.area))
    return affinity.scale(area, factor, factor, origin=(0.0, 0.0))


def _blob(rng: np.random.Generator, corners: int, roughness: float) -> Polygon:
    """Corners around a middle at uneven angles and distances, longer than wide."""
    angles = 2 * np.pi * (np.arange(corners) + rng.uniform(-0.35, 0.35, corners)) / corners
    radii = 1.0 + roughness * rng.uniform(-1.0, 1.0, corners)
    stretch = np.array([rng.uniform(1.0, 1.8), 1.0])
    return Polygon(np.column_stack((np.cos(angles), np.sin(angles))) * radii[:, None] * stretch)


def _notch(rng: np.random.Generator, area: Polygon) -> Polygon:
    """A rectangle over the border, roughly square to it."""
    at = area.exterior.interpolate(rng.uniform(), normalized=True)
    ahead = area.exterior.interpolate((area.exterior.project(at) + 0.1) % area.exterior.length)
    box = shapely.box(-rng.uniform(0.15, 0.5), -rng.uniform(0.2, 0.6), rng.uniform(0.15, 0.5), 0.6)
    heading = np.degrees(np.arctan2(ahead.y - at.y, ahead.x - at.x)) + rng.uniform(-10.0, 10.0)
    return affinity.translate(affinity.rotate(box, heading, origin=(0.0, 0.0)), at.x, at.y)


def _hole(rng: np.random.Generator, area: Polygon) -> Polygon:
    """A blob inside the area, clear of its border and its other holes."""
    size = float(np.sqrt(area.area * rng.uniform(0.01, 0.08) / np.pi))
    while True:
        west, south, east, north = area.bounds
        place = rng.uniform((west, south), (east, north))
        blob = affinity.rotate(_blob(rng, int(rng.integers(4, 16)), 0.25), rng.uniform(0.0, 360.0))
        hole = affinity.translate(affinity.scale(blob, size, size), *place)
        if area.contains(hole.buffer(0.2 * size)):
            return hole
        size *= 0.97


def _largest(area: shapely.Geometry) -> Polygon:
    return max(
        (part for part in shapely.get_parts(area) if isinstance(part, Polygon)), key=lambda part: part.area
    )


def published_areas(data: Path) -> dict[str, Polygon]:
    """Areas of shared/data/polygons; those that are metres across are drawn ten times as large."""
    published: dict[str, Polygon] = {}
    for entry in json.loads((data / "polygons" / "coverage_polygons.json").read_text()):
        area = Polygon(entry["hull"], entry["holes"])
        if entry["units"] != "m":
            area = LocalFrame.around(area.bounds).geometry_to_enu(area)
        elif area.area < LEAST_HA * 1e4:
            area = affinity.scale(area, 10.0, 10.0, origin=(0.0, 0.0))
        published[entry["id"].removeprefix("ethz_example_").removeprefix("polygon_")] = area
    for path in sorted((data / "polygons").glob("*.geojson")):
        area = shapely.from_geojson(path.read_text()).geoms[0]
        published[path.stem] = LocalFrame.around(area.bounds).geometry_to_enu(area)
    return published
