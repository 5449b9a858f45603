"""The final comparison: what was reported against what was planted.

In go the exported suspects and the folder of truths; out come the finds and the false alarms, one by one. A
suspect hits a poppy plot when it lies within max(1 m, its own stated error) of one of the plot's plants. A
plot is found by the best-ranked suspect that hits it; its position error is the distance from that suspect
to the mean place of the plot's plants, because that is where a ground team would be sent for the whole
plot. Nearest-plant distances are given beside it: they are kinder to wide plots and say less about the
georeferencing.
"""

import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.frames import LocalFrame
from missions import Mission
from missions.errors import ExportError, MissionError
from sim.landscape import CACHE_DIR, DECOYS_FILE, Landscape, load_landscape
from sim.planting import PLANTED_FILE

HIT_M = 1.0
MANY = 5
"""Plots of so many plants or more must all be found."""

Array = npt.NDArray[np.float64]


def score(mission_or_suspects: Mission | Path, truth: Path) -> dict[str, Any]:
    """Compare a mission's exported suspects with what was planted.

    Parameters
    ----------
    mission_or_suspects : Mission or Path
        The mission, or a GeoJSON file of points with the properties suspect, rank, score and se_m.
    truth : Path
        The folder that `sim.plant` wrote.

    Returns
    -------
    dict
        `planted`, `found`, `planted_5plus`, `found_5plus`, `suspects`, `hits` (counts); `plots` (id,
        mission_plot, colour, stage, plants, radius_m, found, suspect, rank, error_m, nearest_plant_m, se_m
        of each planted plot); `false_alarms` (suspect, rank, score, lon, lat, on, poppy_m of each, `on`
        naming the decoy or the ground it is on); `position_error_m`, the median of error_m over found
        plots, None when nothing was found.

    Raises
    ------
    ExportError
        When the suspects cannot be read, or one lacks a property.
    MissionError
        When the truth is absent.
    """
    path = mission_or_suspects
    if isinstance(path, Mission):
        path = path.dir("export") / "suspects.geojson"
    planted = _features(truth / PLANTED_FILE, MissionError)
    decoys = _features(truth / DECOYS_FILE, MissionError)
    land = load_landscape(truth / CACHE_DIR)
    frame = land.frame
    suspects = _read_suspects(path, frame)
    plots = [
        _Plot.of(feature, planted, frame) for feature in planted if feature["properties"]["kind"] == "plot"
    ]
    struck = [_struck(one, plots) for one in suspects]

    table = [
        _row(plot, [one for one, hit in zip(suspects, struck, strict=True) if hit is plot]) for plot in plots
    ]
    many = [row for row in table if row["plants"] >= MANY]
    errors = [row["error_m"] for row in table if row["found"]]
    return {
        "planted": len(table),
        "found": sum(row["found"] for row in table),
        "planted_5plus": len(many),
        "found_5plus": sum(row["found"] for row in many),
        "suspects": len(suspects),
        "hits": sum(hit is not None for hit in struck),
        "plots": table,
        "false_alarms": [
            _alarm(one, plots, decoys, land) for one, hit in zip(suspects, struck, strict=True) if hit is None
        ],
        "position_error_m": round(statistics.median(errors), 3) if errors else None,
    }


@dataclass(frozen=True, eq=False)
class _Plot:
    properties: dict[str, Any]
    centre: Array
    plants: Array

    @classmethod
    def of(cls, plot: dict[str, Any], planted: list[dict[str, Any]], frame: LocalFrame) -> "_Plot":
        own = plot["properties"]["id"]
        plants = [
            feature["geometry"]["coordinates"]
            for feature in planted
            if feature["properties"]["kind"] == "plant" and feature["properties"]["id"] == own
        ]
        centre = frame.to_enu(np.array([plot["geometry"]["coordinates"]]))[0]
        return cls(plot["properties"], centre, frame.to_enu(np.array(plants)))

    def nearest_plant_m(self, place: Array) -> float:
        return float(np.hypot(*(self.plants - place).T).min())


@dataclass(frozen=True, eq=False)
class _Suspect:
    name: str
    rank: int
    score: float
    se_m: float
    lonlat: tuple[float, float]
    place: Array


def _read_suspects(path: Path, frame: LocalFrame) -> list[_Suspect]:
    suspects: list[_Suspect] = []
    for number, feature in enumerate(_features(path, ExportError), start=1):
        try:
            lon, lat = (float(value) for value in feature["geometry"]["coordinates"][:2])
            about = feature["properties"]
            place = frame.to_enu(np.array([[lon, lat]]))[0]
            numbers = int(about["rank"]), float(about["score"]), float(about["se_m"])
            suspects.append(_Suspect(str(about["suspect"]), *numbers, (lon, lat), place))
        except (KeyError, TypeError, ValueError) as error:
            raise ExportError(
                f"{path}: feature {number}: expected a point with suspect, rank, score and se_m, "
                f"got {feature}"
            ) from error
    return sorted(suspects, key=lambda one: (one.rank, one.name))


def _features(path: Path, problem: type[ExportError] | type[MissionError]) -> list[dict[str, Any]]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))["features"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise problem(f"{path}: expected a GeoJSON FeatureCollection: {error}") from error


def _struck(suspect: _Suspect, plots: list[_Plot]) -> _Plot | None:
    """Give the plot that a suspect hits: the one with the nearest plant, if that is near enough."""
    if not plots:
        return None
    nearest = min(plots, key=lambda plot: plot.nearest_plant_m(suspect.place))
    return nearest if nearest.nearest_plant_m(suspect.place) <= max(HIT_M, suspect.se_m) else None


def _row(plot: _Plot, hits: list[_Suspect]) -> dict[str, Any]:
    best = hits[0] if hits else None
    row = {
        key: plot.properties[key] for key in ("id", "mission_plot", "colour", "stage", "plants", "radius_m")
    }
    row |= {"found": best is not None, "suspect": None, "rank": None, "error_m": None}
    row |= {"nearest_plant_m": None, "se_m": None}
    if best is not None:
        row |= {
            "suspect": best.name,
            "rank": best.rank,
            "error_m": round(float(np.hypot(*(best.place - plot.centre))), 3),
            "nearest_plant_m": round(plot.nearest_plant_m(best.place), 3),
            "se_m": best.se_m,
        }
    return row


def _alarm(
    suspect: _Suspect, plots: list[_Plot], decoys: list[dict[str, Any]], land: Landscape
) -> dict[str, Any]:
    poppy_m = min((plot.nearest_plant_m(suspect.place) for plot in plots), default=None)
    return {
        "suspect": suspect.name,
        "rank": suspect.rank,
        "score": suspect.score,
        "lon": suspect.lonlat[0],
        "lat": suspect.lonlat[1],
        "on": _decoy_at(suspect, decoys, land.frame) or land.material_at(suspect.place),
        "poppy_m": None if poppy_m is None else round(poppy_m, 2),
    }


def _decoy_at(suspect: _Suspect, decoys: list[dict[str, Any]], frame: LocalFrame) -> str | None:
    """Name the decoy a suspect is on, allowing for the suspect's own error; None when it is on none."""
    if not decoys:
        return None
    places = frame.to_enu(np.array([feature["geometry"]["coordinates"] for feature in decoys]))
    radii = np.array([feature["properties"]["radius_m"] for feature in decoys])
    beyond = np.hypot(*(places - suspect.place).T) - radii
    nearest = int(np.argmin(beyond))
    return decoys[nearest]["properties"]["kind"] if beyond[nearest] <= max(HIT_M, suspect.se_m) else None
