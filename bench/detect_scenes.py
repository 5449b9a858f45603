"""Poppy plots painted on real photos or rendered by the practice camera: scenes to measure the detector on.

Recall on them is an upper bound: a painted flower has the light of the painter and not of the day.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from geo.pose import Pose
from geo.view import View
from missions import Mission
from sim.camera import Exposure, expose
from sim.landscape import landscape_for, plant
from sim.planting import Planted
from sim.render import render

HEIGHT_AGL_M = 76.6
"""1.5 cm on the ground with the example mission's camera."""

PLANT_REACH_CM = 14.0
"""How far from its plant a flower may stand."""

FINE = 6
"""Painted this much finer than the photo and then brought down: edges mix as a camera mixes them."""

PETALS_BGR = {
    "white": ((250, 251, 252), (240, 244, 246)),
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
    """Paint plots of 1 to 50 flowering plants on a copy of a photo, far enough apart to be told apart.

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
    light = _light(scene, middle_px, 100.0 / gsd_cm) * rng.uniform(0.92, 1.08)
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


def _light(scene: NDArray[np.uint8], at: NDArray[np.float64], reach_px: float) -> float:
    """How light the place is, as a factor on sRGB values: 1 where the ground has a luminance of 0.15.

    Leaves, soil and tar reflect about 0.15 of the light, so what they show tells the light that petals
    stand in.
    """
    x, y, reach = int(at[0]), int(at[1]), int(reach_px)
    patch = scene[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach] / 255.0
    luminance = patch**2.2 @ np.array([0.0722, 0.7152, 0.2126])
    return float(np.clip((np.percentile(luminance, 60) / 0.15) ** (1 / 2.2), 0.55, 1.15))


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


def paint_decoys(image_bgr: NDArray[np.uint8], gsd_cm: float, count: int, rng: np.random.Generator) -> None:
    """Paint things of petal colours that are no poppies into an image, in place."""
    height, width = image_bgr.shape[:2]
    common = (_sheet, _car, _stones, _yellow_flowers, _litter, _pale_leaves)
    painters = (*common, *common, *common, _bush)
    for _ in range(count):
        at = rng.uniform([0.0, 0.0], [width, height])
        painters[int(rng.integers(len(painters)))](image_bgr, gsd_cm, at, rng)


def _box(
    image: NDArray[np.uint8],
    at: NDArray[np.float64],
    size_px: NDArray[np.float64],
    turn_deg: float,
    tone_bgr: NDArray[np.float64],
) -> None:
    corners = cv2.boxPoints(((float(at[0]), float(at[1])), (float(size_px[0]), float(size_px[1])), turn_deg))
    tone = tuple(float(v) for v in np.clip(tone_bgr, 0, 255))
    cv2.fillConvexPoly(image, np.round(corners * 16).astype(np.int32), tone, cv2.LINE_AA, 4)


def _sheet(
    image: NDArray[np.uint8], gsd_cm: float, at: NDArray[np.float64], rng: np.random.Generator
) -> None:
    """A tarpaulin, a roof, a strip of film, with folds."""
    size, turn = rng.uniform([100.0, 40.0], [800.0, 400.0]) / gsd_cm, float(rng.uniform(0, 180))
    tone = _loud(rng)
    _box(image, at, size, turn, tone)
    for _ in range(6):
        fold = at + rng.uniform(-0.3, 0.3, 2) * size.min()
        _box(image, fold, size * [0.3, 0.02], turn + rng.uniform(-20, 20), tone * rng.uniform(0.7, 1.3))


def _car(image: NDArray[np.uint8], gsd_cm: float, at: NDArray[np.float64], rng: np.random.Generator) -> None:
    size, turn = np.array([430.0, 180.0]) / gsd_cm, float(rng.uniform(0, 180))
    tone = _loud(rng)
    along = np.array([np.cos(np.radians(turn)), np.sin(np.radians(turn))]) * size[0]
    _box(image, at, size * 1.04, turn, np.array([30.0, 32.0, 30.0]))
    _box(image, at, size, turn, tone)
    for shift, length in ((-0.18, 0.12), (0.28, 0.08)):
        _box(image, at + shift * along, size * [length, 0.85], turn, np.array([60.0, 52.0, 48.0]))
    _box(image, at + 0.4 * along, size * [0.06, 0.6], turn, np.array([245.0, 245.0, 245.0]))
    for shift in (-0.49, 0.49):
        _box(image, at + shift * along, size * [0.02, 0.15], turn, np.array([40.0, 40.0, 220.0]))


def _stones(
    image: NDArray[np.uint8], gsd_cm: float, at: NDArray[np.float64], rng: np.random.Generator
) -> None:
    for _ in range(int(rng.integers(1, 12))):
        place = at + rng.normal(0.0, 60.0, 2) / gsd_cm
        size = np.exp(rng.uniform(np.log(4.0), np.log(35.0))) / gsd_cm
        turns = np.sort(rng.uniform(0, 2 * np.pi, 7))
        shape = place + 0.5 * size * rng.uniform(0.6, 1.0, (7, 1)) * np.stack(
            [np.cos(turns), np.sin(turns)], axis=1
        )
        shadow = shape + 0.25 * size
        bright = rng.uniform(160.0, 250.0)
        for outline, tone in ((shadow, (40.0, 45.0, 42.0)), (shape, (bright * 0.95, bright * 0.98, bright))):
            cv2.fillPoly(image, [np.round(outline * 16).astype(np.int32)], tone, cv2.LINE_AA, 4)


def _yellow_flowers(
    image: NDArray[np.uint8], gsd_cm: float, at: NDArray[np.float64], rng: np.random.Generator
) -> None:
    for _ in range(int(rng.integers(5, 60))):
        place = at + rng.normal(0.0, 100.0, 2) / gsd_cm
        tone = np.array([rng.uniform(0, 70), rng.uniform(170, 235), rng.uniform(210, 255)])
        _paint(image, place, rng.uniform(1.0, 4.0) / gsd_cm, rng.uniform(1.0, 4.0) / gsd_cm, 0.0, tone)


def _pale_leaves(
    image: NDArray[np.uint8], gsd_cm: float, at: NDArray[np.float64], rng: np.random.Generator
) -> None:
    """A field of cabbage: blue-grey heads with pale ribs and leaf edges in the sun."""
    tone = np.array([150.0, 172.0, 152.0]) * rng.uniform(0.7, 1.1)
    turn = rng.uniform(0.0, np.pi)
    along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    length, rows = (int(rng.integers(2, most)) for most in (9, 7))
    for step, row in np.ndindex(length, rows):
        head = at + (55.0 * step * along + 75.0 * row * across) / gsd_cm
        for _ in range(9):
            place = head + rng.normal(0.0, 11.0, 2) / gsd_cm
            light = rng.choice([0.6, 0.85, 1.0, 1.0, 1.12, 1.22])
            size = rng.uniform(3.0, 11.0) / gsd_cm
            _paint(image, place, size, size * rng.uniform(0.2, 0.9), rng.uniform(0, np.pi), tone * light)


def _bush(image: NDArray[np.uint8], gsd_cm: float, at: NDArray[np.float64], rng: np.random.Generator) -> None:
    """An azalea or a rose: scores of flowers of 2 to 5 cm on a dark green dome."""
    radius = rng.uniform(40.0, 120.0) / gsd_cm
    tone = np.array(PETALS_BGR[str(rng.choice(["pink", "red", "purple", "white"]))][0])
    for _ in range(160):
        place = at + rng.normal(0.0, 0.45, 2) * radius
        leaf = np.array([40.0, 85.0, 50.0]) * rng.uniform(0.5, 1.3)
        _paint(image, place, 9.0 / gsd_cm, 5.0 / gsd_cm, rng.uniform(0, np.pi), leaf)
    for _ in range(int(rng.integers(40, 120))):
        place = at + rng.normal(0.0, 0.42, 2) * radius
        size = rng.uniform(1.0, 2.6) / gsd_cm
        _paint(image, place, size, size, 0.0, tone * rng.uniform(0.6, 1.05))


def _litter(
    image: NDArray[np.uint8], gsd_cm: float, at: NDArray[np.float64], rng: np.random.Generator
) -> None:
    """A bag, a bottle, a crate: one thing of 10 to 60 cm."""
    size = rng.uniform([8.0, 20.0], [40.0, 60.0]) / gsd_cm
    _box(image, at, size, float(rng.uniform(0, 180)), _loud(rng))


def _loud(rng: np.random.Generator) -> NDArray[np.float64]:
    """A paint or plastic colour: red, blue, white, silver, pink, violet."""
    tones = ((40, 35, 190), (60, 50, 150), (200, 110, 40), (245, 245, 245), (200, 200, 200), (180, 120, 230))
    tones += ((150, 60, 130), (90, 90, 200))
    return np.array(tones[int(rng.integers(len(tones)))]) + rng.normal(0.0, 8.0, 3)


def background(path: Path, photo_gsd_cm: float, gsd_cm: float) -> NDArray[np.uint8]:
    """Read a photo, bring it to a GSD, and repeat one that shows little ground, mirrored, to 1,500 px."""
    image = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), dtype=np.uint8)
    factor = photo_gsd_cm / gsd_cm
    if factor < 0.97:
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    while min(image.shape[:2]) < 1500:
        image = np.concatenate([image, image[:, ::-1]], axis=1)
        image = np.concatenate([image, image[::-1]], axis=0)
    return np.ascontiguousarray(image[:2500, :4000])


def rendered_scenes(
    root: Path, seeds: Iterable[int], photos: int
) -> Iterator[tuple[NDArray[np.uint8], list[PaintedPlot], float]]:
    """Photos of the practice camera over a mission: images, the plots in them and their GSD in cm.

    Each seed is another landscape; every other one of its photos is taken over a plot, the rest farther away.
    """
    mission = Mission(root)
    ground = mission.ground()
    camera = mission.camera_model().camera()
    for seed in seeds:
        truth = root.parent / f"truth-{seed}"
        planted, land = plant(mission, truth, seed), landscape_for(mission, truth, seed)
        rng = np.random.default_rng(seed)
        for number in range(photos):
            away = rng.uniform(-15.0, 15.0, 2) if number % 2 == 0 else rng.uniform(-90.0, 90.0, 2)
            east, north = planted[int(rng.integers(len(planted)))].centre + away
            height = float(ground.terrain.height_at([[east, north]])[0]) + HEIGHT_AGL_M
            yaw, pitch, roll = float(rng.uniform(0, 360)), *(float(v) for v in rng.normal(0.0, 2.0, 2))
            pose = Pose.from_body(float(east), float(north), height, yaw, pitch, roll)
            view = View(camera, pose, ground.terrain, ground.frame)
            image = expose(render(view, land), Exposure.drawn(1000 * seed + number))
            gsd_cm = float(view.gsd_cm([[camera.cx_px, camera.cy_px]])[0])
            yield image, _in_photo(planted, view, gsd_cm), gsd_cm


def _in_photo(planted: list[Planted], view: View, gsd_cm: float) -> list[PaintedPlot]:
    plots: list[PaintedPlot] = []
    for plot in planted:
        places = plot.enu_m[plot.flowers > 0]
        px = view.pixels(np.column_stack([places, view.terrain.height_at(places)]))
        inside = np.all((px >= 0) & (px < [view.camera.width_px, view.camera.height_px]), axis=1)
        if inside.any():
            radii = np.full(int(inside.sum()), PLANT_REACH_CM / gsd_cm)
            plots.append(PaintedPlot(px[inside], radii, plot.colour, int(inside.sum())))
    return plots
