"""Messages that tell of something that happened, as opposed to the telemetry that goes on all the time."""

from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mav

from sim.clock import Clock
from sim.shutter import Exposure

LatLon = tuple[int, int]
_TEXT_BYTES = 50


def text(severity: int, words: str) -> Any:
    """STATUSTEXT; what does not fit into one is cut."""
    return mav.MAVLink_statustext_message(severity, words.encode("ascii", "replace")[:_TEXT_BYTES])


def home(place_e7: LatLon, alt_amsl_m: float, clock: Clock) -> Any:
    """HOME_POSITION."""
    unused = (0.0, 0.0, 0.0, (1.0, 0.0, 0.0, 0.0), 0.0, 0.0, 0.0)
    return mav.MAVLink_home_position_message(*place_e7, round(alt_amsl_m * 1000), *unused, clock.time_us)


def photo(exposure: Exposure, place_e7: LatLon, home_amsl_m: float, clock: Clock) -> Any:
    """CAMERA_FEEDBACK: what the autopilot believed at the moment of the trigger."""
    estimate = exposure.moment.estimate
    return mav.MAVLink_camera_feedback_message(
        clock.unix_us(exposure.moment.boot_s),
        0,
        0,
        exposure.number,
        *place_e7,
        estimate.alt_amsl_m,
        estimate.alt_amsl_m - home_amsl_m,
        estimate.roll_deg,
        estimate.pitch_deg,
        estimate.yaw_deg,
        0.0,
        mav.CAMERA_FEEDBACK_PHOTO,
        exposure.number,
    )


def item_reached(seq: int) -> Any:
    """MISSION_ITEM_REACHED."""
    return mav.MAVLink_mission_item_reached_message(seq)
