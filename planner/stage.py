"""The plan stage: from a mission's plots to sorties, and the files that crews load."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from missions import Mission
from missions.errors import PlanError
from missions.progress import Progress, silent
from missions.records import Plan, write_plan
from missions.season import SEASON_FILE
from missions.workspace import StageResult, Summary, run_stage
from planner.airspace import path_of
from planner.assemble import sortie_of
from planner.foreseen import Wanted
from planner.formats import write_plan_files
from planner.heights import height_problems
from planner.lines import Lines
from planner.lowering import lines_at_gsd
from planner.outlook import look_ahead, what_is_wanted
from planner.papers import write_papers
from planner.prepare import Problem, Task, prepare
from planner.reach import Reach
from planner.refusal import refuse, withdraw
from planner.sorties import Block, plan_flights
from planner.survey import SurveyRules, proved_lines
from planner.terrain import HeightRule
from report import plan_html, plan_map_png

_WORTH_A_WORD_M2 = 20.0


def plan(mission: Mission, *, progress: Progress = silent, verify: bool = False) -> StageResult:
    """Plan the survey of all plots of a mission and write plan/.

    Writes plan.json, and for people and ground stations plan.html, plan.kml, the application for permission
    to fly, and one `.plan`, one `.waypoints` and one `.pdf` file a sortie.

    Parameters
    ----------
    progress : callable
        Told how many plots are laid out of how many.
    verify : bool
        Hash every input again, however unchanged it looks.

    Returns
    -------
    StageResult
        Its summary has `sorties`, `sites`, `photos`, `path_m`, `flight_s`, `coverage` (the worst plot's
        share, of footprints shrunk by `survey.margin_m`), `in_no_fly_m`, `outside_airspace_m`, `plots`,
        `warnings` and `problems`.

    Raises
    ------
    MissionError, PlanError
        When nothing can be planned; a single plot that cannot is set aside among the problems. Also when a
        plot would be seen less than `survey.target_pct`, other than for a reason that is stated: then
        plan-refused/ holds a map of what is missing, and plan/ stays as it was.
    """
    aircraft, camera = mission.aircraft_model(), mission.camera_model()
    result = run_stage(
        mission,
        "plan",
        inputs=[
            *mission.ground_inputs(),
            *(path for name in ("no_fly", "obstacles", "transit") for path in mission.inputs(name)),
            mission.root / SEASON_FILE,
        ],
        settings={"aircraft": aircraft.model_dump(), "camera": camera.model_dump()},
        build=lambda work: _build(mission, work, progress),
        verify=verify,
    )
    withdraw(mission)
    return result


def _build(mission: Mission, work: Path, progress: Progress) -> Summary:
    task = prepare(mission)
    plan, problems = _plan(mission, task, progress)
    write_plan(work / "plan.json", plan)
    plots, language = mission.plots().items, mission.settings.mission.language
    write_plan_files(work, plan, task.aircraft, plots, task.no_fly)
    task.warnings.extend(write_papers(work, mission, task, plan))
    problems = [*task.problems, *problems]
    page = plan_html(
        plan,
        plots,
        task.no_fly,
        task.ground,
        language,
        notes=task.warnings,
        problems=[f"{problem.file}: {problem.reason}" for problem in problems],
    )
    (work / "plan.html").write_text(page, encoding="utf-8", newline="\n")
    (work / "plan.png").write_bytes(plan_map_png(plan, plots, task.no_fly, task.ground, language))
    return {
        "sorties": len(plan.sorties),
        "sites": [site.model_dump() for site in plan.sites],
        "photos": plan.photos,
        "path_m": plan.path_m,
        "flight_s": plan.flight_s,
        "coverage": plan.coverage,
        "in_no_fly_m": plan.in_no_fly_m,
        "outside_airspace_m": plan.outside_airspace_m,
        "plots": [plot.model_dump() for plot in plan.plots],
        "warnings": task.warnings,
        "problems": [{"file": problem.file, "reason": problem.reason} for problem in problems],
    }


def _plan(mission: Mission, task: Task, progress: Progress) -> tuple[Plan, list[Problem]]:
    settings = mission.settings
    wanted = what_is_wanted(task.rules, settings.survey)
    layout = _lay_out(task, wanted, progress)
    trigger_m, router = layout.trigger_m, replace(task.router, lowered=layout.lowered)
    flights, lost = plan_flights(layout.blocks, task.bases, router, task.limits, trigger_m)
    stated = dict([*layout.unplanned, *lost])
    problems = [Problem(f'plot "{plot}"', reason) for plot, reason in stated.items()]
    if not flights:
        reasons = "; ".join(f"{problem.file}: {problem.reason}" for problem in problems)
        raise PlanError(f"{mission.root}: nothing can be flown: {reasons}")

    eye, performance = task.rules.eye, task.router.performance
    site_of = {site.name: site for site in task.sites}
    sorties = [
        sortie_of(flight, f"S{number:02d}", site_of[flight.base.name], eye, performance, trigger_m)
        for number, flight in enumerate(flights, start=1)
    ]
    outlook = look_ahead(task, sorties, wanted)
    plots = mission.plots().items
    reports = outlook.reports(plots, layout.lowered)
    short = outlook.short()
    ceiling = mission.settings.survey.max_height_agl_m
    problems += [
        Problem(f"sortie {sortie.name}", reason)
        for sortie in sorties
        for reason in height_problems(sortie, task.heights, ceiling, task.ground.terrain, eye.frame)
    ]
    problems += [
        Problem(f'plot "{name}"', f"only {plot.seen:.1%} of it is covered by the planned photos")
        for name, plot in short.items()
        if name in stated
    ]
    paths = [path_of(sortie, eye.frame) for sortie in sorties]
    allowed = task.bounds.allowed(paths)
    plan = Plan(
        mission=settings.mission.name,
        aircraft=task.aircraft.key,
        camera=mission.camera_model().key,
        gsd_cm=settings.survey.gsd_cm,
        height_agl_m=round(task.rules.on_line.agl_m, 2),
        spacing_m=round(layout.spacing_m, 2),
        trigger_m=trigger_m,
        sites=tuple(task.sites),
        sorties=tuple(sorties),
        plots=tuple(reports),
        path_m=round(sum(sortie.path_m for sortie in sorties), 1),
        flight_s=round(sum(sortie.flight_s for sortie in sorties), 1),
        photos=sum(len(sortie.photos) for sortie in sorties),
        coverage=min(report.coverage for report in reports),
        in_no_fly_m=round(sum(path.intersection(task.bounds.keep_out).length for path in paths), 1),
        outside_airspace_m=round(sum(path.difference(allowed).length for path in paths), 1),
        airspace=task.bounds.record(allowed, ceiling, eye.frame),
        height_frame=mission.settings.airspace.height_frame,
        left_out=(*outlook.unflown(plots, stated), *outlook.hidden(plots, apart_from=stated)),
    )
    if refused := [name for name in short if name not in stated]:
        raise refuse(mission, plan, outlook, refused)
    return plan, problems


@dataclass(frozen=True, eq=False)
class _Layout:
    """The lines of all plots.

    Attributes
    ----------
    spacing_m
        The narrowest.
    trigger_m
        One for the whole plan: a sortie may cross several plots, and crews check one figure.
    lowered
        Height rules of plots that are flown lower than the others.
    unplanned
        Plots without lines, and why.
    """

    blocks: list[Block]
    spacing_m: float
    trigger_m: float
    lowered: dict[str, HeightRule]
    unplanned: list[tuple[str, str]]


def _lay_out(task: Task, wanted: Wanted, progress: Progress) -> _Layout:
    chosen: dict[str, tuple[SurveyRules, Lines, Reach]] = {}
    steps = 2 * len(task.areas)
    for name, area in task.areas.items():
        progress(len(chosen), steps)
        chosen[name] = lines_at_gsd(area, task.rules, wanted, task.lowest_agl_m)
    lowered = {name: rules.on_line for name, (rules, _, _) in chosen.items() if rules is not task.rules}
    task.warnings.extend(
        f'plot "{name}": flown {rule.agl_m:.0f} m instead of {task.rules.on_line.agl_m:.0f} m above ground; '
        "from higher its slopes would be seen too coarsely"
        for name, rule in lowered.items()
    )
    triggers = [reach.trigger_m for _, _, reach in chosen.values()]
    trigger_m = float(np.floor(10.0 * min(task.trigger_m, *triggers)) / 10.0)
    spacing_m = min(reach.spacing_m for _, _, reach in chosen.values())

    blocks: list[Block] = []
    unplanned: list[tuple[str, str]] = []
    for number, (name, (rules, lines, reach)) in enumerate(chosen.items()):
        progress(len(chosen) + number, steps)
        try:
            proved = proved_lines(task.areas[name], lines.direction_deg, reach.with_trigger(trigger_m), rules)
        except PlanError as error:
            unplanned.append((name, str(error)))
            continue
        if proved.unseen.area > _WORTH_A_WORD_M2:
            task.warnings.append(
                f'plot "{name}": {proved.unseen.area:.0f} m2 lie too deep in no-fly areas or holes to be seen'
            )
        if proved.transects:
            blocks.append(Block(name, proved.transects))
        else:
            unplanned.append((name, "all of it lies in no-fly areas and their margin"))
    progress(steps, steps)
    return _Layout(blocks, spacing_m, trigger_m, lowered, unplanned)
