"""`tianmu fly`."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from missions import Mission
from missions.errors import LinkError
from missions.records import Sortie, read_plan
from planner.link import FlightResult
from planner.link import fly as fly_sortie
from tianmu.console import JsonOption, MissionArgument, err, finish, progress_bar, say

DEFAULT_ADDRESS = "tcp:127.0.0.1:5760"


def command(
    mission: MissionArgument,
    sortie: Annotated[str | None, typer.Option(help="The sortie to fly, as in S01.")] = None,
    to: Annotated[
        str, typer.Option(help="The aircraft: tcp:HOST:PORT, udpin:HOST:PORT, or a serial device,baud.")
    ] = DEFAULT_ADDRESS,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the aircraft is armed.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be flown and end; nothing is sent.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Upload a sortie, read it back, compare, arm, fly, watch it home and fetch its log -> flights/."""
    folder = Mission(mission)
    planned = planned_sortie(folder, sortie)
    say(
        f"{planned.name}: {len(planned.photos)} photos, {planned.path_m / 1000:.1f} km, "
        f"{planned.flight_s / 60:.0f} min, {planned.battery_pct:.0f} % of the battery, from {planned.site}"
    )
    if dry_run:
        finish({"sortie": planned.name, "dry_run": True}, as_json=as_json, complete=True)
        return
    if not yes:
        _ask(planned.name, to)
    result = fly_aloud(folder, planned.name, to, _tell)
    finish(
        asdict(result),
        as_json=as_json,
        complete=result.landed and result.photos_taken >= result.photos_planned,
        next_step=f"copy the photos into {mission}/flights/{result.sortie}, then tianmu run {mission}",
    )


def planned_sortie(mission: Mission, name: str | None) -> Sortie:
    """Find the sortie to fly: the named one, or the first that has no log yet."""
    plan = read_plan(mission.dir("plan") / "plan.json")
    if name is not None:
        return plan.sortie(name)
    for sortie in plan.sorties:
        if not any((mission.dir("flights") / sortie.name).glob("*.tlog")):
            return sortie
    raise LinkError("every sortie of the plan has been flown; name one with --sortie to fly it again")


def fly_aloud(mission: Mission, sortie: str, address: str, events: Callable[[str], None]) -> FlightResult:
    """Fly a sortie with its progress shown, and say how it went."""
    with progress_bar(f"flying {sortie}") as progress:
        result = fly_sortie(mission, sortie=sortie, address=address, events=events, progress=progress)
    logs = ", ".join(Path(log).name for log in (result.log, result.tlog) if log)
    say(
        f"fly {result.sortie}: {'landed' if result.landed else 'NOT landed'}, {result.photos_taken} of "
        f"{result.photos_planned} photos, {result.items} items verified, {logs}"
    )
    return result


def _tell(event: str) -> None:
    err.print(f"  {event}", style="dim", markup=False, soft_wrap=True)


def _ask(sortie: str, address: str) -> None:
    if not err.is_terminal:
        raise LinkError(f"{sortie} would take off at {address}: add --yes to fly without being asked")
    typer.confirm(f"Upload {sortie} to {address}, arm and take off?", abort=True, err=True)
