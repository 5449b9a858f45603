"""Make the example mission ``missions/examples/valley``: a fictional river valley in Yunnan.

    python bench/make_valley.py [FOLDER]

It shows what the hillside does not: strips along a river and a road, a ring around a farmstead, mapping
overlaps with a cross grid, and two sites. Everything comes from the numbers below and from one fixed seed; no
real farm or person stands behind any of them.
"""

import sys
from pathlib import Path

import numpy as np
from land import Land
from numpy.typing import NDArray
from shapely import LineString, Polygon, affinity, box

Array = NDArray[np.float64]

# UTM zone 47N at 99.5 E 24.9 N, on whole posts.
LAND = Land(epsg=32647, centre=(550_500.0, 2_754_000.0), half_width_m=1_000.0, post_m=10.0)
SEED = 24_900

MISSION = """\
# A made-up valley: two plots mapped both ways, a river and a road along their course, and a farmstead
# looked at from all sides. Every key and its unit is described in the README; an unknown key is an error.

[mission]
name = "Valley"
language = "en"

[aircraft]
model = "holybro-x650"

[camera]
model = "sony-a6000-16mm"
gimbal = true              # pitches the camera for the ring, and keeps it level elsewhere

[survey]
job = "map"                # many photos: overlaps of 75 % along and 65 % across the lines
cross_grid = true          # every plot a second time, square to the first
gsd_cm = 2.0
corridor_width_m = 40      # where corridors.geojson states none

[ring]
distance_m = 25
height_agl_m = 40
pitch_deg = -45

[terrain]
datum = "egm96"   # what the heights in terrain.tif are counted from
kind = "ground"   # bare ground, not roofs and tree tops

[[sites]]
name = "Bridge"
lon = {bridge[0]}
lat = {bridge[1]}

[[sites]]
name = "School yard"
lon = {school[0]}
lat = {school[1]}

[wind]
speed_m_s = 2.0
from_deg = 250
"""

SITES = {"bridge": (-560.0, 130.0), "school": (430.0, -190.0)}
RIVER_HALF_LENGTH_M = 750.0
ROAD = [(-420, -340), (-250, -300), (-60, -250), (90, -270), (260, -330)]
MAST = [(60, 200), (110, 190), (120, 240), (70, 255)]


def main(folder: Path) -> None:
    """Write the whole example into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    LAND.write_terrain(folder / "terrain.tif", ground())
    LAND.write_features(folder / "plots.geojson", PLOTS)
    LAND.write_features(folder / "corridors.geojson", CORRIDORS)
    LAND.write_features(folder / "buildings.geojson", BUILDINGS)
    LAND.write_features(folder / "no_fly.geojson", [(Polygon(MAST), {"name": "Radio mast"})])
    places = {name: LAND.to_lonlat(np.array([place]))[0] for name, place in SITES.items()}
    (folder / "mission.toml").write_text(MISSION.format(**places), encoding="utf-8")


# --- the places ---


def river() -> LineString:
    """Two wide bends and a tight one between them."""
    east = np.linspace(-RIVER_HALF_LENGTH_M, RIVER_HALF_LENGTH_M, 61)
    return LineString(np.column_stack([east, river_north(east)]))


def river_north(east: Array) -> Array:
    """Course of the river."""
    return 70.0 * np.sin(east / 210.0) + 45.0 * np.exp(-(((east - 40.0) / 60.0) ** 2))


def farmstead() -> list[Polygon]:
    """Four wings around a yard, and a barn beside them."""
    yard = box(-16, -14, 16, 14).difference(box(-9, -7, 9, 7))
    return [
        affinity.translate(affinity.rotate(shape, 12.0, origin=(0, 0)), -150.0, -420.0)
        for shape in (yard, box(24, -8, 38, 8))
    ]


PLOTS = [
    (Polygon([(-330, 300), (-210, 275), (-120, 305), (-135, 400), (-300, 410)]), {"name": "North terraces"}),
    (
        Polygon([(250, -140), (370, -120), (385, -30), (330, 5), (300, -50), (245, -60)]),
        {"name": "Bend field"},
    ),
]
CORRIDORS = [(river(), {"name": "River", "width_m": 70}), (LineString(ROAD), {"name": "Cart road"})]
BUILDINGS = [
    (shape, {"name": name, "height_m": height})
    for shape, name, height in zip(farmstead(), ("Farmhouse", "Barn"), (5.5, 4.0), strict=True)
]


def ground() -> Array:
    """Heights AMSL: a valley floor that falls eastwards between slopes that steepen."""
    east, north = LAND.posts()
    aside = np.maximum(np.abs(north - 0.5 * river_north(east)) - 120.0, 0.0)
    floor = 1_240.0 - 0.012 * east + 0.10 * aside + 2.6e-4 * aside**2
    bed = 3.0 * np.exp(-(((north - river_north(east)) / 18.0) ** 2))
    coarse, fine = LAND.noise(SEED, 80.0, 20.0)
    # 1/64 m: finer than any survey of such ground, and the file packs to half the size.
    return np.round((floor - bed + 2.0 * coarse + 0.2 * fine) * 64) / 64


if __name__ == "__main__":
    default = Path(__file__).parents[1] / "missions" / "examples" / "valley"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
