"""The camera trigger of the autopilot, and the truth of each exposure.

As on ArduPilot the next photo is due when the aircraft is the trigger distance away from where the last was
taken, in a straight line and as it estimates its position; looked at 50 times a second.
"""

import math
from datetime import timedelta
from typing import NamedTuple

from geo.frames import LocalFrame
from sim.aircraft import AircraftState, between
from sim.clock import Clock
from sim.errors import FlightErrors

CHECK_PERIOD_S = 0.02


class Moment(NamedTuple):
    """A time since boot, the true state and the estimated one."""

    boot_s: float
    truth: AircraftState
    estimate: AircraftState


class Exposure(NamedTuple):
    """A photo as the autopilot records it: the moment of its trigger, and its number."""

    moment: Moment
    number: int


class _Pending(NamedTuple):
    boot_s: float
    number: int
    fix: AircraftState


class Shutter:
    """Decides when to take a photo, and keeps the true pose of each.

    Parameters
    ----------
    clock : Clock
    frame : LocalFrame
        The frame of the states.
    """

    def __init__(self, clock: Clock, frame: LocalFrame) -> None:
        self.distance_m = 0.0
        self.count = 0
        self.rows: list[dict[str, object]] = []
        """The table of triggers so far, as `sim.triggers` describes it."""
        self._clock, self._frame = clock, frame
        self._last: AircraftState | None = None
        self._last_s = -math.inf
        self._pending: list[_Pending] = []

    def update(
        self, before: Moment, now: Moment, errors: FlightErrors, least_interval_s: float
    ) -> Exposure | None:
        """Look whether a photo fell due between two moments, and finish those that were exposed since."""
        self._expose(before, now, errors)
        if self.distance_m <= 0:
            self._last = None
            return None
        if self._last is None:
            self._last = before.estimate
        gone = [_level(self._last, moment.estimate) for moment in (before, now)]
        if gone[1] < self.distance_m or now.boot_s - self._last_s < least_interval_s:
            return None
        step_s = now.boot_s - before.boot_s
        due_s = step_s * max(0.0, self.distance_m - gone[0]) / max(1e-9, gone[1] - gone[0])
        share = min(1.0, math.ceil(due_s / CHECK_PERIOD_S) * CHECK_PERIOD_S / step_s)
        moment = Moment(
            before.boot_s + share * step_s,
            between(before.truth, now.truth, share),
            between(before.estimate, now.estimate, share),
        )
        return self.take(moment, errors)

    def take(self, moment: Moment, errors: FlightErrors) -> Exposure:
        """Take a photo at this moment."""
        self.count += 1
        self._last, self._last_s = moment.estimate, moment.boot_s
        self._pending.append(_Pending(moment.boot_s + errors.shutter_delay_s(), self.count, moment.estimate))
        return Exposure(moment, self.count)

    def _expose(self, before: Moment, now: Moment, errors: FlightErrors) -> None:
        """Note the true pose of photos whose exposure lies between two moments."""
        while self._pending and self._pending[0].boot_s <= now.boot_s:
            due = self._pending.pop(0)
            share = (due.boot_s - before.boot_s) / (now.boot_s - before.boot_s)
            truth = between(before.truth, now.truth, max(0.0, share))
            self.rows.append(self._row(due, truth, errors.camera_clock_s))

    def _row(self, due: _Pending, truth: AircraftState, camera_clock_s: float) -> dict[str, object]:
        since_fix_s = due.boot_s - self._clock.gps_fix_s(due.boot_s)
        fix = (
            due.fix
        )  # the geotag is the last fix before the exposure, where the aircraft then believed it was
        east, north = fix.east_m - fix.east_m_s * since_fix_s, fix.north_m - fix.north_m_s * since_fix_s
        lonlat = self._frame.to_lonlat([[truth.east_m, truth.north_m], [east, north]])
        camera_clock = self._clock.utc(due.boot_s) + timedelta(seconds=camera_clock_s)
        return {
            "index": due.number,
            "time_utc": self._clock.utc(due.boot_s),
            "lon": float(lonlat[0, 0]),
            "lat": float(lonlat[0, 1]),
            "alt_amsl_m": truth.alt_amsl_m,
            "yaw_deg": truth.yaw_deg,
            "pitch_deg": truth.pitch_deg,
            "roll_deg": truth.roll_deg,
            "exif_lon": round(float(lonlat[1, 0]), 7),
            "exif_lat": round(float(lonlat[1, 1]), 7),
            "exif_alt_m": round(fix.alt_amsl_m, 2),
            "exif_time": f"{camera_clock:%Y:%m:%d %H:%M:%S}.{camera_clock.microsecond // 1000:03d}",
            "file": f"DSC{due.number:05d}.JPG",
        }


def _level(a: AircraftState, b: AircraftState) -> float:
    return math.hypot(b.east_m - a.east_m, b.north_m - a.north_m)
