"""pymavlink as all of `planner.link` uses it: MAVLink 2, dialect ardupilotmega, and silent on stdout.

pymavlink reads its environment when it is first imported and speaks MAVLink 1 by default, where fences cannot
be encoded. So this module is the only one that imports it first.
"""

import logging
import os
from typing import Any

os.environ["MAVLINK20"] = "1"
os.environ["MAVLINK_DIALECT"] = "ardupilotmega"

from pymavlink import mavutil
from pymavlink.dialects.v20 import ardupilotmega as mavlink

Message = Any
"""A pymavlink message. Its fields are made at run time, so there is no narrower type."""

_log = logging.getLogger("tianmu.link")


def _to_log(*words: object, **_: object) -> None:
    _log.info(" ".join(str(word) for word in words))


if mavutil.mavlink is not mavlink:
    # Somebody imported pymavlink before us, without the environment above.
    mavutil.set_dialect("ardupilotmega")

# pymavlink prints "EOF on TCP socket" and the like, but stdout belongs to the caller's JSON.
mavutil.__dict__["print"] = _to_log


def enum_name(enum: str, value: int) -> str:
    """Name of an enum's value without its prefix's first word, or the number where the dialect has none."""
    entry = mavlink.enums[enum].get(value)
    return entry.name if entry is not None else f"{enum} {value}"


__all__ = ["Message", "enum_name", "mavlink", "mavutil"]
