"""The plan stage: from a mission's plots to sorties, and the files that crews load."""

from pathlib import Path

from missions import Mission
from missions.errors import PlanError
from missions.progress import Progress, silent
from missions.records import Plan, write_plan
from missions.season import SEASON_FILE
from missions.workspace import StageResult, Summary, run_stage
from planner.airspace import path_of
from planner.assemble import sortie_of
from planner.blocks import lay_blocks
from planner.formats import write_plan_files
from planner.heights import height_problems
from planner.outlook import look_ahead, ring_reports
from planner.papers import write_papers
from planner.prepare import Task, prepare
from planner.problem import Problem
from planner.refusal import refuse, withdraw
from planner.ring import ring_blocks
from planner.sorties import plan_flights
from report import plan_html, plan_map_png


def plan(mission: Mission, *, progress: Progress = silent, verify: bool = False) -> StageResult:
    """Plan the survey of all plots of a mission and write plan/.

    Writes plan.json, and for people and ground stations plan.html, plan.kml, the application for permission
    to fly, and for each sortie a `.pdf` and the files that the controller loads (`planner.formats`).

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
            mission.own_aircraft_path,
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
    plots, language = [*mission.plots().items, *task.built_up], mission.settings.mission.language
    task.warnings.extend(write_plan_files(work, plan, task.aircraft, plots, task.no_fly))
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
    laid = lay_blocks(task, progress)
    task, blocks, trigger_m = laid.task, laid.blocks, laid.trigger_m
    problems: list[Problem] = []
    if task.ring_rules:
        rings, no_room = ring_blocks(task.clusters, task.ring_rules, task.rules.airspace, task.ground.terrain)
        blocks += rings
        problems += [Problem(f'building "{name}"', reason) for name, reason in no_room]
    flights, lost = plan_flights(blocks, task.bases, task.router, task.limits, trigger_m)
    stated = dict([*laid.unplanned, *lost])
    problems += [Problem(f'plot "{plot}"', reason) for plot, reason in stated.items()]
    if not flights:
        reasons = "; ".join(f"{problem.file}: {problem.reason}" for problem in problems)
        raise PlanError(f"{mission.root}: nothing can be flown: {reasons}")

    eye, performance = task.rules.eye, task.router.performance
    site_of = {site.name: site for site in task.sites}
    sorties = [
        sortie_of(flight, f"S{number:02d}", site_of[flight.base.name], eye, performance, trigger_m)
        for number, flight in enumerate(flights, start=1)
    ]
    survey = mission.settings.survey
    outlook = look_ahead(task, sorties, survey)
    plots = mission.plots().items
    reports = [*outlook.reports(plots), *ring_reports(task, sorties)]
    short = outlook.short()
    ceiling = survey.max_height_agl_m
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
    side_pct, front_pct = survey.overlaps_pct
    plan = Plan(
        mission=mission.settings.mission.name,
        aircraft=task.aircraft.key,
        camera=mission.camera_model().key,
        gsd_cm=survey.gsd_cm,
        height_agl_m=round(task.rules.on_line.agl_m, 2),
        spacing_m=round(laid.spacing_m, 2),
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
        job=survey.job,
        side_overlap_pct=side_pct,
        front_overlap_pct=front_pct,
    )
    if refused := [name for name in short if name not in stated]:
        raise refuse(mission, plan, outlook, refused)
    return plan, problems
