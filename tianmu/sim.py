"""`tianmu sim`."""

from pathlib import Path
from typing import Annotated

import typer

from missions import Mission
from sim import FLAT_OUT, Flight, render_photos, serve
from sim.triggers import triggers_path
from tianmu.console import MissionArgument, SeedOption, WorkersOption, progress_bar, say

DEFAULT_LISTEN = ("tcp:127.0.0.1:5760",)


def command(
    mission: MissionArgument,
    sortie: Annotated[
        str | None, typer.Option(help="The sortie whose site to stand on; S01 by default.")
    ] = None,
    listen: Annotated[
        list[str] | None,
        typer.Option(help="Where to answer: tcp:HOST:PORT or udp:HOST:PORT; may be given more than once."),
    ] = None,
    speedup: Annotated[
        float, typer.Option(min=0, help="Simulated seconds for each real one; 0 for as many as possible.")
    ] = 1.0,
    seed: SeedOption = 0,
    truth: Annotated[
        Path | None,
        typer.Option(help="Folder for the true poses, outside the mission; MISSION-truth by default."),
    ] = None,
    photos: Annotated[
        bool, typer.Option("--photos", help="After landing, draw what the camera saw into MISSION/flights.")
    ] = False,
    workers: WorkersOption = None,
) -> None:
    """Be the practice aircraft on a MAVLink port until it has landed and its ground station has gone."""
    folder = Mission(mission)
    flight = Flight(
        sortie=sortie,
        addresses=tuple(listen or DEFAULT_LISTEN),
        speedup=speedup or FLAT_OUT,
        seed=seed,
        truth=truth_folder(folder) if truth is None else truth,
        stop_after_landing=True,
    )
    serve(
        folder,
        flight,
        ready=lambda addresses: say(f"the practice aircraft answers at {', '.join(addresses)}"),
    )
    say("landed, and the ground station has gone")
    if photos:
        draw_photos(folder, flight, workers)


def truth_folder(mission: Mission) -> Path:
    """Where the truth of a practised mission is: beside its folder, never in it."""
    return mission.root.with_name(f"{mission.root.name}-truth")


def draw_photos(mission: Mission, flight: Flight, workers: int | None = None) -> list[Path]:
    """Draw the photos of a practice flight into flights/<sortie>/photos."""
    sortie, truth = flight.sortie or "S01", flight.truth or truth_folder(mission)
    with progress_bar(f"drawing the photos of {sortie}") as progress:
        photos = render_photos(
            mission,
            triggers_path(truth, sortie),
            mission.dir("flights") / sortie / "photos",
            truth=truth,
            seed=flight.seed,
            workers=workers,
            progress=progress,
        )
    say(f"camera: {len(photos)} photos drawn into flights/{sortie}/photos")
    return photos
