"""One measure for every planner's path: length, turns, coverage, what lies in holes or outside, flight time.

A swath is as wide as the lines are apart. Coverage is the share of the area within half a swath of the path,
with square caps and mitred joins: read so, the yardstick gives for OpenCoverage the figures of the notes.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

SPEED_M_S = 10.0
ACCEL_M_S2 = 2.0
TURN_DEG = 10.0
"""A smaller change of heading is flown through."""
OFF_BY_M = 1.0
"""So far over a border is not counted as outside."""


@dataclass(frozen=True)
class Score:
    """What the yardstick says of a path; lengths in metres, shares from 0 to 1."""

    ideal_m: float
    length_m: float
    turns: int
    coverage: float
    in_holes_m: float
    outside_m: float
    flight_s: float


def judge(
    path: LineString,
    area: BaseGeometry,
    spacing_m: float,
    speed_m_s: float = SPEED_M_S,
    accel_m_s2: float = ACCEL_M_S2,
) -> Score:
    """Measure a path over an area.

    Flight time is rest to rest on each straight leg, and a leg ends where the heading changes by more than
    10 degrees.
    """
    legs_m, turns = straight_legs(shapely.get_coordinates(path))
    parts = shapely.get_parts(area)
    holes = shapely.union_all([Polygon(ring) for part in parts for ring in part.interiors])
    hulls = shapely.union_all([Polygon(part.exterior) for part in parts])
    swath = swath_of(path, spacing_m)
    full_m = speed_m_s**2 / accel_m_s2
    seconds = np.where(
        legs_m >= full_m, legs_m / speed_m_s + speed_m_s / accel_m_s2, 2 * np.sqrt(legs_m / accel_m_s2)
    )
    return Score(
        ideal_m=area.area / spacing_m,
        length_m=path.length,
        turns=turns,
        coverage=1.0 - area.difference(swath).area / area.area,
        in_holes_m=path.intersection(holes.buffer(-OFF_BY_M)).length,
        outside_m=path.difference(hulls.buffer(OFF_BY_M)).length,
        flight_s=float(seconds.sum()),
    )


def swath_of(path: LineString, spacing_m: float) -> BaseGeometry:
    """The path widened by half a swath: square caps at its ends, mitred joins at its corners.

    Corner by corner, because the buffer of a long path that crosses itself is not always valid.
    """
    points = shapely.get_coordinates(path)
    points = points[np.concatenate(([True], np.any(np.diff(points, axis=0) != 0, axis=1)))]
    if len(points) == 1:
        return shapely.Point(points[0]).buffer(spacing_m / 2, cap_style="square")
    half = spacing_m / 2
    legs = shapely.linestrings(np.stack((points[:-1], points[1:]), axis=1))
    corners = shapely.linestrings(np.stack((points[:-2], points[1:-1], points[2:]), axis=1))
    ends = shapely.buffer(legs[[0, -1]], half, cap_style="square")
    return shapely.union_all([*shapely.buffer(corners, half, cap_style="flat", join_style="mitre"), *ends])


def straight_legs(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """Lengths of the legs between turns, and the number of turns."""
    steps = np.diff(points, axis=0)
    lengths = np.hypot(*steps.T)
    steps, lengths = steps[lengths > 1e-9], lengths[lengths > 1e-9]
    if len(lengths) == 0:
        return np.zeros(1), 0
    headings = np.degrees(np.arctan2(steps[:, 1], steps[:, 0]))
    change = np.abs((np.diff(headings) + 180.0) % 360.0 - 180.0)
    starts = np.concatenate(([0], np.flatnonzero(change > TURN_DEG) + 1))
    return np.add.reduceat(lengths, starts), len(starts) - 1
