"""Opium poppy, planted inside the mission's plots, and the truth about it.

What people plant is small: a handful beside the onions, two rows between the beans, a patch at a field's edge
or behind the house. `plants_for` decides where, `objects_of` how it looks, and `write_planted` writes it
down.
"""

import itertools
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from shapely import Polygon

from geo.frames import LocalFrame
from geo.terrain import Terrain
from missions.workspace import atomic_write
from sim.landscape_fields import Ground, Layout
from sim.render_objects import (
    COLOUR,
    EAST,
    FLOWER,
    KIND,
    NORTH,
    OBJECT_COLUMNS,
    REACH,
    ROSETTE,
    SECOND,
    SEED,
    STONE,
    TURN,
    A,
    B,
    X,
    Y,
)

PLANTED_FILE = "planted.geojson"

COLOURS: dict[str, tuple[float, float, float]] = {
    "white": (236, 233, 224),
    "pink": (232, 152, 176),
    "mauve": (192, 146, 190),
    "purple": (128, 58, 128),
    "red": (204, 40, 36),
}
# What grows where it could be sown: not on roads, paving, water, risers.
_SOWABLE = frozenset(
    (
        "wheat",
        "ripening wheat",
        "maize seedlings",
        "cabbage",
        "broad beans",
        "potatoes",
        "rape",
        "garlic",
        "fallow",
    )
    + ("ploughed", "orchard", "grass", "bund", "mulch film")
)


@dataclass(frozen=True)
class Planted:
    """One plot of poppies; positions in metres on the local frame."""

    plot_id: str
    mission_plot: str
    colour: str
    stage: str
    enu_m: npt.NDArray[np.float64]
    """(N, 2) places of the plants; a plant's main flower or capsule stands on its place."""
    diameter_m: npt.NDArray[np.float64]
    """(N,) across the main flower, or capsule."""
    flowers: npt.NDArray[np.int64]
    """(N,) open flowers; none where the plant shows buds or capsules only."""

    @property
    def centre(self) -> npt.NDArray[np.float64]:
        """Mean place of the plants, (2,)."""
        return self.enu_m.mean(axis=0)

    @property
    def radius_m(self) -> float:
        """Distance from the centre to the plant farthest from it."""
        return float(np.hypot(*(self.enu_m - self.centre).T).max())


def plants_for(plots: list[Ground], layout: Layout, rng: np.random.Generator) -> list[Planted]:
    """Decide where poppies grow.

    Every plot gets one to three plots of 5 to 60 plants, and about every third one more of 1 to 4.
    """
    found: list[Planted] = []
    # Every colour once before any comes again, so that a small landscape still tries a detector on all of
    # them.
    colours = itertools.chain.from_iterable(rng.permutation(list(COLOURS)) for _ in itertools.count())
    for plot in plots:
        sizes = [
            round(math.exp(rng.uniform(math.log(5), math.log(60)))) for _ in range(int(rng.integers(1, 4)))
        ]
        if rng.uniform() < 0.35:
            sizes.append(int(rng.integers(1, 5)))
        for size in sizes:
            places = _places(plot, layout, size, rng, [one.centre for one in found])
            if places is not None:
                found.append(_planted(f"P{len(found) + 1:02d}", plot.name, str(next(colours)), places, rng))
    return found


def objects_of(planted: list[Planted], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Draw list of the poppies: leaves, then capsules, then flowers, (M, OBJECT_COLUMNS)."""
    rows: list[npt.NDArray[np.float64]] = []
    for plot in planted:
        for place, diameter, flowers in zip(plot.enu_m, plot.diameter_m, plot.flowers, strict=True):
            rows += _plant(place, float(diameter), int(flowers), COLOURS[plot.colour], rng)
    return np.stack(rows) if rows else np.zeros((0, OBJECT_COLUMNS))


def write_planted(path: Path, planted: list[Planted], frame: LocalFrame, terrain: Terrain) -> None:
    """Write the truth: one feature per poppy plot and one per plant, WGS 84, heights AMSL."""
    features: list[dict[str, object]] = []
    for plot in planted:
        features.append(
            point_feature(
                plot.centre,
                frame,
                terrain,
                kind="plot",
                id=plot.plot_id,
                mission_plot=plot.mission_plot,
                plants=len(plot.enu_m),
                radius_m=round(plot.radius_m, 3),
                colour=plot.colour,
                stage=plot.stage,
            )
        )
        for place, diameter, flowers in zip(plot.enu_m, plot.diameter_m, plot.flowers, strict=True):
            features.append(
                point_feature(
                    place,
                    frame,
                    terrain,
                    kind="plant",
                    id=plot.plot_id,
                    colour=plot.colour,
                    diameter_m=round(float(diameter), 4),
                    flowers=int(flowers),
                )
            )
    write_features(path, features)


def write_features(path: Path, features: list[dict[str, object]]) -> None:
    """Write a GeoJSON file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1)
    atomic_write(path, (text + "\n").encode())


def point_feature(
    place: npt.NDArray[np.float64], frame: LocalFrame, terrain: Terrain, **properties: object
) -> dict[str, object]:
    """Describe one place, (2,) metres on the frame, as a GeoJSON feature with its height."""
    lon, lat = frame.to_lonlat(place[None, :])[0]
    alt = float(terrain.height_at(place[None, :])[0])
    return {
        "type": "Feature",
        "properties": {**properties, "alt_amsl_m": round(alt, 3)},
        "geometry": {"type": "Point", "coordinates": [round(float(lon), 9), round(float(lat), 9)]},
    }


def _places(
    plot: Ground,
    layout: Layout,
    count: int,
    rng: np.random.Generator,
    taken: list[npt.NDArray[np.float64]],
) -> npt.NDArray[np.float64] | None:
    """Find a spot in the plot for so many plants, away from other poppies; None when there is none."""
    inner = plot.polygon.buffer(-1.0)
    if inner.is_empty:
        return None
    for _ in range(400):
        centre = _spot(plot, inner, rng)
        if any(np.hypot(*(centre - other)) < 14.0 for other in taken):
            continue
        places = _pattern(count, rng) + centre
        if bool(np.all(shapely.contains_xy(inner, places))) and all(
            name in _SOWABLE for name in layout.materials_at(places)
        ):
            return places
    return None


def _spot(plot: Ground, inner: Polygon, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Pick a place; every other one close to the plot's edge, where it hides."""
    if rng.uniform() < 0.5 and not plot.courtyard:
        edge = plot.polygon.buffer(-rng.uniform(1.5, 5.0)).boundary
        point = edge.interpolate(float(rng.uniform(0, edge.length)))
        return np.array([point.x, point.y])
    west, south, east, north = inner.bounds
    return np.array([rng.uniform(west, east), rng.uniform(south, north)])


def _pattern(count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Lay plants out around the origin: in rows, or scattered, 20 to 50 cm apart."""
    turn = rng.uniform(0, 2 * math.pi)
    if rng.uniform() < 0.5:
        rows = max(1, min(4, round(math.sqrt(count) / rng.uniform(1.2, 2.2))))
        between, along = rng.uniform(0.3, 0.5), rng.uniform(0.22, 0.40)
        index = np.arange(count)
        x = (index // rows - (count - 1) / rows / 2) * along
        y = (index % rows - (rows - 1) / 2) * between
        places = np.stack([x, y], axis=1) + rng.normal(0, 0.03, (count, 2))
    else:
        places = _scattered(count, rng)
    c, s = math.cos(turn), math.sin(turn)
    return places @ np.array([[c, s], [-s, c]])


def _scattered(count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """At random, at least 20 cm apart, in an ellipse of one plant per 0.4 m squared."""
    area = 0.16 * count / 0.55
    stretch = rng.uniform(1.0, 2.0)
    a, b = math.sqrt(area / math.pi * stretch), math.sqrt(area / math.pi / stretch)
    places: list[npt.NDArray[np.float64]] = []
    while len(places) < count:
        r, turn = math.sqrt(rng.uniform()), rng.uniform(0, 2 * math.pi)
        place = np.array([a * r * math.cos(turn), b * r * math.sin(turn)])
        if all(np.hypot(*(place - other)) >= 0.2 for other in places):
            places.append(place)
    return np.array(places)


def _planted(
    plot_id: str, mission_plot: str, colour: str, places: npt.NDArray[np.float64], rng: np.random.Generator
) -> Planted:
    count = len(places)
    stage = "mixed" if count >= 10 and rng.uniform() < 0.25 else "flower"
    in_flower = rng.uniform(size=count) < (0.6 if stage == "mixed" else 0.92)
    in_flower[0] = True
    flowers = np.where(in_flower, 1 + rng.binomial(3, 0.3, count), 0)
    diameter = np.where(in_flower, rng.uniform(0.06, 0.11, count), rng.uniform(0.025, 0.045, count))
    return Planted(plot_id, mission_plot, colour, stage, places, diameter, flowers.astype(np.int64))


def _plant(
    place: npt.NDArray[np.float64],
    diameter_m: float,
    flowers: int,
    petals: tuple[float, float, float],
    rng: np.random.Generator,
) -> list[npt.NDArray[np.float64]]:
    """Leaves, further flowers and capsules on their stems, then the main one on the plant's place."""
    leaf = np.array((124, 146, 126)) * rng.uniform(0.85, 1.1) + rng.normal(0, 4, 3)
    length = rng.uniform(0.13, 0.25)
    rows = [object_row(ROSETTE, place, length, length, 1.0, leaf, leaf, float(rng.integers(7, 12)), 0.0, rng)]
    for k in range(int(rng.binomial(3, 0.35)) + max(0, flowers - 1)):
        turn, off = rng.uniform(0, 2 * math.pi), rng.uniform(0.07, 0.19)
        there = place + off * np.array([math.cos(turn), math.sin(turn)])
        if k < flowers - 1:
            rows.append(_flower(there, rng.uniform(0.05, 0.10), petals, rng))
        else:
            rows.append(_capsule(there, rng.uniform(0.02, 0.04), rng))
    rows.append(_flower(place, diameter_m, petals, rng) if flowers else _capsule(place, diameter_m, rng))
    return rows


def _flower(
    place: npt.NDArray[np.float64],
    diameter_m: float,
    petals: tuple[float, float, float],
    rng: np.random.Generator,
) -> npt.NDArray[np.float64]:
    colour = np.array(petals) * rng.uniform(0.9, 1.06) + rng.normal(0, 4, 3)
    blotch = np.array((62, 36, 66)) if rng.uniform() < 0.75 else colour * 0.8
    radius = diameter_m / 2
    return object_row(
        FLOWER,
        place,
        radius * 1.2,
        radius,
        rng.uniform(0.68, 1.0),
        colour,
        blotch,
        rng.uniform(0.3, 0.42),
        4.0,
        rng,
    )


def _capsule(
    place: npt.NDArray[np.float64], diameter_m: float, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    colour = np.array((150, 168, 138)) * rng.uniform(0.9, 1.08)
    return object_row(
        STONE, place, diameter_m * 1.2, diameter_m / 2, diameter_m / 2, colour, colour, 0.8, 0.0, rng
    )


def object_row(
    kind: int,
    place: npt.NDArray[np.float64],
    reach_m: float,
    a: float,
    b: float,
    colour: npt.NDArray[np.float64],
    second: npt.NDArray[np.float64],
    x: float,
    y: float,
    rng: np.random.Generator,
) -> npt.NDArray[np.float64]:
    """Put one object of the draw list together, turned at random; see `render_objects` for the numbers."""
    row = np.zeros(OBJECT_COLUMNS)
    row[[KIND, EAST, NORTH, REACH, TURN, A, B]] = (kind, *place, reach_m, rng.uniform(0, 2 * math.pi), a, b)
    row[COLOUR : COLOUR + 3], row[SECOND : SECOND + 3] = colour, second
    row[[X, Y, SEED]] = x, y, rng.integers(1 << 20)
    return row
