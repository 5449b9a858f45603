"""A path along which the camera looks aside: at a place for each straight piece, from a height of its own."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.frames import LocalFrame
from geo.pose import Pose
from planner.terrain import HeightRule

Array = NDArray[np.float64]

_NEAR_M = 1e-3
"""Places this near to a corner are at it."""


@dataclass(frozen=True, eq=False)
class Oblique:
    """What is flown and looked at along a bent line.

    Attributes
    ----------
    corners_m : (N + 1, 2)
        Ends of the pieces, in order.
    aims_m : (N, 3)
        Place that nose and camera look at along each piece, height AMSL.
    rule
        Height above ground.
    trigger_m
        Distance between photos, along the path.
    """

    corners_m: Array
    aims_m: Array
    rule: HeightRule
    trigger_m: float

    def reversed(self) -> "Oblique":
        """Give the same flown from its other end."""
        return replace(self, corners_m=self.corners_m[::-1], aims_m=self.aims_m[::-1])

    @property
    def photos(self) -> int:
        """Number of photos from the first corner to the last."""
        return 1 + int(_flown(self.corners_m)[-1] / self.trigger_m + 1e-6)

    def part(self, first_photo: int, last_photo: int) -> "Oblique":
        """Cut out the way from one photo to another, counted from 0."""
        flown = _flown(self.corners_m)
        start, end = first_photo * self.trigger_m, last_photo * self.trigger_m
        at = np.concatenate(([start], flown[(flown > start + _NEAR_M) & (flown < end - _NEAR_M)], [end]))
        corners = np.column_stack([np.interp(at, flown, axis) for axis in self.corners_m.T])
        return replace(self, corners_m=corners, aims_m=self._aims_at(at[1:] - _NEAR_M))

    def photos_m(self, path_m: Array) -> tuple[Array, Array]:
        """Places (M, 3) of the photos along a path (N, 3) over the corners, and where each looks (M, 3).

        The first photo is taken at once. One taken at a corner still looks where the piece before it does.
        """
        flown = _flown(path_m)
        at = np.arange(int(flown[-1] / self.trigger_m + 1e-6) + 1) * self.trigger_m
        places = np.column_stack([np.interp(at, flown, path_m[:, axis]) for axis in range(3)])
        return places, self._aims_at(at)

    def aims_along(self, path_m: Array) -> Array:
        """Place (N, 3) that is looked at on the way to each point of a path over the corners."""
        return self._aims_at(_flown(path_m))

    def _aims_at(self, flown_m: NDArray[np.floating]) -> Array:
        ends = _flown(self.corners_m)[1:]
        piece = np.searchsorted(ends, flown_m - _NEAR_M)
        return self.aims_m[np.minimum(piece, len(ends) - 1)]


def looking(place_m: Array, aim_m: Array, mount_yaw_deg: float, frame: LocalFrame) -> Pose:
    """Pose of a camera at a place (3,) whose nose and gimbal look at another, level sideways."""
    yaw_deg, pitch_deg = angles_to(place_m, aim_m, frame)
    east, north, height = place_m.tolist()
    return Pose.from_body(east, north, height, yaw_deg, pitch_deg + 90.0, 0.0, mount_yaw_deg)


def angles_to(place_m: Array, aim_m: Array, frame: LocalFrame) -> tuple[float, float]:
    """True bearing, and pitch below (-) level, from a place (3,) to another, degrees."""
    yaw_deg = float(frame.bearing_deg(place_m[None, :2], aim_m[None, :2])[0])
    level_m = float(np.linalg.norm(aim_m[:2] - place_m[:2]))
    return yaw_deg, float(np.degrees(np.arctan2(aim_m[2] - place_m[2], level_m)))


def _flown(path_m: Array) -> NDArray[np.floating]:
    """Way to each point of a path, seen from above."""
    steps = np.linalg.norm(np.diff(path_m[:, :2], axis=0), axis=1)
    return np.concatenate(([0.0], np.cumsum(steps)))
