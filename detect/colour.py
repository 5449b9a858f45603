"""Colours of poppy petals as a likelihood ratio against the colours of the photo itself.

A colour is an index of 15 bits, five for each of blue, green and red. For each of five hue families we hold
how petals spread over these 32,768 colours; the photo says how everything else spreads. Their ratio is one
table, so a pixel costs one look-up.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

FAMILIES = ("white", "pink", "mauve", "purple", "red")
"""The hue families, in the order of every array with one entry per family."""

ALIKE = np.array(
    [
        [1, 1, 1, 0, 0],
        [1, 1, 1, 1, 1],
        [1, 1, 1, 1, 0],
        [0, 1, 1, 1, 0],
        [0, 1, 0, 0, 1],
    ],
    dtype=bool,
)
"""(5, 5) families that may stand in one plot, or be one flower in another light."""

LUT_SCALE = 16.0
"""Steps of the colour table per nat of log likelihood ratio."""

_MIN_LOG_RATIO = 2.5
"""Nats below which a pixel is background: twelve times likelier to be petal, before texture is asked."""

_SAMPLE_STRIDE = 4


BLOCK_PX = 32
"""Side of the blocks for which the kind of surroundings is decided."""

_MIXED, _GREEN = 0.2, 0.6
"""Shares of leaf-green pixels from which surroundings count as mixed and as green; below they are bare."""

_PALE = 0.05
"""Share of white pixels from which bare surroundings count as pale: roads, film and stones, not soil."""

_KINDS = 4
_PALE_KIND = 3

_PRIOR_SAMPLES = 20_000.0
"""Weight of the whole photo's colours in each kind of surroundings, in pixels looked at."""


@dataclass(frozen=True)
class ColourTable:
    """Look-up tables over the 15-bit colours, one for each kind of surroundings.

    White is common on a road and rare in a field, so what counts as rare is asked of the surroundings: blocks
    of 32 px are bare, mixed, green, or bare and pale, by what they and the eight blocks around them show.

    Attributes
    ----------
    kind : (ceil(H / 32), ceil(W / 32)) uint8
        Row of the tables that each block of the image uses.
    ratio : (4, 32768) uint8
        Log likelihood ratio petal : background in 1/16 nat; 0 where the pixel is background.
    family : (4, 32768) uint8
        Index into FAMILIES of the likeliest family.
    """

    kind: NDArray[np.uint8]
    ratio: NDArray[np.uint8]
    family: NDArray[np.uint8]


def colour_table(image_bgr: NDArray[np.uint8]) -> ColourTable:
    """Learn the background of an image from a sixteenth of its pixels, and set petals against it.

    Parameters
    ----------
    image_bgr : (H, W, 3) uint8

    Returns
    -------
    ColourTable
        A colour that fills a large part of such surroundings is no petal there, one that they hardly know is
        worth up to ten nats.
    """
    green, white = (_widened(share) for share in _shares(image_bgr, petal_family() == 0, _SAMPLE_STRIDE))
    kind = (green >= _MIXED).astype(np.uint8) + (green >= _GREEN).astype(np.uint8)
    kind[(kind == 0) & (white >= _PALE)] = _PALE_KIND
    seen = _histograms(image_bgr, kind, _SAMPLE_STRIDE).astype(np.float64)
    everywhere = seen.sum(axis=0)
    prior = everywhere * (_PRIOR_SAMPLES / max(everywhere.sum(), 1.0))
    tables = [_ratios(own + prior) for own in seen]
    return ColourTable(
        kind, np.stack([ratio for ratio, _ in tables]), np.stack([family for _, family in tables])
    )


def _widened(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of each block's share and those of the eight around it."""
    sides = np.pad(share, 1, mode="edge")
    return np.mean(
        [sides[y : y + share.shape[0], x : x + share.shape[1]] for y in range(3) for x in range(3)], axis=0
    )


def _ratios(background: NDArray[np.float64]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Table of ratios and of families, (32768,) each, against one background (32768,) of pixel counts."""
    density, member = _petals()
    share = np.maximum(_with_neighbours(background), 3.0) / max(background.sum(), 1.0)
    log_ratio = np.log(np.maximum(density, 1e-12)) - np.log(share)
    log_ratio[member < 0.2] = -np.inf
    family = np.argmax(log_ratio, axis=0)
    best = np.take_along_axis(log_ratio, family[None], axis=0)[0]
    ratio = np.where(best > _MIN_LOG_RATIO, np.clip(best * LUT_SCALE, 0, 255), 0)
    return ratio.astype(np.uint8), family.astype(np.uint8)


@lru_cache(maxsize=1)
def petal_family() -> NDArray[np.uint8]:
    """Family of each of the 32,768 colours whatever the background: index into FAMILIES, or len(FAMILIES)."""
    member = _petals()[1]
    return np.where(member.max(axis=0) >= 0.3, np.argmax(member, axis=0), len(FAMILIES)).astype(np.uint8)


def lab(bgr: NDArray[np.floating]) -> NDArray[np.float64]:
    """CIE L*a*b* of (N, 3) BGR values in 0..255 (sRGB, D65, by OpenCV)."""
    if not len(bgr):
        return np.empty((0, 3))  # OpenCV refuses an empty image
    scaled = np.ascontiguousarray(bgr, dtype=np.float32).reshape(-1, 1, 3) / np.float32(255.0)
    return np.asarray(cv2.cvtColor(scaled, cv2.COLOR_BGR2Lab), dtype=np.float64).reshape(-1, 3)


@lru_cache(maxsize=1)
def _petals() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(5, 32768) density of each family smoothed as the background is, and its membership in 0..1.

    The bounds are hand-set in CIE L*, chroma and hue angle from photographs of Papaver somniferum in the open
    (petals white, pale pink, rose, lilac, violet, scarlet), widened for shade and for the mixing of petal and
    leaf in one pixel. Yellow and orange (hue 55 to 110 degrees), which the species does not have, stay
    outside.
    """
    code = np.arange(32768)
    bgr = np.stack([code >> 10, (code >> 5) & 31, code & 31], axis=1) * 8.0 + 4.0
    lightness, a, b = lab(bgr).T
    chroma = np.hypot(a, b)
    hue = np.degrees(np.arctan2(b, a)) % 360.0
    white = _above(lightness, 74, 8) * _below(chroma, 14, 6)
    pink = _hue(hue, -25, 27, 12) * _above(chroma, 16, 8) * _above(lightness, 55, 8)
    mauve = _hue(hue, 298, 345, 14) * _above(chroma, 12, 6) * _above(lightness, 48, 8)
    purple = (
        _hue(hue, 298, 352, 12) * _above(chroma, 18, 8) * _above(lightness, 22, 6) * _below(lightness, 58, 8)
    )
    red = _hue(hue, -8, 46, 10) * _above(chroma, 34, 8) * _above(lightness, 24, 6) * _below(lightness, 66, 8)
    member = np.stack([white, pink, mauve, purple, red])
    density = member / member.sum(axis=1, keepdims=True)
    return np.stack([_with_neighbours(family) for family in density]), member


def _with_neighbours(per_colour: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum (32768,) values over each colour and its 26 neighbours in the colour cube."""
    cube = np.pad(per_colour.reshape(32, 32, 32), 1)
    for axis in range(3):
        cube = cube + np.roll(cube, 1, axis) + np.roll(cube, -1, axis)
    return cube[1:-1, 1:-1, 1:-1].ravel()


def _above(value: NDArray[np.float64], limit: float, softness: float) -> NDArray[np.float64]:
    return np.clip((value - limit) / softness + 0.5, 0.0, 1.0)


def _below(value: NDArray[np.float64], limit: float, softness: float) -> NDArray[np.float64]:
    return np.clip((limit - value) / softness + 0.5, 0.0, 1.0)


def _hue(hue_deg: NDArray[np.float64], first: float, last: float, softness: float) -> NDArray[np.float64]:
    middle, half = (first + last) / 2.0, (last - first) / 2.0
    away = np.abs((hue_deg - middle + 180.0) % 360.0 - 180.0)
    return _below(away, half, softness)


@njit(cache=True, nogil=True)
def is_green(b: float, g: float, r: float) -> bool:
    """Leaf green, or the blue-grey green of poppy leaves; neither soil (red) nor shadow on tar (blue)."""
    total = b + g + r + 1.0
    return (2.0 * g - r - b) > 0.05 * total or (g - r > 0.03 * total and g - b > -0.01 * total)


@njit(cache=True, nogil=True)
def _shares(
    image: NDArray[np.uint8], is_white: NDArray[np.bool_], stride: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares of leaf-green and of white pixels in each block."""
    rows = (image.shape[0] + BLOCK_PX - 1) // BLOCK_PX
    columns = (image.shape[1] + BLOCK_PX - 1) // BLOCK_PX
    green = np.zeros((rows, columns))
    white = np.zeros((rows, columns))
    count = np.zeros((rows, columns))
    for y in range(0, image.shape[0], stride):
        for x in range(0, image.shape[1], stride):
            count[y // BLOCK_PX, x // BLOCK_PX] += 1.0
            if is_green(float(image[y, x, 0]), float(image[y, x, 1]), float(image[y, x, 2])):
                green[y // BLOCK_PX, x // BLOCK_PX] += 1.0
            white[y // BLOCK_PX, x // BLOCK_PX] += is_white[
                _code(image[y, x, 0], image[y, x, 1], image[y, x, 2])
            ]
    return green / count, white / count


@njit(cache=True, nogil=True)
def _code(b: np.uint8, g: np.uint8, r: np.uint8) -> np.int64:
    """Index of a colour in the tables."""
    return (np.int64(b >> 3) << 10) | (np.int64(g >> 3) << 5) | np.int64(r >> 3)


@njit(cache=True, nogil=True)
def _histograms(image: NDArray[np.uint8], kind: NDArray[np.uint8], stride: int) -> NDArray[np.int64]:
    """Pixels per 15-bit colour in each kind of surroundings, (4, 32768)."""
    count = np.zeros((_KINDS, 32768), np.int64)
    for y in range(0, image.shape[0], stride):
        for x in range(0, image.shape[1], stride):
            count[
                kind[y // BLOCK_PX, x // BLOCK_PX], _code(image[y, x, 0], image[y, x, 1], image[y, x, 2])
            ] += 1
    return count
