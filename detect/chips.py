"""Chips: what an operator sees of a suspect."""

import cv2
import numpy as np
from numpy.typing import NDArray

SMALLEST_PX, LARGEST_PX = 320, 640
_CONTEXT_M = 2.5
_QUALITY = 85


def cut_chip(
    image_bgr: NDArray[np.uint8], centre_px: tuple[float, float], radius_px: float, gsd_cm: float
) -> bytes:
    """Cut a square chip with 2.5 m of ground around a suspect, which a thin ring marks.

    Parameters
    ----------
    image_bgr : (H, W, 3) uint8
    centre_px : x, y
    radius_px : float
        Radius of the suspect plot.
    gsd_cm : float

    Returns
    -------
    bytes
        A JPEG of 320 to 640 px a side (less where the photo itself is smaller).
    """
    height, width = image_bgr.shape[:2]
    wanted = 2.0 * (radius_px + _CONTEXT_M * 100.0 / gsd_cm)
    side = min(max(SMALLEST_PX, round(wanted)), height, width)
    left = int(np.clip(round(centre_px[0] - side / 2), 0, width - side))
    top = int(np.clip(round(centre_px[1] - side / 2), 0, height - side))
    chip = image_bgr[top : top + side, left : left + side].copy()
    shrink = min(1.0, LARGEST_PX / side)
    if shrink < 1.0:
        chip = np.asarray(
            cv2.resize(chip, (LARGEST_PX, LARGEST_PX), interpolation=cv2.INTER_AREA), dtype=np.uint8
        )
    fine = 8  # fractional bits: the ring sits to an eighth of a pixel and better
    at = [
        round(((c + 0.5 - edge) * shrink - 0.5) * 2**fine)
        for c, edge in zip(centre_px, (left, top), strict=True)
    ]
    radius = round((radius_px + 30.0 / gsd_cm) * shrink * 2**fine)
    for colour, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.circle(chip, at, radius, colour, thickness, cv2.LINE_AA, fine)
    encoded, data = cv2.imencode(".jpg", chip, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert encoded  # an uint8 image of three channels always encodes
    return data.tobytes()
