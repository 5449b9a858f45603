"""The five stages as commands: what each does, says when done, and names as the next step.

They differ in nothing else, so one function makes the command of each.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import detect
import ingest
import planner
import proof
import verify
from missions import Mission, StageResult
from missions.progress import Progress
from tianmu.console import (
    JsonOption,
    MissionArgument,
    VerifyOption,
    WorkersOption,
    finish,
    problems_of,
    progress_bar,
    tell_stage,
)

Summary = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """A stage of the loop as the commands see it."""

    name: str
    help: str
    label: str
    run: Callable[[Mission, Progress, int | None, bool], StageResult]
    words: Callable[[Summary], str]
    next_step: str


def stage_command(stage: Stage) -> Callable[..., None]:
    """Make the command of a stage."""

    def command(
        mission: MissionArgument,
        workers: WorkersOption = None,
        verify: VerifyOption = False,
        as_json: JsonOption = False,
    ) -> None:
        result = run_stage_aloud(stage, Mission(mission), workers=workers, verify=verify)
        finish(
            result.summary,
            as_json=as_json,
            complete=is_complete(result.summary),
            next_step=stage.next_step.format(mission=mission),
        )

    return command


def run_stage_aloud(
    stage: Stage, mission: Mission, *, workers: int | None = None, verify: bool = False
) -> StageResult:
    """Run a stage with a progress bar and say what it did; adds the wall time to its summary."""
    begun = time.monotonic()
    with progress_bar(stage.label) as progress:
        result = stage.run(mission, progress, workers, verify)
    summary = {**result.summary, "seconds": round(time.monotonic() - begun, 2), "skipped": result.skipped}
    timed = StageResult(summary, result.skipped)
    tell_stage(stage.name, timed, stage.words(summary))
    return timed


def is_complete(summary: Summary) -> bool:
    """Whether nothing was set aside and no gap is left."""
    return not problems_of(summary) and not summary.get("gaps_ha", 0) > 0


def _plan_words(s: Summary) -> str:
    return (
        f"{_count(s['sorties'], 'sortie')}, {_count(s['photos'], 'photo')}, "
        f"{s['path_m'] / 1000:.1f} km, "
        f"{s['flight_s'] / 60:.0f} min in the air, worst plot covered {s['coverage']:.1%}, "
        f"{s['in_no_fly_m']:.0f} m in no-fly areas"
    )


def _ingest_words(s: Summary) -> str:
    return f"{s['located']} of {s['photos']} photos located"


def _detect_words(s: Summary) -> str:
    return f"{_count(s['suspects'], 'suspect')} in {s['megapixels']:,.0f} megapixels, {s['seconds']:.0f} s"


def _proof_words(s: Summary) -> str:
    place = "worst plot" if s["has_plots"] else "ground inside the photos' outline"
    return f"{place} seen {s['coverage']:.1%}, {s['gaps_ha']:.2f} ha of gaps"


def _export_words(s: Summary) -> str:
    return f"{_count(s['suspects'], 'suspect')} in {', '.join(s['files'])}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


PLAN = Stage(
    "plan",
    "Plan full-coverage flights over the plots -> plan/.",
    "planning",
    lambda mission, progress, workers, again: planner.plan(mission, progress=progress, verify=again),
    _plan_words,
    "tianmu fly {mission}  (or load the files in plan/ in QGroundControl, DJI Pilot 2 ...)",
)
INGEST = Stage(
    "ingest",
    "Locate the photos below flights/ by their logs, EXIF and XMP -> ingest/.",
    "locating photos",
    lambda mission, progress, workers, again: ingest.ingest(
        mission, workers=workers, progress=progress, verify=again
    ),
    _ingest_words,
    "tianmu detect {mission}",
)
DETECT = Stage(
    "detect",
    "Search the located photos for suspect plants -> detect/.",
    "searching photos",
    lambda mission, progress, workers, again: detect.detect(
        mission, workers=workers, progress=progress, verify=again
    ),
    _detect_words,
    "tianmu proof {mission}",
)
PROOF = Stage(
    "proof",
    "Prove what the photos cover and list the gaps -> proof/.",
    "proving coverage",
    lambda mission, progress, workers, again: proof.prove(
        mission, workers=workers, progress=progress, verify=again
    ),
    _proof_words,
    "tianmu export {mission}",
)
EXPORT = Stage(
    "export",
    "Write the suspects for Google Earth and for tables -> export/.",
    "writing files to hand over",
    lambda mission, progress, workers, again: verify.export(mission, verify=again),
    _export_words,
    "open {mission}/export/suspects.kmz in Google Earth",
)
AFTER_FLIGHT = (INGEST, DETECT, PROOF, EXPORT)
