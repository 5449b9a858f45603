"""The practice camera: photos of the landscape from where the aircraft truly was.

In go the truth of every exposure (`triggers.parquet`) and the landscape; out come JPEGs with EXIF as a Sony
would have written them, from which everything else has to be found out.
"""

import hashlib
import math
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from geo.pose import Pose
from geo.view import View
from missions import Ground, Mission
from missions.progress import Progress, silent
from missions.workspace import atomic_write
from sim.camera import Exposure, encode, expose
from sim.exif import ExifTags, with_exif
from sim.landscape import Landscape, landscape_for
from sim.landscape_textures import LEVELS, TEXEL_M
from sim.render_ground import NOWHERE, shade_ground
from sim.render_objects import EAST, LOBES, NORTH, REACH, draw_objects
from sim.triggers import read_triggers

LATTICE_PX = 16
"""Between these pixels ground coordinates are interpolated. On smooth ground that is right to 0.01 pixel
(second order in the tilt); over a crease of the terrain model of 10 % it is off by up to 0.2 pixel at the
image's edge."""


def render_photos(
    mission: Mission,
    triggers_path: Path,
    out_dir: Path,
    *,
    truth: Path,
    seed: int,
    workers: int | None = None,
    progress: Progress = silent,
) -> list[Path]:
    """Draw the photo of every exposure of a sortie.

    Parameters
    ----------
    mission : Mission
        Gives camera, terrain and plots.
    triggers_path : Path
        The sortie's table of true poses, see `sim.triggers`.
    out_dir : Path
        Where the JPEGs go; made when absent. Photos that are there already are left alone.
    truth : Path
        The folder of truths; the landscape is drawn into it where it is not there yet.
    seed : int
        Draws the landscape and every photo's exposure and noise.
    workers : int, optional
        Processes; as many as there are processors by default. The photos are the same with any number.

    Returns
    -------
    list of Path
        All photos of the sortie in the order of exposure.
    """
    rows: list[dict[str, Any]] = read_triggers(triggers_path).to_pylist()
    out_dir.mkdir(parents=True, exist_ok=True)
    paths = [out_dir / row["file"] for row in rows]
    due = [
        _Order(mission.root, truth, seed, row, path)
        for row, path in zip(rows, paths, strict=True)
        if not path.exists()
    ]
    if due:
        landscape_for(mission, truth, seed)  # once, before the workers look for it
        _render_all(due, workers or os.cpu_count() or 1, progress, len(rows))
    return paths


def render(view: View, land: Landscape) -> npt.NDArray[np.uint8]:
    """Draw what a view sees of the landscape, before lens and sensor: (H, W, 3) BGR."""
    camera = view.camera
    lattice = _lattice(view)
    gsd_m = _gsd_m(lattice)
    level = min(LEVELS - 1, max(0, math.floor(math.log2(gsd_m / TEXEL_M))))
    texels = 1 / (TEXEL_M * 2**level)
    image = np.empty((camera.height_px, camera.width_px, 3), np.uint8)
    leaf, blade, soil = (land.textures[name][level] for name in ("leaf", "blade", "soil"))
    origin = (*land.origin, land.cell_m)
    shade_ground(
        image,
        lattice,
        LATTICE_PX,
        *origin,
        land.parcel,
        land.shadow,
        land.low,
        land.parameters,
        leaf,
        blade,
        soil,
        texels,
    )
    objects, boxes = _in_view(view, land)
    lobes = np.empty((LOBES, 3))
    level_sun = land.sun[:2] / np.hypot(*land.sun[:2])
    draw_objects(
        image,
        lattice,
        LATTICE_PX,
        *origin,
        land.shadow,
        leaf,
        soil,
        texels,
        level_sun,
        gsd_m,
        objects,
        boxes,
        lobes,
    )
    return image


@dataclass(frozen=True)
class _Order:
    """One photo to draw; small, because it travels to another process."""

    mission: Path
    truth: Path
    seed: int
    row: dict[str, Any]
    path: Path


def _render_all(orders: Sequence[_Order], workers: int, progress: Progress, total: int) -> None:
    done = total - len(orders)
    progress(done, total)
    if workers == 1:
        for number, order in enumerate(orders, start=done + 1):
            _take(order)
            progress(number, total)
        return
    # Spawned, not forked: the caller may be running the practice aircraft's threads.
    context = multiprocessing.get_context("spawn")
    # One thread each: OpenCV would start as many as there are processors in every process.
    with ProcessPoolExecutor(min(workers, len(orders)), context, cv2.setNumThreads, (1,)) as pool:
        for number, _ in enumerate(pool.map(_take, orders), start=done + 1):
            progress(number, total)


def _take(order: _Order) -> None:
    mission, ground, land = _opened(order.mission, order.truth, order.seed)
    row, model = order.row, mission.camera_model()
    image = expose(
        render(view_of(mission, ground, row), land),
        Exposure.drawn(_photo_seed(order.seed, row["time_utc"], row["file"])),
    )
    clock, _, subsec = row["exif_time"].partition(".")
    tags = ExifTags(
        make=model.name.split()[0].upper(),
        model=model.exif_models[0] if model.exif_models else model.name,
        time=clock,
        subsec=subsec or "000",
        lon=row["exif_lon"],
        lat=row["exif_lat"],
        alt_m=row["exif_alt_m"],
        focal_mm=model.focal_mm,
        width_px=model.width_px,
        height_px=model.height_px,
    )
    atomic_write(order.path, with_exif(encode(image), tags))


def view_of(mission: Mission, ground: Ground, row: dict[str, Any]) -> View:
    """Pose the mission's camera as it truly was at a row of `triggers.parquet`."""
    east, north = ground.frame.to_enu(np.array([[row["lon"], row["lat"]]]))[0]
    mount = mission.settings.camera
    tilt = (0.0, 0.0) if mount.gimbal else (row["pitch_deg"], row["roll_deg"])
    pose = Pose.from_body(
        float(east), float(north), row["alt_amsl_m"], row["yaw_deg"], *tilt, mount_yaw_deg=mount.mount_yaw_deg
    )
    return View(mission.camera_model().camera(), pose, ground.terrain, ground.frame)


@lru_cache(maxsize=1)
def _opened(root: Path, truth: Path, seed: int) -> tuple[Mission, Ground, Landscape]:
    """What every photo of a sortie needs, opened once per process."""
    mission = Mission(root)
    return mission, mission.ground(), landscape_for(mission, truth, seed)


def _photo_seed(seed: int, taken: datetime, file: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {taken} {file}".encode()).digest()[:4], "little")


def _lattice(view: View) -> npt.NDArray[np.float64]:
    """East and north of every `LATTICE_PX`-th pixel, (rows, cols, 2), one node beyond the far sides.

    Where a pixel shows no ground both are `NOWHERE`: the kernels know no NaN.
    """
    cols = np.arange(0, view.camera.width_px + LATTICE_PX, LATTICE_PX)
    rows = np.arange(0, view.camera.height_px + LATTICE_PX, LATTICE_PX)
    px = np.stack(np.meshgrid(cols, rows), axis=-1).reshape(-1, 2).astype(np.float64)
    places = np.nan_to_num(view.ground_points(px)[:, :2], nan=NOWHERE)
    return np.ascontiguousarray(places.reshape(len(rows), len(cols), 2))


def _gsd_m(lattice: npt.NDArray[np.float64]) -> float:
    """Typical level ground sample of a photo: the median over its lattice."""
    right = np.diff(lattice, axis=1)[:-1]
    down = np.diff(lattice, axis=0)[:, :-1]
    area = np.abs(right[..., 0] * down[..., 1] - right[..., 1] * down[..., 0])
    return float(np.sqrt(np.median(area))) / LATTICE_PX


def _in_view(view: View, land: Landscape) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Objects that a photo shows a part of, and the box of each: first row, column, last row, column."""
    objects = land.objects
    reach = objects[:, REACH]
    corners: list[npt.NDArray[np.float64]] = []
    for step_e, step_n in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        places = objects[:, [EAST, NORTH]] + np.stack([step_e * reach, step_n * reach], axis=1)
        heights = view.terrain.height_at(places)
        corners.append(view.pixels(np.column_stack([places, heights])))
    px = np.stack(corners)
    seen = ~np.isnan(px).any(axis=(0, 2))
    objects, px = objects[seen], px[:, seen]
    size = np.array([view.camera.width_px, view.camera.height_px])
    low = np.clip(np.floor(px.min(axis=0)) - 1, 0, size).astype(np.int64)
    high = np.clip(np.ceil(px.max(axis=0)) + 2, 0, size).astype(np.int64)
    shown = np.all(high > low, axis=1)
    boxes = np.column_stack([low[shown][:, ::-1], high[shown][:, ::-1]])
    return np.ascontiguousarray(objects[shown]), np.ascontiguousarray(boxes)
