"""How long a flight takes and what it draws from the battery."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from missions.catalogue import AircraftModel, aircraft
from missions.errors import PlanError
from planner.pace import corner_speeds, paced, phases, ramp_m, regaining_s, slowing_s, within_reach

Array = NDArray[np.float64]

_SPOOL_UP_S = 5.0
_WAIT_S = 5.0
"""ArduCopter waits above home before it sinks: RTL_LOIT_TIME."""
_FLARE_M, _FLARE_M_S = 10.0, 0.5
"""The last metres are sunk slowly: ArduCopter's LAND_ALT_LOW and LAND_SPEED."""
_TRANSITION_S = 10.0
"""A VTOL's change between hovering and flying on its wing, at hover power. An estimate: ArduPilot and PX4
take 5 s from airspeed to airspeed, and some more to turn the nose."""
_DRAG_SHARE = 0.2
"""Share of a multirotor's cruise power that is drag and grows with the cube of the airspeed; the rest keeps
it up. An estimate on the safe side: 3.6 kg that lean by 11 degrees at 10 m/s spend 0.14 of 500 W on drag
(weight * tan(lean) * speed), and the power of survey multirotors hardly changes between hovering and 12 m/s
(Rodrigues et al., Drone flight data reveal energy and greenhouse gas emissions savings, Patterns 3, 2022)."""
_CLIMB_SHARE_S_M = 0.09
"""Relative power for each m/s of a multirotor's climb: 1 / (2 v) by momentum theory (Leishman, Principles of
Helicopter Aerodynamics, 2.13) at an induced velocity v of 5.6 m/s: 3.6 kg under four 15 inch propellers.
Sinking is taken to save nothing."""
_GLIDE_RATIO = 10.0
"""Climbing 1 m takes an aeroplane as much as flying this many metres level; survey aeroplanes glide 8 to
12."""
_LEAST_SHARE = 0.3
"""An aeroplane's power when it sinks, as a share of that in level flight: the propeller idles."""
_UPRIGHT_M = 1e-6
"""Legs shorter than this, seen from above, only climb or sink."""


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

    def __sub__(self, other: "Effort") -> "Effort":
        return Effort(
            self.seconds - other.seconds,
            self.energy_wh - other.energy_wh,
            self.path_m - other.path_m,
            self.items - other.items,
        )


@dataclass(frozen=True)
class Performance:
    """An aircraft at a speed in a steady wind.

    Attributes
    ----------
    speed_m_s
        Over ground for a multirotor, which holds it as long as its fastest airspeed allows; through the air
        for aeroplanes.
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
            When the wind is above what the aircraft stands or as fast as it flies, or the speed above its
            fastest.
        """
        if wind_m_s > aircraft.max_wind_m_s:
            raise PlanError(
                f"a wind of {wind_m_s:g} m/s is too strong for the {aircraft.name}, which stands "
                f"{aircraft.max_wind_m_s:g} m/s: wait for wind.speed_m_s = {aircraft.max_wind_m_s:g}"
                f"{_stronger(wind_m_s)}"
            )
        if aircraft.kind != "multirotor" and wind_m_s >= speed_m_s:
            raise PlanError(
                f"a wind of {wind_m_s:g} m/s is as fast as the {aircraft.name} at {speed_m_s:g} m/s: fly "
                f"faster than {wind_m_s:g} m/s (survey.speed_m_s) or wait for less wind"
            )
        if speed_m_s > aircraft.max_air_m_s:
            raise PlanError(
                f"{speed_m_s:g} m/s is faster than the {aircraft.name} flies: at most "
                f"{aircraft.max_air_m_s:g} m/s through the air (survey.speed_m_s)"
            )
        towards = np.radians(from_deg + 180.0)
        return cls(
            aircraft, speed_m_s, (wind_m_s * float(np.sin(towards)), wind_m_s * float(np.cos(towards)))
        )

    @property
    def turn_radius_m(self) -> float:
        """Radius of turns that the aircraft can fly over ground whatever its course, 0 where it can stop.

        The catalogue's holds at cruise speed in still air. At the same bank it grows with the square of the
        speed over ground, which is greatest down the wind.
        """
        fastest = self.speed_m_s + float(np.hypot(*self.wind_m_s))
        return self.aircraft.turn_radius_m * (fastest / self.aircraft.cruise_m_s) ** 2

    @property
    def run_up_m(self) -> float:
        """Way needed to reach the speed from rest, or to stop; an aeroplane's to settle on a line."""
        if self.aircraft.kind == "multirotor":
            return ramp_m(self.speed_m_s, self.aircraft.accel_m_s2)
        return self.turn_radius_m

    def ground_speed(self, units: ArrayLike) -> Array:
        """Speeds over ground, m/s, along unit vectors (..., 2)."""
        units, wind = np.asarray(units, dtype=np.float64), np.array(self.wind_m_s)
        multirotor = self.aircraft.kind == "multirotor"
        airspeed = self.aircraft.max_air_m_s if multirotor else self.speed_m_s
        along = units @ wind
        across_2 = float(wind @ wind) - along**2
        fastest = np.maximum(1.0, along + np.sqrt(np.maximum(0.0, airspeed**2 - across_2)))
        return np.minimum(self.speed_m_s, fastest) if multirotor else fastest

    def along(self, points_m: Array, *, enter_m_s: float = 0.0, leave_m_s: float = 0.0) -> Effort:
        """Effort of flying through (N, 3) points.

        A multirotor slows down for turns, or stops for them, as its controller does; where a leg climbs or
        sinks faster than the aircraft can, it goes slower all along it. Aeroplanes fly on.

        Parameters
        ----------
        enter_m_s, leave_m_s
            Speeds of a multirotor at the first and the last point: rest by default, inf for full flight.
        """
        legs = np.diff(points_m, axis=0)
        flat = np.linalg.norm(legs[:, :2], axis=1)
        path_m = float(np.linalg.norm(legs, axis=1).sum())
        onward = flat > _UPRIGHT_M
        upright = self._upright(float(legs[~onward, 2].sum()))
        if not onward.any():
            return Effort(upright.seconds, upright.energy_wh, path_m)
        units, slopes = legs[onward, :2] / flat[onward, None], legs[onward, 2] / flat[onward]
        times, speeds = self._flown(flat[onward], units, slopes, enter_m_s, leave_m_s)
        joules = float(np.sum(times * self.power_w(speeds[..., None] * units, speeds * slopes)))
        return Effort(upright.seconds + float(times.sum()), upright.energy_wh + joules / 3600.0, path_m)

    def way_seconds(self, lengths_m: Array, units: Array, leaving: Array, entering: Array) -> Array:
        """Seconds (...) that a multirotor takes for level ways between lines, turns at both ends included.

        Parameters
        ----------
        lengths_m : (...)
            Of the ways.
        units, leaving, entering : (..., 2)
            Directions of the ways, of the lines before, and of the lines after them.
        """
        accel = self.aircraft.accel_m_s2
        before, speeds, after = (self.ground_speed(way) for way in (leaving, units, entering))
        turn_m_s = [
            corner_speeds(np.sum(a * b, axis=-1), self.aircraft.corner_radius_m, accel)
            for a, b in ((leaving, units), (units, entering))
        ]
        enter, leave = within_reach(
            lengths_m,
            np.minimum(turn_m_s[0], np.minimum(before, speeds)),
            np.minimum(turn_m_s[1], np.minimum(speeds, after)),
            accel,
        )
        way = phases(lengths_m, speeds, enter, leave, accel)
        return way.seconds + slowing_s(before, enter, accel) + regaining_s(leave, after, accel)

    def take_off(self, height_m: float) -> Effort:
        """Effort of spooling up and climbing straight up, and of a VTOL's change to its wing."""
        spool_up = Effort(_SPOOL_UP_S, _SPOOL_UP_S * self._hover_w / 3600.0)
        return spool_up + self._upright(height_m) + self._transition

    def landing(self, height_m: float) -> Effort:
        """Effort of waiting above the site, sinking straight down and touching down."""
        slow_m = min(_FLARE_M, height_m)
        seconds = _WAIT_S + slow_m / _FLARE_M_S
        last = Effort(seconds, seconds * self._hover_w / 3600.0, slow_m)
        return self._transition + self._upright(slow_m - height_m) + last

    def power_w(self, velocity_m_s: ArrayLike, climb_m_s: ArrayLike = 0.0) -> Array:
        """Power drawn at velocities (..., 2) over ground in this wind, and rates of climb (...).

        A multirotor's goes linearly in the airspeed from hovering to cruise; beyond, the drag's share of it
        grows with the cube. An aeroplane flies at its own speed through the air, whatever the ground does.
        """
        climb = np.asarray(climb_m_s, dtype=np.float64)
        if self.aircraft.kind != "multirotor":
            steep = 1.0 + _GLIDE_RATIO * climb / self.speed_m_s
            return self.aircraft.cruise_w * np.maximum(_LEAST_SHARE, steep)
        airspeed = np.linalg.norm(np.asarray(velocity_m_s) - np.array(self.wind_m_s), axis=-1)
        share = airspeed / self.aircraft.cruise_m_s
        below = self.aircraft.hover_w + (self.aircraft.cruise_w - self.aircraft.hover_w) * share
        beyond = self.aircraft.cruise_w * (1.0 - _DRAG_SHARE + _DRAG_SHARE * share**3)
        return np.where(share > 1.0, beyond, below) * (1.0 + _CLIMB_SHARE_S_M * np.maximum(0.0, climb))

    def _flown(
        self, lengths_m: Array, units: Array, slopes: Array, enter_m_s: float, leave_m_s: float
    ) -> tuple[Array, Array]:
        """Times (P, N) and mean speeds (P, N) in each of P phases of each of N legs."""
        rates = np.where(slopes > 0, self.aircraft.max_climb_m_s, self.aircraft.max_descent_m_s)
        limits = np.minimum(self.ground_speed(units), rates / np.maximum(np.abs(slopes), 1e-9))
        if self.aircraft.kind != "multirotor":
            return (lengths_m / limits)[None], limits[None]
        accel = self.aircraft.accel_m_s2
        cosines = np.sum(units[:-1] * units[1:], axis=1)
        corners = corner_speeds(cosines, self.aircraft.corner_radius_m, accel)
        flown = paced(lengths_m, limits, np.r_[enter_m_s, corners, leave_m_s], accel)
        return flown.times_s, flown.mean_m_s

    def _upright(self, rise_m: float) -> Effort:
        """Effort of rising, or sinking where negative, straight up or down."""
        rate = self.aircraft.max_climb_m_s if rise_m > 0 else -self.aircraft.max_descent_m_s
        seconds = rise_m / rate
        climbing = 1.0 + _CLIMB_SHARE_S_M * max(0.0, rate)
        return Effort(seconds, seconds * self._hover_w * climbing / 3600.0, abs(rise_m))

    @property
    def _hover_w(self) -> float:
        """Power of standing still over the ground in this wind."""
        if self.aircraft.kind != "multirotor":
            return self.aircraft.hover_w
        return max(self.aircraft.hover_w, float(self.power_w(np.zeros(2))))

    @property
    def _transition(self) -> Effort:
        seconds = _TRANSITION_S if self.aircraft.kind == "vtol" else 0.0
        return Effort(seconds, seconds * self.aircraft.hover_w / 3600.0)


def _stronger(wind_m_s: float) -> str:
    """Name the aircraft of the catalogue that stand a wind."""
    able = [entry.key for entry in aircraft().values() if entry.max_wind_m_s >= wind_m_s]
    return f", or plan with {', '.join(able)}" if able else "; no aircraft of the catalogue stands it"
