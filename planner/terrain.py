"""Flying at a height above the ground: waypoints where the terrain needs them."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from geo.terrain import Terrain
from missions.errors import PlanError
from planner.profile import Profile, profile
from planner.tube import eased, fewest_bends, taut

Array = NDArray[np.float64]

_ROOM_M = 0.05
"""Kept free at the edges of what is allowed: for centimetres lost by rounding, and the ground's bulge between
the places looked at."""
_SAME_PLACE_M = 1e-6


@dataclass(frozen=True)
class Grade:
    """The steepest that an aircraft flies, metres of height a metre of way, both positive.

    Attributes
    ----------
    slows
        Whether it slows down where the way is steeper all the same, as a multirotor's controller does; an
        aeroplane cannot.
    """

    climb: float = np.inf
    sink: float = np.inf
    slows: bool = True


@dataclass(frozen=True)
class HeightRule:
    """The height above ground to hold.

    Attributes
    ----------
    agl_m
        Wanted height above the ground below; a way begins and ends at it.
    tolerance_m
        By how much a leg may depart from it, up and down.
    floor_m, ceiling_m
        What it must keep to all the same.
    """

    agl_m: float
    tolerance_m: float
    floor_m: float = -np.inf
    ceiling_m: float = np.inf
    grade: Grade = Grade()

    @property
    def lowest_m(self) -> float:
        """Least height above ground along a leg."""
        return max(self.agl_m - self.tolerance_m, self.floor_m)

    @property
    def highest_m(self) -> float:
        """Greatest height above ground along a leg."""
        return min(self.agl_m + self.tolerance_m, self.ceiling_m)

    def with_grade(self, grade: Grade) -> Self:
        """Give the same for an aircraft of this grade."""
        return replace(self, grade=grade)

    def tube(self, ground: Profile) -> tuple[Array, Array]:
        """Lowest and highest heights AMSL along a profile; at both ends they are the wanted height."""
        room = min(_ROOM_M, 0.1 * (self.highest_m - self.lowest_m))
        low = ground.amsl_m + self.lowest_m + room
        high = ground.amsl_m + self.highest_m - room
        for end in (0, -1):
            low[end] = high[end] = np.clip(ground.amsl_m[end] + self.agl_m, low[end], high[end])
        return low, high


@dataclass(frozen=True)
class BetweenRule(HeightRule):
    """Any height between floor and ceiling, with as little climbing as that leaves to do.

    A way over a gully need not go down into it. `tolerance_m` is by how much it may depart from the way with
    least climbing to save points.
    """

    @property
    def lowest_m(self) -> float:
        """Least height above ground along a leg."""
        return self.floor_m

    @property
    def highest_m(self) -> float:
        """Greatest height above ground along a leg."""
        return self.ceiling_m

    def tube(self, ground: Profile) -> tuple[Array, Array]:
        """Lowest and highest heights AMSL along a profile, around the way with least climbing."""
        low, high = super().tube(ground)
        least = taut(ground.along_m, low, high)
        return np.maximum(low, least - self.tolerance_m), np.minimum(high, least + self.tolerance_m)


def follow(track_m: Array, terrain: Terrain, rule: HeightRule) -> tuple[Array, NDArray[np.bool_]]:
    """Give a track its heights, with as few points added as keep it at its height above the ground.

    Every metre of it is between `rule.lowest_m` and `rule.highest_m` above the ground below. The way eases
    within these over ground that is steeper than `rule.grade`; where that does not suffice an aircraft that
    slows follows the ground and takes its time.

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
        When the track leaves the terrain, or is too steep for an aircraft that cannot slow down.
    """
    ground = profile(track_m, terrain)
    if np.isnan(ground.amsl_m).any():
        east, north = ground.places_m(ground.along_m[np.isnan(ground.amsl_m)][:1])[0]
        raise PlanError(
            f"the way leaves the terrain {east:.0f} m east and {north:.0f} m north of the area's centre; "
            "give a terrain.tif that reaches farther"
        )
    if ground.along_m[-1] == 0.0:
        heights = np.full((len(track_m), 1), ground.amsl_m[0] + rule.agl_m)
        return np.hstack((track_m, heights)), np.ones(len(track_m), dtype=np.bool_)
    bends = _threaded(ground, rule)
    given_m = ground.corners_m
    # A bend beside a point of the track is that point.
    apart = np.abs(bends[:, 0, None] - given_m[None]).min(axis=1) > _SAME_PLACE_M
    along = np.concatenate((given_m, bends[apart, 0]))
    order = np.argsort(along, kind="stable")
    along, given = along[order], order < len(given_m)
    places = ground.places_m(along)
    places[given] = track_m
    return np.column_stack((places, np.interp(along, bends[:, 0], bends[:, 1]))), given


def heights_above_ground(points_m: Array, terrain: Terrain) -> Array:
    """Heights above ground, metres, shape (K,), along the straight legs between (M, 3) points.

    Taken wherever the ground below bends, so that the extremes are those of the whole way.
    """
    ground = profile(points_m[:, :2], terrain)
    return np.interp(ground.along_m, ground.corners_m, points_m[:, 2]) - ground.amsl_m


def _threaded(ground: Profile, rule: HeightRule) -> Array:
    """Distances and heights (M, 2) of the bends of a way over a profile."""
    along, grade = ground.along_m, rule.grade
    low, high = rule.tube(ground)
    eased_low, eased_high = eased(along, low, high, grade.climb, grade.sink)
    if (eased_low <= eased_high).all():
        return fewest_bends(along, eased_low, eased_high, grade.climb, grade.sink)
    if grade.slows:
        return fewest_bends(along, low, high, np.inf, np.inf)
    raise PlanError(_too_steep(ground, rule))


def _too_steep(ground: Profile, rule: HeightRule) -> str:
    """Say which way is too steep, and what would work."""
    (east0, north0), (east1, north1) = ground.track_m[[0, -1]]
    return (
        f"the way from {east0:.0f} m east, {north0:.0f} m north to {east1:.0f} m east, {north1:.0f} m north "
        f"of the area's centre leads over ground too steep for the {rule.grade.climb:.0%} up and "
        f"{rule.grade.sink:.0%} down that the aircraft flies at this speed: {rule.lowest_m:.0f} to "
        f"{rule.highest_m:.0f} m above ground cannot be held; at {_slower(ground, rule):.0%} of the speed "
        "they can"
    )


def _slower(ground: Profile, rule: HeightRule) -> float:
    """Largest share of the speed at which the aircraft climbs and sinks steeply enough."""
    low, high = rule.tube(ground)
    slow, fast = 0.0, 1.0
    for _ in range(20):
        share = (slow + fast) / 2.0
        eased_low, eased_high = eased(
            ground.along_m, low, high, rule.grade.climb / share, rule.grade.sink / share
        )
        slow, fast = (share, fast) if (eased_low <= eased_high).all() else (slow, share)
    return slow
