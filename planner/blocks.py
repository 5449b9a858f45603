"""The lines over all plots of a mission, at one trigger distance."""

from dataclasses import dataclass, replace

import numpy as np

from missions.errors import PlanError
from missions.progress import Progress
from planner.foreseen import Wanted
from planner.grids import Layout
from planner.lowering import layout_at_gsd
from planner.prepare import Task, slowed
from planner.sorties import Block
from planner.survey import SurveyRules
from planner.surveyed import forbidden

_WORTH_A_WORD_M2 = 20.0


@dataclass(frozen=True, eq=False)
class Laid:
    """Lines over the plots.

    Attributes
    ----------
    task
        The one that was given; slower where the terrain needs photos more often, with the plots that are
        flown lower.
    spacing_m
        The narrowest of all plots.
    unplanned
        Plots without lines, and why.
    """

    task: Task
    blocks: list[Block]
    spacing_m: float
    trigger_m: float
    unplanned: list[tuple[str, str]]


def lay_blocks(task: Task, wanted: Wanted, progress: Progress) -> Laid:
    """Lay the lines of every plot, as low as its slopes need."""
    chosen: dict[str, tuple[SurveyRules, Layout]] = {}
    steps = 2 * len(task.areas)
    for name, area in task.areas.items():
        progress(len(chosen), steps)
        centre_line = task.centre_lines.get(name)
        chosen[name] = layout_at_gsd(area, task.rules, wanted, task.lowest_agl_m, centre_line)
    reaches = [grid.reach for _, layout in chosen.values() for grid in layout.grids]
    # One trigger distance for the whole plan: a sortie may cross several plots, and crews check one figure.
    trigger_m = float(np.floor(10.0 * min([task.trigger_m, *(reach.trigger_m for reach in reaches)])) / 10.0)
    spacing_m = min((reach.spacing_m for reach in reaches), default=0.0)
    lowered = {name: rules.on_line for name, (rules, _) in chosen.items() if rules is not task.rules}
    task.warnings.extend(
        f'plot "{name}": flown {rule.agl_m:.0f} m instead of {task.rules.on_line.agl_m:.0f} m above ground; '
        "from higher its slopes would be seen too coarsely"
        for name, rule in lowered.items()
    )
    task = slowed(task, trigger_m)
    task = replace(task, router=replace(task.router, lowered=lowered))

    blocks: list[Block] = []
    unplanned: list[tuple[str, str]] = []
    for number, (name, (rules, layout)) in enumerate(chosen.items()):
        progress(len(chosen) + number, steps)
        try:
            transects, unseen_m2 = layout.lines(trigger_m, replace(task.rules, on_line=rules.on_line))
        except PlanError as error:
            unplanned.append((name, str(error)))
            continue
        if unseen_m2 > _WORTH_A_WORD_M2:
            task.warnings.append(
                f'plot "{name}": {unseen_m2:.0f} m2 lie too deep in no-fly areas or holes to be seen'
            )
        if transects:
            blocks.append(Block(name, transects))
        else:
            unplanned.append((name, forbidden(task.areas[name], task.no_fly_enu)))
    progress(steps, steps)
    return Laid(task, blocks, spacing_m, trigger_m, unplanned)
