"""Find the photos of a mission and look at each once: its headers, whether it is whole, and how sharp.

Neighbours are matched with each other in the same pass, so that what the headers claim can be held against
what the pixels show, and every photo is decoded (at quarter scale) about once.
"""

import dataclasses
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa

from geo.imagery import ImageError, PhotoMetadata, decode_jpeg, read_metadata
from ingest.neighbours import Features, Shift, find_features, match_features

PHOTO_SUFFIXES = {".jpg", ".jpeg"}
_RUN = 12
"""Photos looked at in one go; the first of the next run is decoded twice, to be matched with the last."""

FACTS = pa.schema(
    [
        ("file", pa.string()),
        ("reason", pa.string()),
        ("metadata", pa.string()),
        ("sharpness", pa.float64()),
        ("shift", pa.list_(pa.float64())),
    ]
)


@dataclass(frozen=True)
class Photo:
    """A whole photo and what it says of itself."""

    file: str
    """Path below flights/."""
    metadata: PhotoMetadata
    sharpness: float
    """Variance of the Laplacian of the grey image at quarter scale."""
    shift: Shift | None
    """How the next photo in order of names shows the same ground, where both were matched."""

    @property
    def flight(self) -> str:
        """The folder directly below flights/ in which the photo lies, or ""."""
        parts = self.file.split("/")
        return parts[0] if len(parts) > 1 else ""

    @property
    def camera_time_s(self) -> float | None:
        """The camera's clock as seconds since 1970, as if it showed UTC; from EXIF, else from the name."""
        taken = self.metadata.taken_local
        return _name_time_s(self.file) if taken is None else taken.replace(tzinfo=UTC).timestamp()

    @property
    def time_step_s(self) -> float:
        """Resolution of `camera_time_s`."""
        return self.metadata.taken_step_s if self.metadata.taken_local is not None else 0.01

    @property
    def utc_s(self) -> float | None:
        """UTC in seconds since 1970, where the photo states it as such (a name with a Z, EXIF zone, GPS)."""
        meta = self.metadata
        if meta.taken_local is not None and meta.taken_utc_offset_s is not None:
            return meta.taken_local.replace(tzinfo=UTC).timestamp() - meta.taken_utc_offset_s
        if meta.taken_local is None and (named := _name_time_s(self.file)) is not None:
            return named
        return meta.gps_utc.replace(tzinfo=UTC).timestamp() if meta.gps_utc else None


@dataclass(frozen=True)
class Run:
    """Photos of one folder in order of names, looked at together."""

    files: tuple[str, ...]
    following: str | None


def find_files(flights: Path, suffixes: set[str]) -> list[str]:
    """List files below a folder by their endings: relative paths with /, in natural order of names."""
    found: list[str] = []
    for path in flights.rglob("*"):
        relative = path.relative_to(flights)
        hidden = any(part.startswith(".") or part == "__MACOSX" for part in relative.parts)
        if path.suffix.lower() in suffixes and path.is_file() and not hidden:
            found.append(relative.as_posix())
    return sorted(found, key=_natural)


def make_runs(files: Sequence[str]) -> list[Run]:
    """Cut the photos of every folder into runs."""
    runs: list[Run] = []
    for _, group in groupby(files, key=lambda file: file.rpartition("/")[0]):
        together = list(group)
        for first in range(0, len(together), _RUN):
            following = together[first + _RUN] if first + _RUN < len(together) else None
            runs.append(Run(tuple(together[first : first + _RUN]), following))
    return runs


def look_at_run(run: Run, *, flights: Path, match: frozenset[str]) -> pa.Table:
    """Look at the photos of a run; rows of FACTS, one for each.

    Parameters
    ----------
    match : frozenset of str
        Flights whose neighbouring photos are to be matched.
    """
    matching = run.files[0].split("/")[0] in match or ("" in match and "/" not in run.files[0])
    rows: list[dict[str, Any]] = []
    before: Features | None = None
    for file in run.files:
        row, features = _look_at(flights, file, matching)
        if before is not None and features is not None:
            rows[-1]["shift"] = _as_list(match_features(before, features))
        rows.append(row)
        before = features
    if matching and before is not None and run.following is not None:
        _, features = _look_at(flights, run.following, matching)
        if features is not None:
            rows[-1]["shift"] = _as_list(match_features(before, features))
    return pa.Table.from_pylist(rows, schema=FACTS)


def photos_of(facts: pa.Table) -> tuple[list[Photo], list[tuple[str, str]]]:
    """Split rows of FACTS into whole photos and (file, reason) of those set aside."""
    photos: list[Photo] = []
    rejected: list[tuple[str, str]] = []
    for row in facts.to_pylist():
        if row["reason"] is not None:
            rejected.append((row["file"], row["reason"]))
            continue
        shift = None if row["shift"] is None else Shift(*row["shift"])
        photos.append(Photo(row["file"], _metadata_from(row["metadata"]), row["sharpness"], shift))
    return photos, rejected


def _look_at(flights: Path, file: str, matching: bool) -> tuple[dict[str, Any], Features | None]:
    row: dict[str, Any] = {"file": file, "reason": None, "metadata": None, "sharpness": None, "shift": None}
    try:
        metadata = read_metadata(flights / file)
        image = decode_jpeg(flights / file, 4)
    except ImageError as error:
        return row | {"reason": str(error).replace(f"{flights}/", "")}, None
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    row["metadata"] = json.dumps(dataclasses.asdict(metadata), default=datetime.isoformat)
    row["sharpness"] = float(cv2.Laplacian(grey, cv2.CV_64F).var())
    size = (metadata.width_px, metadata.height_px)
    return row, find_features(np.asarray(grey, dtype=np.uint8), size) if matching else None


def _as_list(shift: Shift | None) -> list[float] | None:
    return None if shift is None else list(dataclasses.astuple(shift))


def _metadata_from(text: str) -> PhotoMetadata:
    values = json.loads(text)
    for name in ("taken_local", "gps_utc"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    for name in ("rtk_std_m", "dewarp", "notes"):
        values[name] = tuple(values[name]) if values[name] is not None else None
    return PhotoMetadata(**values)


def _name_time_s(file: str) -> float | None:
    """Read a name that is a UTC time, such as 2018080501004480Z: year to second, then decimals."""
    match = re.search(r"(?<!\d)(\d{14})(\d{0,6})Z(?![A-Za-z0-9])", file.rpartition("/")[2])
    if match is None:
        return None
    try:
        whole = datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return whole.timestamp() + (int(match[2]) / 10 ** len(match[2]) if match[2] else 0.0)


def _natural(file: str) -> list[tuple[int, int | str]]:
    """Order DSC9 before DSC10."""
    return [(0, int(p)) if p.isdecimal() else (1, p) for p in re.split(r"(\d+)", file)]
