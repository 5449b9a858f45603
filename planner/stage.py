"""The plan stage: from a mission's plots to sorties, and the files that crews load."""

from pathlib import Path

from missions import Mission
from missions.errors import PlanError
from missions.progress import Progress, silent
from missions.records import Plan, write_plan
from missions.season import SEASON_FILE
from missions.workspace import StageResult, Summary, run_stage
from planner.airspace import path_of
from planner.assemble import sites_used, sorties_of
from planner.blocks import lay_blocks
from planner.campaign import plan_campaign
from planner.flyer import Flyer
from planner.formats import write_plan_files
from planner.heights import height_problems
from planner.left_out import left_out
from planner.outlook import look_ahead, ring_reports, what_is_wanted
from planner.papers import write_papers
from planner.prepare import Task, prepare
from planner.problem import Problem
from planner.refusal import refuse, withdraw
from planner.ring import ring_blocks
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
        "left_out": [entry.model_dump() for entry in plan.left_out],
        "warnings": task.warnings,
        "problems": [{"file": problem.file, "reason": problem.reason} for problem in problems],
    }


def _plan(mission: Mission, task: Task, progress: Progress) -> tuple[Plan, list[Problem]]:
    survey = mission.settings.survey
    wanted = what_is_wanted(task.rules, survey)
    laid = lay_blocks(task, wanted, progress)
    task, blocks, trigger_m = laid.task, laid.blocks, laid.trigger_m
    problems: list[Problem] = []
    if task.ring_rules:
        rings, no_room = ring_blocks(task.clusters, task.ring_rules, task.rules.airspace, task.ground.terrain)
        blocks += rings
        problems += [Problem(f'building "{name}"', reason) for name, reason in no_room]
    plots = mission.plots().items
    worth = {block.plot: 1.0 for block in blocks} | {plot.name: max(0.0, plot.priority) for plot in plots}
    flyer = Flyer(task.router, task.limits, trigger_m)
    campaign = plan_campaign(blocks, worth, task.bases, flyer, task.staff)
    outlines = {**task.areas, **{cluster.name: cluster.hull for cluster in task.clusters}}
    left = left_out(outlines, worth, campaign.skipped, dict(laid.unplanned))
    stated = {entry.plot for entry in left}
    # What the days do not suffice for is no problem but a choice.
    unreached = {entry.plot: entry.reason for entry in left if entry.minutes is None}
    problems += [Problem(f'plot "{plot}"', reason) for plot, reason in unreached.items()]
    if not campaign.flights:
        reasons = "; ".join(f"{problem.file}: {problem.reason}" for problem in problems)
        raise PlanError(f"{mission.root}: nothing can be flown: {reasons}")

    eye = task.rules.eye
    sorties = sorties_of(campaign, task.sites, eye, task.router.performance, trigger_m, task.staff.calendar)
    sites, note = sites_used(task.sites, sorties, bool(mission.settings.sites))
    task.warnings.extend(note)
    outlook = look_ahead(task, sorties, wanted)
    reports = [*outlook.reports(plots, task.router.lowered), *ring_reports(task, sorties)]
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
        if name in unreached
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
        sites=sites,
        sorties=tuple(sorties),
        plots=tuple(reports),
        path_m=round(sum(sortie.path_m for sortie in sorties), 1),
        flight_s=round(sum(sortie.flight_s for sortie in sorties), 1),
        photos=sum(len(sortie.photos) for sortie in sorties),
        coverage=min(
            report.coverage for report in reports if any(report.name in sortie.plots for sortie in sorties)
        ),
        in_no_fly_m=round(sum(path.intersection(task.bounds.keep_out).length for path in paths), 1),
        outside_airspace_m=round(sum(path.difference(allowed).length for path in paths), 1),
        airspace=task.bounds.record(allowed, ceiling, eye.frame),
        height_frame=mission.settings.airspace.height_frame,
        left_out=(*outlook.unflown(left), *outlook.hidden(plots, apart_from=stated)),
        job=survey.job,
        side_overlap_pct=side_pct,
        front_overlap_pct=front_pct,
    )
    if refused := [name for name in short if name not in stated]:
        raise refuse(mission, plan, outlook, refused)
    return plan, problems
