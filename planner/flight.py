"""How long a flight takes and what it draws from the battery."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from missions.catalogue import AircraftModel
from missions.errors import PlanError

Array = NDArray[np.float64]

_SPOOL_UP_S = 5.0
_TOUCH_DOWN_S = 25.0
"""ArduCopter waits 5 s above home (RTL_LOIT_TIME) and sinks the last 10 m at 0.5 m/s (LAND_SPEED)."""


_JERK_M_S3 = 1.0
"""How fast a multirotor's acceleration changes: ArduCopter's WPNAV_JERK."""


@dataclass(frozen=True)
class Effort:
    """What a piece of a flight costs; efforts add up."""

    seconds: float = 0.0
    energy_wh: float = 0.0
    path_m: float = 0.0
    items: int = 0

    def __add__(self, other: "Effort") -> "Effort":
        return Effort(
            self.seconds + other.seconds,
            self.energy_wh + other.energy_wh,
            self.path_m + other.path_m,
            self.items + other.items,
        )


@dataclass(frozen=True)
class Performance:
    """An aircraft at a speed in a steady wind.

    Attributes
    ----------
    speed_m_s
        Over ground for a multirotor, which holds it in any wind it can fly in; through the air for
        aeroplanes.
    wind_m_s
        East and north parts of where the wind blows to.
    """

    aircraft: AircraftModel
    speed_m_s: float
    wind_m_s: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def in_wind(
        cls, aircraft: AircraftModel, speed_m_s: float, wind_m_s: float, from_deg: float
    ) -> "Performance":
        """Make it from a wind as people state it.

        Raises
        ------
        PlanError
            When the wind is as fast as the aircraft.
        """
        if wind_m_s >= aircraft.cruise_m_s:
            raise PlanError(
                f"a wind of {wind_m_s:g} m/s is too strong for the {aircraft.name}, which cruises at "
                f"{aircraft.cruise_m_s:g} m/s; plan for another day"
            )
        towards = np.radians(from_deg + 180.0)
        return cls(
            aircraft, speed_m_s, (wind_m_s * float(np.sin(towards)), wind_m_s * float(np.cos(towards)))
        )

    @property
    def run_up_m(self) -> float:
        """Way needed to reach the speed from rest, or to stop; an aeroplane's to come round onto a line."""
        if self.aircraft.kind == "multirotor":
            return self.speed_m_s * self._ramp_s(self.speed_m_s) / 2.0
        return self.aircraft.turn_radius_m

    def ground_speed(self, heading: Array) -> float:
        """Speed over ground, m/s, along a unit vector (2,)."""
        if self.aircraft.kind == "multirotor":
            return self.speed_m_s
        wind = np.array(self.wind_m_s)
        along = float(wind @ heading)
        across_2 = float(wind @ wind) - along**2
        return max(1.0, along + float(np.sqrt(max(0.0, self.speed_m_s**2 - across_2))))

    def along(self, points_m: Array) -> Effort:
        """Effort of flying through (N, 3) points.

        A multirotor stops where the way turns by more than 10 degrees; aeroplanes fly on. A straight stretch
        goes from rest to rest, and a short one does not reach the full speed. A leg that climbs or sinks
        faster than the aircraft can takes as long as the height needs.
        """
        legs = np.diff(points_m, axis=0)
        flat = np.linalg.norm(legs[:, :2], axis=1)
        steep = np.where(legs[:, 2] > 0, self.aircraft.max_climb_m_s, self.aircraft.max_descent_m_s)
        seconds, energy = 0.0, 0.0
        for first, last in _straight_stretches(legs[:, :2], flat):
            length = float(flat[first:last].sum())
            unit = legs[first:last, :2].sum(axis=0) / length if length > 0 else np.array([0.0, 1.0])
            speed = self.ground_speed(unit)
            slow = np.maximum(0.0, np.abs(legs[first:last, 2]) / steep[first:last] - flat[first:last] / speed)
            peak, ramp_s = self._ramp(length, speed)
            steady_s = (length / peak - ramp_s if peak > 0 else 0.0) + float(slow.sum())
            # Mean power of speeding up and slowing down by Simpson's rule.
            still, half, full = (self.power_w(share * peak * unit) for share in (0.0, 0.5, 1.0))
            seconds += steady_s + 2.0 * ramp_s
            energy += (steady_s * full + 2.0 * ramp_s * (still + 4.0 * half + full) / 6.0) / 3600.0
        return Effort(seconds, energy, float(np.linalg.norm(legs, axis=1).sum()))

    def take_off(self, height_m: float) -> Effort:
        """Effort of spooling up and climbing straight up."""
        return self._hovering(_SPOOL_UP_S + height_m / self.aircraft.max_climb_m_s, height_m)

    def landing(self, height_m: float) -> Effort:
        """Effort of sinking straight down and touching down."""
        return self._hovering(_TOUCH_DOWN_S + height_m / self.aircraft.max_descent_m_s, height_m)

    def power_w(self, velocity_m_s: Array) -> float:
        """Power drawn at a velocity (2,) over ground in this wind.

        Linear in the airspeed from hovering to cruise, and beyond it with the cube: the drag of the airframe
        then takes most of it (Leishman, Principles of Helicopter Aerodynamics, 5.4). A multirotor that holds
        its speed against the wind pays for that; an aeroplane flies at its own speed through the air.
        """
        if self.aircraft.kind != "multirotor":
            return self.aircraft.cruise_w
        share = float(np.linalg.norm(velocity_m_s - np.array(self.wind_m_s))) / self.aircraft.cruise_m_s
        if share > 1.0:
            return self.aircraft.cruise_w * share**3
        return self.aircraft.hover_w + (self.aircraft.cruise_w - self.aircraft.hover_w) * share

    def _hovering(self, seconds: float, path_m: float) -> Effort:
        hover_w = max(self.aircraft.hover_w, self.power_w(np.zeros(2)))
        return Effort(seconds, seconds * hover_w / 3600.0, path_m)

    def _ramp(self, length_m: float, speed_m_s: float) -> tuple[float, float]:
        """Speed reached on a stretch, and the seconds to gain it; as many are needed to lose it."""
        if self.aircraft.kind != "multirotor":
            return speed_m_s, 0.0
        peak = min(speed_m_s, self._peak_speed(length_m))
        return peak, self._ramp_s(peak)

    def _ramp_s(self, speed_m_s: float) -> float:
        """Seconds from rest to a speed with limited acceleration and jerk; the mean speed is half of it."""
        accel = self.aircraft.accel_m_s2
        if speed_m_s < accel**2 / _JERK_M_S3:
            return 2.0 * math.sqrt(speed_m_s / _JERK_M_S3)
        return speed_m_s / accel + accel / _JERK_M_S3

    def _peak_speed(self, length_m: float) -> float:
        """Speed at which gaining it and losing it again takes just this way: speed * ramp = length."""
        accel = self.aircraft.accel_m_s2
        gentle = (length_m * math.sqrt(_JERK_M_S3) / 2.0) ** (2.0 / 3.0)
        if gentle < accel**2 / _JERK_M_S3:
            return gentle
        delay = accel / _JERK_M_S3
        return accel / 2.0 * (math.sqrt(delay**2 + 4.0 * length_m / accel) - delay)


def _straight_stretches(flat_legs: Array, lengths: Array) -> list[tuple[int, int]]:
    """Ranges of legs that follow each other without a turn of more than 10 degrees."""
    stretches: list[tuple[int, int]] = []
    first = 0
    for leg in range(1, len(flat_legs) + 1):
        if leg < len(flat_legs):
            scale = lengths[leg - 1] * lengths[leg]
            if scale == 0 or flat_legs[leg - 1] @ flat_legs[leg] > np.cos(np.radians(10.0)) * scale:
                continue
        stretches.append((first, leg))
        first = leg
    return stretches
