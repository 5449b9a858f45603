"""Passes along a corridor: straight transects joined at gentle bends, so that nobody turns around there."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.course import Course
from planner.lines import Transect
from planner.transit import Airspace

Array = NDArray[np.float64]

_GENTLE_DEG = 25.0
"""Sharper turns of a pass are left to the runs in and out of single transects."""
_WIDEST_GAPS = 2.5
"""Longest way from one transect to the next, in trigger distances."""
_SAME_M = 0.5
_LAST_RUN_M = 3.0


def joined(legs: Sequence[Sequence[Transect]], trigger_m: float, airspace: Airspace) -> list[Transect]:
    """Join transects of successive legs where one goes on from the other.

    Photos are taken on between them, at the same distance, and the last transect is lengthened until its end
    has a photo. Where that has no room, transects stay as they are.

    Parameters
    ----------
    legs
        Transects of each leg, all in the direction in which the legs follow each other.
    """
    chains: list[list[Transect]] = []
    open_chains: list[list[Transect]] = []
    for leg in legs:
        waiting, going_on = list(leg), []
        for _, chain, transect in sorted(_fits(open_chains, waiting, trigger_m), key=lambda fit: fit[0]):
            if transect in waiting and chain not in going_on:
                waiting.remove(transect)
                chain.append(transect)
                going_on.append(chain)
        started = [[transect] for transect in waiting]
        chains += started
        open_chains = going_on + started
    return [transect for chain in chains for transect in _as_one(chain, trigger_m, airspace)]


def _fits(
    chains: Sequence[list[Transect]], waiting: Sequence[Transect], trigger_m: float
) -> list[tuple[float, list[Transect], Transect]]:
    """Distances from the ends of chains to transects that go on from them."""
    fits: list[tuple[float, list[Transect], Transect]] = []
    for chain in chains:
        for transect in waiting:
            gap_m = float(np.linalg.norm(transect.first_m - chain[-1].last_m))
            if gap_m <= _WIDEST_GAPS * trigger_m and _is_gentle(chain[-1], transect):
                fits.append((gap_m, chain, transect))
    return fits


def _is_gentle(before: Transect, after: Transect) -> bool:
    across = after.first_m - before.last_m
    length = float(np.linalg.norm(across))
    units = [before.unit, *([across / length] if length > _SAME_M else []), after.unit]
    return all(float(a @ b) >= np.cos(np.radians(_GENTLE_DEG)) for a, b in pairwise(units))


def _as_one(chain: Sequence[Transect], trigger_m: float, airspace: Airspace) -> Sequence[Transect]:
    """One bent transect, or the straight ones where it has no room."""
    if len(chain) == 1:
        return chain
    corners = _corners(chain)
    length = shapely.LineString(corners).length
    lacking = float(np.ceil(length / trigger_m - 1e-6) * trigger_m - length)
    last = chain[-1]
    corners[-1] = corners[-1] + lacking * last.unit
    room_m = last.run_last_m - lacking
    if room_m < _LAST_RUN_M or not airspace.is_free([shapely.LineString(corners)])[0]:
        return chain
    return [Transect.along(Course(corners, trigger_m), chain[0].run_first_m, room_m)]


def _corners(chain: Sequence[Transect]) -> Array:
    ends = np.array([end for transect in chain for end in (transect.first_m, transect.last_m)])
    steps = np.linalg.norm(np.diff(ends, axis=0), axis=1)
    return ends[np.concatenate(([True], steps > _SAME_M))]
