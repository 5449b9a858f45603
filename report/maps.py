"""Draw a map: shaded ground, layers of shapes, labels, legend, scale bar and north arrow, as PNG or JPEG."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from missions import Ground
from report import canvas
from report.canvas import Canvas, Image

MARGIN = 0.06
"""Empty border around what is drawn, as a share of its longer side."""

_LEAST_SPAN_M = 40.0
_MOST_TALL = 1.0  # height of the picture over its width
_LEAST_TALL = 0.5
_SHADE_PX = 2  # the ground is shaded at this many pixels of the picture, and smoothed
_PAPER = (238, 241, 240)  # BGR, where there is no terrain to shade


@dataclass(frozen=True)
class Layer:
    """Shapes drawn alike.

    Attributes
    ----------
    geometries : sequence of shapely geometries
        Degrees lon, lat.
    colour : str
        ``#rrggbb``.
    width : float
        Of lines, in pixels of a picture 1200 wide; 0 draws none.
    fill_opacity : float
        Of polygons, 0 to 1.
    radius : float
        Of points, in the same pixels.
    labels : sequence of str
        One for each geometry, or none.
    legend : str
        What the legend calls the layer; "" leaves it out.
    """

    geometries: Sequence[BaseGeometry]
    colour: str
    width: float = 2.0
    fill_opacity: float = 0.0
    radius: float = 5.0
    labels: Sequence[str] = ()
    legend: str = ""


@dataclass(frozen=True)
class Cells:
    """A grid of cells laid over the ground, row 0 in the south.

    Attributes
    ----------
    rgba : (rows, cols, 4) uint8
    x0, y0, cell_m : float
        South-west corner in the local frame and size of a cell, metres.
    legend : sequence of (str, str)
        Colour ``#rrggbb`` and name of the kinds of cells.
    """

    rgba: NDArray[np.uint8]
    x0: float
    y0: float
    cell_m: float
    legend: Sequence[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def map_png(
    ground: Ground,
    layers: Sequence[Layer | Cells],
    *,
    width_px: int = 1200,
    around: BaseGeometry | None = None,
) -> bytes:
    """Draw layers over the shaded ground, the first at the bottom.

    Parameters
    ----------
    ground : Ground
        Frame and terrain; level ground is drawn as plain paper.
    layers : sequence of Layer or Cells
        The picture shows all shapes of every `Layer`, and a border.
    width_px : int
        Width of the picture; lines and letters grow with it.
    around : shapely geometry, optional
        The picture shows this, degrees lon, lat, and a border, instead of all shapes.

    Returns
    -------
    bytes
        A PNG file; the same input gives the same bytes.
    """
    return canvas.png_bytes(_map(ground, layers, width_px, around))


def map_jpeg(
    ground: Ground,
    layers: Sequence[Layer | Cells],
    *,
    width_px: int = 1200,
    around: BaseGeometry | None = None,
    letters: float = 1.0,
) -> bytes:
    """Draw the same as a JPEG file for small print, its lines and letters `letters` times as large."""
    return canvas.jpeg_bytes(_map(ground, layers, width_px, around, letters))


def _map(
    ground: Ground,
    layers: Sequence[Layer | Cells],
    width_px: int,
    around: BaseGeometry | None,
    letters: float = 1.0,
) -> Image:
    shapes = [layer for layer in layers if isinstance(layer, Layer)]
    shown = [around] if around is not None else [shape for layer in shapes for shape in layer.geometries]
    scale = letters * width_px / 1200
    drawn = Canvas.over(_bounds(ground, shown), width_px, (_LEAST_TALL, _MOST_TALL), scale)
    image = _shaded_ground(ground, drawn)
    for layer in layers:
        if isinstance(layer, Cells):
            _draw_cells(image, drawn, layer)
        else:
            _draw_layer(image, drawn, ground, layer)
    for layer in shapes:  # labels last, so that no line crosses them
        _draw_labels(image, drawn, ground, layer)
    canvas.draw_legend(image, drawn, _legend(layers))
    canvas.draw_scale_and_north(image, drawn)
    return image


def _bounds(ground: Ground, shapes: Sequence[BaseGeometry]) -> tuple[float, float, float, float]:
    together = shapely.GeometryCollection(list(shapes))
    drawn = ground.frame.geometry_to_enu(together)
    west, south, east, north = (0.0, 0.0, 0.0, 0.0) if drawn.is_empty else drawn.bounds
    pad = (
        MARGIN * max(east - west, north - south)
        + max(0.0, _LEAST_SPAN_M - min(east - west, north - south)) / 2
    )
    return float(west - pad), float(south - pad), float(east + pad), float(north + pad)


def _shaded_ground(ground: Ground, drawn: Canvas) -> Image:
    """Shade the terrain (light from the north-west, 45 degrees high) and draw contour lines."""
    size = drawn.width_px, drawn.height_px
    coarse = drawn.coarser(_SHADE_PX)
    image = np.full((coarse.height_px, coarse.width_px, 3), _PAPER, dtype=np.uint8)
    z = ground.terrain.height_at(coarse.pixel_centres_enu()).reshape(coarse.height_px, coarse.width_px)
    known = np.isfinite(z)
    if ground.terrain.grid is not None and known.any():
        image[known] = _shades(z, known, coarse.metres_per_px)[known]
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _shades(z: NDArray[np.float64], known: NDArray[np.bool_], metres_per_px: float) -> Image:
    down_row, right_col = np.gradient(np.where(known, z, np.mean(z[known])), metres_per_px)
    # Lambert's cosine of the angle between the slope's normal (-dz/dE, -dz/dN, 1) and the light.
    light = np.array([-np.sqrt(0.5), np.sqrt(0.5), 1.0]) / np.sqrt(2.0)
    cosine = (-right_col * light[0] + down_row * light[1] + light[2]) / np.sqrt(
        1 + right_col**2 + down_row**2
    )
    shade = np.clip(0.9 + 0.9 * (cosine - light[2]), 0.4, 1.05)
    lowest, span = float(np.min(z[known])), max(float(np.ptp(z[known])), 1.0)
    height = np.nan_to_num(np.clip((z - lowest) / span, 0, 1))[..., None]
    valley, hill = np.array([205, 226, 214.0]), np.array([222, 236, 246.0])  # BGR, green to sand
    tint = (valley + height * (hill - valley)) * (0.3 + 0.75 * shade[..., None])
    level = np.floor(np.where(known, z, lowest) / _contour_step_m(span))
    tint[1:][level[1:] != level[:-1]] *= 0.94
    tint[:, 1:][level[:, 1:] != level[:, :-1]] *= 0.94
    return np.clip(tint, 0, 255).astype(np.uint8)


def _contour_step_m(span_m: float) -> float:
    return next(
        step for step in (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1e4) if span_m / step <= 16
    )


def _draw_cells(image: Image, drawn: Canvas, cells: Cells) -> None:
    places = drawn.pixel_centres_enu()
    rows, cols = cells.rgba.shape[:2]
    col = np.floor((places[:, 0] - cells.x0) / cells.cell_m).astype(np.int64)
    row = np.floor((places[:, 1] - cells.y0) / cells.cell_m).astype(np.int64)
    inside = ((col >= 0) & (row >= 0) & (col < cols) & (row < rows)).reshape(image.shape[:2])
    chosen = cells.rgba[np.clip(row, 0, rows - 1), np.clip(col, 0, cols - 1)].reshape(*image.shape[:2], 4)
    opacity = np.where(inside, chosen[..., 3] / 255.0, 0.0)[..., None]
    image[:] = (image * (1 - opacity) + chosen[..., 2::-1] * opacity).astype(np.uint8)


def _draw_layer(image: Image, drawn: Canvas, ground: Ground, layer: Layer) -> None:
    colour = canvas.bgr(layer.colour)
    parts = [
        part
        for shape in layer.geometries
        for part in shapely.get_parts(ground.frame.geometry_to_enu(shape))
        if not part.is_empty
    ]
    polygons = [part for part in parts if isinstance(part, shapely.Polygon)]
    if layer.fill_opacity > 0 and polygons:
        drawn.fill(image, polygons, colour, layer.fill_opacity)
    if layer.width > 0:
        rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
        lines = [part for part in parts if isinstance(part, shapely.LineString)]
        drawn.lines(image, [line.coords for line in (*rings, *lines)], colour, layer.width)
    for part in parts:
        if isinstance(part, shapely.Point):
            drawn.dot(image, (part.x, part.y), colour, layer.radius)


def _draw_labels(image: Image, drawn: Canvas, ground: Ground, layer: Layer) -> None:
    for shape, label in zip(layer.geometries, layer.labels, strict=False):
        if not shape.is_empty and label:
            place = ground.frame.geometry_to_enu(shape).representative_point()
            raised = layer.radius + 4 if shape.geom_type == "Point" else 0.0
            drawn.label(image, (place.x, place.y), label, raised_px=raised)


def _legend(layers: Sequence[Layer | Cells]) -> list[tuple[str, str]]:
    entries: list[tuple[str, str]] = []
    for layer in layers:
        if isinstance(layer, Cells):
            entries.extend(layer.legend)
        elif layer.legend and any(not shape.is_empty for shape in layer.geometries):
            entries.append((layer.colour, layer.legend))
    return entries
