"""How low to fly over a plot whose slopes would coarsen the GSD too much from the usual height."""

from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from planner.foreseen import Wanted, foresee
from planner.grids import Layout, layout_over
from planner.survey import SurveyRules

_STEPS = 3
_NEARLY_ALL = 0.999
_ROOM = 0.99
"""A little lower than reckoned: at another height the photos stand elsewhere over the slopes."""


def layout_at_gsd(
    area: BaseGeometry,
    rules: SurveyRules,
    wanted: Wanted,
    lowest_agl_m: float,
    centre_line: BaseGeometry | None = None,
) -> tuple[SurveyRules, Layout]:
    """Settle the grids of a plot from as high as shows it at the wanted GSD.

    The GSD grows with the height, so the height is lowered by as much as the GSD is too coarse at which the
    target share is seen, and half of the rest: lines are laid again later, and flown from other ends.

    Parameters
    ----------
    lowest_agl_m
        Height above ground below which nothing may fly, whatever the GSD. A way that begins at a lowered line
        sinks by as much there as the line does, so lines keep the usual tolerance above it.
    centre_line
        Of a corridor, as in `layout_over`.

    Returns
    -------
    rules, layout
        The rules with the height to fly at.
    """
    least_agl_m = lowest_agl_m + rules.on_line.tolerance_m
    aim = replace(wanted, share=(1.0 + wanted.share) / 2.0)
    layout = layout_over(area, rules, centre_line)
    for _ in range(_STEPS):
        coarsest_cm = _gsd_cm(area, layout, rules, aim)
        lowest = least_agl_m / rules.on_line.agl_m
        if coarsest_cm <= wanted.gsd_cm or not np.isfinite(coarsest_cm) or lowest >= 1.0:
            break
        rules = _lowered(rules, max(_ROOM * wanted.gsd_cm / coarsest_cm, lowest))
        along = replace(rules, direction_deg=layout.grids[0].direction_deg)
        layout = layout_over(area, along, centre_line)
    return rules, layout


def _gsd_cm(area: BaseGeometry, layout: Layout, rules: SurveyRules, wanted: Wanted) -> float:
    """GSD that the target share is seen at, of what is seen at all, from whichever ends lines are flown."""
    laid = [rules.lines(grid.area, grid.direction_deg, grid.reach) for grid in layout.grids]
    due = area.difference(shapely.union_all([lines.unseen for lines in laid]))
    transects = [transect for lines in laid for transect in lines.transects]
    trigger_m = min(grid.reach.trigger_m for grid in layout.grids)
    coarsest = 0.0
    for photos in rules.photos_either_way(transects, trigger_m) if not due.is_empty else ():
        found = foresee(due, photos, rules.eye.terrain, wanted)
        if not np.isfinite(found.gsd_cm):  # too little is seen: what the lines are proved for later
            most = replace(wanted, share=_NEARLY_ALL * found.seen)
            found = foresee(due, photos, rules.eye.terrain, most)
        coarsest = max(coarsest, found.gsd_cm)
    return coarsest


def _lowered(rules: SurveyRules, share: float) -> SurveyRules:
    rule = rules.on_line
    lower = replace(rule, agl_m=share * rule.agl_m, tolerance_m=share * rule.tolerance_m)
    return replace(rules, on_line=lower)
