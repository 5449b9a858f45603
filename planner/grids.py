"""Which way the lines of a plot run: all one way, two ways crosswise, or along a river or road."""

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from planner.corridor import cells_along, least_sag
from planner.lines import Lines, Transect
from planner.passes import joined
from planner.predict import unseen
from planner.reach import Reach
from planner.survey import SurveyRules, choose_lines, proved_lines, seconds_for

_LOOSER = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Multiples of the least departure of straight legs from a bent line: fewer turns for more ground."""
_ENOUGH = 0.9995
"""Share of what single transects show that joined ones must show too."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Lines of one direction over a plot or a piece of it.

    Attributes
    ----------
    area
        What these lines must show, in the local frame.
    direction_deg
        Of the lines, clockwise from grid north.
    reach
        Distances that hold there.
    """

    area: BaseGeometry
    direction_deg: float
    reach: Reach

    def lines(self, trigger_m: float, rules: SurveyRules) -> Lines:
        """Lay the lines, proved by footprints, with the trigger distance of the plan."""
        return proved_lines(self.area, self.direction_deg, self.reach.with_trigger(trigger_m), rules)


@dataclass(frozen=True, eq=False)
class Layout:
    """The grids of a plot.

    Attributes
    ----------
    in_a_row
        Whether they are the legs of a corridor, one after another.
    """

    grids: Sequence[Grid]
    in_a_row: bool = False

    def lines(self, trigger_m: float, rules: SurveyRules) -> tuple[list[Transect], float]:
        """Lay all lines; also the area in m2 that lies too deep in obstacles to be seen."""
        laid = [grid.lines(trigger_m, rules) for grid in self.grids]
        unseen_m2 = sum(lines.unseen.area for lines in laid)
        single = [transect for lines in laid for transect in lines.transects]
        if not self.in_a_row:
            return single, unseen_m2
        passes = joined([lines.transects for lines in laid], trigger_m, rules.airspace)
        due = shapely.union_all(
            [grid.area.difference(lines.unseen) for grid, lines in zip(self.grids, laid, strict=True)]
        )
        missing = [unseen(due, _prints(transects, trigger_m, rules)).area for transects in (single, passes)]
        return (passes if missing[1] <= missing[0] + (1.0 - _ENOUGH) * due.area else single), unseen_m2


def layout_over(area: BaseGeometry, rules: SurveyRules, centre_line: BaseGeometry | None = None) -> Layout:
    """Settle the grids of a plot.

    Parameters
    ----------
    centre_line : LineString or MultiLineString, optional
        Of a corridor, in the local frame: its lines follow it, a grid for each straight piece. Any other plot
        gets one grid, and with `rules.cross_grid` a second one square to it.
    """
    if centre_line is not None:
        return Layout(_grids_along(centre_line, area, rules), in_a_row=True)
    lines, reach = choose_lines(area, rules)
    grids = [Grid(area, lines.direction_deg, reach)]
    if rules.cross_grid:
        square_deg = (lines.direction_deg + 90.0) % 180.0
        grids.append(Grid(area, square_deg, rules.reach(area, square_deg)))
    return Layout(grids)


def _grids_along(centre_line: BaseGeometry, strip: BaseGeometry, rules: SurveyRules) -> list[Grid]:
    """Grids along a centre line, followed as closely as takes least time."""
    any_way = rules.reach(strip, 0.0)
    least_m = least_sag(strip.area / centre_line.length, any_way.across_m, any_way.spacing_m)
    tried: list[tuple[float, list[Grid]]] = []
    for looser in _LOOSER:
        grids = [
            Grid(cell, direction_deg, rules.reach(cell, direction_deg))
            for cell, direction_deg in cells_along(centre_line, strip, looser * least_m)
        ]
        legs = [rules.lines(grid.area, grid.direction_deg, grid.reach).transects for grid in grids]
        passes = joined(legs, any_way.trigger_m, rules.airspace)
        tried.append((seconds_for(passes, rules), grids))
        if len(grids) == 1:  # it gets no looser
            break
    return min(tried, key=lambda pair: pair[0])[1]


def _prints(transects: Sequence[Transect], trigger_m: float, rules: SurveyRules) -> list[BaseGeometry]:
    poses = [pose for transect in transects for pose in rules.poses(transect, trigger_m)]
    return [rules.eye.footprint(pose, rules.margin_m) for pose in poses]
