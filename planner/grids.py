"""Which way the lines of a plot run: all one way, two ways crosswise, or along a river or road."""

from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from planner.corridor import cells_along, least_sag
from planner.lines import Lines
from planner.reach import Reach
from planner.survey import SurveyRules, choose_lines, proved_lines, seconds_for

_LOOSER = (1.0, 2.0, 4.0, 8.0)
"""Multiples of the least departure of straight legs from a bent line: fewer turns for more ground."""


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
        return _grids_along(centre_line, area, rules)
    lines, reach = choose_lines(area, rules)
    grids = [Grid(area, lines.direction_deg, reach)]
    if rules.cross_grid:
        square_deg = (lines.direction_deg + 90.0) % 180.0
        grids.append(Grid(area, square_deg, rules.reach(area, square_deg)))
    return grids


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
        seconds = [
            seconds_for(rules.lines(grid.area, grid.direction_deg, grid.reach).transects, rules)
            for grid in grids
        ]
        tried.append((sum(seconds), grids))
        if len(grids) == 1:  # it gets no looser
            break
    return min(tried, key=lambda pair: pair[0])[1]
