"""A practice flight of a mission: where it starts, what flies, and where its truth and its logs go."""

import contextlib
import math
import multiprocessing
import signal
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from geo.frames import LocalFrame
from geo.terrain import Terrain
from missions import Mission
from missions.catalogue import AircraftModel
from missions.errors import LinkError, MissionError, TianmuError
from missions.records import read_plan
from sim.aircraft import Airframe
from sim.battery import Battery, Power
from sim.body import Setup
from sim.clock import Clock, flight_start
from sim.links import parse_address
from sim.logcard import LogCard
from sim.navigation import Point
from sim.server import PracticeAircraft
from sim.telemetry import DEFAULT_HZ
from sim.triggers import triggers_path, write_triggers

DEFAULT_ADDRESS = "tcp:127.0.0.1:5760"
_FIRST_SORTIE = "S01"
_LOW_SHARE, _CRITICAL_SHARE = 0.1, 0.05
"""Charge left at which the aircraft returns, and at which it lands where it is."""


@dataclass(frozen=True)
class Flight:
    """What `serve` and `start_background` need beside the mission.

    Attributes
    ----------
    sortie : str or None
        Name in the plan; by default its first. It gives the site, the hour and the folder of the truth.
    addresses : texts as `sim.links` takes them; port 0 takes a free one
    speedup : simulated seconds for each real one in flight; `sim.FLAT_OUT` for all that can be
    seed : another seed draws other errors and another wind
    truth : folder of the true poses, outside the mission; by default `<mission>-truth` beside it
    card : the aircraft's memory card with its logs; by default `<mission>-card/<sortie>` beside it
    telemetry_hz : rate of the telemetry streams in simulated time
    stop_after_landing : end once it has landed and the ground station has gone
    """

    sortie: str | None = None
    addresses: Sequence[str] = (DEFAULT_ADDRESS,)
    speedup: float = 1.0
    seed: int = 0
    truth: Path | None = None
    card: Path | None = None
    telemetry_hz: float = DEFAULT_HZ
    stop_after_landing: bool = False


def serve(
    mission: Mission,
    flight: Flight,
    ready: Callable[[list[str]], None] = lambda addresses: None,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Fly the practice aircraft in this process until `stop` says so, or it is left alone after landing.

    Parameters
    ----------
    ready : callable
        Told the addresses once the aircraft answers.

    Raises
    ------
    MissionError, PlanError
        When the mission's aircraft cannot be practised with, or there is no such sortie.
    LinkError
        When an address cannot be opened.
    """
    aircraft = PracticeAircraft(
        practice_setup(mission, flight), list(flight.addresses), flight.speedup, flight.telemetry_hz
    )
    ready(aircraft.addresses)
    aircraft.run(lambda: stop() or (flight.stop_after_landing and aircraft.left_alone()))


@contextlib.contextmanager
def start_background(mission: Mission, flight: Flight) -> Generator[list[str]]:
    """Fly the practice aircraft in a process of its own; gives its addresses, and ends it at the end.

    It also ends when this process dies.

    Raises
    ------
    MissionError, PlanError, LinkError
        As `serve`, before the body runs.
    """
    _multirotor(mission)
    for address in flight.addresses:
        parse_address(address)
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve_child, args=(mission.root, flight, there), daemon=True)
    process.start()
    there.close()
    try:
        yield _addresses(here)
    finally:
        here.close()  # the child notices
        process.join(5)
        if process.is_alive():
            process.terminate()
            process.join(5)


def practice_setup(mission: Mission, flight: Flight) -> Setup:
    """Put the practice flight of a mission together.

    Raises
    ------
    MissionError, PlanError
        When the mission's aircraft cannot be practised with, or there is no such sortie.
    """
    model = _multirotor(mission)
    sortie, number, lonlat = _take_off(mission, flight.sortie)
    ground = mission.ground()
    truth = flight.truth or mission.root.with_name(f"{mission.root.name}-truth")
    card = flight.card or mission.root.with_name(f"{mission.root.name}-card") / sortie
    wind = mission.settings.wind
    path = triggers_path(truth, sortie)
    # One run of the aircraft is one card in the camera: what an earlier run left would not fit its photos.
    path.unlink(missing_ok=True)
    return replace(
        aircraft_setup(
            model, ground.frame, ground.terrain, lonlat, Clock(flight_start(number)), LogCard(card)
        ),
        seed=f"{flight.seed} {sortie}",
        wind_speed_m_s=wind.speed_m_s,
        wind_from_deg=wind.from_deg,
        save_triggers=lambda rows: write_triggers(path, rows),
    )


def aircraft_setup(
    model: AircraftModel,
    frame: LocalFrame,
    terrain: Terrain,
    lonlat: tuple[float, float],
    clock: Clock,
    card: LogCard,
) -> Setup:
    """Put an aircraft of the catalogue on the ground at (longitude, latitude), in still air.

    Raises
    ------
    MissionError
        Where the terrain has no height there.
    """
    east, north = map(float, frame.to_enu([lonlat])[0])

    def ground_amsl_m(east_m: float, north_m: float) -> float:
        return float(terrain.height_at(np.array([[east_m, north_m]]))[0])

    altitude = ground_amsl_m(east, north)
    if math.isnan(altitude):
        raise MissionError(
            f"the take-off site at longitude {lonlat[0]:.6f}, latitude {lonlat[1]:.6f} is outside the terrain"
        )
    battery = Battery(model.battery_wh)
    return Setup(
        frame=frame,
        site=Point(east, north, altitude),
        ground_amsl_m=ground_amsl_m,
        airframe=Airframe(model.accel_m_s2, model.max_climb_m_s, model.max_descent_m_s),
        power=Power(model.hover_w, model.cruise_w, model.cruise_m_s),
        battery=battery,
        clock=clock,
        card=card,
        seed="0",
        parameters={
            "WPNAV_SPEED": model.cruise_m_s * 100,
            "WPNAV_SPEED_UP": model.max_climb_m_s * 100,
            "WPNAV_SPEED_DN": model.max_descent_m_s * 100,
            "WPNAV_ACCEL": model.accel_m_s2 * 100,
            "BATT_CAPACITY": battery.capacity_mah,
            "BATT_LOW_MAH": _LOW_SHARE * battery.capacity_mah,
            "BATT_CRT_MAH": _CRITICAL_SHARE * battery.capacity_mah,
        },
    )


def _multirotor(mission: Mission) -> AircraftModel:
    model = mission.aircraft_model()
    if model.kind != "multirotor":
        raise MissionError(
            f'{mission.root / "mission.toml"}: the practice aircraft is a multirotor; "{model.key}" is a '
            f'{model.kind}. Choose a multirotor, for example model = "holybro-x650"'
        )
    return model


def _take_off(mission: Mission, wanted: str | None) -> tuple[str, int, tuple[float, float]]:
    """Find the sortie's name, its number from 0, and where it takes off."""
    path = mission.dir("plan") / "plan.json"
    if path.exists():
        plan = read_plan(path)
        sortie = plan.sortie(wanted or plan.sorties[0].name)
        site = plan.site(sortie.site)
        return sortie.name, plan.sorties.index(sortie), (site.lon, site.lat)
    name = wanted or _FIRST_SORTIE
    if mission.settings.sites:
        first = mission.settings.sites[0]
        return name, 0, (first.lon, first.lat)
    frame = mission.frame()
    return name, 0, (frame.lon_deg, frame.lat_deg)


def _serve_child(root: Path, flight: Flight, parent: Connection) -> None:
    """Serve in a child process; tells the parent the addresses or the error, and ends when it hangs up."""
    # The terminal sends its interrupt to both processes; the parent decides when the flight is over.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        serve(Mission(root), flight, parent.send, parent.poll)
    except TianmuError as error:
        with contextlib.suppress(OSError):
            parent.send(error)


def _addresses(child: Connection) -> list[str]:
    try:
        answer: Any = child.recv()
    except EOFError as error:
        raise LinkError("the practice aircraft ended before it answered") from error
    if isinstance(answer, TianmuError):
        raise answer
    return answer
