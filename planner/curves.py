"""Ways of aircraft that cannot stop: arcs of their turn radius and straights, inside the airspace."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from missions.errors import PlanError
from planner.dubins import WORDS, paths, pieces_m
from planner.flight import Performance
from planner.transit import Airspace

Array = NDArray[np.float64]

CHORD_SHARE = 0.04
"""How far the straight legs of an arc may stay inside it, as a share of the radius: a point every 33 degrees.
An autopilot turns to the next leg some way before each point, so that it flies about the arc; more points
would only fill its memory."""
_LEADS = (0.0, 0.5, 1.0, 2.0, 4.0)
"""How far a line may be flown on before the turn, and how long the run before the next may be, in radii."""
_SIDES = np.array([[{"L": 1.0, "R": -1.0, "S": 0.0}[piece] for piece in word] for word in WORDS])
_DIRECTIONS = 721


@dataclass(frozen=True, eq=False)
class Pose:
    """A place (2,) and a heading as a unit vector (2,), east and north."""

    place_m: Array
    heading: Array

    def moved(self, ahead_m: float) -> "Pose":
        """Give the pose so much farther on along its heading."""
        return Pose(self.place_m + ahead_m * self.heading, self.heading)


@dataclass(frozen=True, eq=False)
class Curves:
    """Curved ways at a turn radius.

    Parameters
    ----------
    airspace : Airspace
        What no way leaves.
    radius_m : float
        Of the turns over ground, above 0.
    """

    airspace: Airspace
    radius_m: float

    def way(self, start: Pose, end: Pose) -> Array:
        """Find a way (N, 2) from pose to pose: the shortest word that is free, else with leads, else around.

        Raises
        ------
        PlanError
            When no way with turns of this radius keeps inside the airspace.
        """
        for points in self._candidates(start, end):
            if self.airspace.is_free([shapely.LineString(points)])[0]:
                return points
        east, north = start.place_m
        raise PlanError(
            f"no way with turns of {self.radius_m:.0f} m leads on from ({east:.0f} m east, "
            f"{north:.0f} m north of the area's centre) inside the allowed airspace; give it more room "
            f"(airspace.buffer_m of {3 * self.radius_m:.0f} m or more) or fly an aircraft that can stop"
        )

    def _candidates(self, start: Pose, end: Pose) -> Iterator[Array]:
        yield from self._joined(start, end)
        leads = sorted(((out, back) for out in _LEADS for back in _LEADS), key=sum)
        for out, back in leads[1:]:
            left, right = start.moved(out * self.radius_m), end.moved(-back * self.radius_m)
            for points in self._joined(left, right):
                yield _without_repeats(np.vstack((start.place_m, points, end.place_m)))
        yield from self._around(start, end)

    def _joined(self, start: Pose, end: Pose) -> Iterator[Array]:
        """Every word's points, shortest first."""
        for path in paths(start.place_m, start.heading, end.place_m, end.heading, self.radius_m):
            points = path.points(CHORD_SHARE * self.radius_m)
            yield _without_repeats(np.vstack((points, end.place_m)))

    def _around(self, start: Pose, end: Pose) -> Iterator[Array]:
        """Ways along the corners of what is in the way, each passed by a circle that touches it outside."""
        for airspace in (self._widened, self.airspace):
            try:
                corners = airspace.way(start.place_m, end.place_m)
            except PlanError:
                continue
            between = [
                Pose(corner, _unit(after - before))
                for before, corner, after in zip(corners, corners[1:-1], corners[2:], strict=False)
            ]
            legs = [next(self._joined(a, b)) for a, b in pairwise((start, *between, end))]
            yield _without_repeats(np.vstack(legs))

    @cached_property
    def _widened(self) -> Airspace:
        """The airspace less a turn radius: its ways leave room for the turns at their corners."""
        return Airspace(self.airspace.blocked.buffer(self.radius_m, quad_segs=3))


def curve_seconds(
    performance: Performance, start_m: Array, heading: Array, end_m: Array, end_heading: Array
) -> Array:
    """Seconds (...) for the shortest curves between poses in the wind; parameters as `dubins.pieces_m`.

    On an arc the speed over ground changes with the course: its time is the integral of radius / speed over
    the course.
    """
    radius_m = performance.turn_radius_m
    pieces = pieces_m(start_m, heading, end_m, end_heading, radius_m)
    best = np.argmin(pieces.sum(axis=-1), axis=-1)
    pieces = np.maximum(0.0, np.take_along_axis(pieces, best[..., None, None], axis=-2)[..., 0, :])
    sides = _SIDES[best]
    course = np.arctan2(heading[..., 1], heading[..., 0])
    seconds = np.zeros(pieces.shape[:-1])
    for number in range(3):
        length, side = pieces[..., number], sides[..., number]
        turned = course + side * length / radius_m
        turning = np.abs(_turn_s(performance, turned) - _turn_s(performance, course))
        straight = length / performance.ground_speed(np.stack((np.cos(course), np.sin(course)), axis=-1))
        seconds += np.where(side == 0.0, straight, turning)
        course = turned
    return seconds


def _turn_s(performance: Performance, course: Array) -> Array:
    """Seconds to turn left from east to a course in radians, counted on beyond full turns."""
    table = _turn_table(performance)
    turns, rest = np.divmod(course, 2.0 * np.pi)
    return turns * table[-1] + np.interp(rest, np.linspace(0.0, 2.0 * np.pi, _DIRECTIONS), table)


@lru_cache(maxsize=8)
def _turn_table(performance: Performance) -> Array:
    courses = np.linspace(0.0, 2.0 * np.pi, _DIRECTIONS)
    slowness = performance.turn_radius_m / performance.ground_speed(
        np.column_stack((np.cos(courses), np.sin(courses)))
    )
    steps = np.diff(courses) * (slowness[1:] + slowness[:-1]) / 2.0
    return np.concatenate(([0.0], np.cumsum(steps)))


def _unit(vector: Array) -> Array:
    return vector / np.linalg.norm(vector)


def _without_repeats(points: Array) -> Array:
    """Leave out points less than a centimetre from the one before; the two ends stay."""
    steps = np.linalg.norm(np.diff(points[:-1], axis=0), axis=1)
    return points[np.concatenate(([True], steps > 0.01, [True]))]
