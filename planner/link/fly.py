"""One sortie from the plan to the flight log."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from missions import Mission
from missions.errors import LinkError
from missions.progress import Progress, silent
from missions.records import Plan, Sortie, read_plan
from missions.workspace import atomic_write
from planner.items import MissionItem, home_item, mission_items
from planner.link.aloft import PATIENCE, Patience, watch_home
from planner.link.command import Command
from planner.link.compare import Firmware
from planner.link.connection import Link, open_link
from planner.link.exchange import Peer
from planner.link.logdownload import LogDownload
from planner.link.mavlink import Message, mavlink
from planner.link.start import COPTER, PLANE, Modes, start, wait_until_ready
from planner.link.verified import VerifiedUpload
from planner.link.watch import FlightWatch

Events = Callable[[str], None]

_PLANES = frozenset(
    {
        mavlink.MAV_TYPE_FIXED_WING,
        *range(mavlink.MAV_TYPE_VTOL_DUOROTOR, mavlink.MAV_TYPE_VTOL_RESERVED5 + 1),
    }
)
_LANDED_STATE_EVERY_US = 500_000
_LOG_STEP_PCT = 10


@dataclass(frozen=True)
class FlightResult:
    """How a sortie went, as `tianmu fly --json` prints it.

    Attributes
    ----------
    sortie
        Its name.
    verified
        Whether the mission was read back from the aircraft and found the same; it does not fly otherwise.
    items
        Mission items in the aircraft, with home.
    photos_planned, photos_taken
        Photos in the plan, and photos that the autopilot reported.
    landed
        Whether it stands on the ground, disarmed.
    log
        The aircraft's own log, or None where it offers none.
    tlog
        Everything that passed over the link.
    """

    sortie: str
    verified: bool
    items: int
    photos_planned: int
    photos_taken: int
    landed: bool
    log: str | None
    tlog: str


def fly(
    mission: Mission,
    *,
    sortie: str | None,
    address: str,
    events: Events = lambda _: None,
    progress: Progress = silent,
    patience: Patience = PATIENCE,
) -> FlightResult:
    """Put a sortie into an aircraft, fly it and fetch the log.

    The mission is uploaded, read back and compared before anything is armed. In the air the autopilot flies
    and decides alone: nothing is sent to it that could stand against its failsafes.

    Parameters
    ----------
    mission
        With a plan. The logs go to flights/<sortie>/<sortie>.BIN and .tlog; those of a second flight of the
        same sortie get a number.
    sortie
        Name of the sortie; None where the plan has only one.
    address
        Where the aircraft is, as pymavlink writes it, such as tcp:127.0.0.1:5760 or udpin:0.0.0.0:14550.
    events
        Receives what happens, as short texts.
    progress
        Receives photos taken and photos planned.

    Raises
    ------
    PlanError
        When there is no plan or no such sortie.
    LinkError
        When the aircraft is not heard, refuses, holds another mission than was sent, or is lost in flight.
    """
    plan = read_plan(mission.dir("plan") / "plan.json")
    flown = _choose(plan, sortie)
    modes, items = _for_aircraft(mission, plan, flown)
    stem = _new_stem(mission.dir("flights") / flown.name, flown.name)
    with open_link(address, stem.with_suffix(".tlog"), heartbeat_s=patience.heartbeat_s) as link:
        watch = FlightWatch(photos_planned=len(flown.photos), items=len(items))

        def tell(message: Message) -> None:
            for text in watch.receive(message):
                events(text)
            progress(min(watch.photos_taken, watch.photos_planned), watch.photos_planned)

        with link.follow(FlightWatch.listens, tell):
            events(f"connected to system {link.vehicle.peer.system} at {address}")
            wait_until_ready(link, plan.site(flown.site))
            _upload(link, items, events)
            _ask_for_landed_state(link)
            start(link, watch, modes, events)
            watch_home(link, watch, flown.flight_s, patience, events)
            log = _fetch_log(link, stem.with_suffix(".BIN"), events)
    return FlightResult(
        sortie=flown.name,
        verified=True,
        items=len(items),
        photos_planned=watch.photos_planned,
        photos_taken=watch.photos_taken,
        landed=watch.landed,
        log=str(log) if log else None,
        tlog=str(stem.with_suffix(".tlog")),
    )


def _choose(plan: Plan, name: str | None) -> Sortie:
    if name is not None:
        return plan.sortie(name)
    if len(plan.sorties) != 1:
        names = ", ".join(sortie.name for sortie in plan.sorties)
        raise LinkError(f"the plan has {len(plan.sorties)} sorties ({names}); say which one to fly")
    return plan.sorties[0]


def _for_aircraft(mission: Mission, plan: Plan, sortie: Sortie) -> tuple[Modes, list[MissionItem]]:
    model = mission.aircraft_model()
    if model.controller != "ardupilot":
        raise LinkError(
            f"{model.name} has a {model.controller} controller; expected ArduPilot. "
            "Fly the files in plan/ with its own ground station"
        )
    site = plan.site(sortie.site)
    modes = COPTER if model.kind == "multirotor" else PLANE
    return modes, [home_item(site), *mission_items(sortie, site, model, plan.height_frame)]


def _new_stem(folder: Path, name: str) -> Path:
    """Find a name for the logs that no earlier flight has: logs are never overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    stems = (folder / (name if number == 1 else f"{name}-{number}") for number in itertools.count(1))
    return next(s for s in stems if not any(s.with_suffix(e).exists() for e in (".BIN", ".tlog")))


def _upload(link: Link, items: list[MissionItem], events: Events) -> None:
    peer = link.vehicle.peer
    messages = [_message(peer, seq, item) for seq, item in enumerate(items)]
    transfer = link.run(VerifiedUpload(messages, peer, _firmware(link)))
    if transfer.error is not None:
        raise LinkError(f"the mission was not uploaded: {transfer.error}. Nothing was armed")
    events(f"mission of {len(items)} items uploaded, read back and found the same")


def _firmware(link: Link) -> Firmware:
    """Tell whose habits of giving back a mission are to be expected."""
    version = link.vehicle.version
    if version.autopilot_type != mavlink.MAV_AUTOPILOT_ARDUPILOTMEGA:
        return "other"
    return "plane" if version.vehicle_type in _PLANES else "copter"


def _ask_for_landed_state(link: Link) -> None:
    """ArduPilot streams it only when asked; where it does not, the aircraft's speed has to tell."""
    link.run(
        Command(
            link.vehicle.peer,
            mavlink.MAV_CMD_SET_MESSAGE_INTERVAL,
            mavlink.MAVLINK_MSG_ID_EXTENDED_SYS_STATE,
            _LANDED_STATE_EVERY_US,
        )
    )


def _fetch_log(link: Link, path: Path, events: Events) -> Path | None:
    told_pct = 0

    def tell(download: LogDownload) -> None:
        nonlocal told_pct
        pct = 100 * download.received // max(download.size, 1)
        if pct >= told_pct + _LOG_STEP_PCT:
            told_pct = pct
            events(f"log: {pct} % of {download.size / 1e6:.1f} MB")

    download = link.run(LogDownload(link.vehicle.peer), tell)
    if download.error is not None:
        events(f"the log was not fetched: {download.error}")
    elif download.data is None:
        events("the aircraft offers no log")
    else:
        atomic_write(path, download.data)
        events(f"log fetched: {len(download.data) / 1e6:.1f} MB")
        return path
    return None


def _message(peer: Peer, seq: int, item: MissionItem) -> Message:
    return mavlink.MAVLink_mission_item_int_message(
        peer.system,
        peer.component,
        seq,
        item.frame,
        item.command,
        0,
        1,
        item.param1,
        item.param2,
        item.param3,
        item.param4,
        item.x_1e7,
        item.y_1e7,
        item.z_m,
        mavlink.MAV_MISSION_TYPE_MISSION,
    )
