"""The stage `export`: suspects leave the mission folder, each with its place, its error and its picture."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import shapely

from geo.kml import write_kmz
from missions import Mission, StageResult, run_stage
from missions.errors import ExportError
from missions.records import SUSPECTS, read_table
from report import csv_bytes, geojson_bytes
from verify.kmz import suspects_kmz
from verify.layers import read_layers

SuspectRow = Mapping[str, object]

_CSV_COLUMNS = (
    "suspect", "rank", "lon_wgs84", "lat_wgs84", "alt_amsl_m", "se_m", "score", "flowers", "radius_m",
    "colour", "reasons", "plot", "photo", "px", "py", "photos", "photos_covering",
)  # fmt: skip
_DECIMALS = {"lon": 8, "lat": 8, "alt_amsl_m": 2, "se_m": 2, "score": 4, "radius_m": 2, "px": 1, "py": 1}


def export(mission: Mission, *, verify: bool = False) -> StageResult:
    """Write the suspects for Google Earth, for GIS and for spreadsheets.

    Parameters
    ----------
    mission : Mission
        With detect/suspects.parquet and its chips; coverage and gaps are added when proof/ is there.
    verify : bool
        Hash all inputs again.

    Returns
    -------
    StageResult
        Summary: ``suspects`` (how many), ``files`` (paths below the mission folder), ``kmz`` (the first of
        them), ``problems`` (each ``file``, ``reason``).

    Raises
    ------
    ExportError
        A suspect has no standard error, no place or no chip: it must not leave the folder like that.
    MissionError
        There is no table of suspects.
    """
    detect, proof = mission.dir("detect"), mission.dir("proof")
    suspects = detect / "suspects.parquet"
    return run_stage(
        mission,
        "export",
        inputs=[
            suspects,
            *(detect / "chips").glob("*"),
            proof / "coverage.tif",
            proof / "gaps.geojson",
            *mission.plot_inputs(),
        ],
        settings={"mission": mission.settings.mission.model_dump()},
        build=partial(_build, mission, suspects),
        verify=verify,
    )


def _build(mission: Mission, suspects: Path, work: Path) -> dict[str, object]:
    rows = [_checked(row, suspects) for row in read_table(suspects, SUSPECTS).to_pylist()]
    layers = read_layers(mission)
    document, files = suspects_kmz(mission.settings.mission, rows, mission.plots().items, layers)
    for row in rows:
        files[f"files/{row['suspect']}.jpg"] = _chip(mission.dir("detect"), row)
    write_kmz(work / "suspects.kmz", document, files)
    (work / "suspects.geojson").write_bytes(_geojson(rows))
    (work / "suspects.csv").write_bytes(_csv(rows))
    return {
        "suspects": len(rows),
        "files": [f"export/suspects.{ending}" for ending in ("kmz", "geojson", "csv")],
        "kmz": "export/suspects.kmz",
        "problems": layers.problems,
    }


def _checked(row: SuspectRow, path: Path) -> SuspectRow:
    """Let a suspect pass that says where it is and how surely, its numbers rounded to what they are worth."""
    name = row["suspect"]
    for column in ("se_m", "lon", "lat"):
        value = row[column]
        if not isinstance(value, float) or not math.isfinite(value):
            raise ExportError(
                f"{path}: suspect {name} has no {column} ({value}); without its place and standard error it "
                "is not exported: run `tianmu detect` again"
            )
    return {key: _rounded(key, value) for key, value in row.items()}


def _rounded(key: str, value: object) -> object:
    if isinstance(value, float):
        return round(value, _DECIMALS[key]) if math.isfinite(value) else None
    return value


def _chip(detect: Path, row: SuspectRow) -> Path:
    chip = detect / str(row["chip"])
    if not row["chip"] or not chip.is_file():
        raise ExportError(
            f"{chip}: the chip of suspect {row['suspect']} is missing; run `tianmu detect` again"
        )
    return chip


def _geojson(rows: Sequence[SuspectRow]) -> bytes:
    return geojson_bytes(
        "suspects",
        [
            (
                shapely.Point(_number(row, "lon"), _number(row, "lat")),
                {**_without_chip(row), "datum": "WGS 84"},
            )
            for row in rows
        ],
    )


def _without_chip(row: SuspectRow) -> dict[str, object]:
    """Leave out the one column that points into the mission folder."""
    return {key: value for key, value in row.items() if key != "chip"}


def _csv(rows: Sequence[SuspectRow]) -> bytes:
    return csv_bytes(
        _CSV_COLUMNS, [[_cell(row[name.removesuffix("_wgs84")]) for name in _CSV_COLUMNS] for row in rows]
    )


def _cell(value: object) -> object:
    return ";".join(str(item) for item in value) if isinstance(value, list) else value


def _number(row: SuspectRow, name: str) -> float:
    return float(str(row[name]))
