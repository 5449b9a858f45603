"""The stage: everything under flights/ in, photos.parquet, tiles.parquet, ground.json and report.json out."""

import functools
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from geo.camera import Camera
from geo.frames import LocalFrame
from geo.pose import Pose
from geo.view import View, horizontal_error_m
from ingest.cameras import camera_of
from ingest.check import check_yaw
from ingest.locate import Fix, locate
from ingest.logs import Flight, read_flight
from ingest.logs.reading import LOG_SUFFIXES
from ingest.photos import FACTS, PHOTO_SUFFIXES, find_files, look_at_run, make_runs, photos_of
from ingest.tiles import window_ground, windows
from missions import Ground, Mission, StageResult, run_stage
from missions.engine import map_to_table
from missions.errors import MissionError, TianmuError
from missions.progress import Progress, silent
from missions.records import PHOTOS, TILES, write_table
from missions.workspace import atomic_write

_LEVEL_GROUND_ERROR_M = 5.0
"""Standard error of "the ground under the photos is as high as the place of take-off"."""


def ingest(
    mission: Mission, *, workers: int | None = None, progress: Progress = silent, verify: bool = False
) -> StageResult:
    """Locate the photos of a mission and cut them into tiles.

    Parameters
    ----------
    workers : int, optional
        Processes that look at photos; as many as there are processors by default.
    verify : bool
        Hash every input again, however unchanged it looks.

    Returns
    -------
    StageResult
        Summary: `photos` found, `located`, `rejected` and `problems` (each `file` and `reason`), `warnings`,
        `logs` (each `file`, `clock`, `events`, `notes`), `gsd_cm` (median, None without photos), `tiles`, and
        `sources` (how many photos each source located).

    Raises
    ------
    TianmuError
        Nothing tells where or how high the ground is, or the mission's own inputs cannot be used. Bad
        photos and logs are set aside with their reason instead.
    """
    flights = mission.dir("flights")
    files = find_files(flights, PHOTO_SUFFIXES)
    logs = find_files(flights, LOG_SUFFIXES)
    inputs = [
        mission.root / "mission.toml",
        mission.terrain_path,
        *mission.plot_inputs(),
        *(flights / name for name in (*files, *logs)),
    ]
    build = functools.partial(_build, mission, files, logs, workers=workers, progress=progress)
    return run_stage(mission, "ingest", inputs=inputs, settings={}, build=build, verify=verify)


def _build(
    mission: Mission,
    files: list[str],
    logs: list[str],
    work: Path,
    *,
    workers: int | None,
    progress: Progress,
) -> dict[str, Any]:
    flights = mission.dir("flights")
    by_flight, log_entries, problems = _read_logs(flights, logs)
    unmatched = {_flight_of(file) for file in files} - {
        name for name, group in by_flight.items() if any(len(log.events) for log in group)
    }
    runs = make_runs(files)
    look = functools.partial(look_at_run, flights=flights, match=frozenset(unmatched))

    def told(done: int, total: int) -> None:
        progress(min(len(files), done * len(files) // max(total, 1)), len(files))

    facts = map_to_table(look, runs, schema=FACTS, work=work, workers=workers, progress=told, shard_size=8)
    photos, rejected = photos_of(facts)
    settings = mission.settings
    found = locate(photos, by_flight, settings.camera, settings.errors)
    rejected += found.rejected
    fixes, cameras, without = _with_cameras(found.fixes, mission)
    rejected += without

    rows: list[dict[str, Any]] = []
    tiles: list[pa.Table] = []
    findings: list[dict[str, object]] = []
    warnings: list[str] = []
    if fixes:
        ground = _ground(mission, fixes, work)
        fixes, findings, doubts = _checked(fixes, cameras, ground, files)
        warnings += [*ground.warnings, *(f"{file}: {doubt}" for file, doubt in doubts)]
        rows, tiles, beyond = _project(fixes, cameras, ground)
        rejected += beyond
    elif files:
        problems.append(("flights", "no photo could be located; the reasons stand under rejected"))
    for photo in photos:
        problems += [(photo.file, note) for note in photo.metadata.notes]
    write_table(work / "photos.parquet", pa.Table.from_pylist(rows, schema=PHOTOS))
    numbered = pa.concat_tables([TILES.empty_table(), *tiles])
    numbered = numbered.set_column(0, TILES.field("tile"), pa.array(np.arange(len(numbered)), pa.int32()))
    write_table(work / "tiles.parquet", numbered)

    rejected.sort()
    summary: dict[str, Any] = {
        "photos": len(files),
        "located": len(rows),
        "rejected": [{"file": f"flights/{file}", "reason": reason} for file, reason in rejected],
        "problems": [{"file": file, "reason": reason} for file, reason in problems],
        "warnings": warnings,
        "logs": log_entries,
        "gsd_cm": round(float(np.median([row["gsd_cm"] for row in rows])), 3) if rows else None,
        "tiles": len(numbered),
        "sources": _counts([row["pose_source"] for row in rows]),
    }
    report = summary | {
        "matches": found.matches,
        "yaw_check": findings,
        "residuals": [
            {"photo": fix.photo.file, "residual_s": round(fix.residual_s, 3)}
            for fix in fixes
            if fix.residual_s is not None
        ],
    }
    atomic_write(work / "report.json", (json.dumps(report, indent=1, ensure_ascii=False) + "\n").encode())
    return summary


def _read_logs(
    flights: Path, names: list[str]
) -> tuple[dict[str, list[Flight]], list[dict[str, Any]], list[tuple[str, str]]]:
    """Read all logs, by flight folder: first those with camera events, and the autopilot's own."""
    by_flight: dict[str, list[Flight]] = {}
    entries: list[dict[str, Any]] = []
    problems: list[tuple[str, str]] = []
    for name in names:
        try:
            log = read_flight(flights / name)
        except TianmuError as error:
            problems.append((f"flights/{name}", str(error).replace(f"{flights}/", "")))
            continue
        by_flight.setdefault(_flight_of(name), []).append(log)
        entries.append({"file": f"flights/{name}", "clock": log.clock, "events": len(log.events)})
        problems += [(f"flights/{name}", note) for note in log.notes]
    for group in by_flight.values():
        group.sort(key=lambda log: (not len(log.events), log.clock != "gps", log.path.name))
    return by_flight, entries, problems


def _flight_of(file: str) -> str:
    return file.split("/")[0] if "/" in file else ""


def _with_cameras(
    fixes: Sequence[Fix], mission: Mission
) -> tuple[list[Fix], dict[str, tuple[Camera, str]], list[tuple[str, str]]]:
    named = mission.camera_model() if mission.settings.camera.model is not None else None
    kept: list[Fix] = []
    cameras: dict[str, tuple[Camera, str]] = {}
    rejected: list[tuple[str, str]] = []
    for fix in fixes:
        meta = fix.photo.metadata
        camera = camera_of(meta, named)
        if camera is None:
            rejected.append(
                (
                    fix.photo.file,
                    f"photo of an unknown camera ({meta.make} {meta.model}, {meta.width_px} x "
                    f"{meta.height_px} px): name one of this size under [camera] model in mission.toml",
                )
            )
            continue
        kept.append(fix)
        cameras[fix.photo.file] = camera
    return kept, cameras, rejected


class _MissionToBe(Mission):
    """The mission as it will be when this stage is done: what ingest derives is read from the work folder."""

    def __init__(self, root: Path, work: Path) -> None:
        super().__init__(root)
        self._work = work

    def dir(self, stage: str) -> Path:
        return self._work if stage == "ingest" else super().dir(stage)


def _ground(mission: Mission, fixes: Sequence[Fix], work: Path) -> Ground:
    """Write ground.json where mission.toml, plots and terrain leave something open; then make the ground."""
    if not mission.plots().items or not mission.terrain_path.exists():
        derived = _derived_ground(fixes)
        level_known = mission.terrain_path.exists() or mission.settings.terrain.flat_alt_amsl_m is not None
        if not level_known and "flat_alt_amsl_m" not in derived:
            raise MissionError(
                f"{mission.terrain_path}: there is no terrain, and the photos do not tell how high above "
                "ground they were; put a raster of ground heights there, or set flat_alt_amsl_m in [terrain]"
            )
        atomic_write(work / "ground.json", (json.dumps(derived, indent=1) + "\n").encode())
    return _MissionToBe(mission.root, work).ground()


def _derived_ground(fixes: Sequence[Fix]) -> dict[str, Any]:
    lon = [fix.lon for fix in fixes]
    lat = [fix.lat for fix in fixes]
    derived: dict[str, Any] = {"lon": (min(lon) + max(lon)) / 2, "lat": (min(lat) + max(lat)) / 2}
    levels = [fix.alt_amsl_m - fix.height_m for fix in fixes if fix.height_m is not None]
    if levels:
        spread = float(np.std(levels))
        derived["flat_alt_amsl_m"] = round(float(np.median(levels)), 2)
        derived["se_alt_m"] = round(float(np.hypot(_LEVEL_GROUND_ERROR_M, spread)), 2)
        derived["source"] = f"height above sea level less height above ground of {len(levels)} photos"
    return derived


def _checked(
    fixes: list[Fix], cameras: dict[str, tuple[Camera, str]], ground: Ground, files: list[str]
) -> tuple[list[Fix], list[dict[str, object]], list[tuple[str, str]]]:
    if all(fix.photo.shift is None for fix in fixes):
        return fixes, [], []
    following = dict(pairwise(files))
    views = {fix.photo.file: _view(fix, cameras, ground) for fix in fixes}
    checked = check_yaw(fixes, views, following)
    return checked.fixes, checked.findings, [(f"flights/{file}", why) for file, why in checked.problems]


def _view(fix: Fix, cameras: dict[str, tuple[Camera, str]], ground: Ground) -> View:
    east, north = ground.frame.to_enu(np.array([[fix.lon, fix.lat]]))[0]
    pose = Pose(float(east), float(north), fix.alt_amsl_m, fix.yaw_deg, fix.pitch_deg, fix.roll_deg)
    return View(cameras[fix.photo.file][0], pose, ground.terrain, ground.frame)


def _project(
    fixes: Sequence[Fix], cameras: dict[str, tuple[Camera, str]], ground: Ground
) -> tuple[list[dict[str, Any]], list[pa.Table], list[tuple[str, str]]]:
    """Lay photos on the ground: rows of PHOTOS, tables of TILES, and photos that see beyond the ground."""
    rows: list[dict[str, Any]] = []
    tiles: list[pa.Table] = []
    rejected: list[tuple[str, str]] = []
    for fix in fixes:
        camera, name = cameras[fix.photo.file]
        view = _view(fix, cameras, ground)
        outline = view.footprint()
        if outline.is_empty:
            rejected.append((fix.photo.file, _why_no_ground(view, fix)))
            continue
        centre = np.array([[(camera.width_px - 1) / 2, (camera.height_px - 1) / 2]])
        gsd = float(view.gsd_cm(centre)[0])
        height_error = float(np.hypot(fix.se_alt_m, ground.se_alt_m))
        error = horizontal_error_m(view, centre, fix.se_xy_m, height_error, fix.se_tilt_deg, fix.se_yaw_deg)
        rows.append(_row(fix, camera, name, ground.frame, outline, gsd, float(error[0])))
        tiles.append(_tiles(rows[-1], view))
    return rows, tiles, rejected


def _why_no_ground(view: View, fix: Fix) -> str:
    below = view.terrain.height_at([[view.pose.east_m, view.pose.north_m]])[0]
    if np.isnan(below):
        return "the photo was taken outside terrain.tif: use a terrain that reaches further"
    if fix.alt_amsl_m <= below:
        return (
            f"the photo's height of {fix.alt_amsl_m:.0f} m above sea level lies below the ground there "
            f"({below:.0f} m): do the datums of photo and terrain agree?"
        )
    return "part of the photo shows no ground: it looks past the horizon or beyond the edge of terrain.tif"


def _row(
    fix: Fix,
    camera: Camera,
    name: str,
    frame: LocalFrame,
    outline: shapely.Polygon,
    gsd_cm: float,
    se_m: float,
) -> dict[str, Any]:
    file = fix.photo.file
    stamp = None if fix.time_s is None else datetime.fromtimestamp(round(fix.time_s, 6), UTC)
    intrinsics = ("fx_px", "fy_px", "cx_px", "cy_px", "k1", "k2", "p1", "p2", "k3")
    place = ("lon", "lat", "alt_amsl_m", "yaw_deg", "pitch_deg", "roll_deg")
    errors = ("se_xy_m", "se_alt_m", "se_tilt_deg", "se_yaw_deg")
    return {
        "photo": file.rpartition(".")[0],
        "file": f"flights/{file}",
        "flight": fix.photo.flight,
        "time_utc": stamp,
        **{key: getattr(fix, key) for key in place},
        "width_px": camera.width_px,
        "height_px": camera.height_px,
        **{key: getattr(camera, key) for key in intrinsics},
        "camera": name,
        "pose_source": fix.source,
        **{key: getattr(fix, key) for key in errors},
        "gsd_cm": gsd_cm,
        "se_m": se_m,
        "sharpness": fix.photo.sharpness,
        "geometry": shapely.to_wkb(frame.geometry_to_lonlat(outline)),
    }


def _tiles(row: dict[str, Any], view: View) -> pa.Table:
    boxes = windows(row["width_px"], row["height_px"], row["gsd_cm"])
    lonlat, gsd_cm = window_ground(view, boxes)
    count = len(boxes)
    columns: list[Any] = [np.zeros(count), [row["photo"]] * count, [row["file"]] * count]
    columns += [*boxes.T, lonlat[:, 0], lonlat[:, 1], gsd_cm]
    arrays = [pa.array(c, f.type) for c, f in zip(columns, TILES, strict=True)]
    return pa.Table.from_arrays(arrays, schema=TILES)


def _counts(words: Sequence[str]) -> dict[str, int]:
    return {word: words.count(word) for word in sorted(set(words))}
