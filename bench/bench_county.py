"""A whole county: how long planning with proof takes, and how that grows with the number of plots.

    python bench/bench_county.py [PLOTS ...]      default 50 100 200 500

Makes a county from one seed: plots of 1 to 40 ha around villages over 1,500 km2 of hills, closed areas, 4
sites, 3 aircraft (DeltaQuad Pro, Sony RX1R II, 1.5 cm). Each size is planned by `planner.plan` in a process
of its own, so that memory is its own. Prints the table and the exponent by which the processor time grows,
and draws bench/county.png.
"""

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.transform import from_origin

import planner
from geo.frames import LocalFrame
from missions import Mission

Array = NDArray[np.float64]

SEED = 1_500
FRAME = LocalFrame(101.3, 24.6)
SIDE_M = 38_730.0
"""1,500 km2."""
VILLAGES = 70
VILLAGE_M = 900.0
"""Standard deviation of the plots around their village."""
SMALLEST_HA, LARGEST_HA = 1.0, 40.0
MOST_PLOTS = 500
POST_M = 30.0
WANTED_S = 180.0

MISSION = """\
[mission]
name = "County"

[aircraft]
model = "deltaquad-pro"
count = 3

[camera]
model = "sony-rx1rm2"

[survey]
gsd_cm = 1.5

[schedule]
first_day = 2027-03-01

[terrain]
datum = "egm96"
kind = "ground"

[wind]
speed_m_s = 3.0
from_deg = 225
"""


def make_county(folder: Path, count: int) -> Mission:
    """Write a mission of `count` of the county's plots; the same places whatever the count."""
    rng = np.random.default_rng(SEED)
    villages = rng.uniform(-SIDE_M / 2 + 1500, SIDE_M / 2 - 1500, (VILLAGES, 2))
    plots = _plots(rng, villages)
    chosen = sorted(rng.permutation(MOST_PLOTS)[:count].tolist())
    closed = [_outline(rng, centre, rng.uniform(10, 60)) for centre in _beside(rng, villages[:12], 2500.0)]
    sites = np.array([villages[np.argmin(np.hypot(*(villages - corner).T))] for corner in _quarters()])
    folder.mkdir(parents=True)
    _write_terrain(folder / "terrain.tif", rng)
    _write_polygons(
        folder / "plots.geojson",
        [plots[number] for number in chosen],
        [{"name": f"P{number:03d}", "priority": int(1 + number % 5)} for number in chosen],
    )
    _write_polygons(folder / "no_fly.geojson", closed, [{"name": f"N{n:02d}"} for n in range(len(closed))])
    tables = [
        f'\n[[sites]]\nname = "Site {number}"\nlon = {lon:.7f}\nlat = {lat:.7f}\n'
        for number, (lon, lat) in enumerate(FRAME.to_lonlat(sites + [0.0, 30.0]).tolist(), start=1)
    ]
    (folder / "mission.toml").write_text(MISSION + "".join(tables), encoding="utf-8")
    return Mission(folder)


def _quarters() -> Array:
    return np.array([(x, y) for x in (-SIDE_M / 4, SIDE_M / 4) for y in (-SIDE_M / 4, SIDE_M / 4)])


def _beside(rng: np.random.Generator, places: Array, distance_m: float) -> Array:
    turn = rng.uniform(0, 2 * np.pi, len(places))
    return places + distance_m * np.column_stack((np.cos(turn), np.sin(turn)))


def _plots(rng: np.random.Generator, villages: Array) -> list[shapely.Polygon]:
    """Plots that do not overlap, their sizes spread evenly on a logarithmic scale."""
    plots: list[shapely.Polygon] = []
    while len(plots) < MOST_PLOTS:
        centre = rng.normal(villages[rng.integers(len(villages))], VILLAGE_M)
        size_ha = float(np.exp(rng.uniform(np.log(SMALLEST_HA), np.log(LARGEST_HA))))
        plot = _outline(rng, centre, size_ha)
        if all(plot.distance(other) > 15.0 for other in plots):
            plots.append(plot)
    return plots


def _outline(rng: np.random.Generator, centre: Array, size_ha: float) -> shapely.Polygon:
    """An uneven outline of a given area around a centre."""
    count = int(rng.integers(7, 16))
    angles = np.sort(rng.uniform(0, 2 * np.pi / count, count) + np.arange(count) * 2 * np.pi / count)
    radii = rng.uniform(0.55, 1.0, count)
    stretch = np.diag([rng.uniform(0.7, 1.0), 1.0])
    turn = rng.uniform(0, np.pi)
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    ring = np.column_stack((np.cos(angles), np.sin(angles))) * radii[:, None] @ stretch @ turned
    scale = np.sqrt(1e4 * size_ha / shapely.Polygon(ring).area)
    return shapely.Polygon(centre + scale * ring)


def _write_terrain(path: Path, rng: np.random.Generator) -> None:
    """Hills of 2 to 12 km, slopes up to about 15 %, in degrees as most terrain models are."""
    half = SIDE_M / 2 + 4_000.0
    (west, south), (east, north) = FRAME.to_lonlat([(-half, -half), (half, half)])
    posts = int(2 * half / POST_M)
    x, y = np.meshgrid(np.linspace(-half, half, posts), np.linspace(half, -half, posts))
    height = np.full(x.shape, 1_600.0)
    for wave_m in (12_000.0, 7_000.0, 4_000.0, 2_000.0):
        for turn in rng.uniform(0, 2 * np.pi, 3):
            phase = (x * np.cos(turn) + y * np.sin(turn)) / wave_m * 2 * np.pi
            height += wave_m / 250.0 * np.sin(phase + rng.uniform(0, 2 * np.pi))
    transform = from_origin(west, north, (east - west) / posts, (north - south) / posts)
    with rasterio.open(
        path, "w", driver="GTiff", width=posts, height=posts, count=1, dtype="float32", crs="EPSG:4326",
        transform=transform, compress="deflate",
    ) as raster:  # fmt: skip
        raster.write(height.astype(np.float32), 1)


def _write_polygons(path: Path, polygons: list[shapely.Polygon], properties: list[dict[str, Any]]) -> None:
    features = [
        {
            "type": "Feature",
            "properties": entry,
            "geometry": shapely.geometry.mapping(shapely.transform(polygon, FRAME.to_lonlat)),
        }
        for polygon, entry in zip(polygons, properties, strict=True)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def measure(count: int, folder: Path) -> dict[str, Any]:
    """Plan `count` plots here and say what it took."""
    mission = make_county(folder, count)
    start = time.perf_counter()
    summary = planner.plan(mission).summary
    took_s = time.perf_counter() - start
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu_s = sum(usage.ru_utime + usage.ru_stime for usage in (own, children))
    covered = [plot["coverage"] for plot in summary["plots"]]
    return {
        "plots": count,
        "s": round(took_s, 1),
        "cpu s": round(cpu_s, 1),
        "MB": round((own.ru_maxrss + 2 * children.ru_maxrss) / 1024),  # no more than one worker a core
        "sorties": summary["sorties"],
        "photos": summary["photos"],
        "km": round(summary["path_m"] / 1000),
        "flight h": round(summary["flight_s"] / 3600, 1),
        "share >= 99 %": round(float(np.mean(np.array(covered) >= 0.99)), 3),
        "problems": len(summary["problems"]),
    }


def main(counts: list[int]) -> None:
    rows: list[dict[str, Any]] = []
    fresh = multiprocessing.get_context("spawn")
    for count in counts:
        with tempfile.TemporaryDirectory() as folder, fresh.Pool(1) as pool:
            rows.append(pool.apply(measure, (count, Path(folder) / "county")))
        print(rows[-1], flush=True)
    if len(rows) > 1:
        n, wall_s, cpu_s = (np.array([row[key] for row in rows]) for key in ("plots", "s", "cpu s"))
        grows, n_log_n = _exponent(cpu_s, n), _exponent(n * np.log(n), n)
        print(f"processor time grows with n^{grows:.2f}; n log n is n^{n_log_n:.2f} here")
        _draw(n, wall_s, cpu_s)


def _exponent(cost: Array, n: Array) -> float:
    return float(np.polyfit(np.log(n), np.log(cost), 1)[0])


def _draw(n: Array, wall_s: Array, cpu_s: Array) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    axes.loglog(n, wall_s, "o-", label="planned with proof, two cores")
    axes.loglog(n, cpu_s, "s-", label="processor time")
    axes.loglog(n, cpu_s[0] * n * np.log(n) / (n[0] * np.log(n[0])), "--", label="n log n through the first")
    axes.axhline(WANTED_S, color="grey", linewidth=0.8, label=f"{WANTED_S:.0f} s")
    axes.set(xlabel="plots", ylabel="s", xticks=n.tolist(), xticklabels=[str(count) for count in n])
    axes.minorticks_off()
    axes.legend()
    figure.savefig(Path(__file__).with_name("county.png"), dpi=110)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [50, 100, 200, MOST_PLOTS])
