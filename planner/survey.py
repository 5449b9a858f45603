"""The survey of one plot: lines as far apart as camera, terrain and errors allow, proved by footprints."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.frusta import Frusta
from geo.pose import Pose
from planner.flight import Performance
from planner.foreseen import seen_share
from planner.lines import Lines, Transect, best_direction, lay_lines
from planner.predict import Eye
from planner.reach import Lean, Reach, half_angles, reach_over
from planner.terrain import HeightRule, follow
from planner.transit import Airspace

_ENOUGH = 0.9995
"""Share of a plot that displaced photos must show before the lines are taken."""
_TIGHTENINGS = 5
_TIGHTER = 0.93
_CLIMB_STEP_M = 25.0
_TURN_S = 12.0
"""From full flight along a line to full flight along the next; only weighs few long lines against many short
ones."""


@dataclass(frozen=True, eq=False)
class SurveyRules:
    """What holds for every plot of a mission.

    Attributes
    ----------
    overlaps
        Side and front overlap as shares.
    lean
        Steady lean of the camera to allow for at the border.
    margin_m
        By how much any photo may be displaced on the ground without leaving a gap.
    direction_deg
        Grid direction of the lines; None lets each plot have its own.
    buffer_m
        How far around a plot lines may reach.
    cross_grid
        Whether plots get a second set of lines square to the first.
    """

    eye: Eye
    airspace: Airspace
    on_line: HeightRule
    performance: Performance
    overlaps: tuple[float, float]
    lean: Lean
    margin_m: float
    direction_deg: float | None
    buffer_m: float
    cross_grid: bool = False

    @property
    def photo_m(self) -> float:
        """Longer side of a photo on level ground."""
        return 2.0 * self.on_line.agl_m * max(half_angles(self.eye.camera, 0.0))

    def reach(self, area: BaseGeometry, direction_deg: float) -> Reach:
        """Distances for lines in a direction over an area."""
        tangents = half_angles(self.eye.camera, self.eye.mount_yaw_deg)
        return reach_over(
            area,
            direction_deg,
            self.eye.terrain,
            self.on_line,
            tangents,
            self.overlaps,
            self.lean,
            self.margin_m,
        )

    def lines(self, area: BaseGeometry, direction_deg: float, reach: Reach) -> Lines:
        """Lay lines in a direction over an area."""
        return lay_lines(
            area,
            direction_deg,
            reach,
            blocked=self.airspace.blocked,
            within=area.buffer(self.buffer_m),
            run_m=self.performance.run_up_m,
        )

    def poses(self, transect: Transect, trigger_m: float) -> list[Pose]:
        """Poses of a transect's photos."""
        # A metre more than to the last photo: a line of one photo has a heading too.
        track = np.array([transect.first_m, *transect.bends_m, transect.last_m + transect.last_unit])
        path, _ = follow(track, self.eye.terrain, self.on_line)
        return transect.course.poses(path, self.eye) if transect.course else self.eye.poses(path, trigger_m)


def choose_lines(area: BaseGeometry, rules: SurveyRules) -> tuple[Lines, Reach]:
    """Lay lines in the wanted direction, or in the one that takes least time."""

    def laid(direction_deg: float) -> Lines:
        return rules.lines(area, direction_deg, rules.reach(area, direction_deg))

    if rules.direction_deg is not None:
        lines = laid(rules.direction_deg)
    else:
        lines = best_direction(area, laid, lambda transects: seconds_for(transects, rules))
    return lines, rules.reach(area, lines.direction_deg)


def proved_lines(area: BaseGeometry, direction_deg: float, reach: Reach, rules: SurveyRules) -> Lines:
    """Lay lines whose photos, each displaced by up to the margin, show all of the area that can be seen.

    The distances come from the terrain at many places, not at all: where the photos on the real terrain
    leave gaps all the same, the lines are laid again closer together. The trigger distance stays, because it
    is one for the whole plan.
    """
    best: tuple[float, Lines] | None = None
    for _ in range(_TIGHTENINGS):
        lines = rules.lines(area, direction_deg, reach)
        due = area.difference(lines.unseen)
        missing = (1.0 - _shown(due, lines.transects, reach.trigger_m, rules)) * due.area / area.area
        if best is None or missing < best[0]:
            best = missing, lines
        if missing <= 1.0 - _ENOUGH:
            break
        reach = reach.tightened(_TIGHTER)
    assert best is not None
    return best[1]


def _shown(area: BaseGeometry, transects: Sequence[Transect], trigger_m: float, rules: SurveyRules) -> float:
    """Share of an area that the photos of lines show, from whichever ends they are flown: a camera leans."""
    ways = (transects, [transect.reversed() for transect in transects])
    poses = [[pose for line in lines for pose in rules.poses(line, trigger_m)] for lines in ways]
    frusta = [Frusta.of(rules.eye.camera, photos, rules.eye.frame) for photos in poses]
    terrain = rules.eye.terrain
    return min(seen_share(area, photos, terrain, rules.margin_m, rules.photo_m) for photos in frusta)


def seconds_for(transects: Sequence[Transect], rules: SurveyRules) -> float:
    """Time for lines, each with its runs and a turn into the next."""
    return sum(_seconds(transect, rules) for transect in transects)


def _seconds(transect: Transect, rules: SurveyRules) -> float:
    """Time for a line with its runs, and to turn into the next."""
    run = rules.performance.run_up_m
    start, end = transect.first_m - run * transect.unit, transect.last_m + run * transect.last_unit
    way = shapely.LineString([start, *transect.bends_m, end])
    track = shapely.get_coordinates(shapely.segmentize(way, _CLIMB_STEP_M))
    heights = rules.eye.terrain.height_at(track)
    known = ~np.isnan(heights)
    if known.sum() < 2:
        return np.inf
    in_full_flight = rules.performance.along(
        np.column_stack((track, heights))[known], enter_m_s=np.inf, leave_m_s=np.inf
    )
    return in_full_flight.seconds + _TURN_S
