"""Which plots to fly first when the days do not suffice for all: most expected finds for each minute."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_AHEAD = 15
"""So many neighbours of a plot are looked at together with it: the way to a village pays for all of them."""


def rank_plots(worth: Array, minutes: Array, way_min: Array, between_min: Array) -> tuple[list[int], Array]:
    """Rank plots by what they add to the expected finds for each minute that they add to the flights.

    A greedy choice by ratio with marginal costs, as for the orienteering problem (Golden, Levy and Vohra
    1987): a plot costs its own minutes, and the way to it from the site or from the nearest plot ranked
    before, whichever is shorter. A plot is taken together with those of its neighbours that make the ratio of
    them all the best.

    Parameters
    ----------
    worth : (N,)
        Expected finds, or any weight in proportion to them.
    minutes : (N,)
        What each plot takes, its share of the ways out and home included.
    way_min : (N,)
        Detour that a plot takes where nothing is flown near it.
    between_min : (N, N)
        Ways between plots.

    Returns
    -------
    order, marginal_min
        Plots, the best first, and the minutes (N,) that each adds to those before it.
    """
    count = len(worth)
    near = np.argsort(between_min, axis=1, kind="stable")
    entry = way_min.copy()
    marginal = np.zeros(count)
    left = np.ones(count, dtype=bool)
    order: list[int] = []
    while left.any():
        group = _best_group(worth, minutes, entry, between_min, near, left)
        for plot in group:
            marginal[plot] = minutes[plot] + entry[plot]
            left[plot] = False
            entry = np.minimum(entry, between_min[plot])
        order += group
    return order, marginal


def _best_group(
    worth: Array,
    minutes: Array,
    entry: Array,
    between: Array,
    near: NDArray[np.intp],
    left: NDArray[np.bool_],
) -> list[int]:
    """The plot, with the first few of its neighbours, that promises most for each minute."""
    best, group = -np.inf, [int(np.argmax(left))]
    for plot in np.flatnonzero(left).tolist():
        row = near[plot]
        others = row[left[row] & (row != plot)][:_AHEAD]
        members = np.concatenate(([plot], others))
        hops = np.concatenate(([entry[plot]], np.minimum(between[plot, others], entry[others])))
        ratio = np.cumsum(worth[members]) / np.maximum(np.cumsum(minutes[members] + hops), 1e-9)
        last = int(np.argmax(ratio))
        if ratio[last] > best:
            best, group = float(ratio[last]), members[: last + 1].tolist()
    return group
