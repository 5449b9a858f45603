"""How neighbouring photos show the same ground: matched features, and what they say of a photo's yaw."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_CV: Any = cv2  # its type stubs lack SIFT and deny that a fit can fail
_LONG_SIDE_PX = 800
_FEATURES = 1500
_CONTRAST = 0.01  # a quarter of the usual: fields and forest are low in contrast
_RATIO = 0.75  # Lowe's ratio test (IJCV 60, 2004, section 7.1)
_MIN_INLIERS = 15
_TOLERANCE_PX = 4.0  # of the reduced image: height and tilt bend the similarity that is fitted


@dataclass(frozen=True)
class Features:
    """Points of one photo, in pixels of the full image counted from its centre, and their descriptors."""

    px: Array
    descriptors: NDArray[np.float32]
    scale: float


@dataclass(frozen=True)
class Shift:
    """A similarity from one photo to the next: turned by `turn_deg` clockwise, scaled, then moved.

    Pixels count from the image centre, x right and y down.
    """

    turn_deg: float
    scale: float
    x_px: float
    y_px: float
    inliers: float

    def forward(self, px: Array) -> Array:
        """Where (N, 2) pixels of the first photo lie in the second."""
        return self._linear(px) + [self.x_px, self.y_px]

    def backward(self, px: Array) -> Array:
        """Where (N, 2) pixels of the second photo lie in the first."""
        moved = px - np.array([self.x_px, self.y_px])
        return Shift(-self.turn_deg, 1 / self.scale, 0, 0, 0).forward(moved)

    def _linear(self, px: Array) -> Array:
        c, s = np.cos(np.radians(self.turn_deg)), np.sin(np.radians(self.turn_deg))
        return self.scale * px @ np.array([[c, s], [-s, c]])


def find_features(grey: NDArray[np.uint8], size_px: tuple[int, int]) -> Features | None:
    """Find SIFT features in a reduced grey image of a photo of `size_px` (width, height); None if few."""
    factor = min(1.0, _LONG_SIDE_PX / max(grey.shape))
    if factor < 1.0:
        smaller = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        grey = np.asarray(smaller, dtype=np.uint8)
    detector = _CV.SIFT_create(_FEATURES, contrastThreshold=_CONTRAST)
    points, descriptors = detector.detectAndCompute(grey, None)
    if descriptors is None or len(points) < _MIN_INLIERS:
        return None
    scale = size_px[0] / grey.shape[1]
    px = (np.array([point.pt for point in points]) + 0.5) * scale - np.array(size_px) / 2
    return Features(px, np.asarray(descriptors, dtype=np.float32), scale)


def match_points(first: Features, second: Features) -> tuple[Array, Array]:
    """Pair the features of two photos: (N, 2) pixels from the centre in each, some of them wrong."""
    matcher = _CV.BFMatcher()
    pairs = [p for p in matcher.knnMatch(first.descriptors, second.descriptors, k=2) if len(p) == 2]
    good = [best for best, other in pairs if best.distance < _RATIO * other.distance]
    return first.px[[m.queryIdx for m in good]], second.px[[m.trainIdx for m in good]]


def match_features(first: Features, second: Features) -> Shift | None:
    """Fit the similarity that carries one photo onto the next; None where too little agrees."""
    a, b = match_points(first, second)
    if len(a) < _MIN_INLIERS:
        return None
    threshold = _TOLERANCE_PX * max(first.scale, second.scale)
    matrix, inliers = _CV.estimateAffinePartial2D(a, b, ransacReprojThreshold=threshold)
    if matrix is None or int(inliers.sum()) < _MIN_INLIERS:
        return None
    turn = np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))
    scale = np.hypot(matrix[0, 0], matrix[1, 0])
    if not 0.5 < scale < 2.0:  # one survey flies at about one height
        return None
    return Shift(float(turn), float(scale), float(matrix[0, 2]), float(matrix[1, 2]), float(inliers.sum()))
