"""Which take-off sites are worth using, and which of them serves each plot."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SiteRules:
    """What it costs to use a site, and how many may be used.

    Attributes
    ----------
    setup_s
        From arriving to the first take-off.
    drive_m_s
        Speed between sites over the straight distance.
    most
        How many sites may be used; None for as many as pay.
    """

    setup_s: float = 0.0
    drive_m_s: float = np.inf
    most: int | None = None

    def opening_s(self, places_m: Array) -> Array:
        """Seconds (N,) that each of (N, 2) sites costs: driving from its nearest neighbour, setting up."""
        if len(places_m) == 1:
            return np.array([self.setup_s])
        apart = np.linalg.norm(places_m[:, None] - places_m[None], axis=2)
        np.fill_diagonal(apart, np.inf)
        return self.setup_s + apart.min(axis=1) / self.drive_m_s


def serving_s(load_s: Array, way_s: Array, endurance_s: float, overhead_s: float) -> Array:
    """Estimate what serving each plot from each site takes.

    A sortie spends the way out and home before any work is done; a plot pays for the share of a sortie that
    its own work fills (the continuous approximation of Daganzo, Logistics Systems Analysis, chapter 4).

    Parameters
    ----------
    load_s : (N,)
        Work over each plot.
    way_s : (N, M)
        From each site to each plot; infinite where there is no way.
    endurance_s : float
        What one battery gives.
    overhead_s : float
        Take-off, landing and the swap of the battery.

    Returns
    -------
    (N, M) seconds; infinite where the battery does not last there and back.
    """
    round_trip = 2.0 * way_s + overhead_s
    left = endurance_s - round_trip
    within = left > 0
    share = np.divide(load_s[:, None], left, out=np.zeros(left.shape), where=within)
    return np.where(within, load_s[:, None] + share * np.where(within, round_trip, 0.0), np.inf)


def choose_sites(cost_s: Array, opening_s: Array, most: int | None) -> list[int]:
    """Choose the sites for which opening them and serving all plots takes least time.

    First as many plots as possible are served, then time counts. Sites are added, dropped and exchanged as
    long as that helps (Kuehn and Hamburger's heuristic for the warehouse location problem).

    Parameters
    ----------
    cost_s : (N, M)
        What serving each plot from each site takes; infinite where it is out of reach.
    opening_s : (M,)
    most : int or None
        How many sites may be chosen.
    """
    sites = range(cost_s.shape[1])
    limit = len(sites) if most is None else min(most, len(sites))

    def rank(chosen: frozenset[int]) -> tuple[int, float]:
        best = cost_s[:, sorted(chosen)].min(axis=1)
        reached = np.isfinite(best)
        return int(np.sum(~reached)), float(best[reached].sum() + opening_s[sorted(chosen)].sum())

    chosen = min((frozenset({site}) for site in sites), key=rank)
    while True:
        others = [site for site in sites if site not in chosen]
        moves = [chosen - {old} | {new} for old in sorted(chosen) for new in others]
        if len(chosen) < limit:
            moves += [chosen | {new} for new in others]
        if len(chosen) > 1:
            moves += [chosen - {old} for old in sorted(chosen)]
        better = min(moves, key=rank, default=chosen)
        if rank(better) >= rank(chosen):
            return sorted(chosen)
        chosen = better
