"""Whether the mission that an aircraft gives back is the mission that was sent to it.

ArduPilot keeps of each item what its own format has room for, and gives that back. The changes below are
those measured on ArduCopter and ArduPlane 4.7 for every command; anything else that differs is a difference.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from planner.link.mavlink import Message, enum_name, mavlink

Firmware = Literal["copter", "plane", "other"]
"""ArduCopter, ArduPlane with quadplanes, and everything that is not ArduPilot, which must give back what was
sent."""


@dataclass(frozen=True)
class Difference:
    """One field of one item that did not come back as it was sent."""

    seq: int
    field: str
    sent: object
    received: object

    def __str__(self) -> str:
        return f"item {self.seq}: {self.field} was sent as {self.sent} and came back as {self.received}"


# Items without a place: they come back in frame 0 with x and y zero.
_PLACELESS = frozenset(
    {20, 93, 112, 114, 115, 177, 178, 181, 183, 197, 205, 206, 207, 210, 211, 212, 215, 222}
    | {531, 532, 600, 601, 2000, 2001, 2500, 3000, 42600}
)
# Items whose x and y are parameters: they come back in frame 0 with x and y as sent.
_X_Y_ARE_PARAMETERS = frozenset({203, 1000, 42702})

# What else a parameter of a command may come back as: command -> parameter's number -> values.
_Changes = Mapping[int, Mapping[int, tuple[float, ...]]]
_ARDUPILOT: _Changes = {
    mavlink.MAV_CMD_NAV_LOITER_TIME: {3: (-1.0, 1.0)},
    mavlink.MAV_CMD_NAV_LOITER_TO_ALT: {1: (0.0,)},
    mavlink.MAV_CMD_NAV_LAND: {4: (-1.0, 1.0)},
    mavlink.MAV_CMD_DO_SET_ROI: {4: (0.0,)},
    # Not in the measured lists, but no mission can do without it; its heading has no room in ArduPilot's
    # format.
    mavlink.MAV_CMD_NAV_TAKEOFF: {4: (0.0,)},
}
_CHANGES: Mapping[Firmware, _Changes] = {
    "copter": {**_ARDUPILOT, mavlink.MAV_CMD_NAV_WAYPOINT: {4: (0.0,)}},
    "plane": {**_ARDUPILOT, mavlink.MAV_CMD_NAV_WAYPOINT: {1: (0.0,), 4: (0.0,)}},
    "other": {},
}

# Frames that ArduPilot reads as the same: the forms with and without INT, and MISSION as GLOBAL.
_SAME_FRAME = {2: 0, 5: 0, 6: 3, 11: 10}

_HEIGHT_TOLERANCE_M = 0.011
"""ArduPilot keeps whole centimetres and cuts off the rest; the odd millimetre is the float's."""


def differences(sent: Sequence[Message], received: Sequence[Message], firmware: Firmware) -> list[Difference]:
    """Compare a mission with its readback, item by item.

    Parameters
    ----------
    sent, received
        MISSION_ITEM_INT messages in order. Item 0 is home, which the aircraft sets itself: it is not
        compared.
    firmware
        Whose known changes are allowed.
    """
    if len(sent) != len(received):
        return [Difference(0, "number of items", len(sent), len(received))]
    pairs = list(zip(sent, received, strict=True))
    return [difference for pair in pairs[1:] for difference in _item_differences(*pair, firmware)]


def _item_differences(sent: Message, received: Message, firmware: Firmware) -> list[Difference]:
    seq: int = sent.seq
    if (sent.seq, sent.command) != (received.seq, received.command):
        return [Difference(seq, "command", _command(sent), _command(received))]
    found = [
        Difference(seq, f"param{number} of {_command(sent)}", before, after)
        for number, before, after in _parameters(sent, received)
        if not any(_same(allowed, after) for allowed in _allowed(sent.command, number, before, firmware))
    ]
    return found + (_place_differences if _has_place(sent, firmware) else _rest_differences)(sent, received)


def _parameters(sent: Message, received: Message) -> list[tuple[int, float, float]]:
    return [(n, getattr(sent, f"param{n}"), getattr(received, f"param{n}")) for n in (1, 2, 3, 4)]


def _allowed(command: int, number: int, before: float, firmware: Firmware) -> tuple[float, ...]:
    return (before, *_CHANGES[firmware].get(command, {}).get(number, ()))


def _has_place(item: Message, firmware: Firmware) -> bool:
    return firmware == "other" or item.command not in _PLACELESS | _X_Y_ARE_PARAMETERS


def _place_differences(sent: Message, received: Message) -> list[Difference]:
    found: list[Difference] = []
    if _frame(sent) != _frame(received):
        found.append(Difference(sent.seq, "frame", sent.frame, received.frame))
    if (sent.x, sent.y) != (received.x, received.y):
        found.append(Difference(sent.seq, "place (1e-7 degrees)", (sent.x, sent.y), (received.x, received.y)))
    if not math.isclose(sent.z, received.z, rel_tol=1e-6, abs_tol=_HEIGHT_TOLERANCE_M):
        found.append(Difference(sent.seq, "height (m)", sent.z, received.z))
    return found


def _rest_differences(sent: Message, received: Message) -> list[Difference]:
    may_vanish = sent.command in _PLACELESS
    return [
        Difference(sent.seq, f"{name} of {_command(sent)}", before, after)
        for name in ("x", "y", "z")
        if not _same(before := getattr(sent, name), after := getattr(received, name))
        and not (may_vanish and after == 0)
    ]


def _frame(item: Message) -> int:
    frame: int = item.frame
    return _SAME_FRAME.get(frame, frame)


def _command(item: Message) -> str:
    return enum_name("MAV_CMD", item.command)


def _same(a: float, b: float) -> bool:
    """Equal as 32-bit floats; NaN ("leave as it is") equals NaN."""
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6)
