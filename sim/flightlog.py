"""What the practice aircraft writes into its log, and how often: the estimated state, never the truth."""

import math
from collections.abc import Iterable
from pathlib import Path

from geo.frames import LocalFrame
from sim.battery import Battery
from sim.clock import Clock
from sim.firmware import Item
from sim.logcard import stamp
from sim.logwriter import LogWriter
from sim.navigation import Point
from sim.shutter import Exposure, Moment

VERSION = "ArduCopter V4.7.0-dev (practice)"
STATE_PERIOD = 2
"""Steps of 0.05 s between two ATT, POS and BAT messages: 10 Hz; GPS comes with every second of them."""
GPS_PERIOD = 4
FLUSH_PERIOD = 20
_EKF3 = 3
_FIX_3D = 3


class FlightLog:
    """The log of one flight, from arming to disarming.

    Parameters
    ----------
    path : Path
    clock : Clock
    frame : LocalFrame
        The frame of the states.
    origin, home : Point
        Where the state estimate began and where home is.
    """

    def __init__(self, path: Path, clock: Clock, frame: LocalFrame, origin: Point, home: Point) -> None:
        self.path = path
        self._clock, self._frame, self._origin, self._home = clock, frame, origin, home
        self._writer = LogWriter(path, clock.time_us)
        for kind, point in enumerate((origin, home)):
            lon, lat = self._lonlat(point.east_m, point.north_m)
            self._write("ORGN", kind, lat, lon, point.alt_amsl_m)

    def header(self, parameters: Iterable[tuple[str, float, float]], items: Iterable[Item]) -> None:
        """Write what every log begins with: version, parameters and mission."""
        self._write("VER", 3, 65535, 4, 7, 0, 0, 0, VERSION, 0, 2, 2, 0, 0)
        self.message(VERSION)
        for name, value, default in parameters:
            self._write("PARM", name, value, default)
        self.message("New mission")
        mission = list(items)
        for seq, item in enumerate(mission):
            self.item("CMD", seq, len(mission), item)

    def item(self, name: str, seq: int, total: int, item: Item) -> None:
        """Write a mission item: CMD for one that is stored, MISE for one that begins."""
        place = (item.x / 1e7, item.y / 1e7) if item.frame != 0 or item.has_place else (0.0, 0.0)
        self._write(name, total, seq, item.command, *item[2:6], *place, item.z, item.frame)

    def message(self, text: str) -> None:
        """Write what was said to the ground station."""
        self._write("MSG", text)

    def mode(self, number: int, reason: int) -> None:
        """Write a change of mode."""
        self._write("MODE", number, number, reason)

    def event(self, number: int) -> None:
        """Write an event by its number (10 armed, 11 disarmed, 18 landed, 28 flying ...)."""
        self._write("EV", number)

    def error(self, subsystem: int, code: int) -> None:
        """Write a failsafe."""
        self._write("ERR", subsystem, code)

    def armed(self, state: bool, checks: int, forced: bool, method: int) -> None:
        """Write that the motors were armed or disarmed."""
        self._write("ARM", int(state), checks, int(forced), method)

    def photo(self, exposure: Exposure) -> None:
        """Write CAM; its GPS time is that of the last fix, as on the real thing, so TimeUS tells better."""
        boot_s, estimate = exposure.moment.boot_s, exposure.moment.estimate
        week, ms = self._clock.gps_time(self._clock.gps_fix_s(boot_s))
        lon, lat = self._lonlat(estimate.east_m, estimate.north_m)
        self._writer.write(
            "CAM",
            round(boot_s * 1e6),
            0,
            exposure.number,
            ms,
            week,
            lat,
            lon,
            estimate.alt_amsl_m,
            estimate.alt_amsl_m - self._home.alt_amsl_m,
            estimate.alt_amsl_m,
            estimate.roll_deg,
            estimate.pitch_deg,
            estimate.yaw_deg,
        )

    def state(self, step: int, now: Moment, demanded_yaw_deg: float, battery: Battery) -> None:
        """Write the state, each message at its own rate."""
        if step % STATE_PERIOD:
            return
        e = now.estimate
        lon, lat = self._lonlat(e.east_m, e.north_m)
        if step % GPS_PERIOD == 0:
            self._gps(now, lon, lat)
        self._write(
            "ATT", e.roll_deg, e.roll_deg, e.pitch_deg, e.pitch_deg, demanded_yaw_deg, e.yaw_deg, _EKF3
        )
        relative = e.alt_amsl_m - self._home.alt_amsl_m
        self._write("POS", lat, lon, e.alt_amsl_m, relative, e.alt_amsl_m - self._origin.alt_amsl_m)
        b = battery
        self._write(
            "BAT",
            0,
            b.volt,
            b.volt + b.amp * b.resistance_ohm,
            b.amp,
            b.used_mah,
            b.used_wh,
            0.0,
            b.resistance_ohm,
            b.remaining_pct,
            1,
            0,
        )
        if step % FLUSH_PERIOD == 0:
            self._writer.flush()

    def close(self) -> None:
        """End the log, dated by the aircraft's clock."""
        self._writer.close()
        stamp(self.path, self._clock.unix_us(self._clock.boot_s) / 1e6)

    def _gps(self, now: Moment, lon: float, lat: float) -> None:
        e = now.estimate
        week, ms = self._clock.gps_time(now.boot_s)
        speed, course = course_of(e.east_m_s, e.north_m_s)
        self._write(
            "GPS",
            0,
            _FIX_3D,
            ms,
            week,
            17,
            0.8,
            lat,
            lon,
            e.alt_amsl_m,
            speed,
            course,
            -e.up_m_s,
            0.0,
            1,
        )
        self._write(
            "GPA", 0, 1.4, 1.0, 1.7, 0.2, 0.0, 1, self._clock.time_ms % 65536, 200, e.alt_amsl_m, 0, 0
        )

    def _write(self, name: str, *values: float | str) -> None:
        self._writer.write(name, self._clock.time_us, *values)

    def _lonlat(self, east_m: float, north_m: float) -> tuple[float, float]:
        lon, lat = self._frame.to_lonlat([[east_m, north_m]])[0]
        return float(lon), float(lat)


def course_of(east_m_s: float, north_m_s: float) -> tuple[float, float]:
    """Give ground speed and course (degrees clockwise from north)."""
    return math.hypot(east_m_s, north_m_s), math.degrees(math.atan2(east_m_s, north_m_s)) % 360.0
