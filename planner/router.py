"""How an aircraft gets along a transect, and from one place to another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geo.terrain import Terrain
from missions.errors import PlanError
from planner.curves import Curves, Pose, curve_seconds
from planner.flight import Effort, Performance
from planner.lines import Transect
from planner.terrain import HeightRule, follow
from planner.transit import Airspace

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stretch:
    """A piece of a flown path: points (N, 3) east, north, AMSL, and what flying it takes."""

    points_m: Array
    effort: Effort


_NOWHERE = np.empty((0, 3))
NO_WAY = Stretch(np.empty((0, 3)), Effort(seconds=np.inf, energy_wh=np.inf))


@dataclass(frozen=True, eq=False)
class Visit:
    """A transect as it is flown: run in, camera on, camera off.

    Its effort is that of full flight all along; slowing down for what comes before and after it belongs to
    the ways there.
    """

    plot: str
    transect: Transect
    run_in_m: Array
    """(1, 3), or (0, 3) where there is no room for it."""
    line_m: Array
    """(N, 3) from where the camera is switched on to where it is switched off."""
    effort: Effort

    @property
    def entry_m(self) -> Array:
        """Where the visit begins, (2,)."""
        return self.points_m[0, :2]

    @property
    def exit_m(self) -> Array:
        """Where it ends, (2,)."""
        return self.line_m[-1, :2]

    @property
    def start(self) -> Pose:
        """Where the visit begins and where it heads there."""
        points = self.points_m
        return Pose(
            self.entry_m, _unit(points[min(1, len(points) - 1), :2] - self.entry_m, self.transect.unit)
        )

    @property
    def end(self) -> Pose:
        """Where the visit ends and where it heads there."""
        points = self.points_m
        return Pose(self.exit_m, _unit(self.exit_m - points[max(-2, -len(points)), :2], self.transect.unit))

    @property
    def points_m(self) -> Array:
        """All points, (N, 3)."""
        return np.vstack((self.run_in_m, self.line_m))

    @cached_property
    def halves_m(self) -> tuple[Array, Array]:
        """The points up to the middle, and from there on; in the middle the flight is at its fastest."""
        points = self.points_m
        flown = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0)[:, :2], axis=1))))
        half = flown[-1] / 2.0
        middle = np.array([np.interp(half, flown, points[:, axis]) for axis in range(3)])
        return np.vstack((points[flown < half], middle)), np.vstack((middle, points[flown > half]))


@dataclass(frozen=True, eq=False)
class Router:
    """All that decides how one gets from place to place."""

    airspace: Airspace
    terrain: Terrain
    on_line: HeightRule
    on_way: HeightRule
    performance: Performance

    def visit(self, plot: str, transect: Transect, trigger_m: float) -> Visit:
        """Fly a transect from its first to its last photo.

        The run before it lets the aircraft reach its speed and turn its nose before the first photo, the run
        after it keeps the braking out of the last one; it ends before another photo would be due.
        """
        run = self.performance.run_up_m
        run_in, run_out = min(run, transect.run_first_m), min(run, transect.run_last_m, 0.9 * trigger_m)
        start = transect.first_m - run_in * transect.unit
        end = transect.last_m + run_out * transect.last_unit
        before = [start] if run_in > 0.5 else []
        oblique = transect.course and transect.course.oblique
        track = np.array([*before, transect.first_m, *transect.bends_m, end])
        points, given = follow(track, self.terrain, oblique.rule if oblique else self.on_line)
        camera_on = int(np.flatnonzero(given)[len(before)])
        # Beside its points: the camera on and off, a place to look at for each piece, and two to look down.
        items = len(points) + 2 + (len(oblique.aims_m) + 2 if oblique else 0)
        effort = replace(self._rolling(points), items=items)
        return Visit(plot, transect, points[:camera_on], points[camera_on:], effort)

    def between(self, a: Visit, b: Visit) -> Stretch:
        """Go from the end of a visit to the beginning of the next; `NO_WAY` where nothing leads there."""
        return self._stretch(a.end, b.start, a.halves_m[1], b.halves_m[0])

    def out(self, place_m: Array, first: Visit) -> Stretch:
        """Go from above a site (2,) to the beginning of a visit; `NO_WAY` where nothing leads there."""
        start = Pose(place_m, _unit(first.entry_m - place_m, first.transect.unit))
        return self._stretch(start, first.start, _NOWHERE, first.halves_m[0])

    def home(self, last: Visit, place_m: Array) -> Stretch:
        """Go from the end of a visit to above a site (2,); `NO_WAY` where nothing leads there."""
        end = Pose(place_m, _unit(place_m - last.exit_m, last.transect.last_unit))
        return self._stretch(last.end, end, last.halves_m[1], _NOWHERE)

    def seconds_between(self, leaving: Sequence[Visit], entering: Sequence[Visit]) -> Array:
        """Seconds (N, M) from the end of each visit to the beginning of each other; inf for no way.

        What slowing down for the turns costs on the visits' own lines is counted too. Obstacles lengthen the
        way by as much as they lengthen the straight one.
        """
        ends, starts = [visit.end for visit in leaving], [visit.start for visit in entering]
        leave, enter = (np.array([pose.place_m for pose in poses]) for poses in (ends, starts))
        out = np.array([pose.heading for pose in ends])[:, None]
        into = np.array([pose.heading for pose in starts])[None]
        ways = enter[None] - leave[:, None]
        straight = np.linalg.norm(ways, axis=2)
        lengths = self.airspace.lengths(leave, enter)
        if self.performance.turn_radius_m > 0:
            curves_s = curve_seconds(self.performance, leave[:, None], out, enter[None], into)
            return curves_s + (lengths - straight) / self.performance.speed_m_s
        units = np.where(straight[..., None] > 0, ways / np.maximum(straight, 1e-9)[..., None], out)
        return self.performance.way_seconds(lengths, units, out, into)

    def seconds_from(self, place_m: Array, entering: Sequence[Visit]) -> Array:
        """Seconds (N,) from a place (2,), wherever one heads there, to the beginning of each visit."""
        enter = np.array([visit.entry_m for visit in entering])
        return self.airspace.lengths(place_m[None], enter)[0] / self.performance.speed_m_s

    def seconds_to(self, leaving: Sequence[Visit], place_m: Array) -> Array:
        """Seconds (N,) from the end of each visit straight to a place (2,), obstacles or not."""
        leave = np.array([visit.exit_m for visit in leaving])
        return np.linalg.norm(leave - place_m, axis=1) / self.performance.speed_m_s

    def _stretch(self, start: Pose, end: Pose, before_m: Array, after_m: Array) -> Stretch:
        """Find a way, its heights, and the effort it adds to those of the visits before and after it.

        Without a visit there it begins, or ends, at rest.
        """
        try:
            points, _ = follow(self._way(start, end), self.terrain, self.on_way)
        except PlanError:
            return NO_WAY
        whole = self.performance.along(
            np.vstack((before_m, points, after_m)),
            enter_m_s=np.inf if len(before_m) else 0.0,
            leave_m_s=np.inf if len(after_m) else 0.0,
        )
        added = whole - self._rolling(before_m) - self._rolling(after_m)
        return Stretch(points, replace(added, items=len(points) - 2))

    def _way(self, start: Pose, end: Pose) -> Array:
        if self.performance.turn_radius_m > 0:
            return self._curves.way(start, end)
        return self.airspace.way(start.place_m, end.place_m)

    def _rolling(self, points_m: Array) -> Effort:
        return self.performance.along(points_m, enter_m_s=np.inf, leave_m_s=np.inf)

    @cached_property
    def _curves(self) -> Curves:
        return Curves(self.airspace, self.performance.turn_radius_m)


def _unit(vector: Array, otherwise: Array) -> Array:
    length = np.linalg.norm(vector)
    return vector / length if length > 0 else otherwise
