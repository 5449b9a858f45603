"""What no photo shows, plot by plot."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from proof.seen import Seen

SLIVER_M2 = 1.0
"""Gaps smaller than this are not listed one by one; the share counts them all the same."""


@dataclass(frozen=True, eq=False)
class Gap:
    """A connected piece of a plot that no photo shows."""

    plot: str
    polygon_enu: shapely.Polygon
    area_m2: float


@dataclass(frozen=True)
class PlotProof:
    """How much of one plot was seen.

    Attributes
    ----------
    name : str
    area_m2 : float
        Of the polygon, in the local frame.
    share, cautious_share : float
        Share of its cells that lie in a footprint, and in a cautious footprint (see `proof.seen.Reach`); a
        plot smaller than a cell counts as not seen.
    gsd_cm : float
        Median over its seen cells of the finest GSD; NaN when nothing was seen.
    gaps : list of Gap
        Largest first, without slivers.
    """

    name: str
    area_m2: float
    share: float
    cautious_share: float
    gsd_cm: float
    gaps: list[Gap]

    @property
    def gaps_m2(self) -> float:
        """Area of the listed gaps."""
        return sum(gap.area_m2 for gap in self.gaps)


def prove_plots(seen: Seen, plots: Sequence[tuple[str, BaseGeometry]]) -> list[PlotProof]:
    """Judge every (name, polygon in the local frame)."""
    return [_prove_plot(seen, name, polygon) for name, polygon in plots]


def _prove_plot(seen: Seen, name: str, polygon: BaseGeometry) -> PlotProof:
    gsd = seen.gsd_cm[seen.nominal.mask(polygon)]
    gsd = gsd[np.isfinite(gsd)]
    unseen = seen.nominal.unseen(polygon)
    gaps = [
        Gap(name, part, part.area)
        for part in shapely.get_parts(unseen)
        if isinstance(part, shapely.Polygon) and part.area >= SLIVER_M2
    ]
    gaps.sort(key=lambda gap: (-gap.area_m2, gap.polygon_enu.bounds))
    return PlotProof(
        name=name,
        area_m2=polygon.area,
        share=_share(seen.nominal.share(polygon)),
        cautious_share=_share(seen.cautious.share(polygon)),
        gsd_cm=float(np.median(gsd)) if gsd.size else float("nan"),
        gaps=gaps,
    )


def _share(share: float) -> float:
    return 0.0 if np.isnan(share) else share
