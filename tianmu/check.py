"""`tianmu check`."""

import datetime
from dataclasses import asdict
from typing import Any

import typer

from missions import Mission
from missions.season import SEASON_FILE, shipped_table
from planner.checks import Checks, SeasonOfPlots, check
from tianmu.console import JsonOption, MissionArgument, finish, print_table, say

_MOST_NAMES = 4
_SIGNS = {"error": "NO", "warning": "look", "good": "ok"}


def command(mission: MissionArgument, as_json: JsonOption = False) -> None:
    """Say now what would fail later, and which weeks serve which plots."""
    folder = Mission(mission)
    found = check(folder, datetime.date.today())
    _tell(found)
    if found.seasons and not (folder.root / SEASON_FILE).exists():
        say(f"the dates are those of {shipped_table()}; save a copy as {mission}/{SEASON_FILE} to edit them")
    next_step = (
        f"tianmu plan {mission}" if found.ready else f"mend what is marked NO, then tianmu check {mission}"
    )
    finish(_as_json(found), as_json=as_json, complete=True, next_step=next_step)
    if not found.ready:
        raise typer.Exit(1)


def _tell(found: Checks) -> None:
    for finding in found.findings:
        say(f"{_SIGNS[finding.level]:>4}  {finding.where}: {finding.message}")
    if found.seasons:
        print_table(
            "When to fly",
            ["plots", "belt", "rosette", "flower", "capsule"],
            [_row(season) for season in found.seasons],
        )


def _row(season: SeasonOfPlots) -> list[str]:
    names = ", ".join(season.plots[:_MOST_NAMES])
    if len(season.plots) > _MOST_NAMES:
        names += f" and {len(season.plots) - _MOST_NAMES} more"
    windows = [
        f"{window.first:%m-%d} to {window.last:%m-%d} {window.last.year}\nweeks "
        f"{window.first.isocalendar().week}-{window.last.isocalendar().week}"
        for window in season.windows.values()
    ]
    return [names, season.belt or "none in the table", *(windows or ["-", "-", "-"])]


def _as_json(found: Checks) -> dict[str, Any]:
    return {
        "ready": found.ready,
        "findings": [asdict(finding) for finding in found.findings],
        "seasons": [
            {
                "plots": season.plots,
                "belt": season.belt,
                **{
                    stage: {"first": window.first.isoformat(), "last": window.last.isoformat()}
                    for stage, window in season.windows.items()
                },
            }
            for season in found.seasons
        ],
    }
