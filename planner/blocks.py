"""The lines over all plots of a mission, at one trigger distance."""

from dataclasses import dataclass

import numpy as np

from missions.errors import PlanError
from missions.progress import Progress
from planner.grids import Layout, layout_over
from planner.prepare import Task, slowed
from planner.sorties import Block
from planner.surveyed import forbidden

_WORTH_A_WORD_M2 = 20.0


@dataclass(frozen=True, eq=False)
class Laid:
    """Lines over the plots.

    Attributes
    ----------
    task
        The one that was given, or a slower one where the terrain needs photos more often.
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


def lay_blocks(task: Task, progress: Progress) -> Laid:
    """Lay the lines of every plot."""
    chosen: dict[str, Layout] = {}
    steps = 2 * len(task.areas)
    for name, area in task.areas.items():
        progress(len(chosen), steps)
        chosen[name] = layout_over(area, task.rules, task.centre_lines.get(name))
    reaches = [grid.reach for layout in chosen.values() for grid in layout.grids]
    # One trigger distance for the whole plan: a sortie may cross several plots, and crews check one figure.
    trigger_m = float(np.floor(10.0 * min([task.trigger_m, *(reach.trigger_m for reach in reaches)])) / 10.0)
    spacing_m = min((reach.spacing_m for reach in reaches), default=0.0)
    task = slowed(task, trigger_m)

    blocks: list[Block] = []
    unplanned: list[tuple[str, str]] = []
    for number, (name, layout) in enumerate(chosen.items()):
        progress(len(chosen) + number, steps)
        try:
            transects, unseen_m2 = layout.lines(trigger_m, task.rules)
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
