"""Lines for an aircraft that cannot stop: joined by Dubins turns, in the order that suits its radius."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from geo.tours import order_lines
from missions.errors import PlanError
from planner import dubins
from planner.legs import Pace, ground_speed

Array = NDArray[np.float64]

_LEAD = 0.5
"""Straight way before and after a line, in radii: the wings are level when the first photo is taken."""
_CHORD_M = 0.5
_REPAIRS = 60


@dataclass(frozen=True, eq=False)
class Lanes:
    """Lines in order, each as it is flown, (N, 2, 2), and the path (P, 2) along all of them."""

    transects: Array
    path: Array
    seconds: float


def fly_lanes(
    rows: Array,
    blocked: BaseGeometry,
    radius_m: float,
    pace: Pace,
    start: Array | None,
    end: Array | None,
) -> Lanes:
    """Order lines and join them by the shortest turns that keep out of what is blocked.

    Lines closer together than two radii are not flown one after the other where skipping some is shorter:
    the order decides by the true lengths of the turns.

    Parameters
    ----------
    rows : (N, 2, 2)
        Both ends of each line.

    Raises
    ------
    PlanError
        When a line cannot be left or reached with this radius.
    """
    ends = lengthened(rows, blocked, _LEAD * radius_m)
    poses = _Poses.of(ends)
    seconds = poses.lengths_m(radius_m) / pace[0]
    first = None if start is None else np.hypot(*(poses.places - start).T) / pace[0]
    last = None if end is None else np.hypot(*(poses.places - end).T) / pace[0]
    flights = np.array([[path_s(line, pace), path_s(line[::-1], pace)] for line in ends])
    free: dict[tuple[int, int], Array] = {}
    for _ in range(_REPAIRS):
        order, turned, _ = order_lines(seconds, flights, start=first, end=last)
        entries = 2 * order + turned
        links = list(zip((entries[:-1] ^ 1).tolist(), entries[1:].tolist(), strict=True))
        for link in links:
            if link not in free:
                free[link] = poses.turn(*link, radius_m, blocked)
        shut = [link for link in links if len(free[link]) == 0]
        if not shut:
            break
        for link in shut:
            seconds[link] = np.inf
    else:
        raise PlanError(
            f"a turn radius of {radius_m:g} m leaves no way between some lines that keeps out of holes and "
            f"no-fly areas; with {radius_m / 2:g} m or less there may be one"
        )
    pieces = [] if start is None else [start[None]]
    for number, entry in enumerate(entries.tolist()):
        pieces.append(poses.places[[entry, entry ^ 1]])
        if number < len(links):
            pieces.append(free[links[number]])
    pieces += [] if end is None else [end[None]]
    path = np.vstack(pieces)
    path = path[np.concatenate(([True], np.hypot(*np.diff(path, axis=0).T) > 1e-9))]
    flown = np.where(turned[:, None, None], rows[order][:, ::-1], rows[order])
    return Lanes(flown, path, path_s(path, pace))


def path_s(path: Array, pace: Pace) -> float:
    """Seconds along a path (N, 2) at the speed over ground that the wind leaves."""
    steps = np.diff(path, axis=0)
    speeds = [ground_speed(dx, dy, pace[0], pace[2], pace[3]) for dx, dy in steps.tolist()]
    return float(np.sum(np.hypot(*steps.T) / np.array(speeds)))


def lengthened(rows: Array, blocked: BaseGeometry, lead_m: float) -> Array:
    """Lines made longer at both ends, as far as nothing is in the way."""
    along = rows[:, 1] - rows[:, 0]
    unit = along / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    longer = np.stack((rows[:, 0] - lead_m * unit, rows[:, 1] + lead_m * unit), axis=1)
    for row, line in zip(rows, longer, strict=True):
        for side in (0, 1):
            lead = LineString([row[side], line[side]])
            if lead.intersects(blocked):
                line[side] = row[side]
    return longer


@dataclass(frozen=True, eq=False)
class _Poses:
    """Ends of lines (2 N, 2), and the headings (2 N, 2) in which the lines are left there."""

    places: Array
    outwards: Array

    @classmethod
    def of(cls, ends: Array) -> "_Poses":
        along = ends[:, 1] - ends[:, 0]
        unit = along / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
        return cls(ends.reshape(-1, 2), np.stack((-unit, unit), axis=1).reshape(-1, 2))

    def lengths_m(self, radius_m: float) -> Array:
        """Lengths (2 N, 2 N) of the turns from leaving one line to entering another."""
        return dubins.lengths_m(
            self.places[:, None], self.outwards[:, None], self.places[None], -self.outwards[None], radius_m
        )

    def turn(self, leave: int, entry: int, radius_m: float, blocked: BaseGeometry) -> Array:
        """Points (K, 2) of the shortest turn that keeps out of what is blocked; none if none does."""
        for path in dubins.paths(
            self.places[leave], self.outwards[leave], self.places[entry], -self.outwards[entry], radius_m
        ):
            points = path.points(_CHORD_M)
            if path.length_m > 0 and not LineString(points).intersects(blocked):
                return points
        return np.empty((0, 2))
