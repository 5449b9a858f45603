"""What stands in the landscape: houses, trees, bushes, stones, and the shadows of what is tall."""

import math
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt
import shapely
import shapely.affinity
from shapely import Polygon

from sim.landscape_decoys import PAINTS, Rgb, Things, add_bush, add_car, add_stone, add_washing
from sim.landscape_fields import Ground, Layout, longest_side_deg
from sim.landscape_materials import COVERS
from sim.planting import Planted, object_row
from sim.render_objects import (
    BUSH,
    CAR,
    EAST,
    KIND,
    NORTH,
    ROOF,
    TREE,
    TURN,
    A,
    B,
)

Array = npt.NDArray[np.float64]

ROOFS: dict[str, tuple[Rgb, bool, float]] = {
    # colour, pitched, spacing of the ribs in metres
    "tile": ((146, 82, 64), True, 0.22),
    "grey tile": ((118, 118, 120), True, 0.22),
    "blue sheet": ((66, 112, 176), True, 0.5),
    "concrete": ((176, 172, 164), False, 0.0),
}
TREE_DENSITY = {"scrub": 0.016, "grass": 0.003, "bund": 0.004, "riser": 0.004}
BUSH_DENSITY = {"scrub": 0.05, "grass": 0.006, "bund": 0.01, "riser": 0.02, "fallow": 0.002}
STONE_DENSITY = {"riser": 0.06, "track": 0.02, "grass": 0.004, "ploughed": 0.01, "fallow": 0.008}


def build_houses(plots: list[Ground], layout: Layout, rng: np.random.Generator, things: Things) -> None:
    """Stand houses around courtyards and along roads, each in its paved yard, some with a car or washing."""
    blocked = shapely.union_all([plot.polygon for plot in plots]).buffer(4.0)
    shapely.prepare(blocked)
    for plot in plots:
        if plot.courtyard:
            _houses_around(plot, layout, rng, things)
    paving = layout.palette.add(COVERS["yard"], rng, 0)
    places = _cells_of(layout, ("road",), rng, 4000)
    built: list[Array] = []
    for place in places:
        if len(built) >= 26:
            break
        turn = rng.uniform(0, 2 * math.pi)
        centre = place + rng.uniform(10, 15) * np.array([math.cos(turn), math.sin(turn)])
        yard = _box(centre, 9.5, 7.5, turn)
        if blocked.intersects(yard) or any(np.hypot(*(centre - other)) < 22 for other in built):
            continue
        if "road" in layout.materials_at(shapely.get_coordinates(yard.segmentize(2.0))):
            continue
        layout.paint(yard, paving)
        _house(centre, turn + rng.choice([0, math.pi / 2]), rng, things)
        _at_home(centre, turn, rng, things)
        built.append(centre)


def grow(layout: Layout, planted: list[Planted], rng: np.random.Generator, things: Things) -> None:
    """Grow trees and bushes and scatter stones, by what the ground is; none hides a poppy."""
    plants = np.concatenate([plot.enu_m for plot in planted]) if planted else np.zeros((0, 2))
    greens: list[Rgb] = [(88, 118, 58), (74, 104, 60), (104, 128, 62), (64, 92, 56), (96, 108, 70)]
    for place in _by_density(layout, TREE_DENSITY, rng, plants, 5.0):
        _tree(place, rng.uniform(1.3, 3.8), greens[int(rng.integers(len(greens)))], rng, things)
    for place in _orchard(layout, rng, plants):
        _tree(place, rng.uniform(1.2, 1.8), (92, 122, 62), rng, things)
    for place in _by_density(layout, BUSH_DENSITY, rng, plants, 2.0):
        add_bush(
            place, rng.uniform(0.25, 0.9), greens[int(rng.integers(len(greens)))], None, 0.0, rng, things
        )
    for place in _by_density(layout, STONE_DENSITY, rng, plants, 0.5):
        grey = rng.uniform(110, 185)
        add_stone(
            place, min(0.4, 0.03 + rng.exponential(0.06)), (grey, grey * 0.97, grey * 0.92), rng, things
        )


def shadows(layout: Layout, objects: Array, sun: Array, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Draw the shadows of what is tall: (rows, cols), 255 in full shade, on the parcels' cells."""
    image = np.zeros(layout.parcel.shape, np.uint8)
    away = -sun[:2] / sun[2]
    casts = np.isin(objects[:, KIND], (CAR, ROOF, TREE)) | (
        (objects[:, KIND] == BUSH) & (objects[:, A] > 0.3)
    )
    for row in objects[casts]:
        place, kind = row[[EAST, NORTH]], int(row[KIND])
        if kind in (ROOF, CAR):
            height = 3.6 if kind == ROOF else 1.35
            box = _box(place, row[A], row[B], row[TURN])
            shape = shapely.union_all([box, shapely.affinity.translate(box, *(away * height))]).convex_hull
        else:
            radius = float(row[A])
            high = (0.7 if kind == BUSH else 1.25) * radius
            _crown_shadow(image, layout, place, radius, away * high, rng)
            continue
        cv2.fillPoly(image, [layout.px(shapely.get_coordinates(shape))], 255, lineType=cv2.LINE_AA, shift=4)
    return np.asarray(cv2.GaussianBlur(image, (3, 3), 0.6), np.uint8)


def _crown_shadow(
    image: npt.NDArray[np.uint8],
    layout: Layout,
    place: Array,
    radius: float,
    shift: Array,
    rng: np.random.Generator,
) -> None:
    """Lobes between the crown's foot and where its top's shadow falls, so that the outline is a tree's."""
    lobes = 5 if radius < 1 else 12
    turn, off = rng.uniform(0, 2 * math.pi, lobes), 0.62 * np.sqrt(rng.uniform(0, 1, lobes))
    centres = place + radius * off[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    centres += shift * rng.uniform(0.35, 1.0, (lobes, 1))
    for centre, size in zip(layout.px(centres), rng.uniform(0.28, 0.5, lobes), strict=True):
        length = max(8, round(size * radius / layout.cell_m * 16))
        cv2.circle(image, (int(centre[0]), int(centre[1])), length, 255, -1, cv2.LINE_AA, 4)


def _houses_around(plot: Ground, layout: Layout, rng: np.random.Generator, things: Things) -> None:
    ring = shapely.get_coordinates(shapely.minimum_rotated_rectangle(plot.polygon.buffer(-1.0)))
    for start, end in pairwise(ring):
        side = end - start
        length = float(np.hypot(*side))
        inward = np.array([-side[1], side[0]]) / length
        if not plot.polygon.contains(shapely.Point((start + end) / 2 + inward * 4)):
            inward = -inward
        at = 6.0
        while at < length - 12.0:
            long = float(rng.uniform(8.0, 14.0))
            if rng.uniform() < 0.7:
                centre = start + side / length * (at + long / 2) + inward * 4.0
                if plot.polygon.contains(_box(centre, long / 2, 3.0, math.atan2(side[1], side[0]))):
                    _roof(centre, long / 2, rng.uniform(2.7, 3.3), math.atan2(side[1], side[0]), rng, things)
                    if rng.uniform() < 0.5:
                        add_washing(centre + inward * 5.5, rng, things)
            at += long + float(rng.uniform(1.0, 5.0))
    place = np.array(
        plot.polygon.buffer(-9.0).exterior.interpolate(float(rng.uniform()), normalized=True).coords[0]
    )
    turn = math.radians(90 - longest_side_deg(plot.polygon))
    add_car(place, turn, "red" if rng.uniform() < 0.6 else "white", rng, things)


def _house(centre: Array, turn: float, rng: np.random.Generator, things: Things) -> None:
    _roof(centre, rng.uniform(4.5, 7.0), rng.uniform(3.0, 4.2), turn, rng, things)
    if rng.uniform() < 0.5:
        off = np.array([math.cos(turn), math.sin(turn)]) * rng.uniform(6.5, 8.0)
        _roof(centre + off, rng.uniform(1.6, 2.5), rng.uniform(1.4, 2.2), turn, rng, things)


def _at_home(centre: Array, turn: float, rng: np.random.Generator, things: Things) -> None:
    side = np.array([-math.sin(turn), math.cos(turn)])
    if rng.uniform() < 0.6:
        add_car(centre + side * 6.0, turn, str(rng.choice(list(PAINTS))), rng, things)
    if rng.uniform() < 0.5:
        add_washing(centre - side * 6.0, rng, things)


def _roof(centre: Array, a: float, b: float, turn: float, rng: np.random.Generator, things: Things) -> None:
    name = str(rng.choice(list(ROOFS), p=[0.4, 0.25, 0.2, 0.15]))
    colour, pitched, rib = ROOFS[name]
    shade = np.array(colour) * rng.uniform(0.85, 1.12)
    row = object_row(ROOF, centre, math.hypot(a, b) + 0.1, a, b, shade, shade, float(pitched), rib, rng)
    row[TURN] = turn
    things.add(row)
    if name == "blue sheet":
        things.decoy("blue roof", centre, math.hypot(a, b))


def _tree(place: Array, radius: float, green: Rgb, rng: np.random.Generator, things: Things) -> None:
    leaf = np.array(green) * rng.uniform(0.85, 1.15) + rng.normal(0, 5, 3)
    things.add(object_row(TREE, place, radius * 1.15, radius, radius, leaf * 1.25, leaf, 0.0, 0.0, rng))


def _by_density(
    layout: Layout, density: dict[str, float], rng: np.random.Generator, plants: Array, clear_m: float
) -> Array:
    """Places drawn by so many per square metre of each material, none close to a poppy."""
    found: list[Array] = []
    for name, share in density.items():
        cells = _cells_of(layout, (name,), rng, None, share)
        found.append(cells)
    return _clear(np.concatenate(found), plants, clear_m)


def _orchard(layout: Layout, rng: np.random.Generator, plants: Array) -> Array:
    """Trees on a grid over every orchard."""
    rows, cols = layout.parcel.shape
    size = np.array([cols, rows]) * layout.cell_m
    steps = [np.arange(0, side * 1.5, 4.5) - side * 0.25 for side in size]
    x, y = np.meshgrid(*steps)
    turn = math.radians(layout.bearing_deg)
    c, s = math.cos(turn), math.sin(turn)
    flat = np.stack([x.ravel(), y.ravel()], axis=1) - size / 2
    places = flat @ np.array([[c, -s], [s, c]]) + size / 2 + layout.origin
    inside = np.all((places > np.array(layout.origin)) & (places < size + layout.origin), axis=1)
    places = places[inside]
    places = places[[name == "orchard" for name in layout.materials_at(places)]]
    return _clear(places + rng.normal(0, 0.25, places.shape), plants, 4.0)


def _cells_of(
    layout: Layout, names: tuple[str, ...], rng: np.random.Generator, count: int | None, density: float = 0.0
) -> Array:
    """Random places on the named materials: so many, or so many per square metre."""
    numbers = [i for i, name in enumerate(layout.palette.names) if name in names]
    hit = np.isin(layout.parcel.ravel(), numbers).nonzero()[0]
    if len(hit) == 0:
        return np.zeros((0, 2))
    wanted = count if count is not None else int(len(hit) * layout.cell_m**2 * density)
    chosen = hit[rng.integers(0, len(hit), wanted)]
    row, col = np.divmod(chosen, layout.parcel.shape[1])
    jitter = rng.uniform(-0.5, 0.5, (len(chosen), 2))
    return (np.stack([col, row], axis=1) + jitter) * layout.cell_m + layout.origin


def _clear(places: Array, plants: Array, clear_m: float) -> Array:
    if len(plants) == 0 or len(places) == 0:
        return places
    tree = shapely.STRtree([shapely.Point(plant) for plant in plants])
    near = tree.query_nearest(shapely.points(places), all_matches=False)[1]
    return places[np.hypot(*(places - plants[near]).T) > clear_m]


def _box(centre: Array, a: float, b: float, turn: float) -> Polygon:
    c, s = math.cos(turn), math.sin(turn)
    corners = np.array([[-a, -b], [a, -b], [a, b], [-a, b]])
    return Polygon(corners @ np.array([[c, s], [-s, c]]) + centre)
