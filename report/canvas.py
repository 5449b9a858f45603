"""Ink on an image: lines, dots, letters, legend and scale, with pixels counted as in a picture 1200 wide."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

Image: TypeAlias = NDArray[np.uint8]
Colour = tuple[int, int, int]

_FONT = cv2.FONT_HERSHEY_SIMPLEX  # OpenCV 5 sets it in a real typeface that has Chinese
_INK: Colour = (40, 35, 30)
_PAPER: Colour = (255, 255, 255)
_SHIFT = 4  # OpenCV draws at 1/16 of a pixel


@dataclass(frozen=True)
class Canvas:
    """A picture's place in the local frame.

    Attributes
    ----------
    west_m, north_m : float
        The outer corner of the top left pixel.
    metres_per_px : float
    width_px, height_px : int
    scale : float
        How much larger than usual lines and letters are.
    """

    west_m: float
    north_m: float
    metres_per_px: float
    width_px: int
    height_px: int
    scale: float

    @classmethod
    def over(
        cls,
        bounds_enu: tuple[float, float, float, float],
        width_px: int,
        tall: tuple[float, float],
        scale: float,
    ) -> "Canvas":
        """Lay a picture over (west, south, east, north), its height over width within `tall`."""
        west, south, east, north = bounds_enu
        ratio = float(np.clip((north - south) / (east - west), *tall))
        height_px = round(width_px * ratio)
        step = max((east - west) / width_px, (north - south) / height_px)
        centre = (west + east) / 2, (south + north) / 2
        west, north = centre[0] - step * width_px / 2, centre[1] + step * height_px / 2
        return cls(west, north, step, width_px, height_px, scale)

    def coarser(self, times: int) -> "Canvas":
        """Give about the same ground on pixels so many times larger."""
        width, height = -(-self.width_px // times), -(-self.height_px // times)
        step = self.metres_per_px * self.width_px / width
        return Canvas(self.west_m, self.north_m, step, width, height, self.scale / times)

    def pixel_centres_enu(self) -> NDArray[np.float64]:
        """East and north of every pixel's centre, (height * width, 2), top row first."""
        east = self.west_m + (np.arange(self.width_px) + 0.5) * self.metres_per_px
        north = self.north_m - (np.arange(self.height_px) + 0.5) * self.metres_per_px
        return np.column_stack([axis.ravel() for axis in np.meshgrid(east, north)]).astype(np.float64)

    def pixels(self, enu: ArrayLike) -> NDArray[np.float64]:
        """Pixels (N, 2) of (N, 2) places; the centre of the top left pixel is (0, 0)."""
        places = np.asarray(enu, dtype=np.float64)[:, :2]
        corner, down = np.array([self.west_m, self.north_m]), np.array([1.0, -1.0])
        return np.asarray((places - corner) * down / self.metres_per_px - 0.5, dtype=np.float64)

    def fill(self, image: Image, polygons: Sequence[shapely.Polygon], colour: Colour, opacity: float) -> None:
        """Lay colour over polygons; where they overlap it is not laid twice."""
        inside = np.zeros(image.shape[:2], dtype=np.uint8)
        for polygon in polygons:
            rings = [self._fixed(ring.coords) for ring in (polygon.exterior, *polygon.interiors)]
            # Even-odd filling leaves inner rings empty; on a sheet of its own it empties nothing else.
            sheet = np.zeros_like(inside) if polygon.interiors else inside
            cv2.fillPoly(sheet, rings, (255,), cv2.LINE_AA, _SHIFT)
            if sheet is not inside:
                np.maximum(inside, sheet, out=inside)
        left, top, width, height = cv2.boundingRect(inside)
        touched = slice(top, top + height), slice(left, left + width)
        share = opacity * inside[touched][..., None] / 255.0
        image[touched] = (image[touched] * (1 - share) + np.array(colour) * share).astype(np.uint8)

    def lines(self, image: Image, lines: Sequence[ArrayLike], colour: Colour, width: float) -> None:
        """Draw lines through places."""
        thick = max(1, round(width * self.scale))
        cv2.polylines(image, [self._fixed(line) for line in lines], False, colour, thick, cv2.LINE_AA, _SHIFT)

    def dot(self, image: Image, place: tuple[float, float], colour: Colour, radius: float) -> None:
        """Draw a dot with a white rim."""
        (centre,) = self._fixed([place])[0]
        at = int(centre[0]), int(centre[1])
        unit = self.scale * 2**_SHIFT
        cv2.circle(image, at, round((radius + 1.5) * unit), _PAPER, -1, cv2.LINE_AA, _SHIFT)
        cv2.circle(image, at, round(radius * unit), colour, -1, cv2.LINE_AA, _SHIFT)

    def label(self, image: Image, place: tuple[float, float], text: str, raised_px: float = 0.0) -> None:
        """Write a text over a place, kept inside the picture."""
        width, height = text_size(text, self.scale)
        x, y = self.pixels([place])[0]
        x = float(np.clip(x - width / 2, 4, max(4, self.width_px - width - 4)))
        raise_by = raised_px * self.scale if raised_px else -height / 2
        y = float(np.clip(y - raise_by, height + 4, self.height_px - 4))
        write(image, (x, y), text, self.scale)

    def _fixed(self, places: ArrayLike) -> NDArray[np.int32]:
        pixels = np.clip(self.pixels(np.asarray(places)), -1e5, 1e5)
        return np.round(pixels * 2**_SHIFT).astype(np.int32).reshape(-1, 1, 2)


def bgr(colour: str) -> Colour:
    """Turn ``#rrggbb`` into OpenCV's order."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return blue, green, red


def png_bytes(image: Image) -> bytes:
    """Encode an image (BGR or BGRA) as PNG."""
    return cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 6])[1].tobytes()


def jpeg_bytes(image: Image) -> bytes:
    """Encode an image (BGR) as JPEG, fine enough that letters stay clean."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def text_size(text: str, scale: float) -> tuple[int, int]:
    """Return width and height of a written text in pixels."""
    (width, height), _ = cv2.getTextSize(text, _FONT, 0.6 * scale, max(1, round(scale)))
    return width, height


def write(image: Image, at: tuple[float, float], text: str, scale: float) -> None:
    """Write a text with a white rim, its lower left corner at a pixel."""
    place = round(at[0]), round(at[1])
    rim = max(1, round(2 * scale))
    for dx in range(-rim, rim + 1):
        for dy in range(-rim, rim + 1):
            if 0 < dx * dx + dy * dy <= rim * rim + 1:
                _put(image, (place[0] + dx, place[1] + dy), text, scale, _PAPER)
    _put(image, place, text, scale, _INK)


def draw_legend(image: Image, drawn: Canvas, entries: Sequence[tuple[str, str]]) -> None:
    """Draw a box with a swatch and a name for each (colour, name), in the lower left corner."""
    if not entries:
        return
    scale = drawn.scale
    line, pad = round(26 * scale), round(12 * scale)
    swatch = round(18 * scale)
    width = max(text_size(name, scale)[0] for _, name in entries) + swatch + 3 * pad
    top, left = drawn.height_px - pad - line * len(entries) - pad, pad
    _panel(image, left, top, left + width, drawn.height_px - pad)
    for number, (colour, name) in enumerate(entries):
        middle = top + pad // 2 + round((number + 0.5) * line)
        x = left + pad
        half = round(6 * scale)
        cv2.rectangle(image, (x, middle - half), (x + swatch, middle + half), bgr(colour), -1)
        _put(image, (x + swatch + pad, middle + text_size("x", scale)[1] // 2), name, scale, _INK)


def draw_scale_and_north(image: Image, drawn: Canvas) -> None:
    """Draw a scale bar of a round length and an arrow to the north in the lower right corner."""
    scale = drawn.scale
    wanted_m = drawn.metres_per_px * drawn.width_px / 6
    power = 10 ** math.floor(math.log10(wanted_m))
    length_m = max(step * power for step in (1, 2, 5) if step * power <= wanted_m)
    name = f"{length_m:g} m" if length_m < 1000 else f"{length_m / 1000:g} km"
    pad = round(12 * scale)
    bar = round(length_m / drawn.metres_per_px)
    right, bottom = drawn.width_px - 2 * pad, drawn.height_px - 2 * pad
    left = right - bar
    _panel(image, left - 4 * pad, bottom - round(44 * scale), right + pad, drawn.height_px - pad)
    thick = max(1, round(2 * scale))
    tick = round(6 * scale)
    for start, end in (
        ((left, bottom), (right, bottom)),
        ((left, bottom - tick), (left, bottom)),
        ((right, bottom - tick), (right, bottom)),
    ):
        cv2.line(image, start, end, _INK, thick, cv2.LINE_AA)
    width, _ = text_size(name, scale)
    _put(image, ((left + right - width) // 2, bottom - round(10 * scale)), name, scale, _INK)
    _north_arrow(image, left - 2 * pad, bottom, scale)


def _north_arrow(image: Image, x: int, bottom: int, scale: float) -> None:
    tip, half = bottom - round(36 * scale), round(8 * scale)
    arrow = np.array(
        [[x, tip], [x + half, tip + 2 * half], [x, tip + round(1.5 * half)], [x - half, tip + 2 * half]]
    )
    cv2.fillPoly(image, [arrow.astype(np.int32)], _INK, cv2.LINE_AA)
    width, _ = text_size("N", scale)
    _put(image, (x - width // 2, bottom + round(2 * scale)), "N", scale, _INK)


def _panel(image: Image, left: int, top: int, right: int, bottom: int) -> None:
    part = image[max(0, top) : bottom, max(0, left) : right]
    part[:] = (0.15 * part + 0.85 * 255).astype(np.uint8)


def _put(image: Image, at: tuple[int, int], text: str, scale: float, colour: Colour) -> None:
    cv2.putText(image, text, at, _FONT, 0.6 * scale, colour, max(1, round(scale)), cv2.LINE_AA)
