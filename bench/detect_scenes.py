"""Poppy plots painted on real photos, with what was painted: semi-synthetic scenes to measure the detector on.

Recall on them is an upper bound: a painted flower has the light of the painter and not of the day.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

FINE = 6
"""A plant is painted this much finer than the photo and then brought down, so that its edges mix as a camera's do."""

PETALS_BGR = {
    "white": ((238, 240, 242), (225, 230, 232)),
    "pink": ((190, 150, 240), (205, 185, 245)),
    "mauve": ((205, 160, 190), (215, 175, 210)),
    "purple": ((140, 60, 125), (165, 85, 160)),
    "red": ((45, 35, 205), (60, 40, 175)),
}


@dataclass(frozen=True)
class PaintedPlot:
    """One painted plot: its flowers (K, 2) in px, its colour and its number of plants."""

    flowers_px: NDArray[np.float64]
    radii_px: NDArray[np.float64]
    colour: str
    plants: int


def paint_plots(
    image_bgr: NDArray[np.uint8], gsd_cm: float, plots: int, rng: np.random.Generator, quality: int = 92
) -> tuple[NDArray[np.uint8], list[PaintedPlot]]:
    """Paint `plots` plots of 1 to 50 flowering plants on a copy of a photo, far enough apart to tell them apart.

    The scene passes through JPEG at `quality` once more, as a camera's own photo would have.
    """
    scene = image_bgr.copy()
    height, width = scene.shape[:2]
    painted: list[PaintedPlot] = []
    middles: list[NDArray[np.float64]] = []
    margin = min(250.0 / gsd_cm, 0.3 * min(height, width))
    for _ in range(plots * 20):
        if len(painted) == plots:
            break
        middle = rng.uniform([margin, margin], [width - margin, height - margin])
        if any(np.hypot(*(middle - other)) * gsd_cm < 900.0 for other in middles):
            continue
        middles.append(middle)
        painted.append(_paint_plot(scene, gsd_cm, middle, rng))
    _, encoded = cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8), painted


def _paint_plot(
    scene: NDArray[np.uint8], gsd_cm: float, middle_px: NDArray[np.float64], rng: np.random.Generator
) -> PaintedPlot:
    colour = str(rng.choice(list(PETALS_BGR)))
    plants = int(np.exp(rng.uniform(0.0, np.log(50.0))) + 0.5)
    spread_px = 15.0 * np.sqrt(plants) / gsd_cm
    light = rng.uniform(0.72, 1.05)  # cloud, shade, exposure
    sun = rng.uniform(0.0, 2.0 * np.pi)
    flowers, radii = [], []
    for _ in range(plants):
        at = middle_px + rng.normal(0.0, spread_px, 2)
        _paint_leaves(scene, gsd_cm, at, light, rng)
        for _ in range(int(rng.choice([1, 1, 2, 3]))):
            place = at + rng.normal(0.0, 7.0 / gsd_cm, 2)
            radius = rng.uniform(3.0, 5.5) / gsd_cm
            _paint_flower(scene, place, radius, colour, light, sun, rng)
            flowers.append(place)
            radii.append(radius)
    return PaintedPlot(np.array(flowers), np.array(radii), colour, plants)


def _paint_leaves(
    scene: NDArray[np.uint8], gsd_cm: float, at: NDArray[np.float64], light: float, rng: np.random.Generator
) -> None:
    """Paint a glaucous rosette of 20 to 40 cm."""
    for angle in rng.uniform(0.0, 2.0 * np.pi, 7):
        length, width = rng.uniform(10.0, 20.0) / gsd_cm, rng.uniform(2.5, 5.0) / gsd_cm
        middle = at + 0.5 * length * np.array([np.cos(angle), np.sin(angle)])
        tone = np.array([118.0, 138.0, 112.0]) * light * rng.uniform(0.65, 1.05)
        _paint(scene, middle, 0.5 * length, 0.5 * width, angle, tone)


def _paint_flower(
    scene: NDArray[np.uint8],
    at: NDArray[np.float64],
    radius: float,
    colour: str,
    light: float,
    sun: float,
    rng: np.random.Generator,
) -> None:
    first, second = (np.array(tone, dtype=np.float64) for tone in PETALS_BGR[colour])
    base = first + rng.uniform(0.0, 1.0) * (second - first) + rng.normal(0.0, 6.0, 3)
    shadow = at - 0.9 * radius * np.array([np.cos(sun), np.sin(sun)])
    _paint(scene, shadow, radius, 0.8 * radius, sun, np.array([35.0, 42.0, 34.0]) * light, cover=0.6)
    tilt = rng.uniform(0.7, 1.0)
    turn = rng.uniform(0.0, np.pi)
    for quarter in range(4):
        angle = turn + quarter * np.pi / 2.0
        middle = at + 0.45 * radius * np.array([np.cos(angle), tilt * np.sin(angle)])
        shade = light * (0.9 + 0.14 * np.cos(angle - sun)) * rng.uniform(0.94, 1.04)
        _paint(scene, middle, 0.58 * radius, 0.58 * radius * tilt, angle, base * shade)
    if rng.random() < 0.6:
        _paint(scene, at, 0.3 * radius, 0.3 * radius, 0.0, base * 0.35 * light)
    _paint(scene, at, 0.16 * radius, 0.16 * radius, 0.0, np.array([120.0, 190.0, 175.0]) * light)


def _paint(
    scene: NDArray[np.uint8],
    at: NDArray[np.float64],
    along: float,
    across: float,
    angle: float,
    tone_bgr: NDArray[np.float64],
    cover: float = 1.0,
) -> None:
    """Blend one ellipse of half axes `along` and `across` px into the scene, edges mixed by area."""
    reach = int(np.ceil(max(along, across))) + 2
    x0, y0 = int(at[0]) - reach, int(at[1]) - reach
    size = 2 * reach + 1
    if x0 < 0 or y0 < 0 or x0 + size > scene.shape[1] or y0 + size > scene.shape[0]:
        return
    fine = np.zeros((size * FINE, size * FINE), np.uint8)
    middle = ((at - [x0, y0] + 0.5) * FINE).astype(int)
    axes = (max(1, round(along * FINE)), max(1, round(across * FINE)))
    cv2.ellipse(fine, (int(middle[0]), int(middle[1])), axes, float(np.degrees(angle)), 0, 360, 255, -1)
    share = cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA).astype(np.float64) / 255.0
    share = cv2.GaussianBlur(share, (0, 0), 0.6)[..., None] * cover  # the lens's own softness
    patch = scene[y0 : y0 + size, x0 : x0 + size]
    patch[:] = np.clip(patch * (1.0 - share) + tone_bgr * share, 0, 255).astype(np.uint8)


def background(path: Path, photo_gsd_cm: float, gsd_cm: float) -> NDArray[np.uint8]:
    """Read a photo, bring it to a GSD, and repeat one that shows little ground, mirrored, to 2,000 px a side."""
    image = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), dtype=np.uint8)
    factor = photo_gsd_cm / gsd_cm
    if factor < 0.97:
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    while min(image.shape[:2]) < 1500:
        image = np.concatenate([image, image[:, ::-1]], axis=1)
        image = np.concatenate([image, image[::-1]], axis=0)
    return np.ascontiguousarray(image[:2500, :4000])
