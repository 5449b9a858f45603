"""How an aircraft gets along a transect, and from one place to another."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from geo.terrain import Terrain
from missions.errors import PlanError
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


NO_WAY = Stretch(np.empty((0, 3)), Effort(seconds=np.inf, energy_wh=np.inf))


@dataclass(frozen=True, eq=False)
class Visit:
    """A transect as it is flown: run in, camera on, camera off."""

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
    def points_m(self) -> Array:
        """All points, (N, 3)."""
        return np.vstack((self.run_in_m, self.line_m))


@dataclass(frozen=True, eq=False)
class Router:
    """All that decides how one gets from place to place.

    Attributes
    ----------
    lowered
        Rules for the lines of plots that are flown lower than the others.
    """

    airspace: Airspace
    terrain: Terrain
    on_line: HeightRule
    on_way: HeightRule
    performance: Performance
    lowered: Mapping[str, HeightRule] = field(default_factory=dict[str, HeightRule])

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
        rule = oblique.rule if oblique else self.lowered.get(plot, self.on_line)
        points, given = follow(track, self.terrain, rule)
        camera_on = int(np.flatnonzero(given)[len(before)])
        # Beside its points: the camera on and off, a place to look at for each piece, and two to look down.
        items = len(points) + 2 + (len(oblique.aims_m) + 2 if oblique else 0)
        effort = replace(self.performance.along(points), items=items)
        return Visit(plot, transect, points[:camera_on], points[camera_on:], effort)

    def way(self, a_m: Array, b_m: Array) -> Stretch:
        """Go from one place (2,) to another around obstacles and over the terrain."""
        points, _ = follow(self.airspace.way(a_m, b_m), self.terrain, self.on_way)
        return Stretch(points, replace(self.performance.along(points), items=len(points) - 2))

    def way_or_none(self, a_m: Array, b_m: Array) -> Stretch | None:
        """Go from one place to another if there is a way."""
        try:
            return self.way(a_m, b_m)
        except PlanError:
            return None
