"""`tianmu demo`."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from missions import Mission
from missions.errors import MissionError
from missions.records import read_plan
from missions.workspace import atomic_write
from sim import FLAT_OUT, Flight, plant, score, start_background
from sim.triggers import triggers_path
from tianmu.console import JsonOption, SeedOption, WorkersOption, finish, print_table, say
from tianmu.fly import fly_aloud
from tianmu.new import create
from tianmu.run import run_due
from tianmu.sim import draw_photos, truth_folder
from tianmu.stages import PLAN, is_complete, run_stage_aloud

EXAMPLE = "hillside"
SMALL_PLOTS = 2


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make the campaign in.")] = Path(
        "demo"
    ),
    seed: SeedOption = 1,
    small: Annotated[
        bool, typer.Option("--small", help=f"Only the {SMALL_PLOTS} smallest plots of the example.")
    ] = False,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fly a whole campaign on the practice aircraft, and compare what was planted with what was found."""
    begun = time.monotonic()
    mission = _campaign(folder, seed, small)
    truth = truth_folder(mission)
    plant(mission, truth, seed)
    run_stage_aloud(PLAN, mission)
    for sortie in read_plan(mission.dir("plan") / "plan.json").sorties:
        practise(mission, Flight(sortie.name, ("tcp:127.0.0.1:0",), FLAT_OUT, seed, truth), workers)
    stages = run_due(mission, workers=workers)
    comparison = score(mission, truth)
    summary = {
        "seed": seed,
        "plots": len(mission.plots().items),
        "coverage": stages["proof"]["coverage"],
        "planted": comparison["planted"],
        "found": comparison["found"],
        "planted_5plus": comparison["planted_5plus"],
        "found_5plus": comparison["found_5plus"],
        "false_alarms": len(comparison["false_alarms"]),
        "position_error_m": comparison["position_error_m"],
        "planted_plots": comparison["plots"],
        "false_alarm_list": comparison["false_alarms"],
        "kmz": str(mission.dir("export") / "suspects.kmz"),
        "seconds": round(time.monotonic() - begun, 1),
        "stages": stages,
    }
    _tell(summary)
    finish(
        summary,
        as_json=as_json,
        complete=all(is_complete(stage) for stage in stages.values()),
        next_step=f"open {summary['kmz']} in Google Earth",
    )


def _campaign(folder: Path, seed: int, small: bool) -> Mission:
    """Make the demo's mission folder, or take up an earlier one of the same seed."""
    mark = folder.with_name(f"{folder.name}-truth") / "demo.json"
    wanted = {"seed": seed, "small": small}
    if mark.is_file():
        made = json.loads(mark.read_bytes())
        if made != wanted:
            raise MissionError(f"{folder} holds the demo {made}; name another folder for {wanted}")
        return Mission(folder)
    create(folder, EXAMPLE)
    if small:
        _keep_smallest(folder / "plots.geojson")
    mark.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(mark, json.dumps(wanted).encode())
    return Mission(folder)


def _keep_smallest(plots: Path) -> None:
    """Leave only the smallest plots in the file."""
    areas = {plot.name: plot.polygon.area for plot in Mission(plots.parent).plots().items}
    kept = sorted(areas, key=lambda name: areas[name])[:SMALL_PLOTS]
    collection = json.loads(plots.read_bytes())
    collection["features"] = [f for f in collection["features"] if f["properties"]["name"] in kept]
    atomic_write(plots, json.dumps(collection, indent=1).encode())


def practise(mission: Mission, flight: Flight, workers: int | None) -> None:
    """Fly a sortie unless it has been flown, and draw what its camera saw."""
    assert flight.sortie is not None and flight.truth is not None
    log = mission.dir("flights") / flight.sortie / f"{flight.sortie}.BIN"
    if not (log.is_file() and triggers_path(flight.truth, flight.sortie).is_file()):
        with start_background(mission, flight) as addresses:
            fly_aloud(mission, flight.sortie, addresses[0], events=lambda _: None)
    draw_photos(mission, flight, workers)


def _tell(summary: dict[str, Any]) -> None:
    print_table(
        "Planted against found",
        ("plot", "in", "colour", "stage", "plants", "found as", "off by"),
        [
            (
                plot["id"],
                plot["mission_plot"],
                plot["colour"],
                plot["stage"],
                plot["plants"],
                plot["suspect"] if plot["found"] else "NOT FOUND",
                f"{plot['error_m']:.1f} m" if plot["found"] else "",
            )
            for plot in summary["planted_plots"]
        ],
    )
    alarms = Counter(alarm["on"] for alarm in summary["false_alarm_list"])
    best = {alarm["on"]: alarm["rank"] for alarm in reversed(summary["false_alarm_list"])}
    print_table(
        "False alarms",
        ("on", "suspects", "best rank"),
        [(thing, count, best[thing]) for thing, count in alarms.most_common()],
    )
    error = summary["position_error_m"]
    say(
        f"found {summary['found']} of {summary['planted']} planted plots "
        f"({summary['found_5plus']} of the {summary['planted_5plus']} with 5 plants or more), "
        f"{summary['false_alarms']} false alarms, "
        f"position error {'unknown' if error is None else f'{error:.2f} m'} (median), "
        f"worst plot covered {summary['coverage']:.1%}, {summary['seconds']:.0f} s"
    )
    say(str(summary["kmz"]))
