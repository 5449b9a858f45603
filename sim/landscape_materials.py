"""What grows and lies on a parcel, as one row of numbers for the ground shader.

Ground is a canopy over soil. The canopy's height at a place is

    BASE + W_LEAF * leaf texture + W_ROW * row profile + W_PLANT * plant profile + W_LOW * patchiness

where every term but BASE runs from about -1 to 1; where it is positive one sees leaves, elsewhere soil. So
wheat, seedlings on film, a path and a pond are the same few operations with other numbers.
"""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

DX, DY, PHASE, TX, TY = 0, 1, 2, 3, 4
W_ROW, W_PLANT, W_LEAF, W_LOW, BASE = 5, 6, 7, 8, 9
BLADE, LEAF_SCALE = 10, 11
DARK, LIGHT, SOIL_DARK, SOIL_LIGHT = 12, 15, 18, 21
HUE, FILM, FLOWER_SHARE, FLOWER, FURROW, ROUGH, FILM_TONE, ROWS = 24, 25, 26, 27, 30, 31, 32, 33
COLUMNS = 34

Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Material:
    """A kind of ground; lengths in metres, colours 0..255 RGB as seen in full sun."""

    name: str
    dark: Rgb = (38, 58, 28)
    light: Rgb = (116, 140, 80)
    soil_dark: Rgb = (92, 74, 56)
    soil_light: Rgb = (168, 142, 112)
    base: float = 0.3
    w_leaf: float = 0.5
    w_row: float = 0.0
    w_plant: float = 0.0
    w_low: float = 0.15
    row_m: float = 0.5
    plant_m: float = 0.0
    blade: bool = False
    leaf_scale: float = 1.0
    hue: float = 7.0
    film: float = 0.0
    flower_share: float = 0.0
    flower: Rgb = (226, 204, 40)
    furrow: float = 0.0
    rough: float = 1.0
    soil_varies: float = 1.0


CROPS = {
    "wheat": Material("wheat", (46, 64, 32), (128, 146, 84), base=0.42, w_row=0.22, row_m=0.22, blade=True),
    "ripening wheat": Material(
        "ripening wheat", (92, 84, 42), (196, 180, 112), base=0.45, w_row=0.2, row_m=0.22, blade=True, hue=9
    ),
    "maize seedlings": Material(
        "maize seedlings",
        (44, 68, 28),
        (122, 150, 76),
        base=-0.75,
        w_leaf=0.9,
        w_plant=1.0,
        row_m=0.6,
        plant_m=0.3,
        blade=True,
        leaf_scale=1.3,
        furrow=0.10,
    ),
    "cabbage": Material(
        "cabbage",
        (50, 68, 54),
        (136, 158, 134),
        base=-0.15,
        w_leaf=0.35,
        w_plant=1.0,
        row_m=0.52,
        plant_m=0.45,
        leaf_scale=1.7,
    ),
    "broad beans": Material(
        "broad beans", (40, 64, 40), (122, 150, 106), base=0.15, w_leaf=0.7, w_row=0.6, row_m=0.5
    ),
    "potatoes": Material(
        "potatoes", (34, 54, 28), (104, 128, 72), base=0.05, w_leaf=0.55, w_row=0.8, row_m=0.75, furrow=0.16
    ),
    "rape": Material(
        "rape",
        (52, 68, 36),
        (132, 144, 78),
        base=0.5,
        w_leaf=0.5,
        w_row=0.15,
        row_m=0.4,
        flower_share=0.55,
        w_low=0.3,
    ),
    "garlic": Material(
        "garlic",
        (54, 82, 54),
        (140, 168, 124),
        base=-0.3,
        w_leaf=0.9,
        w_row=0.6,
        row_m=0.25,
        blade=True,
        leaf_scale=1.4,
    ),
    "mulch film": Material(
        "mulch film",
        (44, 72, 30),
        (120, 156, 80),
        base=-0.6,
        w_leaf=0.6,
        w_plant=1.0,
        row_m=1.1,
        plant_m=0.4,
        film=0.33,
        leaf_scale=1.2,
    ),
    "fallow": Material(
        "fallow", (62, 72, 36), (148, 146, 88), base=-0.32, w_leaf=0.8, w_low=0.5, hue=10, blade=True
    ),
    "ploughed": Material("ploughed", base=-1.0, w_leaf=0.6, w_low=0.2, row_m=0.38, furrow=0.26, rough=1.5),
    "orchard": Material("orchard", (50, 72, 30), (138, 152, 84), base=0.2, w_leaf=0.7, w_low=0.4, blade=True),
}

COVERS = {
    "grass": Material(
        "grass",
        (56, 70, 36),
        (138, 148, 88),
        base=0.3,
        w_leaf=0.6,
        w_low=0.5,
        blade=True,
        hue=9,
        flower_share=0.004,
        flower=(225, 222, 205),
    ),
    "scrub": Material(
        "scrub", (28, 42, 22), (96, 116, 62), base=0.22, w_leaf=0.7, w_low=0.7, leaf_scale=1.5, hue=8
    ),
    "bund": Material(
        "bund", (54, 74, 34), (146, 158, 88), base=0.1, w_leaf=0.8, w_low=0.4, blade=True, hue=9
    ),
    "riser": Material(
        "riser",
        (40, 52, 28),
        (118, 130, 74),
        (86, 78, 66),
        (160, 150, 132),
        base=0.0,
        w_leaf=0.9,
        w_low=0.4,
        hue=8,
        rough=1.5,
    ),
    "track": Material(
        "track",
        (66, 78, 42),
        (150, 152, 96),
        (134, 114, 90),
        (196, 176, 146),
        base=-0.62,
        w_leaf=0.6,
        w_low=0.55,
        blade=True,
        rough=0.7,
        soil_varies=0.4,
    ),
    "road": Material(
        "road",
        (70, 80, 50),
        (150, 150, 100),
        (150, 148, 142),
        (190, 187, 178),
        base=-2.0,
        w_leaf=0.3,
        w_low=0.2,
        rough=0.35,
        soil_varies=0.2,
    ),
    "yard": Material(
        "yard",
        (66, 78, 46),
        (150, 152, 100),
        (140, 136, 126),
        (188, 182, 168),
        base=-1.1,
        w_leaf=0.6,
        w_low=0.3,
        blade=True,
        rough=0.5,
        soil_varies=0.3,
    ),
    "water": Material(
        "water",
        (40, 58, 34),
        (84, 108, 60),
        (48, 62, 52),
        (66, 80, 66),
        base=-1.35,
        w_leaf=0.4,
        w_low=0.9,
        rough=0.12,
        soil_varies=0.2,
    ),
}


@dataclass
class Palette:
    """The landscape's parcels, growing while it is laid out; the index in `rows` is the parcel's number."""

    soil_tint: Rgb
    names: list[str] = field(default_factory=list[str])
    rows: list[npt.NDArray[np.float64]] = field(default_factory=list[npt.NDArray[np.float64]])

    def add(self, material: Material, rng: np.random.Generator, row_bearing_deg: float) -> int:
        """Add a parcel of a material, with its own shade of the colours, and return its number."""
        self.names.append(material.name)
        self.rows.append(_parameters(material, rng, row_bearing_deg, self.soil_tint))
        return len(self.rows) - 1

    def table(self) -> npt.NDArray[np.float64]:
        """All parcels, (P, COLUMNS)."""
        return np.stack(self.rows)


def _parameters(
    material: Material, rng: np.random.Generator, row_bearing_deg: float, soil_tint: Rgb
) -> npt.NDArray[np.float64]:
    row = np.zeros(COLUMNS)
    bearing = math.radians(row_bearing_deg)
    along = np.array([math.sin(bearing), math.cos(bearing)])
    row_m = material.row_m * rng.uniform(0.88, 1.15)
    row[DX], row[DY] = along[1] / row_m, -along[0] / row_m
    row[PHASE] = rng.uniform(0, 1)
    if material.plant_m > 0:
        row[TX : TY + 1] = along / (material.plant_m * rng.uniform(0.88, 1.15))
    row[W_ROW], row[W_PLANT] = material.w_row, material.w_plant
    row[W_LEAF], row[W_LOW] = material.w_leaf, material.w_low
    row[BASE] = material.base + rng.normal(0, 0.07)
    row[BLADE] = material.blade
    row[LEAF_SCALE] = 1 / (material.leaf_scale * rng.uniform(0.85, 1.2))
    leaf_gain = rng.uniform(0.88, 1.1) * (1 + rng.normal(0, 0.035, 3))
    row[DARK : DARK + 3] = np.array(material.dark) * leaf_gain
    row[LIGHT : LIGHT + 3] = np.array(material.light) * leaf_gain
    tint = 1 + (np.array(soil_tint) - 1) * material.soil_varies
    soil_gain = 1 + rng.normal(0, 0.06 * material.soil_varies) + rng.normal(0, 0.015, 3)
    row[SOIL_DARK : SOIL_DARK + 3] = np.array(material.soil_dark) * tint * soil_gain
    row[SOIL_LIGHT : SOIL_LIGHT + 3] = np.array(material.soil_light) * tint * soil_gain
    row[HUE], row[FILM] = material.hue, material.film
    row[FLOWER_SHARE] = material.flower_share * rng.uniform(0.6, 1.2)
    row[FLOWER : FLOWER + 3] = material.flower
    row[FURROW], row[ROUGH] = material.furrow, material.rough
    row[FILM_TONE] = 52.0 if rng.uniform() < 0.4 else 205.0  # black film, or clear film in the sun
    row[ROWS] = material.w_row + material.w_plant + material.furrow + material.film
    return row
