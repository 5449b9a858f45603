"""The KMZ for Google Earth: suspects with their pictures, plots, and what was and was not seen."""

import html
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from shapely import Point

from geo.kml import Html, KmlDocument, KmlFolder
from missions import Plot
from missions.settings import MissionSettings
from report import Words
from report.coverage import GAP_COLOUR
from report.planmap import PLOT_COLOUR
from verify.layers import ProofLayers

SuspectRow = Mapping[str, object]

_DOT, _COVERAGE = "files/dot.png", "files/coverage.png"
# Warmest and largest first, so that the eye falls on the best leads.
_STYLES = (
    ("suspect-top", "#e3170a", 1.1),
    ("suspect-middle", "#ff8c1a", 0.85),
    ("suspect-low", "#ffd84d", 0.65),
)
_BALLOON = ("rank", "score", "flowers", "colour", "reasons", "position", "error", "best_photo", "in_photos")


def suspects_kmz(
    mission: MissionSettings, rows: Sequence[SuspectRow], plots: Sequence[Plot], layers: ProofLayers
) -> tuple[KmlDocument, dict[str, bytes | Path]]:
    """Build the document and the files it needs beside the chips.

    Parameters
    ----------
    mission : MissionSettings
        Name and language.
    rows : sequence of mappings
        Suspects in rank order; the chip of each is ``files/<suspect>.jpg``.
    plots : sequence of Plot
        Their outlines are on at first.
    layers : ProofLayers
        Coverage and gaps are off at first: they hide the ground that is to be looked at.
    """
    words = Words(mission.language)
    document = KmlDocument(words("kmz_title", mission=mission.name), f"{words('verdict')}\n{words('datum')}")
    document.style("plot", line=PLOT_COLOUR, line_width=2)
    document.style("gap", line=GAP_COLOUR, fill=GAP_COLOUR, fill_opacity=0.6)
    for key, colour, scale in _STYLES:
        document.style(key, icon=_DOT, icon_colour=colour, icon_scale=scale, label_scale=0.7)
    _add_suspects(document.folder(words("kmz_suspects"), open=True), rows, plots, words)
    outlines = document.folder(words("kmz_plots"))
    for plot in plots:
        outlines.placemark(plot.name, plot.polygon, style="plot")
    files: dict[str, bytes | Path] = {_DOT: _dot_png()}
    if layers.coverage is not None:
        coverage = document.folder(words("kmz_coverage"), visible=False)
        coverage.ground_overlay(words("kmz_coverage"), _COVERAGE, layers.coverage.bounds_lonlat)
        files[_COVERAGE] = layers.coverage.png
        gaps = document.folder(words("kmz_gaps"), visible=False)
        for number, gap in enumerate(layers.gaps, start=1):
            properties = {"plot": gap.plot, "area_m2": gap.area_m2}
            text = f"{gap.plot}: {words.area(gap.area_m2)}"
            gaps.placemark(
                words("gap", number=number), gap.polygon, style="gap", description=text, properties=properties
            )
    return document, files


def _add_suspects(folder: KmlFolder, rows: Sequence[SuspectRow], plots: Sequence[Plot], words: Words) -> None:
    """Put the suspects into a folder for each plot, in rank order."""
    names = [plot.name for plot in plots]
    others = dict.fromkeys(str(row["plot"]) for row in rows if row["plot"] not in names)
    for name in (*names, *others):
        mine = [row for row in rows if row["plot"] == name]
        if mine:
            inside = folder.folder(f"{name or words('outside_plots')} ({len(mine)})", open=True)
            for row in mine:
                _add_suspect(inside, row, len(rows), words)


def _add_suspect(folder: KmlFolder, row: SuspectRow, count: int, words: Words) -> None:
    name = str(row["suspect"])
    folder.placemark(
        name,
        Point(float(str(row["lon"])), float(str(row["lat"]))),
        style=rank_style(int(str(row["rank"])), count),
        description=_balloon(row, words),
        properties={**{key: value for key, value in row.items() if key != "chip"}, "datum": "WGS 84"},
        id=name,
    )


def rank_style(rank: int, count: int) -> str:
    """Tell a suspect's style: the best fifth (at least one), the rest of the better half, the others."""
    if rank <= max(1, math.ceil(count / 5)):
        return _STYLES[0][0]
    return _STYLES[1][0] if rank <= count / 2 else _STYLES[2][0]


def _balloon(row: SuspectRow, words: Words) -> Html:
    """Write what the balloon shows: static HTML, as some readers run nothing and know no templates."""
    photos = row["photos"] if isinstance(row["photos"], list) else []
    values = {
        "rank": row["rank"],
        "score": row["score"],
        "flowers": row["flowers"],
        "colour": row["colour"],
        "reasons": row["reasons"],
        "position": f"{row['lon']}, {row['lat']}",
        "error": words("metres", value=float(str(row["se_m"]))),
        "best_photo": row["photo"],
        "in_photos": words("of_photos", seen=len(photos), covering=row["photos_covering"]),
    }
    lines = "".join(
        f"<tr><td>{html.escape(words(key))}</td><td>{html.escape(str(values[key]))}</td></tr>"
        for key in _BALLOON
        if values[key] not in (None, "")
    )
    return Html(
        f'<p><img src="files/{row["suspect"]}.jpg" width="400"></p><table>{lines}</table>'
        f"<p><i>{html.escape(words('verdict'))}</i></p>"
    )


def _dot_png() -> bytes:
    """Draw a white dot with a dark rim; Google Earth colours it. Part of the file, so it needs no network."""
    image = np.zeros((64, 64, 4), dtype=np.uint8)
    cv2.circle(image, (32, 32), 26, (40, 40, 40, 255), -1, cv2.LINE_AA)
    cv2.circle(image, (32, 32), 21, (255, 255, 255, 255), -1, cv2.LINE_AA)
    return cv2.imencode(".png", image)[1].tobytes()
