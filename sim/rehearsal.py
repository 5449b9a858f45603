"""A whole flight of the practice aircraft at once: no link, no clock, only what it took."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pymavlink.dialects.v20 import ardupilotmega as mav

from missions.errors import PlanError
from sim.autopilot import Autopilot
from sim.body import Setup
from sim.firmware import Item
from sim.modes import Mode

_LONGEST_S = 7200.0


@dataclass(frozen=True)
class Rehearsal:
    """What a flight took, from the command to take off until touchdown."""

    seconds: float
    energy_wh: float
    log: Path
    """The DataFlash log that it wrote."""


def rehearse(setup: Setup, items: Sequence[Item]) -> Rehearsal:
    """Fly a mission in simulated time from take-off to touchdown.

    Parameters
    ----------
    items
        Without home; the first takes off.

    Raises
    ------
    PlanError
        When the aircraft does not take off, or is not down again after two hours.
    """
    autopilot = Autopilot(setup)
    log = setup.card.next_path()
    autopilot.stores[mav.MAV_MISSION_TYPE_MISSION].items = [autopilot.home_item(), *items]
    autopilot.set_mode(Mode.GUIDED)
    if not autopilot.arm(forced=True) or not autopilot.start_mission():
        raise PlanError("the practice aircraft does not take this mission: its first item must take off")
    begun_s, drawn_wh = autopilot.clock.boot_s, autopilot.battery.used_wh
    seconds, energy_wh, flown = 0.0, 0.0, False
    while autopilot.armed:
        autopilot.tick()
        autopilot.outbox.clear()
        if autopilot.flying or not flown:
            seconds = autopilot.clock.boot_s - begun_s
            energy_wh = autopilot.battery.used_wh - drawn_wh
        flown = flown or autopilot.flying
        if seconds > _LONGEST_S:
            raise PlanError(f"the practice aircraft is not down again after {_LONGEST_S:g} s")
    return Rehearsal(seconds, energy_wh, log)
