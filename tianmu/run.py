"""`tianmu run`."""

from typing import Any

from missions import Mission
from tianmu.console import JsonOption, MissionArgument, VerifyOption, WorkersOption, finish, say
from tianmu.stages import AFTER_FLIGHT, PLAN, is_complete, run_stage_aloud


def command(
    mission: MissionArgument,
    workers: WorkersOption = None,
    verify: VerifyOption = False,
    as_json: JsonOption = False,
) -> None:
    """Do whatever is due, in order: plan, then, once there are photos, ingest, detect, proof and export."""
    summaries = run_due(Mission(mission), workers=workers, verify=verify)
    if summaries and all(summary["skipped"] for summary in summaries.values()):
        say("nothing was due: every stage is up to date")
    finish(
        summaries,
        as_json=as_json,
        complete=all(is_complete(summary) for summary in summaries.values()),
        next_step=_next_step(summaries).format(mission=mission),
    )


def run_due(
    mission: Mission, *, workers: int | None = None, verify: bool = False
) -> dict[str, dict[str, Any]]:
    """Run the stages that have something to work on; give their summaries by name."""
    summaries: dict[str, dict[str, Any]] = {}
    stages = [PLAN] if mission.plot_inputs() or mission.inputs("buildings") else []
    if has_photos(mission):
        stages += AFTER_FLIGHT
    for stage in stages:
        result = run_stage_aloud(stage, mission, workers=workers, verify=verify)
        summaries[stage.name] = result.summary
    return summaries


def has_photos(mission: Mission) -> bool:
    """Whether anything lies below flights/."""
    return any(path.is_file() for path in mission.dir("flights").rglob("*"))


def _next_step(summaries: dict[str, dict[str, Any]]) -> str:
    if "export" in summaries:
        return "open {mission}/export/suspects.kmz in Google Earth"
    if "plan" in summaries:
        return PLAN.next_step + ", then put logs and photos into {mission}/flights"
    return "put plots.geojson (or .kml, .shp ...) into {mission}, or photos into {mission}/flights"
