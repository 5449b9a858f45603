"""Which way the lines of a plot run: all one way, two ways crosswise, or along a river or road."""

from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from planner.corridor import cells_along
from planner.lines import Lines
from planner.reach import Reach
from planner.survey import SurveyRules, choose_lines, proved_lines


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


def grids_over(area: BaseGeometry, rules: SurveyRules, centre_line: BaseGeometry | None = None) -> list[Grid]:
    """Settle the grids of a plot.

    Parameters
    ----------
    centre_line : LineString or MultiLineString, optional
        Of a corridor, in the local frame: its lines follow it, a grid for each straight piece. Any other plot
        gets one grid, and with `rules.cross_grid` a second one square to it.
    """
    if centre_line is not None:
        wide = rules.reach(area, 0.0)
        return [
            Grid(cell, direction_deg, rules.reach(cell, direction_deg))
            for cell, direction_deg in cells_along(centre_line, area, wide.across_m, wide.spacing_m)
        ]
    lines, reach = choose_lines(area, rules)
    grids = [Grid(area, lines.direction_deg, reach)]
    if rules.cross_grid:
        square_deg = (lines.direction_deg + 90.0) % 180.0
        grids.append(Grid(area, square_deg, rules.reach(area, square_deg)))
    return grids
