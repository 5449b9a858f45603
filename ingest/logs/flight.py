"""What a log says about where the camera was: track, attitude and the camera's events, on one clock."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation, Slerp

from ingest.logs.reading import is_dataflash, read_log_counting
from missions.errors import LogError

Array = NDArray[np.float64]

# GPS time began on 6 January 1980 and has no leap seconds; UTC has had this many since, from the week given
# (IERS Bulletin C: 1 July 2012, 1 July 2015, 1 January 2017).
_GPS_EPOCH_S = 315_964_800
_WEEK_S = 604_800
_LEAPS = ((1695, 16), (1851, 17), (1930, 18))
_MAX_GAP_S = 3.0
"""Between samples further apart nothing is interpolated."""


@dataclass(frozen=True)
class Track:
    """Where an aircraft was and how it was turned.

    Times are seconds since 1970, UTC. `height_m` is above the ground where the log knows it, else above the
    place of take-off. Attitude is the body's: yaw true, nose up and right side down positive.
    """

    time_s: Array
    lon: Array
    lat: Array
    alt_amsl_m: Array
    height_m: Array
    attitude_time_s: Array
    yaw_deg: Array
    pitch_deg: Array
    roll_deg: Array

    def at(self, time_s: Array) -> dict[str, Array]:
        """Interpolate at (N,) times; NaN where the log has no samples near enough.

        Returns
        -------
        dict of (N,) arrays
            lon, lat, alt_amsl_m, height_m, speed_m_s, yaw_deg, pitch_deg, roll_deg, and tilting_deg_s: how
            fast pitch and roll change together.
        """
        near = _within(time_s, self.time_s)
        columns = {"lon": self.lon, "lat": self.lat, "alt_amsl_m": self.alt_amsl_m, "height_m": self.height_m}
        columns["speed_m_s"] = self._speeds()
        result: dict[str, Array] = {}
        for name, values in columns.items():
            result[name] = np.full(len(time_s), np.nan)
            if near.any():
                result[name][near] = np.interp(time_s[near], self.time_s, values)
        return result | self._attitudes(time_s)

    def _speeds(self) -> Array:
        if len(self.time_s) < 2:
            return np.zeros(len(self.time_s))
        north = np.radians(self.lat) * 6_371_000.0
        east = np.radians(self.lon) * 6_371_000.0 * np.cos(np.radians(self.lat))
        return np.hypot(np.gradient(east, self.time_s), np.gradient(north, self.time_s))

    def _tilting(self) -> Array:
        if len(self.attitude_time_s) < 2:
            return np.zeros(len(self.attitude_time_s))
        time_s = self.attitude_time_s
        return np.hypot(np.gradient(self.pitch_deg, time_s), np.gradient(self.roll_deg, time_s))

    def _attitudes(self, time_s: Array) -> dict[str, Array]:
        angles = np.full((len(time_s), 3), np.nan)
        rates = np.full(len(time_s), np.nan)
        near = _within(time_s, self.attitude_time_s)
        if near.any():
            samples = np.column_stack([self.yaw_deg, self.pitch_deg, self.roll_deg])
            slerp = Slerp(self.attitude_time_s, Rotation.from_euler("ZYX", samples, degrees=True))
            inside = np.clip(time_s[near], self.attitude_time_s[0], self.attitude_time_s[-1])
            angles[near] = slerp(inside).as_euler("ZYX", degrees=True)
            rates[near] = np.interp(inside, self.attitude_time_s, self._tilting())
        yaw, pitch, roll = angles.T
        return {"yaw_deg": yaw % 360, "pitch_deg": pitch, "roll_deg": roll, "tilting_deg_s": rates}


@dataclass(frozen=True)
class Events:
    """The camera's exposures as the autopilot saw them, in order of time; all arrays of shape (N,).

    Times are seconds on the flight's clock; angles as in `Track`.
    """

    time_s: Array
    lon: Array
    lat: Array
    alt_amsl_m: Array
    height_m: Array
    yaw_deg: Array
    pitch_deg: Array
    roll_deg: Array

    def __len__(self) -> int:
        return len(self.time_s)


@dataclass(frozen=True)
class Battery:
    """What was drawn from the first battery, (N,) each; empty where the log does not tell."""

    time_s: Array
    power_w: Array


@dataclass(frozen=True)
class Flight:
    """One log, as far as photos and figures of the aircraft need it."""

    path: Path
    track: Track
    events: Events
    battery: Battery
    clock: str
    """"gps", "ground station", or "none" where the times count from the autopilot's start."""
    clock_se_s: float
    notes: tuple[str, ...]

    @property
    def has_utc(self) -> bool:
        """Whether the flight's clock shows UTC."""
        return self.clock != "none"


def read_flight(path: Path) -> Flight:
    """Read a .BIN or .tlog.

    Raises
    ------
    LogError
        The file cannot be read, or holds no GNSS position.
    """
    flight = _from_dataflash(path) if is_dataflash(path) else _from_tlog(path)
    if not len(flight.track.time_s) and not len(flight.events):
        raise LogError(f"{path}: the log holds no GNSS position: neither a track nor located camera events")
    return flight


_DATAFLASH_TYPES = ("GPS", "POS", "ATT", "CAM", "TERR", "BAT")


def _from_dataflash(path: Path) -> Flight:
    tables, lost = read_log_counting(path, _DATAFLASH_TYPES)
    offset = _gps_offset_s(tables.get("GPS"))
    clock, shift = ("none", 0.0) if offset is None else ("gps", offset)
    position = tables.get("POS")
    if position is None:
        position = _with_fix(tables.get("GPS"))
    attitude = tables.get("ATT")
    events = tables.get("CAM")
    track = Track(
        time_s=_boot_s(position) + shift,
        **_place(position, "Lng", "Lat", "Alt", ("RelHomeAlt", "RelAlt", "RAlt")),
        attitude_time_s=_boot_s(attitude) + shift,
        yaw_deg=_column(attitude, "Yaw"),
        pitch_deg=_column(attitude, "Pitch"),
        roll_deg=_column(attitude, "Roll"),
    )
    terrain = _with_terrain(tables.get("TERR"), "TerrH")
    track = _tidy(track, _boot_s(terrain) + shift, _column(terrain, "CHeight"))
    exposures = _tidy_events(
        Events(
            time_s=_boot_s(events) + shift,
            **_place(events, "Lng", "Lat", "Alt", ("RelAlt",)),
            yaw_deg=_column(events, "Yaw", "Y"),
            pitch_deg=_column(events, "Pitch", "P"),
            roll_deg=_column(events, "Roll", "R"),
        ),
        track,
    )
    cells = tables.get("BAT")
    watts = _column(cells, "Volt") * _column(cells, "Curr")
    battery = _battery(_boot_s(cells) + shift, watts, _column(cells, "Inst", "I"))
    return Flight(path, track, exposures, battery, clock, 0.1, _notes(lost, clock))


_TLOG_TYPES = ("GLOBAL_POSITION_INT", "ATTITUDE", "CAMERA_FEEDBACK", "TERRAIN_REPORT", "SYS_STATUS")


def _from_tlog(path: Path) -> Flight:
    tables, lost = read_log_counting(path, _TLOG_TYPES)
    position = _main_system(tables.get("GLOBAL_POSITION_INT"))
    attitude = _same_system(tables.get("ATTITUDE"), position)
    terrain = _with_terrain(_same_system(tables.get("TERRAIN_REPORT"), position), "terrain_height")
    events = _same_system(tables.get("CAMERA_FEEDBACK"), position)
    track = Track(
        time_s=_record_s(position),
        **_place(position, "lon", "lat", "alt", ("relative_alt",), degrees=1e-7, metres=1e-3),
        attitude_time_s=_record_s(attitude),
        yaw_deg=np.degrees(_column(attitude, "yaw")),
        pitch_deg=np.degrees(_column(attitude, "pitch")),
        roll_deg=np.degrees(_column(attitude, "roll")),
    )
    track = _tidy(track, _record_s(terrain), _column(terrain, "current_height"))
    exposures = _tidy_events(
        Events(
            time_s=_feedback_s(events),
            **_place(events, "lng", "lat", "alt_msl", ("alt_rel",), degrees=1e-7),
            yaw_deg=_column(events, "yaw"),
            pitch_deg=_column(events, "pitch"),
            roll_deg=_column(events, "roll"),
        ),
        track,
    )
    status = _same_system(tables.get("SYS_STATUS"), position)
    volts, amps = _column(status, "voltage_battery") * 1e-3, _column(status, "current_battery") * 1e-2
    battery = _battery(_record_s(status), volts * amps, np.zeros(len(volts)))
    return Flight(path, track, exposures, battery, "ground station", 0.3, _notes(lost, "ground station"))


def _battery(time_s: Array, power_w: Array, instance: Array) -> Battery:
    """Take the first battery's moments at which it gave power: current is negative where it is not known."""
    known = (power_w > 0) & (np.nan_to_num(instance) == 0)
    order = _ordered(time_s, known)
    return Battery(time_s[order], power_w[order])


def _notes(lost_bytes: int, clock: str) -> tuple[str, ...]:
    notes: list[str] = []
    if lost_bytes > 1024:  # autopilots leave part of a block unused at the end of every log
        notes.append(f"{lost_bytes} bytes of the log are damaged and were passed over")
    if clock == "none":
        notes.append("the log has no GPS time: photos can only be matched by the pattern of their intervals")
    return tuple(notes)


def _gps_offset_s(gps: pa.Table | None) -> float | None:
    """Seconds to add to the autopilot's time since start to get UTC since 1970; None without a fix."""
    fixed = _with_fix(gps)
    if fixed is None or not len(fixed):
        return None
    week, milliseconds = _column(fixed, "GWk", "Week"), _column(fixed, "GMS", "TimeMS")
    known = week > 1000
    if not known.any():
        return None
    week, milliseconds, boot = week[known], milliseconds[known], _boot_s(fixed)[known]
    leaps = next((s for first, s in reversed(_LEAPS) if week[0] >= first), 15)
    offsets = _GPS_EPOCH_S + week * _WEEK_S + milliseconds / 1000 - leaps - boot
    return float(np.median(offsets))  # each fix is logged some milliseconds late; now and then one much later


def _with_fix(gps: pa.Table | None) -> pa.Table | None:
    """Rows of the first receiver with a three-dimensional fix."""
    if gps is None or "Status" not in gps.column_names:
        return None
    chosen = _column(gps, "Status") >= 3
    if "I" in gps.column_names:
        chosen &= _column(gps, "I") == 0
    return gps.filter(pa.array(chosen))


def _boot_s(table: pa.Table | None) -> Array:
    if table is not None and "TimeUS" in table.column_names:
        return _column(table, "TimeUS") * 1e-6
    # in GPS messages of 2013 T is the autopilot's time and TimeMS the receiver's
    if table is not None and "T" in table.column_names:
        return _column(table, "T") * 1e-3
    return _column(table, "TimeMS") * 1e-3


def _record_s(table: pa.Table | None) -> Array:
    """Time of each message by the ground station's clock, freed of the link's jitter where it states its own.

    The autopilot's time since start is exact; the record clock runs alike but late by what the link took. A
    low quantile of the difference is the offset of a message that was hardly delayed.
    """
    if table is None:
        return np.empty(0)
    record = np.asarray(table["time_utc"].cast(pa.int64()).to_numpy(), dtype=np.float64) * 1e-6
    if "time_boot_ms" not in table.column_names or not len(record):
        return record
    boot = _column(table, "time_boot_ms") * 1e-3
    if np.any(np.diff(boot) < -1.0):  # the autopilot was restarted: two offsets would be needed
        return record
    return boot + float(np.quantile(record - boot, 0.05))


def _feedback_s(table: pa.Table | None) -> Array:
    """Time of each CAMERA_FEEDBACK: its own UTC where that is near the record's (it is not without a fix)."""
    record = _record_s(table)
    stated = _column(table, "time_usec") * 1e-6
    return stated if len(record) and np.all(np.abs(stated - record) < 60.0) else record


def _place(
    table: pa.Table | None,
    lon: str,
    lat: str,
    alt: str,
    height: tuple[str, ...],
    degrees: float = 1.0,
    metres: float = 1.0,
) -> dict[str, Array]:
    return {
        "lon": _column(table, lon) * degrees,
        "lat": _column(table, lat) * degrees,
        "alt_amsl_m": _column(table, alt) * metres,
        "height_m": _column(table, *height) * metres,
    }


def _column(table: pa.Table | None, *names: str) -> Array:
    """Give the first of these columns that exists; NaN where none does."""
    if table is None:
        return np.empty(0)
    for name in names:
        if name in table.column_names:
            return np.asarray(table[name].to_numpy(), dtype=np.float64)
    return np.full(len(table), np.nan)


def _main_system(table: pa.Table | None) -> pa.Table | None:
    """Rows of the vehicle that speaks most."""
    if table is None:
        return None
    systems, counts = np.unique(_column(table, "system"), return_counts=True)
    return table.filter(pa.array(_column(table, "system") == systems[np.argmax(counts)]))


def _same_system(table: pa.Table | None, other: pa.Table | None) -> pa.Table | None:
    if table is None or other is None or not len(other):
        return table
    return table.filter(pa.array(_column(table, "system") == _column(other, "system")[0]))


def _with_terrain(table: pa.Table | None, ground: str) -> pa.Table | None:
    """Rows for which the autopilot had terrain data: without, it takes the ground to be at sea level."""
    return None if table is None else table.filter(pa.array(_column(table, ground) != 0.0))


def _tidy(track: Track, terrain_time_s: Array, terrain_height_m: Array) -> Track:
    """Put samples in order of time, without doubles and places that are none; prefer heights above ground."""
    real = _real_place(track.lon, track.lat) & np.isfinite(track.time_s)
    order = _ordered(track.time_s, real)
    turned = _ordered(track.attitude_time_s, np.isfinite(track.attitude_time_s + track.yaw_deg))
    height = track.height_m[order]
    known = terrain_height_m > 0
    if known.sum() > 1:
        above = np.interp(track.time_s[order], terrain_time_s[known], terrain_height_m[known])
        height = np.where(_within(track.time_s[order], terrain_time_s[known]), above, height)
    return Track(
        time_s=track.time_s[order],
        lon=track.lon[order],
        lat=track.lat[order],
        alt_amsl_m=track.alt_amsl_m[order],
        height_m=height,
        attitude_time_s=track.attitude_time_s[turned],
        yaw_deg=track.yaw_deg[turned],
        pitch_deg=track.pitch_deg[turned],
        roll_deg=track.roll_deg[turned],
    )


def _tidy_events(events: Events, track: Track) -> Events:
    """Put events in order of time and leave out those without a place; take what they lack from the track."""
    order = _ordered(events.time_s, _real_place(events.lon, events.lat), doubles=True)
    values = {name: getattr(events, name)[order] for name in Events.__dataclass_fields__}
    from_track = track.at(values["time_s"])
    for name in ("alt_amsl_m", "height_m", "yaw_deg", "pitch_deg", "roll_deg"):
        values[name] = np.where(np.isfinite(values[name]), values[name], from_track[name])
    return Events(**values)


def _real_place(lon: Array, lat: Array) -> NDArray[np.bool_]:
    inside = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    # 0, 0 is what a receiver without a fix says
    return inside & ((np.abs(lon) > 1e-6) | (np.abs(lat) > 1e-6))


def _ordered(time_s: Array, good: NDArray[np.bool_], doubles: bool = False) -> NDArray[np.int64]:
    index = np.flatnonzero(good)
    index = index[np.argsort(time_s[index], kind="stable")]
    if doubles or not len(index):
        return index
    return index[np.concatenate([[True], np.diff(time_s[index]) > 0])]


def _within(time_s: Array, samples_s: Array) -> NDArray[np.bool_]:
    """Whether each time lies between two samples that are close enough to interpolate."""
    if len(samples_s) < 2:
        return np.zeros(len(time_s), dtype=bool)
    after = np.clip(np.searchsorted(samples_s, time_s), 1, len(samples_s) - 1)
    inside = (time_s >= samples_s[0]) & (time_s <= samples_s[-1])
    return inside & (samples_s[after] - samples_s[after - 1] <= _MAX_GAP_S)
