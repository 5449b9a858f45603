"""The plan stage: from a mission's plots to sorties, and the files that crews load."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from geo.frames import LocalFrame
from geo.pose import Pose
from missions import Mission
from missions.errors import PlanError
from missions.progress import Progress, silent
from missions.records import Plan, PlannedPhoto, PlotReport, Sortie, write_plan
from missions.season import SEASON_FILE
from missions.workspace import StageResult, Summary, run_stage
from planner.assemble import path_inside_m, sites_used, sorties_of
from planner.campaign import plan_campaign
from planner.flights import Block
from planner.flyer import Flyer
from planner.formats import write_plan_files
from planner.left_out import left_out, why_closed
from planner.lines import Lines
from planner.predict import Eye, unseen
from planner.prepare import Problem, Task, prepare
from planner.reach import Reach
from planner.survey import choose_lines, proved_lines
from report import plan_html

_TARGET = 0.99
"""Share of a plot below which its coverage is reported as a problem."""
_WORTH_A_WORD_M2 = 20.0


def plan(mission: Mission, *, progress: Progress = silent, verify: bool = False) -> StageResult:
    """Plan the survey of all plots of a mission and write plan/.

    Writes plan.json, and for people and ground stations plan.html, plan.kml, and one `.plan` and one
    `.waypoints` file a sortie.

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
        share, of footprints shrunk by `survey.margin_m`), `in_no_fly_m`, `plots`, `warnings` and `problems`.

    Raises
    ------
    MissionError, PlanError
        When nothing can be planned; a single plot that cannot is set aside among the problems.
    """
    aircraft, camera = mission.aircraft_model(), mission.camera_model()
    return run_stage(
        mission,
        "plan",
        inputs=[*mission.ground_inputs(), *mission.inputs("no_fly"), mission.root / SEASON_FILE],
        settings={"aircraft": aircraft.model_dump(), "camera": camera.model_dump()},
        build=lambda work: _build(mission, work, progress),
        verify=verify,
    )


def _build(mission: Mission, work: Path, progress: Progress) -> Summary:
    task = prepare(mission)
    plan, problems = _plan(mission, task, progress)
    write_plan(work / "plan.json", plan)
    plots, language = mission.plots().items, mission.settings.mission.language
    write_plan_files(work, plan, task.aircraft, plots, task.no_fly)
    page = plan_html(plan, plots, task.no_fly, task.ground, language)
    (work / "plan.html").write_text(page, encoding="utf-8", newline="\n")
    return {
        "sorties": len(plan.sorties),
        "sites": [site.model_dump() for site in plan.sites],
        "photos": plan.photos,
        "path_m": plan.path_m,
        "flight_s": plan.flight_s,
        "coverage": plan.coverage,
        "in_no_fly_m": plan.in_no_fly_m,
        "plots": [plot.model_dump() for plot in plan.plots],
        "left_out": [entry.model_dump() for entry in plan.left_out],
        "warnings": task.warnings,
        "problems": [
            {"file": problem.file, "reason": problem.reason} for problem in (*task.problems, *problems)
        ],
    }


def _plan(mission: Mission, task: Task, progress: Progress) -> tuple[Plan, list[Problem]]:
    blocks, spacing_m, trigger_m, unplanned = _blocks(task, progress)
    worth = {plot.name: max(0.0, plot.priority) for plot in mission.plots().items}
    flyer = Flyer(task.router, task.limits, trigger_m)
    campaign = plan_campaign(blocks, worth, task.bases, flyer, task.staff)
    left = left_out(task.areas, worth, campaign.skipped, unplanned)
    problems = [Problem(f'plot "{entry.plot}"', entry.reason) for entry in left if entry.minutes is None]
    if not campaign.flights:
        reasons = "; ".join(f"{problem.file}: {problem.reason}" for problem in problems)
        raise PlanError(f"{mission.root}: nothing can be flown: {reasons}")

    eye = task.rules.eye
    sorties = sorties_of(campaign, task.sites, eye, task.router.performance, trigger_m, task.staff.calendar)
    sites, note = sites_used(task.sites, sorties, bool(mission.settings.sites))
    task.warnings.extend(note)
    reports = _reports(task, sorties)
    late = {entry.plot for entry in left if entry.minutes is not None}
    problems += [
        Problem(f'plot "{report.name}"', f"only {report.coverage:.1%} of it is covered by the planned photos")
        for report in reports
        if report.coverage < _TARGET and report.name not in late
    ]
    plan = Plan(
        mission=mission.settings.mission.name,
        aircraft=task.aircraft.key,
        camera=mission.camera_model().key,
        gsd_cm=mission.settings.survey.gsd_cm,
        height_agl_m=round(task.rules.on_line.agl_m, 2),
        spacing_m=round(spacing_m, 2),
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
        in_no_fly_m=round(sum(path_inside_m(sortie.path, task.keep_out, eye.frame) for sortie in sorties), 1),
        left_out=left,
    )
    return plan, problems


def _blocks(task: Task, progress: Progress) -> tuple[list[Block], float, float, dict[str, str]]:
    """Lay all lines; also narrowest spacing, the plan's trigger distance, and why plots have no lines."""
    unplanned: dict[str, str] = {}
    chosen: dict[str, tuple[Lines, Reach]] = {}
    steps = 2 * len(task.areas)
    for name, area in task.areas.items():
        progress(len(chosen), steps)
        chosen[name] = choose_lines(area, task.rules)
    # One trigger distance for the whole plan: a sortie may cross several plots, and crews check one figure.
    trigger_m = float(
        np.floor(10.0 * min(task.trigger_m, *(reach.trigger_m for _, reach in chosen.values()))) / 10.0
    )
    spacing_m = min(reach.spacing_m for _, reach in chosen.values())

    blocks: list[Block] = []
    for number, (name, (lines, reach)) in enumerate(chosen.items()):
        progress(len(chosen) + number, steps)
        try:
            proved = proved_lines(
                task.areas[name], lines.direction_deg, reach.with_trigger(trigger_m), task.rules
            )
        except PlanError as error:
            unplanned[name] = str(error)
            continue
        if proved.unseen.area > _WORTH_A_WORD_M2:
            task.warnings.append(
                f'plot "{name}": {proved.unseen.area:.0f} m2 lie too deep in no-fly areas or holes to be seen'
            )
        if proved.transects:
            blocks.append(Block(name, proved.transects))
        else:
            no_fly = shapely.union_all(
                [task.ground.frame.geometry_to_enu(area.polygon) for area in task.no_fly]
            )
            unplanned[name] = why_closed(task.areas[name], no_fly, task.no_fly_margin_m)
    progress(steps, steps)
    return blocks, spacing_m, trigger_m, unplanned


def _reports(task: Task, sorties: Sequence[Sortie]) -> list[PlotReport]:
    """Share of each plot that the photos of all sorties show, each footprint shrunk by the margin."""
    photos = [photo for sortie in sorties for photo in sortie.photos]
    margin = task.rules.margin_m
    prints = [task.rules.eye.footprint(pose, margin) for pose in _poses(photos, task.rules.eye)]
    tree = STRtree(prints)
    reports: list[PlotReport] = []
    for name, area in task.areas.items():
        near: list[BaseGeometry] = [prints[index] for index in sorted(tree.query(area).tolist())]
        share = 1.0 - unseen(area, near).area / area.area
        reports.append(PlotReport(name=name, area_ha=round(area.area / 1e4, 4), coverage=round(share, 5)))
    return reports


def _poses(photos: Sequence[PlannedPhoto], eye: Eye) -> list[Pose]:
    frame: LocalFrame = eye.frame
    places = frame.to_enu([(photo.lon, photo.lat) for photo in photos]).tolist()
    return [
        Pose(east, north, photo.alt_amsl_m, photo.yaw_deg, photo.pitch_deg, photo.roll_deg)
        for (east, north), photo in zip(places, photos, strict=True)
    ]
