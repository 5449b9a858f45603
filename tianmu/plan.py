"""`tianmu plan`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ingest.logs import motion_of, read_flight
from missions import Mission
from missions.errors import PlanError
from missions.own_aircraft import write_own_figures
from planner.fit import TURN_S, Fitted, Flown, fit
from tianmu.console import (
    JsonOption,
    MissionArgument,
    VerifyOption,
    WorkersOption,
    print_table,
    say,
)
from tianmu.stages import PLAN, stage_command

_DIGITS = {"hover_w": 0, "cruise_w": 0}


def command(
    mission: MissionArgument,
    fit_to: Annotated[
        list[Path] | None,
        typer.Option(
            "--fit",
            metavar="LOG",
            help="First learn the aircraft's figures from this flight log and write them to aircraft.toml; "
            "repeat for more logs.",
        ),
    ] = None,
    workers: WorkersOption = None,
    verify: VerifyOption = False,
    as_json: JsonOption = False,
) -> None:
    """Plan full-coverage flights over the plots -> plan/."""
    if fit_to:
        fit_aloud(Mission(mission), fit_to)
    stage_command(PLAN)(mission, workers, verify, as_json)


def fit_aloud(mission: Mission, logs: Sequence[Path]) -> None:
    """Fit the aircraft's figures to logs, show them beside those so far, and write aircraft.toml.

    Raises
    ------
    LogError
        When a log cannot be read.
    PlanError
        When the logs show nothing of how the aircraft flies.
    """
    aircraft = mission.aircraft_model()
    fitted = fit([Flown(**vars(motion_of(read_flight(log)))) for log in logs], aircraft)
    figures = {
        key: round(figure.value, _DIGITS.get(key, 2)) for key, figure in fitted.items() if key != TURN_S
    }
    names = ", ".join(log.name for log in logs)
    if not figures:
        raise PlanError(
            f"{names}: no figure of the aircraft can be fitted: a flight with some seconds each of climbing, "
            "hovering, level cruise and descent is needed"
        )
    before = aircraft.model_dump()
    rows = [(key, before.get(key, ""), *_cells(key, figure)) for key, figure in fitted.items()]
    print_table(f"{aircraft.name}: fitted to {names}", ("figure", "so far", "fitted", "from samples"), rows)
    write_own_figures(
        mission.own_aircraft_path,
        figures,
        [
            f"Fitted by `tianmu plan --fit` to {names}:",
            *(f"{key}: median of {fitted[key].samples} samples, {before[key]:g} before" for key in figures),
        ],
    )
    say(f"{mission.own_aircraft_path} holds these figures now; delete it to plan with the catalogue's again")


def _cells(key: str, figure: Fitted) -> tuple[str, int]:
    return f"{figure.value:.{_DIGITS.get(key, 2)}f}", figure.samples
