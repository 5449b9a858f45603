"""The windows in which photos are searched: about 1024 px, overlapping by more than a plant."""

import numpy as np
from numpy.typing import NDArray

from geo.view import View

WINDOW_PX = 1024
_OBJECT_M = 1.0
"""What must lie whole in at least one window, wherever it is."""
_MAX_OVERLAP_PX = WINDOW_PX // 2


def windows(width_px: int, height_px: int, gsd_cm: float) -> NDArray[np.int32]:
    """Cut an image into overlapping windows of equal size.

    Parameters
    ----------
    gsd_cm : float
        Ground sample distance, from which the overlap that holds an object of one metre follows.

    Returns
    -------
    ndarray of int32, shape (N, 4)
        x, y, width and height in pixels, row by row.
    """
    overlap = min(int(np.ceil(100 * _OBJECT_M / gsd_cm)), _MAX_OVERLAP_PX)
    xs, width = _starts(width_px, overlap)
    ys, height = _starts(height_px, overlap)
    x, y = np.meshgrid(xs, ys)
    size = np.broadcast_to([width, height], (x.size, 2))
    return np.column_stack([x.ravel(), y.ravel(), size]).astype(np.int32)


def window_ground(view: View, boxes: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude (N, 2) of the windows' centres, and the GSD there in cm (N,)."""
    centres = boxes[:, :2] + (boxes[:, 2:] - 1) / 2
    return view.frame.to_lonlat(view.ground_points(centres)[:, :2]), view.gsd_cm(centres)


def _starts(length_px: int, overlap_px: int) -> tuple[NDArray[np.int64], int]:
    """Where windows begin along one side, and how long they are."""
    count = max(1, int(np.ceil((length_px - overlap_px) / (WINDOW_PX - overlap_px))))
    size = int(np.ceil((length_px + (count - 1) * overlap_px) / count))
    return np.linspace(0, length_px - size, count).round().astype(np.int64), size
