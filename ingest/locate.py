"""Where every photo was taken and which way the camera looked, from the best source there is.

In order: the log's camera event that is the photo; the log's track at the photo's time; position and
gimbal angles in the photo's headers; position in the headers alone, taken as looking straight down along
the track. A photo that nothing locates is set aside with the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray

from geo.frames import LocalFrame
from geo.geoid import egm96_undulation
from geo.imagery import PhotoMetadata
from geo.pose import Pose
from ingest.logs import Flight
from ingest.match import Match, NoMatch, Shots, match_shots
from ingest.photos import Photo
from missions.settings import CameraSettings, ErrorSettings

Array = NDArray[np.float64]

GIMBAL = "EXIF and gimbal"
ASSUMED = "EXIF, straight down"
"""Names of the sources of a pose that `ingest.check` can correct."""

# DJI's RtkFlag: 34 is a float solution, 50 a fixed one; both give ellipsoidal heights (DJI SDK).
_RTK_FLOAT, _RTK_FIXED = 34, 50
_RTK_ERROR_M = {_RTK_FLOAT: 0.5, _RTK_FIXED: 0.05}
_UTC_ERROR_S = 2.0
"""How far a time that a photo states as UTC may reasonably be off the log's."""
_UNLEVEL_DEG = 8.0
"""Standard error of "straight down" for an unstabilised camera: aircraft bank that much."""
_COURSE_ERROR_DEG = 15.0
_UNKNOWN_YAW_DEG = 104.0  # standard deviation of a bearing that can be anything: 360 / sqrt(12)
_GEOD = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True)
class Fix:
    """A located photo. Angles are the survey's (see `geo.pose`), heights AMSL; errors are standard errors."""

    photo: Photo
    time_s: float | None
    lon: float
    lat: float
    alt_amsl_m: float
    height_m: float | None
    """Above the ground or the place of take-off, as the source states it."""
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    source: str
    se_xy_m: float
    se_alt_m: float
    se_tilt_deg: float
    se_yaw_deg: float
    residual_s: float | None = None


@dataclass(frozen=True)
class Locating:
    """What came of locating the photos of one mission."""

    fixes: list[Fix]
    rejected: list[tuple[str, str]]
    matches: list[dict[str, Any]]
    """For the report: one entry for each flight, camera and log that were put together or not."""


def locate(
    photos: Sequence[Photo], logs: dict[str, list[Flight]], camera: CameraSettings, errors: ErrorSettings
) -> Locating:
    """Locate photos.

    Parameters
    ----------
    photos : sequence of Photo
    logs : dict
        Readable logs by flight folder. Photos of a flight without a log of its own are held against all
        logs.
    """
    everywhere = [log for logs_of_flight in logs.values() for log in logs_of_flight]
    result = Locating([], [], [])
    for (flight, *_), group in groupby(sorted(photos, key=_group), key=_group):
        ordered = sorted(group, key=_when)
        _locate_group(ordered, logs.get(flight) or everywhere, camera, errors, result)
    result.fixes.sort(key=lambda fix: fix.photo.file)
    result.rejected.sort()
    return result


def _group(photo: Photo) -> tuple[str, str, str, int, int]:
    meta = photo.metadata
    return photo.flight, meta.make, meta.model, meta.width_px, meta.height_px


def _when(photo: Photo) -> tuple[float, str]:
    # Python's sort is stable, but files come in any order; names settle photos of one second
    return photo.camera_time_s or 0.0, photo.file


def _locate_group(
    photos: list[Photo], logs: list[Flight], camera: CameraSettings, errors: ErrorSettings, result: Locating
) -> None:
    left = photos
    whys: list[str] = []
    used: list[Flight] = []
    for log in logs:
        if any(_same_flight(log, other) for other in used):
            continue  # what the better log of this flight could not place, the other must not place elsewhere
        fixes, why = _from_events(left, log, camera, errors, result.matches)
        if why is not None:
            fixes = _from_track(left, log, camera, errors, offset_s=None)
            whys.append(f"{log.path.name}: {why}")
        if fixes:
            used.append(log)
        result.fixes.extend(fixes)
        done = {fix.photo.file for fix in fixes}
        left = [photo for photo in left if photo.file not in done]
    courses = _courses(left)
    for photo in left:
        fix = _from_headers(photo, courses.get(photo.file), camera, errors)
        if fix is None:
            result.rejected.append((photo.file, _no_position(whys, bool(logs))))
        else:
            result.fixes.append(fix)


def _same_flight(log: Flight, other: Flight) -> bool:
    a, b = log.track.time_s, other.track.time_s
    if not (log.has_utc and other.has_utc and len(a) and len(b)):
        return log.path.parent == other.path.parent
    return bool(a[0] < b[-1] and b[0] < a[-1])


def _no_position(whys: list[str], any_log: bool) -> str:
    why = "; ".join(whys) if whys else "no camera event or track at its time" if any_log else "no flight log"
    return f"photo without position: no GPS position and height in its EXIF, and no log tells ({why})"


def _from_events(
    photos: list[Photo],
    log: Flight,
    camera: CameraSettings,
    errors: ErrorSettings,
    report: list[dict[str, Any]],
) -> tuple[list[Fix], str | None]:
    """Match a log's camera events; what no event explains is taken from the track at the clock now known."""
    timed = [photo for photo in photos if photo.camera_time_s is not None]
    if not timed:
        return [], "the photos have no time"
    events = log.events
    match: Match | NoMatch = NoMatch("the log has no camera events")
    by_utc = log.has_utc and all(photo.utc_s is not None for photo in timed)
    times = np.array([p.utc_s if by_utc else p.camera_time_s for p in timed], dtype=np.float64)
    if len(events):
        frame = LocalFrame(float(events.lon[0]), float(events.lat[0]))
        step = max(photo.time_step_s for photo in timed)
        places = np.array([(p.metadata.lon, p.metadata.lat) for p in timed], dtype=np.float64)
        match = match_shots(
            Shots(times, *_enu(frame, places)),
            Shots(events.time_s, *_enu(frame, np.column_stack([events.lon, events.lat]))),
            step,
            _UTC_ERROR_S if by_utc else None,
        )
    entry: dict[str, Any] = {"log": log.path.name, "photos": len(timed), "events": len(events)}
    report.append(entry)
    if isinstance(match, NoMatch):
        entry["refused"] = match.reason
        return [], match.reason
    matched = match.event >= 0
    residuals = np.abs(match.residual_s[matched])
    entry |= {
        "matched": int(matched.sum()),
        "clock_offset_s": round(match.offset_s, 3),
        "residual_median_s": round(float(np.median(residuals)), 3),
        "residual_max_s": round(float(residuals.max()), 3),
    }
    motion = log.track.at(events.time_s)
    fixes = [
        _event_fix(photo, log, motion, int(event), float(residual), camera, errors)
        for photo, event, residual in zip(timed, match.event, match.residual_s, strict=True)
        if event >= 0 and np.isfinite(events.yaw_deg[event] + events.alt_amsl_m[event])
    ]
    done = {fix.photo.file for fix in fixes}
    others = [photo for photo in timed if photo.file not in done]
    shift = match.offset_s
    if by_utc:
        return fixes + _from_track(others, log, camera, errors, offset_s=None), None
    return fixes + _from_track(others, log, camera, errors, offset_s=shift), None


def _event_fix(
    photo: Photo,
    log: Flight,
    motion: dict[str, Array],
    event: int,
    residual_s: float,
    camera: CameraSettings,
    errors: ErrorSettings,
) -> Fix:
    sample = {name: float(values[event]) for name, values in motion.items()}
    sample |= {name: float(getattr(log.events, name)[event]) for name in log.events.__dataclass_fields__}
    time_s = sample["time_s"] if log.has_utc else None
    return _log_fix(photo, sample, errors.time_s, time_s, "log event", camera, errors, residual_s)


def _from_track(
    photos: list[Photo], log: Flight, camera: CameraSettings, errors: ErrorSettings, offset_s: float | None
) -> list[Fix]:
    """Locate photos by time alone: by the clock offset a match found, else by photos that state UTC."""
    times: list[tuple[Photo, float]] = []
    for photo in photos:
        if offset_s is not None and photo.camera_time_s is not None:
            times.append((photo, photo.camera_time_s + offset_s))
        elif log.has_utc and (utc_s := _utc_s(photo, camera)) is not None:
            times.append((photo, utc_s))
    if not times:
        return []
    samples = log.track.at(np.array([time_s for _, time_s in times]))
    late_s = float(np.hypot(errors.time_s, log.clock_se_s))
    fixes: list[Fix] = []
    for i, (photo, time_s) in enumerate(times):
        sample = {name: float(values[i]) for name, values in samples.items()}
        if np.isfinite(sample["lon"] + sample["yaw_deg"] + sample["alt_amsl_m"]):
            stamp = time_s if log.has_utc else None
            fixes.append(_log_fix(photo, sample, late_s, stamp, "log track", camera, errors, None))
    return fixes


def _utc_s(photo: Photo, camera: CameraSettings) -> float | None:
    """UTC of a photo that states it, or whose clock's error mission.toml states."""
    if camera.time_offset_s and photo.camera_time_s is not None:
        return photo.camera_time_s + camera.time_offset_s
    return photo.utc_s


def _log_fix(
    photo: Photo,
    sample: dict[str, float],
    late_s: float,
    time_s: float | None,
    source: str,
    camera: CameraSettings,
    errors: ErrorSettings,
    residual_s: float | None,
) -> Fix:
    """Make a fix from the log; the photo may have been taken `late_s` sooner or later than the sample."""
    moved_m = float(np.nan_to_num(sample["speed_m_s"])) * late_s
    tilted_deg = 0.0 if camera.gimbal else float(np.nan_to_num(sample["tilting_deg_s"])) * late_s
    pitch, roll = (0.0, 0.0) if camera.gimbal else (sample["pitch_deg"], sample["roll_deg"])
    pose = Pose.from_body(0.0, 0.0, 0.0, sample["yaw_deg"], pitch, roll, camera.mount_yaw_deg)
    return Fix(
        photo=photo,
        time_s=time_s,
        lon=sample["lon"],
        lat=sample["lat"],
        alt_amsl_m=sample["alt_amsl_m"],
        height_m=sample["height_m"] if np.isfinite(sample["height_m"]) else None,
        yaw_deg=pose.yaw_deg,
        pitch_deg=pose.pitch_deg,
        roll_deg=pose.roll_deg,
        source=source,
        se_xy_m=float(np.hypot(errors.gnss_m, moved_m)),
        se_alt_m=errors.alt_m,
        se_tilt_deg=float(np.hypot(errors.tilt_deg, tilted_deg)),
        se_yaw_deg=errors.yaw_deg,
        residual_s=residual_s,
    )


def _from_headers(
    photo: Photo, course_deg: float | None, camera: CameraSettings, errors: ErrorSettings
) -> Fix | None:
    meta = photo.metadata
    if meta.lon is None or meta.lat is None or meta.alt_m is None:
        return None
    place = _exif_place(meta, errors)
    if meta.gimbal_yaw_deg is not None and meta.gimbal_pitch_deg is not None:
        roll = meta.gimbal_roll_deg or 0.0
        pose = Pose.from_gimbal(0.0, 0.0, 0.0, meta.gimbal_yaw_deg, meta.gimbal_pitch_deg, roll)
        source, se_tilt, se_yaw = GIMBAL, errors.tilt_deg, errors.yaw_deg
    else:
        heading = meta.flight_yaw_deg if meta.flight_yaw_deg is not None else course_deg
        pose = Pose.from_body(0.0, 0.0, 0.0, heading or 0.0, 0.0, 0.0, camera.mount_yaw_deg)
        source, se_tilt = ASSUMED, errors.tilt_deg if camera.gimbal else _UNLEVEL_DEG
        se_yaw = _UNKNOWN_YAW_DEG if heading is None else _COURSE_ERROR_DEG
    return Fix(
        photo=photo,
        time_s=_utc_s(photo, camera),
        lon=meta.lon,
        lat=meta.lat,
        alt_amsl_m=place[0],
        height_m=meta.relative_alt_m,
        yaw_deg=pose.yaw_deg,
        pitch_deg=pose.pitch_deg,
        roll_deg=pose.roll_deg,
        source=source,
        se_xy_m=place[1],
        se_alt_m=place[2],
        se_tilt_deg=se_tilt,
        se_yaw_deg=se_yaw,
    )


def _exif_place(meta: PhotoMetadata, errors: ErrorSettings) -> tuple[float, float, float]:
    """Height AMSL, horizontal and vertical standard error of an EXIF position."""
    altitude = meta.alt_m or 0.0
    flag = meta.rtk_flag or 0
    if flag < _RTK_FLOAT:
        return altitude, errors.gnss_m, errors.alt_m
    default = _RTK_ERROR_M[_RTK_FIXED if flag >= _RTK_FIXED else _RTK_FLOAT]
    east, north, up = meta.rtk_std_m or (default, default, default)
    undulation = float(egm96_undulation(np.array([[meta.lon, meta.lat]], dtype=np.float64))[0])
    return altitude - undulation, float(np.hypot(east, north) / np.sqrt(2)), up


def _courses(photos: list[Photo]) -> dict[str, float]:
    """Bearing of the track at each photo that has a position: towards its nearer neighbour in time."""
    placed = [(p.file, p.metadata.lon, p.metadata.lat) for p in photos if p.metadata.lon is not None]
    courses: dict[str, float] = {}
    legs = [_GEOD.inv(a[1], a[2], b[1], b[2]) for a, b in pairwise(placed)]
    for i, (file, _, _) in enumerate(placed):
        near = [leg for leg in (legs[i - 1] if i else None, legs[i] if i < len(legs) else None) if leg]
        near = [leg for leg in near if leg[2] > 2.0]  # closer than that it is GNSS noise
        if near:
            courses[file] = float(min(near, key=lambda leg: leg[2])[0] % 360)
    return courses


def _enu(frame: LocalFrame, lonlat: Array) -> tuple[Array, Array]:
    known = np.isfinite(lonlat).all(axis=1)
    enu = np.full((len(lonlat), 2), np.nan)
    if known.any():
        enu[known] = frame.to_enu(lonlat[known])
    return enu[:, 0], enu[:, 1]
