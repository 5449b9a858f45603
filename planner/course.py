"""A bent way with photos: the pass along a corridor that looks down, the ring that looks at a building."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.frames import LocalFrame
from geo.pose import Pose
from planner.predict import Eye
from planner.terrain import HeightRule

Array = NDArray[np.float64]
Lengths = NDArray[np.floating]

_NEAR_M = 1e-3
"""Places this near to a corner are at it."""


@dataclass(frozen=True, eq=False)
class Oblique:
    """What is looked at from a course, and from which height.

    Attributes
    ----------
    aims_m : (N, 3)
        Place that nose and camera look at along each of N pieces, height AMSL.
    rule
        Height above ground.
    """

    aims_m: Array
    rule: HeightRule


@dataclass(frozen=True, eq=False)
class Course:
    """Straight pieces, one after another, along which photos are taken without a break.

    Attributes
    ----------
    corners_m : (N + 1, 2)
        Ends of the pieces, in order; a photo is taken at the first and at the last.
    trigger_m
        Distance between photos along the way.
    oblique
        Where the camera looks; None for straight down.
    """

    corners_m: Array
    trigger_m: float
    oblique: Oblique | None = None

    @property
    def photos(self) -> int:
        """Number of photos."""
        return 1 + int(_flown(self.corners_m)[-1] / self.trigger_m + 1e-6)

    def reversed(self) -> "Course":
        """Give the same flown from its other end."""
        looks = self.oblique and replace(self.oblique, aims_m=self.oblique.aims_m[::-1])
        return Course(self.corners_m[::-1], self.trigger_m, looks)

    def part(self, first_photo: int, last_photo: int) -> "Course":
        """Cut out the way from one photo to another, counted from 0."""
        flown = _flown(self.corners_m)
        start, end = first_photo * self.trigger_m, last_photo * self.trigger_m
        at = np.concatenate(([start], flown[(flown > start + _NEAR_M) & (flown < end - _NEAR_M)], [end]))
        corners = np.column_stack([np.interp(at, flown, axis) for axis in self.corners_m.T])
        looks = self.oblique and replace(
            self.oblique, aims_m=self.oblique.aims_m[self._pieces(at[1:] - _NEAR_M)]
        )
        return Course(corners, self.trigger_m, looks)

    def aims_along(self, path_m: Array, oblique: Oblique) -> Array:
        """Place (N, 3) that is looked at on the way to each point of a path over the corners."""
        return oblique.aims_m[self._pieces(_flown(path_m))]

    def poses(self, path_m: Array, eye: Eye) -> list[Pose]:
        """Poses of the photos along a path (N, 3) over the corners, the first one taken at once.

        One taken at a corner is still taken as on the piece before it.
        """
        flown = _flown(path_m)
        at = np.arange(int(flown[-1] / self.trigger_m + 1e-6) + 1) * self.trigger_m
        places = np.column_stack([np.interp(at, flown, path_m[:, axis]) for axis in range(3)])
        piece = self._pieces(at)
        if self.oblique:
            aims = self.oblique.aims_m[piece]
            return [
                looking(place, aim, eye.mount_yaw_deg, eye.frame)
                for place, aim in zip(places, aims, strict=True)
            ]
        return [
            pose
            for number in np.unique(piece).tolist()
            for pose in self._looking_down(places[piece == number], number, eye)
        ]

    def _looking_down(self, places: Array, piece: int, eye: Eye) -> list[Pose]:
        """Poses at places on one piece; it goes on a little, so that a single photo has a heading too."""
        along = self.corners_m[piece + 1] - self.corners_m[piece]
        ahead = 0.1 * self.trigger_m * along / np.linalg.norm(along)
        return eye.poses(np.vstack((places, places[-1] + [*ahead, 0.0])), self.trigger_m)

    def _pieces(self, flown_m: Lengths) -> NDArray[np.intp]:
        """Number of the piece on which each place lies; a corner is the end of the piece before it."""
        ends = _flown(self.corners_m)[1:]
        return np.minimum(np.searchsorted(ends, flown_m - _NEAR_M), len(ends) - 1)


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


def _flown(path_m: Array) -> Lengths:
    """Way to each point of a path, seen from above."""
    steps = np.linalg.norm(np.diff(path_m[:, :2], axis=0), axis=1)
    return np.concatenate(([0.0], np.cumsum(steps)))
