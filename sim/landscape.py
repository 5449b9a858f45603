"""A landscape to practise on: a pure function of the mission's ground, its plots and a seed.

In go a mission and a seed; out come the rasters, parcels, textures and objects that the practice camera
draws, and, in the folder of truths, `planted.geojson` and `decoys.geojson` for the final comparison. The
landscape is kept in the folder of truths as well, so that every process that draws photos maps the same
files.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely import MultiPolygon

from geo.frames import LocalFrame
from geo.terrain import Terrain
from missions import Mission
from missions.errors import MissionError
from missions.workspace import code_version
from sim.landscape_decoys import Decoy, Things, scatter_decoys
from sim.landscape_fields import Ground, lay_out
from sim.landscape_textures import make_textures
from sim.landscape_things import build_houses, grow, shadows
from sim.planting import (
    PLANTED_FILE,
    Planted,
    objects_of,
    plants_for,
    point_feature,
    write_features,
    write_planted,
)
from sim.render_objects import KIND

DECOYS_FILE = "decoys.geojson"
CACHE_DIR = "landscape"
MARGIN_M = 130.0
"""How far the landscape reaches beyond the plots: two half photos and the room to turn. Beyond it the
parcels at its edge go on as stripes."""


@dataclass(frozen=True)
class Landscape:
    """All that the practice camera needs to draw the ground; arrays are read-only."""

    frame: LocalFrame
    origin: tuple[float, float]
    """East and north of the centre of cell (0, 0), the south-west corner."""
    cell_m: float
    parcel: npt.NDArray[np.uint16]
    shadow: npt.NDArray[np.uint8]
    low: npt.NDArray[np.float32]
    parameters: npt.NDArray[np.float64]
    names: list[str]
    """Material of every parcel."""
    objects: npt.NDArray[np.float64]
    """In the order they are drawn; see `render_objects`."""
    sun: npt.NDArray[np.float64]
    """Unit vector towards the sun, east, north, up."""
    textures: dict[str, list[npt.NDArray[np.uint8]]]
    planted: list[Planted] = field(default_factory=list[Planted])
    decoys: list[Decoy] = field(default_factory=list[Decoy])

    def material_at(self, enu_m: npt.ArrayLike) -> str:
        """Name of the material at one place (2,); "outside" beyond the landscape."""
        col, row = np.floor((np.asarray(enu_m, np.float64) - self.origin) / self.cell_m + 0.5).astype(int)
        rows, cols = self.parcel.shape
        if not (0 <= row < rows and 0 <= col < cols):
            return "outside"
        return self.names[int(self.parcel[row, col])]


def make_landscape(
    frame: LocalFrame, terrain: Terrain, plots: list[Ground], seed: int, margin_m: float = MARGIN_M
) -> Landscape:
    """Draw a landscape.

    Parameters
    ----------
    frame : LocalFrame
    terrain : Terrain
    plots : list of Ground
        At least one, on the terrain's frame.
    seed : int
    margin_m : float
        How far the landscape reaches beyond the plots.
    """
    # One independent stream per step, so that a change to one step leaves the others' draws alone.
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(8)]
    azimuth, elevation = streams[0].uniform(105, 255), streams[0].uniform(42, 66)
    sun = _towards(azimuth, elevation)
    textures = make_textures(streams[1], azimuth)
    layout = lay_out(terrain, plots, streams[2], margin_m, sun)
    things = Things([], [])
    build_houses(plots, layout, streams[3], things)
    planted = plants_for(plots, layout, streams[4])
    grow(layout, planted, streams[5], things)
    scatter_decoys(plots, planted, streams[6], things)
    objects = np.concatenate([np.stack(things.rows), objects_of(planted, streams[4])])
    objects = objects[np.argsort(objects[:, KIND], kind="stable")]
    land = Landscape(
        frame=frame,
        origin=layout.origin,
        cell_m=layout.cell_m,
        parcel=layout.parcel,
        shadow=shadows(layout, objects, sun, streams[7]),
        low=layout.low,
        parameters=layout.palette.table(),
        names=layout.palette.names,
        objects=objects,
        sun=sun,
        textures=textures,
        planted=planted,
        decoys=things.decoys,
    )
    rasters = (land.parcel, land.shadow, land.low, land.parameters, land.objects)
    for array in (*rasters, *chain.from_iterable(textures.values())):
        array.flags.writeable = False
    return land


def plant(mission: Mission, truth: Path, seed: int) -> list[Planted]:
    """Draw the mission's landscape with its poppies and decoys, and write the truth.

    Parameters
    ----------
    mission : Mission
    truth : Path
        Folder of truths, outside the mission; `planted.geojson`, `decoys.geojson` and the landscape's cache
        are written into it.
    seed : int
        Draws the landscape, the plants and the decoys.

    Returns
    -------
    list of Planted

    Raises
    ------
    MissionError
        When the mission has no plots, or none of them lies on its terrain.
    """
    ground = mission.ground()
    plots = plots_of(mission, ground.frame)
    if not plots:
        raise MissionError(
            f"{mission.root}: the practice landscape is drawn around plots, and there are none"
        )
    land = make_landscape(ground.frame, ground.terrain, plots, seed)
    truth.mkdir(parents=True, exist_ok=True)
    write_planted(truth / PLANTED_FILE, land.planted, ground.frame, ground.terrain)
    write_features(
        truth / DECOYS_FILE,
        [
            point_feature(
                one.place, ground.frame, ground.terrain, kind=one.kind, radius_m=round(one.radius_m, 2)
            )
            for one in land.decoys
        ],
    )
    _save(land, truth / CACHE_DIR, _fingerprint(ground.terrain, plots, seed))
    return land.planted


def landscape_for(mission: Mission, truth: Path, seed: int) -> Landscape:
    """Map the landscape from the folder of truths; draw and plant it first where it is not there yet."""
    ground = mission.ground()
    wanted = _fingerprint(ground.terrain, plots_of(mission, ground.frame), seed)
    cache = truth / CACHE_DIR
    if not _is_cached(cache, wanted):
        plant(mission, truth, seed)
    return load_landscape(cache)


def load_landscape(cache: Path) -> Landscape:
    """Map a landscape that `plant` kept.

    Its lists of poppies and decoys are empty: they are in the truth files.

    Raises
    ------
    MissionError
        When there is none in the folder.
    """
    try:
        about: dict[str, Any] = json.loads((cache / "about.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MissionError(f"{cache}: no practice landscape there; `sim.plant` draws one") from error
    mapped = {
        name: _mapped(cache / f"{name}.npy") for name in ("parcel", "shadow", "low", "parameters", "objects")
    }
    textures = {
        name: [_mapped(cache / f"{name}-{level}.npy") for level in range(count)]
        for name, count in about["textures"].items()
    }
    return Landscape(
        frame=LocalFrame(*about["frame"]),
        origin=(about["origin"][0], about["origin"][1]),
        cell_m=about["cell_m"],
        names=about["names"],
        sun=np.array(about["sun"]),
        textures=textures,
        parcel=mapped["parcel"],
        shadow=mapped["shadow"],
        low=mapped["low"],
        parameters=mapped["parameters"],
        objects=mapped["objects"],
    )


def plots_of(mission: Mission, frame: LocalFrame) -> list[Ground]:
    """Give the mission's plots on the local frame, one entry for every polygon."""
    grounds: list[Ground] = []
    for plot in mission.plots().items:
        geometry = frame.geometry_to_enu(plot.polygon)
        parts = geometry.geoms if isinstance(geometry, MultiPolygon) else [geometry]
        courtyard = "courtyard" in f"{plot.properties.get('kind', '')} {plot.name}".lower()
        grounds += [Ground(plot.name, part, courtyard) for part in parts]
    return grounds


def _towards(azimuth_deg: float, elevation_deg: float) -> npt.NDArray[np.float64]:
    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    return np.array(
        [np.sin(azimuth) * np.cos(elevation), np.cos(azimuth) * np.cos(elevation), np.sin(elevation)]
    )


def _fingerprint(terrain: Terrain, plots: list[Ground], seed: int) -> str:
    digest = hashlib.sha256(f"{code_version()} {seed} {terrain.level_amsl_m} {MARGIN_M}".encode())
    if terrain.grid is not None:
        digest.update(np.ascontiguousarray(terrain.grid.z).tobytes())
        digest.update(repr(terrain.grid[1:]).encode())
    for plot in plots:
        digest.update(plot.name.encode() + bytes([plot.courtyard]) + shapely.to_wkb(plot.polygon))
    return digest.hexdigest()


def _is_cached(cache: Path, fingerprint: str) -> bool:
    try:
        return json.loads((cache / "about.json").read_text(encoding="utf-8"))["fingerprint"] == fingerprint
    except FileNotFoundError:
        return False


def _save(land: Landscape, cache: Path, fingerprint: str) -> None:
    """Write the cache whole: into a folder beside it, then renamed."""
    work = cache.with_name(f".{cache.name}.part")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name in ("parcel", "shadow", "low", "parameters", "objects"):
        np.save(work / f"{name}.npy", np.ascontiguousarray(getattr(land, name)))
    for name, levels in land.textures.items():
        for level, texture in enumerate(levels):
            np.save(work / f"{name}-{level}.npy", texture)
    about = {
        "fingerprint": fingerprint,
        "frame": [land.frame.lon_deg, land.frame.lat_deg],
        "origin": land.origin,
        "cell_m": land.cell_m,
        "names": land.names,
        "sun": land.sun.tolist(),
        "textures": {name: len(levels) for name, levels in land.textures.items()},
    }
    (work / "about.json").write_text(json.dumps(about), encoding="utf-8")
    shutil.rmtree(cache, ignore_errors=True)
    work.rename(cache)


def _mapped(path: Path) -> npt.NDArray[Any]:
    return np.asarray(np.load(path, mmap_mode="r"))
