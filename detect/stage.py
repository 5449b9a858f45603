"""The stage `detect`: located photos in, ranked suspects with their chips out."""

import shutil
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from detect.colour import FAMILIES
from detect.finder import find
from detect.fuse import MOST_SHIFT, Suspect, fuse, read_groups
from detect.sightings import SIGHTINGS, Photo, see
from geo.frames import LocalFrame
from missions import Mission, StageResult, run_stage
from missions.engine import map_to_table
from missions.progress import Progress, silent
from missions.records import PHOTOS, SUSPECTS, TILES, read_table, write_table

_NEAR_PLOT_M = 20.0
_TILE_COLUMNS = ("x_px", "y_px", "width_px", "height_px", "gsd_cm")


def detect(
    mission: Mission, *, workers: int | None = None, progress: Progress = silent, verify: bool = False
) -> StageResult:
    """Search all located photos of a mission and rank what may be poppy.

    Reads ingest/photos.parquet, ingest/tiles.parquet and, once and in full, the photos; writes
    detect/suspects.parquet (`missions.records.SUSPECTS`) and detect/chips/.

    Parameters
    ----------
    mission : Mission
    workers : int, optional
        Processes; all processors by default. The result does not depend on it.
    progress : Progress
        Called with photos done and photos in all.
    verify : bool
        Hash the inputs again and check the stage's own files, however unchanged they look.

    Returns
    -------
    StageResult
        `photos` and `megapixels` searched, `suspects`, `problems` (photos that could not be read),
        `warnings`, and `seconds` of this call.

    Raises
    ------
    MissionError
        When the photos have not been ingested, or the mission's ground is not known.
    """
    began = time.perf_counter()
    photos_path, tiles_path = (mission.dir("ingest") / name for name in ("photos.parquet", "tiles.parquet"))
    photos = read_table(photos_path, PHOTOS)
    files = [mission.root / name for name in photos.column("file").to_pylist()]

    def build(work: Path) -> dict[str, Any]:
        return _build(mission, work, photos, read_table(tiles_path, TILES), workers, progress)

    result = run_stage(
        mission,
        "detect",
        inputs=[photos_path, tiles_path, *mission.ground_inputs(), *files],
        settings=mission.settings.detect.model_dump(),
        build=build,
        verify=verify,
    )
    seconds = round(time.perf_counter() - began, 2)
    return StageResult({**result.summary, "seconds": seconds}, result.skipped)


def _build(
    mission: Mission, work: Path, photos: pa.Table, tiles: pa.Table, workers: int | None, progress: Progress
) -> dict[str, Any]:
    settings = mission.settings.detect
    ground = mission.ground()
    cuts = work / "cuts"
    cuts.mkdir(exist_ok=True)
    # Compiled here once, the workers find it in the cache instead of all compiling the same.
    find(np.zeros((64, 64, 3), np.uint8), 1.5)
    sightings = map_to_table(
        partial(
            see,
            root=mission.root,
            ground_state=tuple(_state(path) for path in mission.ground_inputs()),
            gsd_cm=settings.gsd_cm,
            chip_log_odds=_log_odds(settings.min_score) - MOST_SHIFT,
            chips=cuts,
        ),
        _photos(photos, tiles),
        schema=SIGHTINGS,
        work=work,
        workers=workers,
        progress=progress,
    )
    suspects = fuse(read_groups(sightings), _footprints(photos, ground.frame))
    suspects = [suspect for suspect in suspects if suspect.score >= settings.min_score]
    _keep_chips(suspects, cuts, work / "chips")
    write_table(work / "suspects.parquet", _table(suspects, photos, mission, ground.frame))
    return _summary(photos, sightings, suspects, ground.warnings)


def _photos(photos: pa.Table, tiles: pa.Table) -> list[Photo]:
    """Give every photo its tiles."""
    of: dict[str, list[int]] = {}
    for number, photo in enumerate(tiles.column("photo").to_pylist()):
        of.setdefault(photo, []).append(number)
    windows = np.stack([tiles.column(name).to_numpy() for name in _TILE_COLUMNS], axis=1).astype(np.float64)
    rows = photos.drop_columns(["geometry"]).to_pylist()
    return [Photo(number, row, windows[of.get(row["photo"], [])]) for number, row in enumerate(rows)]


def _footprints(photos: pa.Table, frame: LocalFrame) -> list[shapely.Geometry]:
    lonlat = shapely.from_wkb(photos.column("geometry").to_numpy(zero_copy_only=False))
    return [frame.geometry_to_enu(geometry) for geometry in lonlat]


def _state(path: Path) -> tuple[str, int, int]:
    """Name, size and time of a file; of one that is not there, its name."""
    if not path.exists():
        return path.as_posix(), 0, 0
    state = path.stat()
    return path.as_posix(), state.st_size, state.st_mtime_ns


def _log_odds(score: float) -> float:
    score = min(max(score, 1e-6), 1.0 - 1e-6)
    return float(np.log(score / (1.0 - score)))


def _keep_chips(suspects: Sequence[Suspect], cuts: Path, chips: Path) -> None:
    """Put the chip of each suspect's best sighting in its place, by rank, and drop the others."""
    shutil.rmtree(chips, ignore_errors=True)
    chips.mkdir()
    for rank, suspect in enumerate(suspects, start=1):
        shutil.copyfile(cuts / suspect.groups[0].chip, chips / f"{_name(rank)}.jpg")
    shutil.rmtree(cuts)


def _name(rank: int) -> str:
    return f"T{rank:05d}"  # GDAL takes T0001 in a GeoJSON for a time of day


def _table(suspects: Sequence[Suspect], photos: pa.Table, mission: Mission, frame: LocalFrame) -> pa.Table:
    names = photos.column("photo").to_pylist()
    enu = np.array([suspect.enu_alt_m[:2] for suspect in suspects]).reshape(-1, 2)
    plots = _plot_names(enu, mission, frame)
    rows: list[dict[str, Any]] = []
    for rank, (suspect, (lon, lat), plot) in enumerate(
        zip(suspects, frame.to_lonlat(enu), plots, strict=True), start=1
    ):
        best = suspect.groups[0]
        rows.append(
            {
                "suspect": _name(rank),
                "rank": rank,
                "lon": lon,
                "lat": lat,
                "alt_amsl_m": suspect.enu_alt_m[2],
                "se_m": suspect.se_m,
                "score": suspect.score,
                "flowers": suspect.flowers,
                "radius_m": suspect.radius_m,
                "colour": FAMILIES[suspect.family],
                "reasons": _reasons(suspect),
                "plot": plot,
                "chip": f"chips/{_name(rank)}.jpg",
                "photo": names[best.photo],
                "px": best.px[0],
                "py": best.px[1],
                "photos": [names[number] for number in suspect.photos],
                "photos_covering": suspect.covering,
            }
        )
    return pa.Table.from_pylist(rows, schema=SUSPECTS)


def _plot_names(enu: NDArray[np.float64], mission: Mission, frame: LocalFrame) -> list[str]:
    """Name the nearest plot within 20 m of each of (N, 2) places; empty where there is none."""
    plots = mission.plots().items
    names = [""] * len(enu)
    if plots and len(enu):
        outlines = [frame.geometry_to_enu(plot.polygon) for plot in plots]
        place, plot = shapely.STRtree(outlines).query_nearest(
            shapely.points(enu), max_distance=_NEAR_PLOT_M, all_matches=False
        )
        for i, j in zip(place, plot, strict=True):
            names[i] = plots[j].name
    return names


def _reasons(suspect: Suspect) -> str:
    flowers = (
        "1 flower" if suspect.flowers == 1 else f"{suspect.flowers} flowers within {suspect.radius_m:.1f} m"
    )
    seen = len(suspect.photos)
    photos = "photo that shows" if suspect.covering == 1 else "photos that show"
    return f"{flowers}; {suspect.groups[0].reasons}; seen in {seen} of {suspect.covering} {photos} the place"


def _summary(
    photos: pa.Table, sightings: pa.Table, suspects: Sequence[Suspect], warnings: Sequence[str]
) -> dict[str, Any]:
    unread = {
        row["photo"]: row["reasons"]
        for row in sightings.select(["photo", "group", "reasons"]).to_pylist()
        if row["group"] < 0
    }
    files = photos.column("file").to_pylist()
    read = np.array([number not in unread for number in range(len(files))], dtype=bool)
    pixels = photos.column("width_px").to_numpy().astype(np.int64) * photos.column("height_px").to_numpy()
    summary: dict[str, Any] = {
        "photos": int(read.sum()),
        "megapixels": round(float(pixels[read].sum()) / 1e6, 1),
        "suspects": len(suspects),
        "problems": [{"file": files[number], "reason": reason} for number, reason in sorted(unread.items())],
        "warnings": list(warnings),
    }
    if not suspects:
        summary["note"] = (
            f"no suspects: nothing in {int(read.sum())} photos looks enough like flowering poppy"
        )
    return summary
