"""One posed photo over the ground: which pixel shows which place, and how surely."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely import Polygon

from geo.camera import Camera
from geo.frames import LocalFrame
from geo.pose import Pose
from geo.terrain import Terrain

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class View:
    """A camera with its pose, over the terrain of a local frame."""

    camera: Camera
    pose: Pose
    terrain: Terrain
    frame: LocalFrame

    def ground_points(self, px: ArrayLike) -> Array:
        """Ground points (N, 3), east, north, AMSL, that (N, 2) pixels show; NaN where they show none."""
        directions = self.directions(px)
        return self.terrain.intersect(np.broadcast_to(self.pose.position, directions.shape), directions)

    def pixels(self, enu_alt_m: ArrayLike) -> Array:
        """Pixels (N, 2) of (N, 3) points; NaN behind the camera, and possibly outside the image."""
        offset = np.asarray(enu_alt_m, dtype=np.float64) - self.pose.position
        return self.camera.project(offset @ self.rotation())

    def footprint(self, per_side: int = 8) -> Polygon:
        """Outline of what the photo shows, in the frame; empty when part of its border misses the ground."""
        border = self.ground_points(self.camera.corners_px(per_side))
        return Polygon() if np.any(np.isnan(border)) else Polygon(border[:, :2])

    def gsd_cm(self, px: ArrayLike) -> Array:
        """Ground sample distance at (N, 2) pixels, shape (N,): the root of the ground area of one pixel, cm.

        The area is measured on the slope of the ground, as a plant on it would be.
        """
        points = np.asarray(px, dtype=np.float64)
        right = self.ground_points(points + [0.5, 0.0]) - self.ground_points(points - [0.5, 0.0])
        down = self.ground_points(points + [0.0, 0.5]) - self.ground_points(points - [0.0, 0.5])
        return 100.0 * np.sqrt(np.linalg.norm(np.cross(right, down), axis=1))

    def directions(self, px: ArrayLike) -> Array:
        """Lines of sight (N, 3) through (N, 2) pixels as unit vectors of the local frame."""
        return self.camera.rays(px) @ self.rotation().T

    def rotation(self) -> Array:
        """Give the (3, 3) matrix from camera axes to the frame's grid east, grid north and up."""
        turn = np.radians(self.frame.convergence_deg([[self.pose.east_m, self.pose.north_m]])[0])
        c, s = np.cos(turn), np.sin(turn)
        return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ self.pose.rotation()


def horizontal_error_m(
    view: View, px: ArrayLike, se_xy_m: float, se_alt_m: float, se_tilt_deg: float, se_yaw_deg: float
) -> Array:
    """Give the root mean square horizontal error of the ground points that pixels show.

    First-order propagation of independent errors through the line of sight onto the plane that touches the
    ground there.

    Parameters
    ----------
    px : (N, 2)
    se_xy_m : float
        Standard error of the camera's place, along each of east and north.
    se_alt_m : float
        Standard error of the camera's height above the ground (its own and the terrain's together).
    se_tilt_deg : float
        Standard error about each of the two level axes.
    se_yaw_deg : float
        Standard error about the vertical.

    Returns
    -------
    (N,) metres, the root of the summed variances of east and north; NaN where a pixel shows no ground.
    """
    points = view.ground_points(px)
    reach = points - view.pose.position
    normals = view.terrain.normals(points[:, :2])

    def slide(shift: Array) -> Array:
        """Squared sideways move of the ground point when its line of sight shifts by `shift`."""
        along = np.sum(shift * normals, axis=1) / np.sum(reach * normals, axis=1)
        moved = shift - reach * along[:, None]
        return np.sum(moved[:, :2] ** 2, axis=1)

    up = np.array([0.0, 0.0, 1.0])
    tilt, yaw = np.radians(se_tilt_deg), np.radians(se_yaw_deg)
    east_axis, north_axis = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    variance = (
        se_xy_m**2
        * (slide(np.broadcast_to(east_axis, reach.shape)) + slide(np.broadcast_to(north_axis, reach.shape)))
        + se_alt_m**2 * slide(np.broadcast_to(up, reach.shape))
        + tilt**2 * (slide(np.cross(east_axis, reach)) + slide(np.cross(north_axis, reach)))
        + yaw**2 * slide(np.cross(up, reach))
    )
    return np.sqrt(variance)
