"""How fast a multirotor flies each piece of a path: what its corners, slopes and acceleration allow."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

GAIN_SHARE, BRAKE_SHARE = 0.7, 0.75
"""Mean accelerations while speed is gained and lost, as shares of the limit: in a log of ArduPilot Copter 4.7
(limit 2.5 m/s2, jerk 1 m/s3) 7 m/s are lost and gained at a mean of 1.6 to 1.75 m/s2."""
SETTLE_S = 0.8
"""Seconds more for gaining or losing all of the speed, and in proportion for a part of it: the jerk limit,
the lag of the controller and the turn of the nose. In that log leaving rest takes 1.2 s more and coming to
rest 0.7; a leg between right-angled corners takes none more, where the practice aircraft takes 2.0."""
_STRAIGHT_DEG = 10.0
"""Turns up to this do not slow down; the aircraft leans and goes on."""


@dataclass(frozen=True, eq=False)
class Phases:
    """Each leg in three parts: gaining speed, holding it, losing it; all (N,)."""

    enter_m_s: Array
    peak_m_s: Array
    leave_m_s: Array
    gain_s: Array
    hold_s: Array
    lose_s: Array

    @property
    def seconds(self) -> Array:
        """Time for each leg, (N,)."""
        return self.gain_s + self.hold_s + self.lose_s

    @property
    def times_s(self) -> Array:
        """Times of the three parts, (3, N)."""
        return np.stack((self.gain_s, self.hold_s, self.lose_s))

    @property
    def mean_m_s(self) -> Array:
        """Mean speeds in the three parts, (3, N)."""
        means = (self.enter_m_s + self.peak_m_s) / 2.0, self.peak_m_s, (self.peak_m_s + self.leave_m_s) / 2.0
        return np.stack(means)


def corner_speeds(cosines: ArrayLike, radius_m: float, accel_m_s2: float) -> Array:
    """Speeds at which turns may be flown, in m/s; inf where a turn asks for no slowing down.

    The aircraft flies the circle that touches both legs and passes the corner at `radius_m`, as ArduPilot
    Copter does within WPNAV_RADIUS (measured at a right angle with 2 m: 2.9 m/s). Without a radius it stops.

    Parameters
    ----------
    cosines : (...)
        Of the changes of course.
    """
    cosines = np.clip(cosines, -1.0, 1.0)
    half = np.sqrt((1.0 + cosines) / 2.0)
    with np.errstate(divide="ignore"):
        circle_m = radius_m * half / (1.0 - half)
    slow = np.sqrt(BRAKE_SHARE * accel_m_s2 * circle_m, where=half < 1.0, out=np.full_like(half, np.inf))
    return np.where(cosines >= np.cos(np.radians(_STRAIGHT_DEG)), np.inf, slow)


def ramp_m(speed_m_s: float, accel_m_s2: float) -> float:
    """Way on which a speed is gained from rest; it is lost on a little less."""
    return speed_m_s**2 / (2.0 * GAIN_SHARE * accel_m_s2) + speed_m_s * SETTLE_S / 2.0


def paced(lengths_m: Array, limits_m_s: Array, corners_m_s: Array, accel_m_s2: float) -> Phases:
    """Fly legs one after another as fast as they allow.

    Parameters
    ----------
    lengths_m, limits_m_s : (N,)
        Of each leg, above 0.
    corners_m_s : (N + 1,)
        Highest speeds at the ends and between legs; 0 is rest.
    """
    speeds = corners_m_s.copy()
    speeds[:-1] = np.minimum(speeds[:-1], limits_m_s)
    speeds[1:] = np.minimum(speeds[1:], limits_m_s)
    # Plain numbers: paths have few legs, and arrays are slow one number at a time.
    nodes: list[float] = speeds.tolist()
    gained = (2.0 * GAIN_SHARE * accel_m_s2 * lengths_m).tolist()
    lost = (2.0 * BRAKE_SHARE * accel_m_s2 * lengths_m).tolist()
    for leg, more in enumerate(gained):
        nodes[leg + 1] = min(nodes[leg + 1], math.sqrt(nodes[leg] ** 2 + more))
    for leg in range(len(lost) - 1, -1, -1):
        nodes[leg] = min(nodes[leg], math.sqrt(nodes[leg + 1] ** 2 + lost[leg]))
    speeds = np.array(nodes)
    return phases(lengths_m, limits_m_s, speeds[:-1], speeds[1:], accel_m_s2)


def within_reach(
    lengths_m: Array, enter_m_s: Array, leave_m_s: Array, accel_m_s2: float
) -> tuple[Array, Array]:
    """Lower speeds at the ends of legs (...) until each can be reached from the other."""
    leave = np.minimum(leave_m_s, np.sqrt(enter_m_s**2 + 2.0 * GAIN_SHARE * accel_m_s2 * lengths_m))
    return np.minimum(enter_m_s, np.sqrt(leave**2 + 2.0 * BRAKE_SHARE * accel_m_s2 * lengths_m)), leave


def slowing_s(speed_m_s: Array, leave_m_s: Array, accel_m_s2: float) -> Array:
    """Seconds lost at the end of a leg flown at a speed by leaving it more slowly."""
    return _lost_s(speed_m_s, leave_m_s, BRAKE_SHARE * accel_m_s2)


def regaining_s(enter_m_s: Array, speed_m_s: Array, accel_m_s2: float) -> Array:
    """Seconds lost at the beginning of a leg flown at a speed by entering it more slowly."""
    return _lost_s(speed_m_s, enter_m_s, GAIN_SHARE * accel_m_s2)


def phases(
    lengths_m: Array, limits_m_s: Array, enter_m_s: Array, leave_m_s: Array, accel_m_s2: float
) -> Phases:
    """Split legs (...) into their parts; the speeds they are entered and left at must be possible."""
    gain, brake = GAIN_SHARE * accel_m_s2, BRAKE_SHARE * accel_m_s2
    crossing = (2.0 * gain * brake * lengths_m + brake * enter_m_s**2 + gain * leave_m_s**2) / (gain + brake)
    peak = np.maximum(np.minimum(limits_m_s, np.sqrt(crossing)), np.maximum(enter_m_s, leave_m_s))
    gain_s, lose_s = (peak - enter_m_s) / gain, (peak - leave_m_s) / brake
    ramps_m = gain_s * (enter_m_s + peak) / 2.0 + lose_s * (peak + leave_m_s) / 2.0
    reached = np.maximum(peak, 1e-9)  # a leg of no length between stops reaches no speed
    hold_s = np.maximum(0.0, lengths_m - ramps_m) / reached
    gain_s += SETTLE_S * (peak - enter_m_s) / reached
    lose_s += SETTLE_S * (peak - leave_m_s) / reached
    return Phases(enter_m_s, peak, leave_m_s, gain_s, hold_s, lose_s)


def _lost_s(speed_m_s: Array, slow_m_s: Array, accel_m_s2: float) -> Array:
    less = speed_m_s - slow_m_s
    return less**2 / (2.0 * speed_m_s * accel_m_s2) + SETTLE_S * less / speed_m_s
