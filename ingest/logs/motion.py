"""How an aircraft moved in metres and what it drew from its battery: what its figures can be fitted to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.frames import LocalFrame
from ingest.logs.flight import Flight
from missions.errors import LogError

Array = NDArray[np.float64]

_LEAST_SAMPLES = 100


@dataclass(frozen=True, eq=False)
class Motion:
    """Motion and power on one clock, all (N,): metres in a local frame, heights AMSL, speed over ground.

    `power_w` is NaN where the log tells of no battery.
    """

    time_s: Array
    east_m: Array
    north_m: Array
    up_m: Array
    ground_m_s: Array
    power_w: Array


def motion_of(flight: Flight) -> Motion:
    """Give the motion of a flight that was read from its log.

    Raises
    ------
    LogError
        The log holds hardly any track.
    """
    track, battery = flight.track, flight.battery
    time_s = track.time_s
    if len(time_s) < _LEAST_SAMPLES:
        raise LogError(
            f"{flight.path}: the log holds {len(time_s)} positions; a flight to learn from needs "
            f"{_LEAST_SAMPLES} or more"
        )
    frame = LocalFrame(float(np.median(track.lon)), float(np.median(track.lat)))
    east, north = frame.to_enu(np.column_stack((track.lon, track.lat))).T
    speed = np.hypot(np.gradient(east, time_s), np.gradient(north, time_s))
    power = np.full(len(time_s), np.nan)
    if len(battery.time_s):
        power = np.interp(time_s, battery.time_s, battery.power_w, left=np.nan, right=np.nan)
    return Motion(time_s, east, north, track.alt_amsl_m, speed, power)
