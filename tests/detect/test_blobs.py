"""The compiled pass against OpenCV's connected components, on noise where every case occurs."""

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.blobs import find_blobs
from detect.colour import BLOCK_PX, ColourTable

RED = (0, 0, 255)


def only_red(height: int, width: int) -> ColourTable:
    """Make a table to which pure red is petal and all else is background."""
    ratio, family = np.zeros((3, 32768), np.uint8), np.zeros((3, 32768), np.uint8)
    ratio[:, 31], family[:, 31] = 80, 4
    kind = np.zeros((-(-height // BLOCK_PX), -(-width // BLOCK_PX)), np.uint8)
    return ColourTable(kind, ratio, family)


@settings(deadline=None)  # the first call compiles
@given(
    st.integers(1, 70), st.integers(1, 70), st.floats(0.0, 1.0), st.integers(1, 6), st.integers(0, 2**32 - 1)
)
def test_blobs_are_the_connected_components(height: int, width: int, share: float, least: int, seed: int):
    mask = np.random.default_rng(seed).random((height, width)) < share
    image = np.zeros((height, width, 3), np.uint8)
    image[mask] = RED
    blobs = find_blobs(image, only_red(height, width), least)
    _, _, stats, centres = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    # OpenCV numbers its components in another order.
    expected = np.column_stack([stats[1:, [4, 0, 1]], stats[1:, :2] + stats[1:, 2:4] - 1, centres[1:]])
    expected = expected[expected[:, 0] >= least]
    got = np.column_stack([blobs.area_px, blobs.box_px, blobs.centre_px])
    assert got.shape == expected.shape
    np.testing.assert_allclose(got[_order(got)], expected[_order(expected)], atol=1e-6)


def _order(rows: np.ndarray) -> np.ndarray:
    return np.lexsort(np.round(rows, 3).T)


def test_measures_of_a_disc():
    image = np.zeros((60, 60, 3), np.uint8)
    cv2.circle(image, (30, 25), 10, RED, -1)
    blobs = find_blobs(image, only_red(60, 60), 3)
    assert len(blobs) == 1
    np.testing.assert_allclose(blobs.axes_px[0], [20.5, 20.5], atol=1.0)
    np.testing.assert_allclose(blobs.centre_px[0], [30.0, 25.0], atol=0.01)
    np.testing.assert_allclose(blobs.bgr[0], RED)
    assert blobs.peak[0] == 5.0
    assert blobs.family[0] == 4
    assert blobs.glare[0] == 0.0
