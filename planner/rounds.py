"""The order in which plots are visited from one site, over many batteries."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.routes import order_stops

Array = NDArray[np.float64]
Order = NDArray[np.intp]

_NEIGHBOURS = 8
_LONGEST_MOVED = 3
_PASSES = 20
_CHUNKS = 8
"""A plot is taken in pieces of one in so many of a battery, so that a large one may fill several flights."""


def order_plots(
    way_s: Array, between_s: Array, load_s: Array, endurance_s: float, overhead_s: float
) -> Order:
    """Order plots so that the flights cut from the sequence take little time.

    One round through all plots is found first and then improved by moving runs of plots and turning stretches
    round, each time with the best cut into flights reckoned again: route first, cluster second (Beasley 1983;
    Prins 2004), so that plots move between flights where that saves time.

    Parameters
    ----------
    way_s : (N,)
        From the site to each plot.
    between_s : (N, N)
    load_s : (N,)
        What the work over a plot takes from a battery, in seconds of flight.
    endurance_s, overhead_s : float
        What one battery gives; take-off, landing and the swap.

    Returns
    -------
    (N,) numbers of the plots.
    """
    count = len(way_s)
    far = 1e3 * endurance_s  # no way: so dear that it is never chosen freely
    way, between = np.minimum(way_s, far), np.minimum(between_s, far)
    cost = np.zeros((count + 2, count + 2))
    cost[1:-1, 1:-1] = between
    cost[0, 1:-1] = cost[1:-1, -1] = way
    order = np.array(order_stops(cost, start=0, end=count + 1), dtype=np.intp) - 1
    if count < 3:
        return order
    near = np.argsort(between + np.diag(np.full(count, np.inf)), axis=1, kind="stable")[:, :_NEIGHBOURS]
    return _improved(order, near, way, between, load_s, endurance_s, overhead_s)


@njit(cache=True)
def _improved(
    order: Order,
    near: Order,
    way: Array,
    between: Array,
    load: Array,
    endurance: float,
    overhead: float,
) -> Order:
    best = _split_cost(order, way, between, load, endurance, overhead)
    for _ in range(_PASSES):
        before = best
        for plot in range(len(order)):
            for other in near[plot]:
                for kind in range(2 + 2 * _LONGEST_MOVED):
                    changed = _moved(order, plot, other, kind)
                    cost = _split_cost(changed, way, between, load, endurance, overhead)
                    if cost < best - 1e-6:
                        order, best = changed, cost
        if best > before - 1e-6:
            break
    return order


@njit(cache=True)
def _moved(order: Order, plot: int, other: int, kind: int) -> Order:
    """Bring a plot beside another: kinds 0 and 1 turn a stretch round, the others move a run of plots."""
    i = np.argmax(order == plot)
    j = np.argmax(order == other)
    if kind < 2:
        low, high = min(i, j), max(i, j)
        first, last = (low + 1, high) if kind == 0 else (low, high - 1)
        turned = order.copy()
        turned[first : last + 1] = order[first : last + 1][::-1]
        return turned
    length = kind // 2
    end = min(i + length, len(order))
    if i <= j < end:
        return order
    rest = np.concatenate((order[:i], order[end:]))
    run = order[i:end]
    place = np.argmax(rest == other)
    if kind % 2 == 0:
        place += 1
    return np.concatenate((rest[:place], run, rest[place:]))


@njit(cache=True)
def _split_cost(
    order: Order, way: Array, between: Array, load: Array, endurance: float, overhead: float
) -> float:
    """Seconds of the flights into which an order of plots is best cut."""
    pieces = np.maximum(1, np.ceil(load * _CHUNKS / endurance).astype(np.intp))
    total = 0
    for plot in order:
        total += pieces[plot]
    plots = np.empty(total, np.intp)
    at = 0
    for plot in order:
        plots[at : at + pieces[plot]] = plot
        at += pieces[plot]

    best = np.full(total + 1, np.inf)
    best[0] = 0.0
    for stop in range(1, total + 1):
        last = plots[stop - 1]
        inner = 0.0
        for start in range(stop - 1, -1, -1):
            plot = plots[start]
            inner += load[plot] / pieces[plot]
            if start < stop - 1:
                inner += between[plot, plots[start + 1]]
            whole = overhead + way[plot] + inner + way[last]
            # One piece always counts as possible: the exact cut sets aside what is not.
            if whole > endurance and start < stop - 1:
                if inner > endurance:
                    break
                continue
            best[stop] = min(best[stop], best[start] + whole)
    return best[total]
