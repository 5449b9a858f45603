"""The photos that a plan will take, and what they will show."""

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

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Eye:
    """A camera on its mount over the ground of a mission."""

    camera: Camera
    mount_yaw_deg: float
    terrain: Terrain
    frame: LocalFrame

    def poses(self, line_m: Array, trigger_m: float) -> list[Pose]:
        """Poses of the photos along a line, level as in still air: one at once, then one each `trigger_m`.

        Parameters
        ----------
        line_m : (N, 3)
            Points from the camera's start to its stop, all on one straight line seen from above.
        """
        flown = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(line_m[:, :2], axis=0), axis=1))))
        at = np.arange(int(flown[-1] / trigger_m + 1e-6) + 1) * trigger_m
        places = np.column_stack([np.interp(at, flown, line_m[:, axis]) for axis in range(3)])
        headings = self.frame.bearing_deg(places, places + (line_m[-1] - line_m[0]))
        return [
            Pose.from_body(east, north, height, heading, 0.0, 0.0, self.mount_yaw_deg)
            for (east, north, height), heading in zip(places.tolist(), headings.tolist(), strict=True)
        ]

    def footprint(self, pose: Pose, shrunk_by_m: float) -> BaseGeometry:
        """What a photo shows of the ground wherever it is displaced by up to `shrunk_by_m`."""
        outline = View(self.camera, pose, self.terrain, self.frame).footprint()
        return outline.buffer(-shrunk_by_m, join_style="mitre")


def unseen(area: BaseGeometry, footprints: Sequence[BaseGeometry]) -> BaseGeometry:
    """Part of an area that no footprint covers."""
    return area.difference(shapely.union_all(list(footprints)))
