"""What an aircraft really does, from flights it flew: the catalogue's figures, and the time a turn costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from missions.catalogue import AircraftModel
from planner.pace import GAIN_SHARE

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

TURN_S = "turn_s"
"""Key of the seconds from slowing down for a turn to being back at speed; no figure of the catalogue."""
_STEP_S = 0.2
_SMOOTH_S = 1.0
_AIRBORNE_M = 2.0
_LEVEL_M_S, _STILL_M_S = 0.5, 0.5
_STEADY_SHARE = 0.9
"""Share of its steady speed from which an aircraft is at speed."""
_SLOW_SHARE = 0.1
_LEAST_SAMPLES = 25
"""Moments, 0.2 s each, below which a mean says little: 5 s."""
_LONGEST_TURN_S = 60.0
_SHORTEST_GAIN_S = 1.0
"""Speed gained faster is a jump of the position, not of the aircraft."""


@dataclass(frozen=True, eq=False)
class Flown:
    """One flight as its log tells it; all arrays (N,), times rising.

    Attributes
    ----------
    east_m, north_m, up_m
        Place in any local frame.
    ground_m_s
        Speed over ground.
    power_w
        Drawn from the battery; NaN where the log does not tell.
    """

    time_s: Array
    east_m: Array
    north_m: Array
    up_m: Array
    ground_m_s: Array
    power_w: Array


@dataclass(frozen=True)
class Fitted:
    """A figure, and from how many moments of 0.2 s (accelerations and turns: events) it comes."""

    value: float
    samples: int


def fit(flights: Sequence[Flown], aircraft: AircraftModel) -> dict[str, Fitted]:
    """Fit an aircraft's figures to its flights.

    Parameters
    ----------
    flights
        Of one aircraft, with the load that it will carry.
    aircraft
        Its figures so far: cruise power is stated for its cruise speed, whatever speed was flown.

    Returns
    -------
    dict
        By the catalogue's key, and `turn_s`; what the flights do not show is left out. Medians, so that gusts
        and single mistakes hardly count; wind from ahead and from behind even out in flights to and fro.
    """
    moments = [_moments(flight) for flight in flights if len(flight.time_s) > 2]
    if not moments:
        return {}
    airborne = [moment.taken(moment.up_m > moment.up_m[0] + _AIRBORNE_M) for moment in moments]
    everything = _joined(airborne)
    fitted = {
        "hover_w": _power(everything, everything.still),
        "max_climb_m_s": _plateau(everything.climb_m_s),
        "max_descent_m_s": _plateau(-everything.climb_m_s),
    }
    speed = _steady_speed(everything)
    if speed is not None:
        gains = [value for moment in moments for value in _gains(moment, speed)]
        turns = [value for moment in airborne for value in _turns(moment, speed)]
        fitted["cruise_w"] = _cruise_power(everything, speed, aircraft, fitted["hover_w"])
        fitted["accel_m_s2"] = _median(np.array(gains) / GAIN_SHARE, least=1)
        fitted[TURN_S] = _median(np.array(turns), least=1)
    return {key: figure for key, figure in fitted.items() if figure is not None}


@dataclass(frozen=True, eq=False)
class _Moments:
    """A flight at even steps of time, smoothed; what was cut out between leaves a step in time."""

    time_s: Array
    up_m: Array
    speed_m_s: Array
    climb_m_s: Array
    power_w: Array

    def taken(self, chosen: Mask) -> "_Moments":
        return _Moments(*(values[chosen] for values in vars(self).values()))

    @property
    def level(self) -> Mask:
        return np.abs(self.climb_m_s) < _LEVEL_M_S

    @property
    def still(self) -> Mask:
        return self.level & (self.speed_m_s < _STILL_M_S)


def _moments(flight: Flown) -> _Moments:
    time = np.arange(flight.time_s[0], flight.time_s[-1], _STEP_S)
    up, speed, power = (
        _smooth(np.interp(time, flight.time_s, values))
        for values in (flight.up_m, flight.ground_m_s, flight.power_w)
    )
    return _Moments(time, up, speed, np.gradient(up, _STEP_S) if len(up) > 1 else np.zeros_like(up), power)


def _smooth(values: Array) -> Array:
    """Mean over a second; the ends are continued as they are."""
    width = round(_SMOOTH_S / _STEP_S)
    padded = np.pad(values, width // 2, mode="edge")
    return np.convolve(padded, np.ones(width) / width, mode="valid")


def _joined(parts: Sequence[_Moments]) -> _Moments:
    return _Moments(
        *(np.concatenate(values) for values in zip(*(vars(part).values() for part in parts), strict=True))
    )


def _steady_speed(moments: _Moments) -> float | None:
    """Speed at which most of the level way was flown: the median of the faster half of the range."""
    speeds = moments.speed_m_s[moments.level]
    if len(speeds) < _LEAST_SAMPLES:
        return None
    fast = speeds[speeds > np.percentile(speeds, 95) / 2.0]
    speed = float(np.median(fast)) if len(fast) else 0.0
    return speed if speed > 2.0 * _STILL_M_S else None


def _power(moments: _Moments, chosen: Mask) -> Fitted | None:
    return _median(moments.power_w[chosen & np.isfinite(moments.power_w)])


def _cruise_power(
    moments: _Moments, speed: float, aircraft: AircraftModel, hover: Fitted | None
) -> Fitted | None:
    """Power at cruise speed: a multirotor's lies on the line from hovering through the speed flown."""
    steady = moments.level & (np.abs(moments.speed_m_s - speed) < (1.0 - _STEADY_SHARE) * speed)
    flown = _power(moments, steady)
    if flown is None or aircraft.kind != "multirotor":
        return flown
    hover_w = hover.value if hover is not None else aircraft.hover_w
    share = aircraft.cruise_m_s / max(speed, aircraft.cruise_m_s / 2.0)
    return Fitted(hover_w + (flown.value - hover_w) * share, flown.samples)


def _plateau(rates_m_s: Array) -> Fitted | None:
    """Rate that is held when the aircraft climbs or sinks as fast as it does."""
    moving = rates_m_s[rates_m_s > 2.0 * _LEVEL_M_S]
    if len(moving) < _LEAST_SAMPLES:
        return None
    return _median(moving[moving > 0.8 * np.percentile(moving, 95)])


def _gains(moments: _Moments, speed: float) -> list[float]:
    """Mean accelerations from a tenth to nine tenths of the steady speed, wherever it is gained from rest."""
    return [
        (_STEADY_SHARE - _SLOW_SHARE) * speed / seconds
        for seconds in _rises_s(moments, _SLOW_SHARE * speed, _STEADY_SHARE * speed)
        if seconds >= _SHORTEST_GAIN_S
    ]


def _turns(moments: _Moments, speed: float) -> list[float]:
    """Seconds from falling below nine tenths of the steady speed to having them again."""
    fast = moments.speed_m_s > _STEADY_SHARE * speed
    edges = np.flatnonzero(np.diff(fast.astype(int)))
    return [
        float(moments.time_s[back + 1] - moments.time_s[slow])
        for slow, back in pairwise(edges)
        if fast[slow] and moments.time_s[back + 1] - moments.time_s[slow] < _LONGEST_TURN_S
    ]


def _rises_s(moments: _Moments, slow_m_s: float, fast_m_s: float) -> list[float]:
    """Seconds from the last slow moment to the first fast one after it, each time."""
    speeds = moments.speed_m_s
    marks = np.flatnonzero((speeds < slow_m_s) | (speeds > fast_m_s))
    fast = speeds[marks] > fast_m_s
    rising = np.flatnonzero(fast[1:] & ~fast[:-1])
    return (moments.time_s[marks[rising + 1]] - moments.time_s[marks[rising]]).tolist()


def _median(values: Array, least: int = _LEAST_SAMPLES) -> Fitted | None:
    return Fitted(float(np.median(values)), len(values)) if len(values) >= least else None
