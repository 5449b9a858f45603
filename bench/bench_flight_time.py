"""How long sorties take, predicted and flown: 20 varied ones on the practice aircraft, in 0-8 m/s of wind.

    python bench/bench_flight_time.py [COUNT]

Every sortie is the first of a mission of its own, drawn by its number: the plot's shape and size, the slope
and the waves of its ground, GSD, overlap, speed, direction of the lines and the wind. It is planned as
`tianmu plan` plans it and flown in simulated time with gusts and GNSS errors: once in the mean wind that the
forecast reckons with, which tells how good the forecast is, and once in a wind that turned out otherwise (20
% and 15 degrees standard deviation), which tells how far to trust it.
"""

import json
import math
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio
import shapely
from rasterio.transform import from_origin

import planner
from missions import Mission
from missions.records import Sortie, read_plan
from planner.items import mission_items
from sim import Flight, Rehearsal, rehearse
from sim.errors import ErrorFigures
from sim.firmware import Item
from sim.practice import practice_setup

LON, LAT = 102.7, 24.9
REACH_M, STEP_M = 3000.0, 30.0
WINDS_M_S = (0.0, 2.0, 4.0, 6.0, 8.0)


@dataclass(frozen=True)
class Comparison:
    """One sortie as it was forecast and as it was flown."""

    number: int
    wind: str
    sortie: Sortie
    flown: Rehearsal
    in_other_wind: Rehearsal

    @property
    def lines(self) -> int:
        return sum(point.kind == "start" for point in self.sortie.path)

    @property
    def climbs_m(self) -> float:
        heights = [point.alt_amsl_m for point in self.sortie.path if point.kind != "land"]
        return max(heights) - min(heights)


def time_error(sortie: Sortie, flown: Rehearsal) -> float:
    return sortie.flight_s / flown.seconds - 1.0


def energy_error(sortie: Sortie, flown: Rehearsal) -> float:
    return sortie.energy_wh / flown.energy_wh - 1.0


def compare(number: int, folder: Path) -> Comparison:
    """Plan and fly one sortie."""
    draw = np.random.default_rng(number)
    wind_m_s, from_deg = WINDS_M_S[number % len(WINDS_M_S)], float(draw.integers(0, 360))
    mission = draw_mission(draw, folder / f"m{number}", wind_m_s, from_deg)
    planner.plan(mission)
    sortie = read_plan(mission.dir("plan") / "plan.json").sorties[0]
    as_forecast = replace(ErrorFigures(), wind_speed_share=0.0, wind_from_deg=0.0)
    return Comparison(
        number,
        f"{wind_m_s:g} from {from_deg:.0f}",
        sortie,
        fly(mission, sortie, number, as_forecast),
        fly(mission, sortie, number, ErrorFigures()),
    )


def fly(mission: Mission, sortie: Sortie, seed: int, figures: ErrorFigures) -> Rehearsal:
    """Fly a sortie of a mission on the practice aircraft in simulated time."""
    site = read_plan(mission.dir("plan") / "plan.json").site(sortie.site)
    items = [
        Item(i.frame, i.command, i.param1, i.param2, i.param3, i.param4, i.x_1e7, i.y_1e7, i.z_m)
        for i in mission_items(sortie, site, mission.aircraft_model())
    ]
    setup = practice_setup(mission, Flight(sortie.name, seed=seed))
    return rehearse(replace(setup, figures=figures), items)


def draw_mission(draw: np.random.Generator, root: Path, wind_m_s: float, from_deg: float) -> Mission:
    """Draw a mission folder: one plot of 1-12 ha on sloping, wavy ground."""
    root.mkdir()
    corners = int(draw.integers(3, 9))
    bearings = np.linspace(0, 2 * math.pi, corners, endpoint=False) + draw.uniform(0, math.pi)
    radii = math.sqrt(draw.uniform(1e4, 12e4) / math.pi) * draw.uniform(0.6, 1.4, corners)
    stretch = draw.uniform(0.5, 1.0)
    outline = np.column_stack((np.sin(bearings) * stretch, np.cos(bearings) / stretch)) * radii[:, None]
    plot = shapely.Polygon(to_lonlat(outline))
    site = to_lonlat(np.array([[radii.max() * 1.5, -radii.max() * 0.5]]) * draw.uniform(0.5, 1.5))[0]
    feature = {
        "type": "Feature",
        "properties": {"name": "field"},
        "geometry": json.loads(shapely.to_geojson(plot)),
    }
    (root / "plots.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    write_terrain(root / "terrain.tif", draw)
    direction = f"line_direction_deg = {draw.integers(0, 180)}" if draw.random() < 0.5 else ""
    (root / "mission.toml").write_text(
        f"""
[camera]
model = "sony-a6000-20mm"
[survey]
gsd_cm = {draw.uniform(1.0, 2.2):.2f}
front_overlap_pct = {draw.integers(20, 70)}
side_overlap_pct = {draw.integers(20, 70)}
speed_m_s = {draw.uniform(4, 12):.1f}
target_pct = 80
{direction}
[terrain]
datum = "egm96"
kind = "ground"
[wind]
speed_m_s = {wind_m_s}
from_deg = {from_deg}
[[sites]]
name = "home"
lon = {site[0]:.7f}
lat = {site[1]:.7f}
"""
    )
    return Mission(root)


def write_terrain(path: Path, draw: np.random.Generator) -> None:
    """Write a plane of up to 15 % with hills of up to 15 m, a few hundred metres long."""
    cells = round(2 * REACH_M / STEP_M)
    axis = (np.arange(cells) + 0.5) * STEP_M - REACH_M
    east, north = np.meshgrid(axis, -axis)
    slope, towards = draw.uniform(0, 0.15), draw.uniform(0, 2 * math.pi)
    heights = 1500 + slope * (east * math.sin(towards) + north * math.cos(towards))
    for _ in range(3):
        wave_m, ahead, high = draw.uniform(250, 900), draw.uniform(0, 2 * math.pi), draw.uniform(0, 5)
        heights += high * np.sin(
            2 * math.pi * (east * math.sin(ahead) + north * math.cos(ahead)) / wave_m + ahead
        )
    west, high_north = to_lonlat(np.array([[-REACH_M, REACH_M]]))[0]
    a, b = to_lonlat(np.array([[STEP_M, STEP_M]]))[0] - (LON, LAT)
    with rasterio.open(
        path, "w", driver="GTiff", width=cells, height=cells, count=1, dtype="float32", crs="EPSG:4326",
        transform=from_origin(west, high_north, a, b),
    ) as file:  # fmt: skip
        file.write(heights.astype("float32"), 1)


def to_lonlat(metres: np.ndarray) -> np.ndarray:
    """Longitude and latitude of metres east and north: near enough for drawing missions."""
    return np.array([LON, LAT]) + metres / (111_320 * math.cos(math.radians(LAT)), 110_770)


def main(words: list[str]) -> None:
    count = int(words[0]) if words else 20
    print(
        "| sortie | wind m/s | speed m/s | climbs m | lines | forecast s | flown s | error | Wh | flown | "
        "error |"
    )
    print("|---" * 11 + "|")
    results: list[Comparison] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            c = compare(number, Path(folder))
            results.append(c)
            print(
                f"| {c.number} | {c.wind} | {c.sortie.speed_m_s:g} | {c.climbs_m:.0f} | {c.lines} | "
                f"{c.sortie.flight_s:.0f} | {c.flown.seconds:.0f} | {time_error(c.sortie, c.flown):+.1%} | "
                f"{c.sortie.energy_wh:.1f} | {c.flown.energy_wh:.1f} | "
                f"{energy_error(c.sortie, c.flown):+.1%} |",
                flush=True,
            )
    for name, flown in (
        ("in the forecast wind", [c.flown for c in results]),
        ("in another wind", [c.in_other_wind for c in results]),
    ):
        for what, error in (("time", time_error), ("energy", energy_error)):
            errors = [error(c.sortie, flight) for c, flight in zip(results, flown, strict=True)]
            print(
                f"{what} {name}: worst {max(errors, key=abs):+.1%}, median {float(np.median(errors)):+.1%}, "
                f"median size {float(np.median(np.abs(errors))):.1%}"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
