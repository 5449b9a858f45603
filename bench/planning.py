"""Coverage paths over areas, ours beside OpenCoverage in one run, and what is published of others.

    python bench/planning.py [--spacing M] [--area NAME] [--png FOLDER] [DATA]

DATA is the folder of real data (default $TIANMU_DATA, else ../shared/data). All are judged by
bench/yardstick.py. With --area only that one is planned; with --png every path is drawn, ours and the peer's.
"""

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import shapely
from areas import LEAST_HA, MOST_HA, published_areas, uneven_areas
from opencoverage.geometry.map import SurveyMap
from opencoverage.patterns.long_edge import LongEdgePattern
from shapely import LineString, Polygon
from yardstick import Score, judge

from planner import cover

PROJECT = Path(__file__).resolve().parent.parent
SEED = 1
PUBLISHED = (
    ("Fields2Cover (brute angle)", 1.111, 1.264, 1817, 99.63, "", 0, 0, 2.94),
    ("CTU EnergyAwareMCPP", 1.088, 1.291, 1859, 98.84, "", 249, 800, 2.50),
    ("OpenCoverage long_edge", 1.211, 1.304, 832, 98.91, "", 32016, 40137, 0.01),
)
"""Measured with this yardstick on 19 real areas of 4 to 290 ha, 460 km ideal, by the project's notes."""
COLUMNS = (
    "| planner | areas | length / ideal | flight / ideal | turns | mean coverage % | least % | m in holes "
    "| m outside | planning s/km2 |\n" + "|---" * 10 + "|"
)


@dataclass(frozen=True)
class Run:
    """One path over one area."""

    area: Polygon
    path: LineString
    score: Score
    planning_s: float


Planner = Callable[[Polygon, float], LineString]


def ours(area: Polygon, spacing_m: float) -> LineString:
    return cover(area, spacing_m).line


def opencoverage(area: Polygon, spacing_m: float) -> LineString:
    pattern = LongEdgePattern(None, None, SurveyMap.from_polygon(area))
    pattern.lateral_spacing = spacing_m
    return LineString(pattern.generate_rotated_pattern(pattern._long_edge_rotation()))


PLANNERS: dict[str, Planner] = {"Tianmu": ours, "OpenCoverage long_edge": opencoverage}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "data",
        nargs="?",
        type=Path,
        default=os.environ.get("TIANMU_DATA", PROJECT.parent / "shared" / "data"),
    )
    parser.add_argument("--spacing", type=float, default=40.0, help="metres between lines")
    parser.add_argument("--area", help="plan over this one only")
    parser.add_argument("--png", type=Path, help="folder for a picture of every path")
    options = parser.parse_args()

    few = uneven_areas(20, (0, 3), SEED)
    many = uneven_areas(6, (15, 15), SEED + 1)
    published = published_areas(options.data) if (options.data / "polygons").is_dir() else {}
    fitting = {name: area for name, area in published.items() if LEAST_HA <= area.area / 1e4 <= MOST_HA}
    tables = {
        "0 to 3 holes, drawn": few,
        "0 to 3 holes, published": {name: area for name, area in fitting.items() if len(area.interiors) <= 3},
        "15 holes": {**many, **{name: area for name, area in fitting.items() if len(area.interiors) > 3}},
    }
    for planner in PLANNERS.values():
        planner(shapely.box(0.0, 0.0, 300.0, 200.0), options.spacing)  # compiles
    for title, areas in tables.items():
        chosen = {name: area for name, area in areas.items() if options.area in (None, name)}
        if chosen:
            table(title, chosen, options.spacing, options.png)
    if options.area is None:
        print(
            "\nPublished in the project's notes, 19 real areas with 0 to 3 holes, spacing 40 m:\n" + COLUMNS
        )
        for name, *figures in PUBLISHED:
            print(f"| {name} | 19 | {' | '.join(str(figure) for figure in figures)} |")
        slowly(many)


def slowly(areas: dict[str, Polygon]) -> None:
    """Print what flying takes at the speed and acceleration of ETHZ's test."""
    scores = [
        judge(cover(area, 40.0, speed_m_s=3.0, accel_m_s2=1.0).line, area, 40.0, 3.0, 1.0)
        for area in areas.values()
    ]
    share = sum(score.flight_s for score in scores) / sum(score.ideal_m / 3.0 for score in scores)
    print(f"\n15 holes at 3 m/s and 1 m/s2: flight {share:.3f} x ideal")


def table(title: str, areas: dict[str, Polygon], spacing_m: float, folder: Path | None) -> None:
    """Print a row for each area of ours, and the sums of all planners."""
    print(f"\n{title}, spacing {spacing_m:g} m\n" + COLUMNS)
    runs: dict[str, list[Run]] = {}
    for planner, plan in PLANNERS.items():
        for name, area in areas.items():
            begun = time.process_time()
            path = plan(area, spacing_m)
            took_s = time.process_time() - begun
            run = Run(area, path, judge(path, area, spacing_m), took_s)
            runs.setdefault(planner, []).append(run)
            if planner == "Tianmu":
                print(
                    row(f"{name}, {area.area / 1e4:.0f} ha, {len(area.interiors)} holes", [run]), flush=True
                )
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(folder / f"{name} {planner}.png"), picture(area, path))
    for planner, each in runs.items():
        print(row(f"**{planner}**", each))


def row(name: str, runs: list[Run]) -> str:
    scores = [run.score for run in runs]
    ideal = sum(score.ideal_m for score in scores)
    coverage = [100.0 * score.coverage for score in scores]
    figures = (
        len(runs),
        f"{sum(score.length_m for score in scores) / ideal:.3f}",
        f"{sum(score.flight_s for score in scores) / (ideal / 10.0):.3f}",
        sum(score.turns for score in scores),
        f"{np.mean(coverage):.2f}",
        f"{min(coverage):.2f}",
        f"{sum(score.in_holes_m for score in scores):.0f}",
        f"{sum(score.outside_m for score in scores):.0f}",
        f"{sum(run.planning_s for run in runs) / sum(run.area.area for run in runs) * 1e6:.2f}",
    )
    return f"| {name} | " + " | ".join(str(figure) for figure in figures) + " |"


def picture(area: Polygon, path: LineString) -> np.ndarray:
    """Draw a path over its area."""
    west, south, east, north = area.union(path).bounds
    scale = 1000.0 / max(east - west, north - south)
    image = np.full((int((north - south) * scale) + 40, int((east - west) * scale) + 40, 3), 255, np.uint8)

    def px(geometry: shapely.Geometry) -> np.ndarray:
        points = shapely.get_coordinates(geometry)
        return (20 + np.column_stack((points[:, 0] - west, north - points[:, 1])) * scale).astype(np.int32)

    cv2.fillPoly(image, [px(ring) for ring in (area.exterior, *area.interiors)], (220, 235, 220))
    cv2.polylines(image, [px(path)], False, (160, 80, 20), 1, cv2.LINE_AA)
    return image


if __name__ == "__main__":
    main()
