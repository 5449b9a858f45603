"""From a connected aircraft to one that flies its mission."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from geo.frames import LocalFrame
from missions.errors import LinkError
from missions.records import Site
from planner.link.command import Command
from planner.link.connection import Link
from planner.link.exchange import RETRIES, TIMEOUT_S
from planner.link.mavlink import mavlink
from planner.link.watch import FlightWatch

_GNSS_3D_FIX = 3
_READY_S = 90.0
"""GNSS, home and the estimator need up to a minute after switching on."""
_ARMED_S = 10.0
_TRY_AGAIN_S = 2.0
_HOME_WITHIN_M = 200.0
"""Heights of a mission are above home, so home must be where the plan says the aircraft takes off."""


@dataclass(frozen=True)
class Modes:
    """Names of two flight modes: one to arm in, None where that is the second, and the one that flies."""

    arming: str | None
    mission: str


COPTER = Modes("GUIDED", "AUTO")
PLANE = Modes(None, "AUTO")


def wait_until_ready(link: Link, site: Site) -> None:
    """Wait for a GNSS fix and for home, and see that home is at the site.

    Raises
    ------
    LinkError
        When either does not come, home is elsewhere, or the aircraft is armed already.
    """
    vehicle = link.vehicle
    if vehicle.armed:
        raise LinkError(
            f"the aircraft is armed already, in mode {vehicle.mode}; expected it disarmed on the ground"
        )
    if not link.wait_until(lambda: (vehicle.gps_0.fix_type or 0) >= _GNSS_3D_FIX, _READY_S):
        raise LinkError(
            f"no GNSS position within {_READY_S:.0f} s: fix type {vehicle.gps_0.fix_type} with "
            f"{vehicle.gps_0.satellites_visible} satellites; expected fix type {_GNSS_3D_FIX} or better"
        )
    _check_home(_wait_for_home(link), site)


def start(link: Link, watch: FlightWatch, modes: Modes, events: Callable[[str], None]) -> None:
    """Arm, switch to the mission's mode and start it.

    Raises
    ------
    LinkError
        When the aircraft refuses; the message holds its reasons. It is then still on the ground.
    """
    _rewind(link, watch)
    _set_mode(link, watch, modes.arming or modes.mission)
    _arm(link, watch, events)
    _set_mode(link, watch, modes.mission)
    started = link.run(Command(link.vehicle.peer, mavlink.MAV_CMD_MISSION_START))
    if started.error is not None and not watch.flown:
        raise LinkError(f"the mission was not started: {started.error}{_reasons(watch)}")


def _wait_for_home(link: Link) -> tuple[float, float]:
    """Ask for home until it is known, as longitude and latitude in degrees.

    ArduPilot sets it some time after the fix, and tells it when asked.
    """
    peer = link.vehicle.peer
    for _ in range(round(_READY_S / _TRY_AGAIN_S)):
        asked = link.run(Command(peer, mavlink.MAV_CMD_REQUEST_MESSAGE, mavlink.MAVLINK_MSG_ID_HOME_POSITION))
        if not asked.accepted:  # firmware older than 4.0
            link.run(Command(peer, mavlink.MAV_CMD_GET_HOME_POSITION))
        link.wait_until(lambda: link.vehicle.home_location is not None, _TRY_AGAIN_S)
        home = link.vehicle.home_location
        if home is not None and home.lon is not None and home.lat is not None:
            return home.lon, home.lat
    raise LinkError(f"the aircraft has no home position after {_READY_S:.0f} s; expected HOME_POSITION")


def _check_home(lonlat: tuple[float, float], site: Site) -> None:
    east_m, north_m = LocalFrame(site.lon, site.lat).to_enu([lonlat])[0]
    away_m = math.hypot(east_m, north_m)
    if away_m > _HOME_WITHIN_M:
        raise LinkError(
            f"the aircraft's home ({lonlat[0]:.6f}, {lonlat[1]:.6f}) is {away_m:.0f} m from site {site.name} "
            f"({site.lon:.6f}, {site.lat:.6f}); expected at most {_HOME_WITHIN_M:.0f} m"
        )


def _rewind(link: Link, watch: FlightWatch) -> None:
    """Go back to the first item: after a mission that was broken off, ArduPilot would go on from there."""
    if watch.item <= 1:
        return
    rewound = link.run(Command(link.vehicle.peer, mavlink.MAV_CMD_DO_SET_MISSION_CURRENT, 1, 1))
    if not link.wait_until(lambda: watch.item <= 1, _TRY_AGAIN_S):
        raise LinkError(
            f"the aircraft would begin at item {watch.item}; expected item 1 ({rewound.error or 'accepted'})"
        )


def _set_mode(link: Link, watch: FlightWatch, mode: str) -> None:
    for _ in range(RETRIES + 1):
        if watch.mode == mode:
            return
        link.vehicle.mode = mode
        link.wait_until(lambda: watch.mode == mode, TIMEOUT_S)
    if watch.mode != mode:
        raise LinkError(f"the aircraft stays in mode {watch.mode}; expected {mode}{_reasons(watch)}")


def _arm(link: Link, watch: FlightWatch, events: Callable[[str], None]) -> None:
    """Arm as soon as the aircraft's own checks let it: after switching on they need a while."""
    tries = round(_READY_S / _TRY_AGAIN_S)
    for _ in range(tries):
        command = link.run(Command(link.vehicle.peer, mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 1))
        answered_well = command.accepted or command.result is None  # the answer may have got lost
        if answered_well and link.wait_until(lambda: watch.armed, _ARMED_S):
            return
        events(f"not armed yet: {command.error}")
        link.wait_until(lambda: False, _TRY_AGAIN_S)
    raise LinkError(f"the aircraft does not arm within {_READY_S:.0f} s{_reasons(watch)}")


def _reasons(watch: FlightWatch) -> str:
    said = list(dict.fromkeys(watch.warnings))
    return f"; it says: {'; '.join(said)}" if said else ""
