"""The photos that a plan will take: where the camera will be and how it will look, in the mission's wind."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.camera import Camera
from geo.frames import LocalFrame
from geo.pose import Pose
from geo.terrain import Terrain
from geo.view import View
from planner.flight import Performance
from planner.reach import lean_deg

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Attitude:
    """How an aircraft holds itself: true heading, nose-up pitch and right-wing-down roll, degrees."""

    heading_deg: float
    pitch_deg: float
    roll_deg: float


@dataclass(frozen=True)
class Eye:
    """A camera on its mount over the ground of a mission.

    Attributes
    ----------
    carrier
        The aircraft at its speed in the wind; None for one that hangs level over its track.
    gimbal
        Whether roll and pitch of the aircraft are kept from the camera.
    """

    camera: Camera
    mount_yaw_deg: float
    terrain: Terrain
    frame: LocalFrame
    carrier: Performance | None = None
    gimbal: bool = False

    def poses(self, line_m: Array, trigger_m: float) -> list[Pose]:
        """Poses of the photos along a line: one at once, then one each `trigger_m` over ground.

        Parameters
        ----------
        line_m : (N, 3)
            Points from the camera's start to its stop, all on one straight line seen from above.
        """
        flown = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(line_m[:, :2], axis=0), axis=1))))
        at = np.arange(int(flown[-1] / trigger_m + 1e-6) + 1) * trigger_m
        places = np.column_stack([np.interp(at, flown, line_m[:, axis]) for axis in range(3)])
        # Steady for the whole line, as the aircraft's course over the grid is: only true north turns.
        held = self._attitude(line_m[-1, :2] - line_m[0, :2])
        convergence = self.frame.convergence_deg(places)
        return [
            Pose.from_body(
                *place,
                yaw_deg=(held.heading_deg + turn) % 360.0,
                pitch_deg=held.pitch_deg,
                roll_deg=held.roll_deg,
                mount_yaw_deg=self.mount_yaw_deg,
            )
            for place, turn in zip(places.tolist(), convergence.tolist(), strict=True)
        ]

    def footprint(self, pose: Pose, shrunk_by_m: float) -> BaseGeometry:
        """What a photo shows of the ground wherever it is displaced by up to `shrunk_by_m`."""
        outline = View(self.camera, pose, self.terrain, self.frame).footprint()
        return outline.buffer(-shrunk_by_m, join_style="mitre")

    def _attitude(self, course_m: Array) -> Attitude:
        """Grid heading and the tilt that reaches the camera."""
        if self.carrier is None:
            return Attitude(_bearing_deg(course_m), 0.0, 0.0)
        held = steady_attitude(self.carrier, course_m)
        return Attitude(held.heading_deg, 0.0, 0.0) if self.gimbal else held


def steady_attitude(carrier: Performance, course_m: Array) -> Attitude:
    """Attitude in which an aircraft holds a straight course in its wind.

    A multirotor keeps its nose on the course and leans against its drag, forwards and sideways (see
    `planner.reach.lean_deg`). An aeroplane flies level and turns its nose into the wind until wind and
    airspeed add up to the course (wind triangle).

    Parameters
    ----------
    course_m : (2,)
        Grid east and north parts of the way over ground, of any length above zero.
    """
    course = course_m / np.linalg.norm(course_m)
    right = np.array([course[1], -course[0]])
    wind = np.array(carrier.wind_m_s)
    bearing = _bearing_deg(course)
    if carrier.aircraft.kind != "multirotor":
        crab = np.degrees(np.arcsin(np.clip(wind @ right / carrier.speed_m_s, -1.0, 1.0)))
        return Attitude(float(bearing - crab), 0.0, 0.0)
    through_air = carrier.ground_speed(course) * course - wind
    return Attitude(bearing, -lean_deg(float(through_air @ course)), lean_deg(float(through_air @ right)))


def unseen(area: BaseGeometry, footprints: Sequence[BaseGeometry]) -> BaseGeometry:
    """Part of an area that no footprint covers."""
    return area.difference(shapely.union_all(list(footprints)))


def _bearing_deg(course_m: Array) -> float:
    return float(np.degrees(np.arctan2(course_m[0], course_m[1])))
