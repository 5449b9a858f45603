"""A pinhole camera with Brown's lens distortion."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import GeoError

Array = NDArray[np.float64]

UNDISTORT_STEPS = 20
UNDISTORT_TOLERANCE = 1e-12
"""In units of the focal length: 1e-12 is far below a thousandth of a pixel."""


@dataclass(frozen=True)
class Camera:
    """Intrinsics in pixels, in OpenCV's convention: the centre of the top-left pixel is (0, 0).

    Camera axes are x to the right, y down and z forward. Distortion follows Brown (1971) with OpenCV's order
    of coefficients k1, k2, p1, p2, k3.
    """

    width_px: int
    height_px: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    k1: float = 0.0
    k2: float = 0.0
    p1: float = 0.0
    p2: float = 0.0
    k3: float = 0.0

    def __post_init__(self) -> None:
        if min(self.width_px, self.height_px) < 1 or not min(self.fx_px, self.fy_px) > 0:
            raise GeoError(
                "a camera needs a positive size and focal length in pixels; received "
                f"{self.width_px} x {self.height_px}, {self.fx_px}, {self.fy_px}"
            )

    @classmethod
    def from_sensor(cls, width_px: int, height_px: int, sensor_width_mm: float, focal_mm: float) -> "Camera":
        """Make the ideal camera with square pixels that a data sheet describes."""
        if not (sensor_width_mm > 0 and focal_mm > 0):
            raise GeoError(
                "sensor width and focal length must be positive; "
                f"received {sensor_width_mm} mm, {focal_mm} mm"
            )
        focal_px = focal_mm * width_px / sensor_width_mm
        return cls(width_px, height_px, focal_px, focal_px, (width_px - 1) / 2, (height_px - 1) / 2)

    def scaled(self, factor: float) -> "Camera":
        """Give the camera of the same photo resized by `factor`, aligned as cv2.resize aligns pixels."""

        def centre(value: float) -> float:
            return (value + 0.5) * factor - 0.5

        return replace(
            self,
            width_px=round(self.width_px * factor),
            height_px=round(self.height_px * factor),
            fx_px=self.fx_px * factor,
            fy_px=self.fy_px * factor,
            cx_px=centre(self.cx_px),
            cy_px=centre(self.cy_px),
        )

    def project(self, xyz_cam: ArrayLike) -> Array:
        """Map (N, 3) points in camera axes to (N, 2) pixels; NaN for points not in front of the camera."""
        xyz = np.asarray(xyz_cam, dtype=np.float64)
        z = np.where(xyz[:, 2] > 0, xyz[:, 2], np.nan)
        xd, yd = self._distort(xyz[:, 0] / z, xyz[:, 1] / z)
        return np.column_stack((self.fx_px * xd + self.cx_px, self.fy_px * yd + self.cy_px))

    def rays(self, px: ArrayLike) -> Array:
        """Give (N, 3) unit vectors in camera axes through (N, 2) pixels; NaN where the lens folds back."""
        points = np.asarray(px, dtype=np.float64)
        xd = (points[:, 0] - self.cx_px) / self.fx_px
        yd = (points[:, 1] - self.cy_px) / self.fy_px
        x, y = self._undistort(xd, yd)
        vectors = np.column_stack((x, y, np.ones_like(x)))
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def corners_px(self, per_side: int = 1) -> Array:
        """Give (4 * per_side, 2) points along the image's outer border, clockwise from the top-left corner.

        The border is the outer edge of the pixels, half a pixel outside their centres.
        """
        left, top, right, bottom = -0.5, -0.5, self.width_px - 0.5, self.height_px - 0.5
        t = np.arange(per_side) / per_side
        across, down = left + t * (right - left), top + t * (bottom - top)
        return np.concatenate(
            (
                np.column_stack((across, np.full(per_side, top))),
                np.column_stack((np.full(per_side, right), down)),
                np.column_stack((right + left - across, np.full(per_side, bottom))),
                np.column_stack((np.full(per_side, left), bottom + top - down)),
            )
        )

    @property
    def is_distorted(self) -> bool:
        """Whether any distortion coefficient is set."""
        return any((self.k1, self.k2, self.p1, self.p2, self.k3))

    def _distort(self, x: Array, y: Array) -> tuple[Array, Array]:
        if not self.is_distorted:
            return x, y
        r2 = x * x + y * y
        radial = 1 + r2 * (self.k1 + r2 * (self.k2 + r2 * self.k3))
        return (
            x * radial + 2 * self.p1 * x * y + self.p2 * (r2 + 2 * x * x),
            y * radial + self.p1 * (r2 + 2 * y * y) + 2 * self.p2 * x * y,
        )

    def _undistort(self, xd: Array, yd: Array) -> tuple[Array, Array]:
        """Invert the distortion by Newton's method; the plain fixed point diverges on wide lenses."""
        if not self.is_distorted:
            return xd, yd
        x, y = xd.copy(), yd.copy()
        error = np.full_like(x, np.inf)
        for _ in range(UNDISTORT_STEPS):
            fx, fy = self._distort(x, y)
            ex, ey = fx - xd, fy - yd
            error = np.hypot(ex, ey)
            if not np.any(error > UNDISTORT_TOLERANCE):
                break
            a, b, d = self._jacobian(x, y)
            determinant = a * d - b * b
            determinant = np.where(np.abs(determinant) < 1e-9, np.nan, determinant)
            x = x - (d * ex - b * ey) / determinant
            y = y - (a * ey - b * ex) / determinant
        lost = ~(error < 1e-6)
        return np.where(lost, np.nan, x), np.where(lost, np.nan, y)

    def _jacobian(self, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """Give d(xd)/dx, d(xd)/dy = d(yd)/dx, and d(yd)/dy of the distortion."""
        r2 = x * x + y * y
        radial = 1 + r2 * (self.k1 + r2 * (self.k2 + r2 * self.k3))
        slope = self.k1 + r2 * (2 * self.k2 + 3 * r2 * self.k3)
        a = radial + 2 * x * x * slope + 2 * self.p1 * y + 6 * self.p2 * x
        b = 2 * x * y * slope + 2 * self.p1 * x + 2 * self.p2 * y
        d = radial + 2 * y * y * slope + 6 * self.p1 * y + 2 * self.p2 * x
        return a, b, d
