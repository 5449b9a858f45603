"""Make the example mission ``missions/examples/hillside``: a fictional hillside in Yunnan.

    python bench/make_hillside.py [FOLDER]

Everything comes from the numbers below and from one fixed seed, so a second run gives the same land. Places
are written in metres east and north of the land's centre and leave as lon/lat; no real farm, person
or find stands behind any of them.
"""

import csv
import sys
from pathlib import Path

import numpy as np
from land import Land
from numpy.typing import NDArray
from shapely import Point, Polygon, affinity

Array = NDArray[np.float64]

# UTM zone 47N at 100.2 E 25.6 N, on whole posts.
LAND = Land(epsg=32647, centre=(620_500.0, 2_831_900.0), half_width_m=800.0, post_m=5.0)
SEED = 25_600

# The terraced slope: level steps of this height, walls one post wide.
TERRACE_STEP_M = 3.0

MISSION = """\
# A made-up corner of a hill county: four plots, a power station to keep away from, last years' finds.
# Every key and its unit is described in the README; an unknown key is an error.

[mission]
name = "Hillside"
language = "en"

[aircraft]
model = "holybro-x650"

[camera]
model = "sony-a6000-20mm"  # fixed, looking straight down, image top to the nose

[survey]
gsd_cm = 1.2               # small white flowers are lost at 1.5
front_overlap_pct = 30
side_overlap_pct = 30
speed_m_s = 8               # the camera is fixed: the faster, the more it leans

[battery]
reserve_pct = 25

[airspace]
no_fly_margin_m = 10

[terrain]
datum = "egm96"   # what the heights in terrain.tif are counted from
kind = "ground"   # bare ground, not roofs and tree tops

[[sites]]
name = "Threshing floor"
lon = {lon}
lat = {lat}

[wind]
speed_m_s = 3.0
from_deg = 225

[detect]
min_score = 0.2   # rather a dozen false alarms more than a plot of white flowers missed

[errors]          # what the aircraft's receiver and compass are good for, standard deviations
gnss_m = 0.7
alt_m = 1.2
tilt_deg = 0.5
yaw_deg = 1.5
"""


def main(folder: Path) -> None:
    """Write the whole example into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    plots = plot_polygons()
    east, north, height = ground(plots["Upper terrace"])
    LAND.write_terrain(folder / "terrain.tif", height)
    LAND.write_features(
        folder / "plots.geojson", [(plots[name], {"name": name} | PLOTS[name]) for name in PLOTS]
    )
    LAND.write_features(
        folder / "no_fly.geojson",
        [(Polygon(NO_FLY), {"name": "Hydropower station", "reason": "power"})],
    )
    LAND.write_features(
        folder / "satellite.geojson", [(Point(x, y), properties) for x, y, properties in SATELLITE]
    )
    write_history(folder / "history.csv")
    lon, lat = LAND.to_lonlat(np.array([SITE]))[0]
    (folder / "mission.toml").write_text(MISSION.format(lon=lon, lat=lat), encoding="utf-8")
    report(plots, east, north, height)


# --- the places ---

SITE = (25.0, 40.0)

PLOTS: dict[str, dict[str, object]] = {
    "Upper terrace": {"priority": 3, "kind": "terraced field"},
    "Gully fields": {"priority": 2, "kind": "field"},
    "Pond field": {"priority": 2, "kind": "field"},
    "Old courtyard": {"priority": 1, "kind": "courtyard"},
}

# Between the pond field and the courtyard: the straight way between the two crosses it, and its corner
# comes to within 20 m of the pond field without touching it.
NO_FLY = [(-128, -95), (-40, -70), (60, -120), (85, -215), (40, -285), (-70, -270), (-110, -190)]

HISTORY = [
    (-175, 352, 2019, "about 60 plants between maize"),
    (-148, 338, 2021, "30 plants on the third terrace"),
    (-92, 322, 2023, "same terraces as 2021, 45 plants"),
    (-60, 347, 2024, "12 plants below the wall"),
    (312, 96, 2020, "garden bed beside the gully, 20 plants"),
    (345, 168, 2022, "hidden behind beans, 80 plants"),
    (262, 185, 2024, "9 plants, pulled by the owner"),
    (-285, -35, 2018, "edge of the rape field, 15 plants"),
    (-196, -112, 2022, "25 plants among broad beans"),
    (172, -309, 2017, "6 plants in the yard, medicinal use claimed"),
    (188, -286, 2023, "pots along the wall, 11 plants"),
    (-20, 210, 2020, "wayside, 5 plants"),
    (405, -60, 2016, "scrub above the path, field since abandoned"),
]

SATELLITE: list[tuple[float, float, dict[str, object]]] = [
    (-130, 345, {"name": "SAT-01", "confidence": 0.71, "date": "2026-02-18"}),
    (-78, 318, {"name": "SAT-02", "confidence": 0.55, "date": "2026-02-18"}),
    (330, 150, {"name": "SAT-03", "confidence": 0.62, "date": "2026-02-18"}),
    (-262, -88, {"name": "SAT-04", "confidence": 0.40, "date": "2026-02-18"}),
    (-178, -25, {"name": "SAT-05", "confidence": 0.34, "date": "2026-03-02"}),
    (120, 260, {"name": "SAT-06", "confidence": 0.28, "date": "2026-03-02"}),
]


def plot_polygons() -> dict[str, Polygon]:
    """Return the four plots in grid metres around the centre."""
    terrace = Polygon(
        [(-92, -44), (-30, -50), (45, -46), (94, -38), (88, 40), (30, 47), (-40, 44), (-90, 38)]
    )
    gully = Polygon([(-78, -82), (76, -78), (80, 84), (24, 86), (20, -8), (-26, -12), (-30, 78), (-80, 74)])
    pond = Polygon(
        [(-86, -70), (10, -78), (84, -66), (80, 72), (-10, 78), (-84, 64)],
        [[(-18, -14), (4, -20), (24, -8), (22, 14), (2, 22), (-16, 12)]],
    )
    yard = Polygon([(-32, -30), (33, -32), (31, 31), (-31, 33)])
    placed = {
        "Upper terrace": (terrace, -120.0, 335.0, -6.0),
        "Gully fields": (gully, 300.0, 130.0, 9.0),
        "Pond field": (pond, -232.0, -68.0, 4.0),
        "Old courtyard": (yard, 180.0, -300.0, 14.0),
    }
    return {
        name: affinity.translate(affinity.rotate(outline, turn, origin=(0, 0)), east, north)
        for name, (outline, east, north, turn) in placed.items()
    }


# --- the ground ---


def ground(terraces: Polygon) -> tuple[Array, Array, Array]:
    """Return post positions and heights: rows from north to south, metres, AMSL."""
    east, north = LAND.posts()
    height = slope(east, north) + ridges(east, north) - gully(east, north) + hummocks()
    height = terraced(height, weight=nearness(terraces, east, north))
    # 1/64 m: finer than any survey of such ground, and the file packs to half the size.
    return east, north, np.round(height * 64) / 64


def slope(east: Array, north: Array) -> Array:
    """Hill that rises northwards, steeper towards the top."""
    return 1806.0 + 0.105 * north + 0.022 * east + 2.6e-5 * np.maximum(north + 300.0, 0.0) ** 2


def ridges(east: Array, north: Array) -> Array:
    """Three spurs that run down the hill and swing as they fall."""
    across = east + 0.28 * north + 26.0 * np.sin(north / 210.0)
    return 9.0 * np.sin(across / 92.0) + 4.0 * np.sin(across / 41.0 + 1.3) * np.exp(-((north / 600.0) ** 2))


def gully(east: Array, north: Array) -> Array:
    """Stream bed between the terraces and the gully fields, deepest in its lower part."""
    bed = 118.0 + 34.0 * np.sin(north / 150.0) + 0.12 * north
    depth = 9.0 + 5.0 * np.tanh(-north / 300.0)
    return depth * np.exp(-(((east - bed) / 26.0) ** 2))


def hummocks() -> Array:
    """Unevenness at two scales, about 1.5 m and 0.15 m."""
    coarse, fine = LAND.noise(SEED, 45.0, 10.0)
    return 1.5 * coarse + 0.15 * fine


def terraced(height: Array, weight: Array) -> Array:
    """Cut level steps into the slope: four fifths of each step is tread, the rest is wall."""
    step, within = np.divmod(height / TERRACE_STEP_M, 1.0)
    wall = np.clip((within - 0.4) / 0.2, 0.0, 1.0)
    return height + weight * (TERRACE_STEP_M * (step + wall) - height)


def nearness(area: Polygon, east: Array, north: Array, fade_m: float = 25.0) -> Array:
    """Return 1 inside `area`, falling to 0 at `fade_m` outside it."""
    distance = np.array([area.distance(Point(x, y)) for x, y in zip(east.flat, north.flat, strict=True)])
    return np.clip(1.0 - distance.reshape(east.shape) / fade_m, 0.0, 1.0)


# --- writing ---


def write_history(path: Path) -> None:
    """Write the past finds as CSV with lon, lat, year and note."""
    lonlat = LAND.to_lonlat(np.array([row[:2] for row in HISTORY], dtype=np.float64))
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["lon", "lat", "year", "note"])
        rows.writerows(
            [f"{lon:.7f}", f"{lat:.7f}", *row[2:]] for (lon, lat), row in zip(lonlat, HISTORY, strict=True)
        )


def report(plots: dict[str, Polygon], east: Array, north: Array, height: Array) -> None:
    """Print what was made: areas, heights and slopes, so that a change of a number above shows its effect."""
    down, across = np.gradient(height, LAND.post_m)
    steepness = np.degrees(np.arctan(np.hypot(down, across)))
    print(f"terrain {height.min():.0f}..{height.max():.0f} m, median slope {np.median(steepness):.1f} deg")
    posts = [Point(x, y) for x, y in zip(east.flat, north.flat, strict=True)]
    for name, plot in plots.items():
        inside = plot.contains(posts).reshape(east.shape)
        print(
            f"{name}: {plot.area / 1e4:.2f} ha, {height[inside].min():.0f}..{height[inside].max():.0f} m, "
            f"slope median {np.median(steepness[inside]):.1f} deg, "
            f"p90 {np.percentile(steepness[inside], 90):.1f} deg, "
            f"{plot.distance(Polygon(NO_FLY)):.0f} m from the no-fly area"
        )


if __name__ == "__main__":
    default = Path(__file__).parents[1] / "missions" / "examples" / "hillside"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
