"""Judge the photos against the plots."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from missions import Ground, Mission, Rejected
from missions.errors import MissionError
from proof.gaps import PlotProof, prove_plots
from proof.seen import PhotoRow, Reach, Seen, see
from report import Words

CELL_M = 0.5
"""Size of a cell where the survey is not too large for it."""

MAX_CELLS = 40_000_000
_BORDER_M = 30.0  # counted around the plots, to be shown


@dataclass(frozen=True, eq=False)
class Proof:
    """Everything that is known about what was seen.

    Attributes
    ----------
    seen : Seen
    areas : list of (name, polygon in the local frame)
        The plots, or without any the photographed ground as one area.
    plots : list of PlotProof
        One for each of the areas.
    reached : list of Reach
        One for each photo.
    has_plots : bool
    problems : list of Rejected
        Photos without a footprint, plots that could not be read.
    """

    seen: Seen
    areas: list[tuple[str, BaseGeometry]]
    plots: list[PlotProof]
    reached: list[Reach]
    has_plots: bool
    problems: list[Rejected]


def judge(mission: Mission, ground: Ground, rows: Sequence[PhotoRow], reached: list[Reach]) -> Proof:
    """Count what the photos show of every plot.

    Raises
    ------
    MissionError
        There are neither plots nor photos with a footprint.
    """
    read = mission.plots()
    problems = [*read.rejected]
    for row, reach in zip(rows, reached, strict=True):
        if reach.footprint_enu.is_empty:
            problems.append(Rejected(str(row["file"]), "its border leaves the terrain or shows the sky"))
    areas: list[tuple[str, BaseGeometry]]
    if read.items:
        areas = [(plot.name, ground.frame.geometry_to_enu(plot.polygon)) for plot in read.items]
    else:
        words = Words(mission.settings.mission.language)
        areas = [(words("photographed_area"), _outline(mission, reached))]
    bounds = shapely.total_bounds([area for _, area in areas]) + np.array([-1, -1, 1, 1]) * _BORDER_M
    west, south, east, north = (float(value) for value in bounds)
    seen = see(reached, (west, south, east, north), _cell_m((east - west) * (north - south)))
    return Proof(seen, areas, prove_plots(seen, areas), reached, bool(read.items), problems)


def _outline(mission: Mission, reached: Sequence[Reach]) -> BaseGeometry:
    """Give the ground inside the photos' common outline: what lies inside it and in no photo is a gap."""
    together = shapely.union_all([reach.footprint_enu for reach in reached])
    if together.is_empty:
        raise MissionError(
            f"{mission.root}: nothing to prove: there are no plots and no located photos; add plots.geojson "
            "(or .kml, .shp ...), or photos with positions under flights/"
        )
    parts = [part for part in shapely.get_parts(together) if isinstance(part, shapely.Polygon)]
    return shapely.union_all([shapely.Polygon(part.exterior) for part in parts])


def _cell_m(area_m2: float) -> float:
    """Double the cells until the grid is small enough."""
    cell_m = CELL_M
    while area_m2 / cell_m**2 > MAX_CELLS:
        cell_m *= 2
    return cell_m
