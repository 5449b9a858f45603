"""Where a camera was and which way it looked.

Angles are the survey's: `pitch_deg` -90 looks straight down and 0 looks level; `yaw_deg` is the true bearing
of the image's top when the camera looks down (and of the line of sight when it looks level); `roll_deg` tilts
the camera sideways about the level axis that points along the yaw. This is the order yaw, pitch, roll of an
aircraft body with a camera fixed looking down, so it is well conditioned where surveys are flown and singular
only at pitch 0. A DJI gimbal turns in another order: `Pose.from_gimbal` takes that one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Camera axes (right, down, forward) of a camera that looks straight down with its top to the north, in ENU.
_NADIR_NORTH = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])
# Camera axes of a camera that looks north, level and upright, in ENU.
_LEVEL_NORTH = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


@dataclass(frozen=True)
class Pose:
    """A camera's place in the local frame (metres, AMSL) and its attitude (degrees, see the module)."""

    east_m: float
    north_m: float
    alt_amsl_m: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float

    @classmethod
    def from_body(
        cls,
        east_m: float,
        north_m: float,
        alt_amsl_m: float,
        yaw_deg: float,
        pitch_deg: float,
        roll_deg: float,
        mount_yaw_deg: float = 0.0,
    ) -> "Pose":
        """Pose of a camera fixed to an aircraft and looking down through its floor.

        Parameters
        ----------
        yaw_deg, pitch_deg, roll_deg : float
            The body's true heading, nose-up pitch and right-wing-down roll, as autopilots log them.
        mount_yaw_deg : float
            Clockwise angle, seen from above, from the nose to the image's top.
        """
        body = _turn_up(-yaw_deg) @ _turn_east(pitch_deg) @ _turn_north(roll_deg)
        rotation = body @ _turn_up(-mount_yaw_deg) @ _NADIR_NORTH
        return cls(east_m, north_m, alt_amsl_m, *_angles(rotation))

    @classmethod
    def from_gimbal(
        cls,
        east_m: float,
        north_m: float,
        alt_amsl_m: float,
        yaw_deg: float,
        pitch_deg: float,
        roll_deg: float,
    ) -> "Pose":
        """Pose from gimbal angles in DJI's order: yaw, pitch (-90 is down), roll about the line of sight."""
        rotation = _turn_up(-yaw_deg) @ _turn_east(pitch_deg) @ _turn_north(roll_deg) @ _LEVEL_NORTH
        return cls(east_m, north_m, alt_amsl_m, *_angles(rotation))

    def rotation(self) -> Array:
        """Give the (3, 3) matrix from camera axes (right, down, forward) to true east, north, up."""
        return (
            _turn_up(-self.yaw_deg)
            @ _turn_east(self.pitch_deg + 90)
            @ _turn_north(self.roll_deg)
            @ _NADIR_NORTH
        )

    @property
    def position(self) -> Array:
        """East, north and height above mean sea level, metres, shape (3,)."""
        return np.array([self.east_m, self.north_m, self.alt_amsl_m])


def _angles(rotation: Array) -> tuple[float, float, float]:
    """Decompose camera axes into yaw, pitch and roll as the module defines them."""
    matrix = rotation @ _NADIR_NORTH.T
    nose, right = matrix[:, 1], matrix[:, 0]
    tilt = np.degrees(np.arcsin(np.clip(nose[2], -1, 1)))
    if (
        np.hypot(nose[0], nose[1]) < 1e-9
    ):  # level line of sight: yaw and roll turn about one axis, so roll is 0
        yaw = np.degrees(np.arctan2(-right[1], right[0]))
        roll = 0.0
    else:
        yaw = np.degrees(np.arctan2(nose[0], nose[1]))
        roll = np.degrees(np.arctan2(-right[2], matrix[2, 2]))
    return float(yaw % 360.0), float(tilt - 90.0), float(roll)


def _turn_up(angle_deg: float) -> Array:
    """Turn counter-clockwise, seen from above."""
    c, s = _cos_sin(angle_deg)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def _turn_east(angle_deg: float) -> Array:
    """Turn about the east axis: north rises towards up."""
    c, s = _cos_sin(angle_deg)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _turn_north(angle_deg: float) -> Array:
    """Turn about the north axis: east sinks (a right roll of something that heads north)."""
    c, s = _cos_sin(angle_deg)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _cos_sin(angle_deg: float) -> tuple[float, float]:
    angle = np.radians(angle_deg)
    return float(np.cos(angle)), float(np.sin(angle))
