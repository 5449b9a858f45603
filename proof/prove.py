"""The stage `proof`: from the table of located photos to the proof of what was seen."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import rasterio
from rasterio import Affine
from shapely.geometry.base import BaseGeometry

from missions import Ground, Mission, StageResult, run_stage
from missions.progress import Progress, silent
from missions.records import PHOTOS, read_table
from proof.judge import CELL_M, Proof, judge
from proof.page import proof_html
from proof.seen import PhotoRow, Seen, reaches
from report import geojson_bytes


def prove(
    mission: Mission, *, workers: int | None = None, progress: Progress = silent, verify: bool = False
) -> StageResult:
    """Prove what the photos show of every plot, and list what they do not.

    A cell counts as seen when its centre lies in the footprint of at least one photo, as located by ingest:
    that is the nominal share, the summary's ``coverage``.  The cautious share counts only cells that would
    still be seen if every footprint were off to the wrong side by the standard error of its border (one
    sigma, root mean square; errors of neighbouring photos are mostly alike, so taking all at their worst is
    on the safe side). Neither takes off what trees, roofs or walls hide.

    Parameters
    ----------
    mission : Mission
        With ingest/photos.parquet; without plots the ground inside the photos' common outline is judged.
    workers : int, optional
        Processes, for more than a few hundred photos.
    progress : callable
        Called with photos done and in all.
    verify : bool
        Hash all inputs again.

    Returns
    -------
    StageResult
        Summary: ``coverage`` and ``coverage_cautious`` (the worst plot's shares), ``gaps`` and ``gaps_ha``,
        ``photos``, ``plots`` (each ``name``, ``area_ha``, ``share``, ``cautious_share``, ``gaps``,
        ``gaps_ha``, ``gsd_cm``), ``problems`` (each ``file``, ``reason``).

    Raises
    ------
    MissionError
        There is no photos table, or there are neither plots nor photos with a footprint.
    """
    photos = mission.dir("ingest") / "photos.parquet"
    return run_stage(
        mission,
        "proof",
        inputs=[photos, *mission.ground_inputs()],
        settings={
            "mission": mission.settings.mission.model_dump(),
            "terrain": mission.settings.terrain.model_dump(),
            "cell_m": CELL_M,
        },
        build=partial(_build, mission, photos, workers, progress),
        verify=verify,
    )


def _build(
    mission: Mission, photos: Path, workers: int | None, progress: Progress, work: Path
) -> dict[str, object]:
    rows: list[PhotoRow] = read_table(photos, PHOTOS).to_pylist()
    ground = mission.ground()
    proof = judge(mission, ground, rows, reaches(rows, ground, workers=workers, progress=progress))
    summary = _summary(proof)
    settings = mission.settings.mission
    write_coverage(work / "coverage.tif", proof.seen, ground)
    (work / "gaps.geojson").write_bytes(_gaps_geojson(proof, ground))
    text = json.dumps(summary, ensure_ascii=False, indent=1)
    (work / "proof.json").write_text(text + "\n", encoding="utf-8")
    page = proof_html(settings.name, settings.language, ground, proof, rows)
    (work / "proof.html").write_text(page, encoding="utf-8")
    return summary


def _summary(proof: Proof) -> dict[str, object]:
    plots: list[dict[str, object]] = [
        {
            "name": plot.name,
            "area_ha": round(plot.area_m2 / 10_000, 4),
            "share": round(plot.share, 6),
            "cautious_share": round(plot.cautious_share, 6),
            "gaps": len(plot.gaps),
            "gaps_ha": round(plot.gaps_m2 / 10_000, 6),
            "gsd_cm": None if np.isnan(plot.gsd_cm) else round(plot.gsd_cm, 3),
        }
        for plot in proof.plots
    ]
    return {
        "coverage": round(min(plot.share for plot in proof.plots), 6),
        "coverage_cautious": round(min(plot.cautious_share for plot in proof.plots), 6),
        "gaps": sum(len(plot.gaps) for plot in proof.plots),
        "gaps_ha": round(sum(plot.gaps_m2 for plot in proof.plots) / 10_000, 6),
        "photos": sum(not reach.footprint_enu.is_empty for reach in proof.reached),
        "cell_m": proof.seen.nominal.cell_m,
        "has_plots": proof.has_plots,
        "plots": plots,
        "problems": [{"file": problem.file, "reason": problem.reason} for problem in proof.problems],
    }


def write_coverage(path: Path, seen: Seen, ground: Ground) -> None:
    """Write coverage.tif: band 1 the number of photos, band 2 the finest GSD in cm (NaN where none sees)."""
    grid = seen.nominal
    rows, cols = grid.count.shape
    to_north_up = Affine(grid.cell_m, 0, grid.x0, 0, -grid.cell_m, grid.y0 + rows * grid.cell_m)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=cols,
        height=rows,
        count=2,
        dtype="float32",
        nodata=float("nan"),
        crs=ground.frame.crs.to_wkt(),
        transform=to_north_up,
        tiled=True,
        compress="deflate",
        predictor=3,
    ) as target:
        target.write(grid.count[::-1].astype(np.float32), 1)
        target.write(seen.gsd_cm[::-1], 2)
        target.set_band_description(1, "photos")
        target.set_band_description(2, "gsd_cm")


def _gaps_geojson(proof: Proof, ground: Ground) -> bytes:
    features: list[tuple[BaseGeometry, Mapping[str, object]]] = [
        (
            ground.frame.geometry_to_lonlat(gap.polygon_enu),
            {"gap": number, "plot": gap.plot, "area_m2": round(gap.area_m2, 2)},
        )
        for number, gap in enumerate((gap for plot in proof.plots for gap in plot.gaps), start=1)
    ]
    return geojson_bytes("gaps", features)
