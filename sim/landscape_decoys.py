"""Decoys: what is not poppy but has fooled colour detectors, and what else lies about."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely import Polygon

from sim.landscape_fields import Ground
from sim.planting import Planted, object_row
from sim.render_objects import BUSH, CAR, FLOWER, ROSETTE, SHEET, STONE, TURN

Array = npt.NDArray[np.float64]
Rgb = tuple[float, float, float]

PAINTS: dict[str, Rgb] = {
    "red": (176, 22, 24),
    "white": (226, 227, 226),
    "silver": (164, 168, 172),
    "black": (34, 36, 40),
    "blue": (34, 60, 120),
}


@dataclass(frozen=True)
class Decoy:
    """Something that is not poppy but may look it; place in metres on the local frame."""

    kind: str
    place: Array
    radius_m: float


@dataclass
class Things:
    """Objects to draw, in the making."""

    rows: list[Array]
    decoys: list[Decoy]

    def add(self, row: Array) -> None:
        """Add an object."""
        self.rows.append(row)

    def decoy(self, kind: str, place: Array, radius_m: float) -> None:
        """Note a decoy."""
        self.decoys.append(Decoy(kind, np.asarray(place, np.float64), radius_m))


def scatter_decoys(
    plots: list[Ground], planted: list[Planted], rng: np.random.Generator, things: Things
) -> None:
    """Put into every plot what has fooled colour detectors: cars, tarpaulins, stones, blossom, washing."""
    plants = np.concatenate([plot.enu_m for plot in planted]) if planted else np.zeros((0, 2))
    makers = [_red_car, _tarpaulin, _white_stones, _azaleas, _sunflowers, _marigolds, _bags, add_washing]
    for plot in plots:
        for make in makers:
            for _ in range(int(rng.choice([0, 1, 2], p=[0.3, 0.5, 0.2]))):
                place = _free_place(plot.polygon.buffer(6.0), plants, rng)
                if place is not None:
                    make(place, rng, things)


def add_car(place: Array, turn: float, paint: str, rng: np.random.Generator, things: Things) -> None:
    """A car, noted as a decoy."""
    a, b = rng.uniform(2.1, 2.4), rng.uniform(0.85, 0.95)
    colour = np.array(PAINTS[paint]) * rng.uniform(0.92, 1.08)
    row = object_row(CAR, place, math.hypot(a, b), a, b, colour, colour, 0.0, 0.0, rng)
    row[TURN] = turn
    things.add(row)
    things.decoy(f"{paint} car", place, 2.4)


def add_bush(
    place: Array,
    radius: float,
    green: Rgb,
    bloom: Rgb | None,
    share: float,
    rng: np.random.Generator,
    things: Things,
) -> None:
    """A leafy bush, with blossoms on a share of it."""
    leaf = np.array(green) * rng.uniform(0.85, 1.15) + rng.normal(0, 5, 3)
    second = leaf if bloom is None else np.array(bloom) + rng.normal(0, 5, 3)
    things.add(object_row(BUSH, place, radius * 1.15, radius, radius, leaf * 1.25, second, share, 0.0, rng))


def add_stone(place: Array, size: float, colour: Rgb, rng: np.random.Generator, things: Things) -> None:
    """One stone."""
    flat = size * rng.uniform(0.6, 0.95)
    shade = np.array(colour) * rng.uniform(0.92, 1.06)
    things.add(
        object_row(STONE, place, size * 2.2, size, flat, shade, shade, rng.uniform(0.4, 0.8), 0.0, rng)
    )


def add_washing(place: Array, rng: np.random.Generator, things: Things) -> None:
    """Cloths on a line, noted as a decoy."""
    turn = rng.uniform(0, 2 * math.pi)
    along = np.array([math.cos(turn), math.sin(turn)])
    cloths: list[Rgb] = [(206, 46, 50), (232, 232, 230), (222, 150, 174), (60, 96, 170), (120, 70, 130)]
    count = int(rng.integers(3, 8))
    for k in range(count):
        colour = np.array(cloths[int(rng.integers(len(cloths)))])
        a, b = rng.uniform(0.25, 0.45), rng.uniform(0.12, 0.3)
        there = place + along * (k - count / 2) * 0.95
        row = object_row(SHEET, there, math.hypot(a, b) * 1.1, a, b, colour, colour, 0.7, 0.0, rng)
        row[TURN] = turn
        things.add(row)
    things.decoy("washing", place, count * 0.48)


def _red_car(place: Array, rng: np.random.Generator, things: Things) -> None:
    add_car(place, rng.uniform(0, 2 * math.pi), "red", rng, things)


def _tarpaulin(place: Array, rng: np.random.Generator, things: Things) -> None:
    a, b = rng.uniform(1.2, 3.2), rng.uniform(0.8, 2.2)
    colour = np.array((38, 92, 178)) * rng.uniform(0.85, 1.15)
    things.add(object_row(SHEET, place, math.hypot(a, b) * 1.1, a, b, colour, colour, 1.0, 0.0, rng))
    things.decoy("blue tarpaulin", place, max(a, b))


def _white_stones(place: Array, rng: np.random.Generator, things: Things) -> None:
    spread = rng.uniform(0.4, 1.6)
    for _ in range(int(rng.integers(3, 16))):
        white = rng.uniform(205, 240)
        there = place + rng.normal(0, spread, 2)
        add_stone(there, float(rng.uniform(0.03, 0.16)), (white, white * 0.99, white * 0.96), rng, things)
    things.decoy("white stones", place, 2 * spread)


def _azaleas(place: Array, rng: np.random.Generator, things: Things) -> None:
    blooms: list[Rgb] = [(214, 60, 110), (226, 120, 160), (200, 44, 60), (232, 226, 224)]
    bloom = blooms[int(rng.integers(len(blooms)))]
    for k in range(int(rng.integers(2, 7))):
        there = place + np.array([k * 1.1, 0]) + rng.normal(0, 0.25, 2)
        add_bush(there, rng.uniform(0.35, 0.8), (72, 104, 54), bloom, rng.uniform(0.25, 0.6), rng, things)
        things.decoy("flowering bush", there, 0.8)


def _sunflowers(place: Array, rng: np.random.Generator, things: Things) -> None:
    turn = rng.uniform(0, 2 * math.pi)
    along = np.array([math.cos(turn), math.sin(turn)])
    count = int(rng.integers(6, 22))
    for k in range(count):
        there = place + along * (k - count / 2) * 0.5 + rng.normal(0, 0.08, 2)
        leaf = np.array((96, 132, 62)) * rng.uniform(0.85, 1.1)
        things.add(object_row(ROSETTE, there, 0.26, 0.26, 0.26, leaf, leaf, 9.0, 0.0, rng))
        radius = rng.uniform(0.08, 0.13)
        petals, disc = np.array((236, 182, 30)), np.array((84, 56, 26))
        things.add(object_row(FLOWER, there, radius * 1.2, radius, 0.9, petals, disc, 0.5, 22.0, rng))
    things.decoy("sunflowers", place, count * 0.25)


def _marigolds(place: Array, rng: np.random.Generator, things: Things) -> None:
    colours: list[Rgb] = [(236, 140, 24), (238, 196, 40), (240, 238, 230)]
    colour = np.array(colours[int(rng.integers(len(colours)))])
    for _ in range(int(rng.integers(8, 40))):
        there = place + rng.normal(0, 0.5, 2)
        radius = rng.uniform(0.018, 0.032)
        disc = np.array((190, 130, 30))
        things.add(object_row(FLOWER, there, radius * 1.3, radius, 0.95, colour, disc, 0.3, 12.0, rng))
    things.decoy("garden flowers", place, 1.2)


def _bags(place: Array, rng: np.random.Generator, things: Things) -> None:
    for _ in range(int(rng.integers(1, 4))):
        there = place + rng.normal(0, 1.0, 2)
        a, b = rng.uniform(0.1, 0.3), rng.uniform(0.08, 0.2)
        colours: list[Rgb] = [(232, 233, 235), (196, 40, 48), (226, 150, 170)]
        colour = np.array(colours[int(rng.choice(3, p=[0.7, 0.15, 0.15]))])
        things.add(object_row(SHEET, there, math.hypot(a, b) * 1.2, a, b, colour, colour, 1.0, 0.0, rng))
        things.decoy("plastic bag", there, 0.4)


def _free_place(area: Polygon, plants: Array, rng: np.random.Generator) -> Array | None:
    west, south, east, north = area.bounds
    for _ in range(60):
        place = np.array([rng.uniform(west, east), rng.uniform(south, north)])
        near = len(plants) > 0 and float(np.hypot(*(plants - place).T).min()) < 9.0
        if not near and shapely.contains_xy(area, *place):
            return place
    return None
