"""One photo: its possible flowers on the ground, in groups, with a chip for each group worth one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detect.chips import cut_chip
from detect.colour import FAMILIES
from detect.finder import FINEST_GSD_CM, Candidates, find, join
from detect.groups import group_flowers, group_log_odds
from geo.imagery import decode_jpeg
from geo.view import View, horizontal_error_m
from missions import Ground, Mission
from missions.errors import GeoError
from missions.records import photo_view
from missions.workspace import atomic_write

SIGHTINGS = pa.schema(
    [
        ("photo", pa.int32()),  # row of the photos table
        (
            "group",
            pa.int32(),
        ),  # number within the photo; -1: the photo could not be read, and reasons say why
        ("east_m", pa.float64()),
        ("north_m", pa.float64()),
        ("alt_amsl_m", pa.float64()),
        ("px", pa.float64()),
        ("py", pa.float64()),
        ("score", pa.float64()),
        ("family", pa.int32()),
        ("reasons", pa.string()),
        ("log_odds", pa.float64()),  # of the group
        ("se_m", pa.float64()),  # of the place on the ground, all causes
        ("se_shared_m", pa.float64()),  # the part that all photos of a flight have in common
        ("chip", pa.string()),  # file name, empty where the group has none
    ]
)
"""One row per possible flower in one photo."""

_MIN_FLOWER_SCORE = 0.05
_MOST_FLOWERS = 3_000
"""Per photo, the best ones: a meadow of white flowers must not fill the memory."""

_GSD_STEP = 1.5


@dataclass(frozen=True)
class Photo:
    """What a worker needs to know of one photo: its row of PHOTOS, and its tiles (K, 5).

    The columns of `tiles` are left, top, width and height in pixels and the GSD in cm.
    """

    number: int
    row: Mapping[str, object]
    tiles: NDArray[np.float64]


def see(
    photo: Photo,
    *,
    root: Path,
    ground_state: tuple[object, ...],
    gsd_cm: float | None,
    chip_log_odds: float,
    chips: Path,
) -> pa.Table:
    """Search one photo.

    Parameters
    ----------
    photo : Photo
    root : Path
        The mission folder.
    ground_state : tuple
        Something that changes when the mission's ground does.
    gsd_cm : float, optional
        GSD to search at, where the photo is finer.
    chip_log_odds : float
        Groups of at least these log odds get a chip.
    chips : Path
        Folder for them.

    Returns
    -------
    pa.Table
        With the columns of SIGHTINGS; one row of group -1 when the photo cannot be read.
    """
    path = root / str(photo.row["file"])
    try:
        image = decode_jpeg(path)
    except GeoError as error:
        return _unread(photo, str(error).removeprefix(f"{path}: "))  # the report names the file itself
    expected = (int(str(photo.row["height_px"])), int(str(photo.row["width_px"])))
    if image.shape[:2] != expected:
        return _unread(
            photo,
            f"{image.shape[1]} x {image.shape[0]} px, but {expected[1]} x {expected[0]} px when located",
        )
    flowers = _search(image, photo.tiles, gsd_cm)
    ground = _ground(root, ground_state)
    view = photo_view(photo.row, ground.frame, ground.terrain)
    places = view.ground_points(np.stack([flowers.px, flowers.py], axis=1))
    on_ground = ~np.isnan(places).any(axis=1)
    flowers, places = flowers.take(np.flatnonzero(on_ground)), places[on_ground]
    family = np.array([FAMILIES.index(name) for name in flowers.colour], dtype=np.int64)
    group = group_flowers(places[:, :2], flowers.score, family)
    log_odds = np.empty(len(group))
    files = [""] * len(group)
    for number in range(int(group.max(initial=-1)) + 1):
        members = np.flatnonzero(group == number)
        log_odds[members] = group_log_odds(flowers.score[members], family[members])
        if log_odds[members[0]] >= chip_log_odds:
            name = f"{photo.number:06d}-{number:04d}.jpg"
            atomic_write(chips / name, _chip(image, flowers, members, view))
            for member in members:
                files[member] = name
    se, shared = _errors(view, flowers, photo.row, ground)
    return pa.table(
        {
            "photo": np.full(len(group), photo.number),
            "group": group,
            "east_m": places[:, 0],
            "north_m": places[:, 1],
            "alt_amsl_m": places[:, 2],
            "px": flowers.px,
            "py": flowers.py,
            "score": flowers.score,
            "family": family,
            "reasons": list(flowers.reasons),
            "log_odds": log_odds,
            "se_m": se,
            "se_shared_m": shared,
            "chip": files,
        }
    ).cast(SIGHTINGS)


def _search(image: NDArray[np.uint8], tiles: NDArray[np.float64], gsd_cm: float | None) -> Candidates:
    """Search the tiles of a photo, those of about the same GSD in one go: a nadir photo in one piece."""
    tiles = tiles[np.isfinite(tiles[:, 4])]  # a tile with sky in its middle has no scale
    middles = tiles[:, :2] + (tiles[:, 2:4] - 1.0) / 2.0
    level = np.round(np.log(tiles[:, 4] / np.median(tiles[:, 4])) / np.log(_GSD_STEP)) if len(tiles) else []
    parts: list[Candidates] = []
    for each in np.unique(level):
        same = tiles[level == each]
        left, top = same[:, :2].min(axis=0).astype(int)
        right, bottom = (same[:, :2] + same[:, 2:4]).max(axis=0).astype(int)
        found = find(
            image[top:bottom, left:right],
            float(np.median(same[:, 4])),
            search_gsd_cm=max(gsd_cm or FINEST_GSD_CM, FINEST_GSD_CM),
            min_score=_MIN_FLOWER_SCORE,
        )
        found = replace(found, px=found.px + left, py=found.py + top)
        if len(same) < len(tiles):  # tiles overlap: each place belongs to the tile whose middle is nearest
            away = [(found.px - x) ** 2 + (found.py - y) ** 2 for x, y in middles]
            found = found.take(np.flatnonzero(level[np.argmin(away, axis=0)] == each))
        parts.append(found)
    together = join(parts)
    best = np.lexsort((together.px, together.py, -together.score))[:_MOST_FLOWERS]
    return together.take(best)


def _chip(image: NDArray[np.uint8], flowers: Candidates, members: NDArray[np.int64], view: View) -> bytes:
    px, py = flowers.px[members], flowers.py[members]
    x, y = (px.min() + px.max()) / 2.0, (py.min() + py.max()) / 2.0
    radius = float(np.max(np.hypot(px - x, py - y) + flowers.radius_px[members]))
    return cut_chip(image, (float(x), float(y)), radius, float(view.gsd_cm([[x, y]])[0]))


def _errors(
    view: View, flowers: Candidates, row: Mapping[str, object], ground: Ground
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Horizontal errors (N,) of the flowers' places: of all causes, and of those that a whole flight shares.

    A GNSS bias stays for minutes, and a terrain that is too high is so for every photo: more photos do not
    average them away. Tilt, heading and the moment of exposure are taken as drawn anew for each photo.
    """
    px = np.stack([flowers.px, flowers.py], axis=1)
    xy, own_alt, tilt, yaw = (
        float(str(row[name])) for name in ("se_xy_m", "se_alt_m", "se_tilt_deg", "se_yaw_deg")
    )
    alt = float(np.hypot(own_alt, ground.se_alt_m))
    return horizontal_error_m(view, px, xy, alt, tilt, yaw), horizontal_error_m(view, px, xy, alt, 0.0, 0.0)


@lru_cache(maxsize=1)
def _ground(root: Path, state: tuple[object, ...]) -> Ground:
    """Read the ground once per worker; `state` changes when the files it is read from do."""
    return Mission(root).ground()


def _unread(photo: Photo, reason: str) -> pa.Table:
    blank = {"photo": photo.number, "group": -1, "reasons": reason, "chip": ""}
    return pa.Table.from_pylist([blank], schema=SIGHTINGS)
