"""Flying at a height above the ground: waypoints where the terrain needs them."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geo.terrain import Terrain
from missions.errors import PlanError

Array = NDArray[np.float64]

_STEP_M = 5.0
"""Distance at which the ground along a leg is looked at; finer than the posts of most terrain models."""


@dataclass(frozen=True)
class HeightRule:
    """The height above ground to hold.

    Attributes
    ----------
    agl_m
        Wanted height above the ground below.
    tolerance_m
        By how much a leg may depart from it, up and down.
    """

    agl_m: float
    tolerance_m: float


def follow(track_m: Array, terrain: Terrain, rule: HeightRule) -> tuple[Array, NDArray[np.bool_]]:
    """Give a track its heights, with points added where the ground bends away from the straight leg.

    Every leg is within `rule.tolerance_m` of `rule.agl_m` above the ground at all places looked at, one every
    5 m: the farthest departure becomes a point until none is left (Douglas and Peucker, in the vertical).

    Parameters
    ----------
    track_m : (N, 2)
        Points of the local frame, at least two.

    Returns
    -------
    points : (M, 3)
        East, north, height AMSL.
    given : (M,)
        Which of them are points of the track.

    Raises
    ------
    PlanError
        When the track leaves the terrain.
    """
    points, given = [_at_height(track_m[:1], terrain, rule)], [np.array([True])]
    for a_m, b_m in pairwise(track_m):
        leg = _at_height(_along(a_m, b_m), terrain, rule)
        kept = _bends(leg[:, 2], rule.tolerance_m)[1:]
        points.append(leg[kept])
        given.append(kept == len(leg) - 1)
    return np.vstack(points), np.concatenate(given)


def heights_above_ground(points_m: Array, terrain: Terrain) -> Array:
    """Heights above ground, metres, shape (N,), every 5 m along the straight legs between (M, 3) points."""
    looked_at: list[Array] = []
    for a_m, b_m in pairwise(points_m):
        plan = _along(a_m[:2], b_m[:2])
        looked_at.append(np.linspace(a_m[2], b_m[2], len(plan)) - terrain.height_at(plan))
    return np.concatenate(looked_at)


def _along(a_m: Array, b_m: Array) -> Array:
    count = max(1, int(np.ceil(np.linalg.norm(b_m - a_m) / _STEP_M)))
    return a_m + np.linspace(0.0, 1.0, count + 1)[:, None] * (b_m - a_m)


def _at_height(plan_m: Array, terrain: Terrain, rule: HeightRule) -> Array:
    ground = terrain.height_at(plan_m)
    if np.isnan(ground).any():
        east, north = plan_m[np.isnan(ground)][0]
        raise PlanError(
            f"the way leaves the terrain {east:.0f} m east and {north:.0f} m north of the area's centre; "
            "give a terrain.tif that reaches farther"
        )
    return np.column_stack((plan_m, ground + rule.agl_m))


def _bends(heights_m: Array, tolerance_m: float) -> NDArray[np.intp]:
    """Indices at which a line through evenly spaced heights must bend to stay within the tolerance."""
    kept = {0, len(heights_m) - 1}
    spans = [(0, len(heights_m) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        straight = np.linspace(heights_m[first], heights_m[last], last - first + 1)
        departure = np.abs(heights_m[first : last + 1] - straight)
        worst = first + int(np.argmax(departure))
        if departure[worst - first] > tolerance_m:
            kept.add(worst)
            spans += [(first, worst), (worst, last)]
    return np.array(sorted(kept))
