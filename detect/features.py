"""What surrounds a blob: measures by which a flower differs from a stone, a glint or the corner of a car."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from detect.blobs import Blobs
from detect.colour import ALIKE, BLOCK_PX, FAMILIES, ColourTable, is_green, lab, petal_family

FEATURES = (
    "peak",
    "small",
    "large",
    "round",
    "solid",
    "contrast",
    "faint",
    "green_ring",
    "green_around",
    "own_leaves",
    "kin_near",
    "kin_around",
    "rough_near",
    "rough_around",
    "glare",
    "dark_centre",
    "by_large",
)
"""Names of the columns of `describe`."""

_NEAR_CM = 8.0
_AROUND_CM = 45.0
_FLOWER_CM = 7.5
_CLEAR = 0.6
"""Contrast from which more tells little: 30 units of L*a*b*."""


def describe(
    image_bgr: NDArray[np.uint8],
    table: ColourTable,
    gsd_cm: float,
    blobs: Blobs,
    large_box_px: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Measure blobs and their surroundings.

    Parameters
    ----------
    image_bgr : (H, W, 3) uint8
    table : ColourTable
        The one that the blobs were found with.
    gsd_cm : float
    blobs : Blobs
        N of them.
    large_box_px : (M, 4) int64
        Boxes (left, top, right, bottom) of the petal-coloured things too large for a flower.

    Returns
    -------
    (N, len(FEATURES)) float64
        All without unit or in L*a*b* units, so that one set of weights serves every GSD.
    """
    reach = blobs.axes_px[:, 0] / 2.0 + 1.0
    near_px, around_px = max(3.0, _NEAR_CM / gsd_cm), max(12.0, _AROUND_CM / gsd_cm)
    gray = blobs.bgr @ np.array([0.114, 0.587, 0.299])
    sums = _surroundings(
        image_bgr,
        table.kind,
        table.ratio,
        petal_family(),
        np.concatenate([ALIKE, np.zeros((len(FAMILIES), 1), dtype=bool)], axis=1)[blobs.family],
        blobs.centre_px,
        blobs.box_px,
        reach,
        near_px,
        around_px,
    )
    near, all_near, around = (np.maximum(sums[:, k], 1.0) for k in (0, 14, 7))
    clear = np.maximum(sums[:, 15], 1.0)
    own, ring = lab(blobs.bgr), lab(sums[:, 1:4] / near[:, None])
    contrast = np.linalg.norm(own - ring, axis=1) / 50.0
    diameter_cm = np.sqrt(4.0 * blobs.area_px / np.pi) * gsd_cm
    log_size = np.log(diameter_cm / _FLOWER_CM)
    major, minor = blobs.axes_px.T
    columns = {
        "peak": blobs.peak,
        "small": np.clip(-log_size, 0.0, 2.0),
        "large": np.clip(log_size, 0.0, 2.0),
        "round": minor / major,
        "solid": np.clip(blobs.area_px / (np.pi / 4.0 * major * minor), 0.0, 1.2),
        "contrast": contrast,
        "faint": np.clip(1.0 - contrast / _CLEAR, 0.0, 1.0),
        "green_ring": sums[:, 4] / near,
        "green_around": sums[:, 8] / around,
        # A stone on soil has no leaves; a flower on soil has its own and nobody else's.
        "own_leaves": np.clip(sums[:, 4] / near - sums[:, 8] / around, 0.0, 1.0),
        "kin_near": np.sqrt(sums[:, 13] / all_near),
        "kin_around": np.sqrt(sums[:, 9] / around),
        "rough_near": _deviation(near, sums[:, 5], sums[:, 6]) / 50.0,
        "rough_around": _deviation(clear, sums[:, 10], sums[:, 11]) / 50.0,
        "glare": blobs.glare,
        "dark_centre": np.clip((gray - sums[:, 12]) / 50.0, -1.0, 3.0),
        "by_large": np.exp(-_distance_px(blobs.centre_px, large_box_px) * gsd_cm / 50.0),
    }
    return np.stack([columns[name] for name in FEATURES], axis=1)


def _deviation(
    count: NDArray[np.float64], total: NDArray[np.float64], squares: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.sqrt(np.maximum(squares / count - (total / count) ** 2, 0.0))


def _distance_px(centre_px: NDArray[np.float64], box_px: NDArray[np.int64]) -> NDArray[np.float64]:
    """Distance from each of (N, 2) points to the nearest of (M, 4) boxes; infinite without boxes."""
    nearest = np.full(len(centre_px), np.inf)
    for left, top, right, bottom in box_px:
        dx = np.maximum(np.maximum(left - centre_px[:, 0], centre_px[:, 0] - right), 0.0)
        dy = np.maximum(np.maximum(top - centre_px[:, 1], centre_px[:, 1] - bottom), 0.0)
        np.minimum(nearest, np.hypot(dx, dy), out=nearest)
    return nearest


@njit(cache=True, nogil=True)
def _surroundings(
    image: NDArray[np.uint8],
    kind: NDArray[np.uint8],
    ratio: NDArray[np.uint8],
    petal: NDArray[np.uint8],
    kin: NDArray[np.bool_],
    centre: NDArray[np.float64],
    box: NDArray[np.int64],
    reach: NDArray[np.float64],
    near_px: float,
    around_px: float,
) -> NDArray[np.float64]:
    """Sums over the pixels near (a petal's width) and around (a plant's width) each blob.

    Pixels that the colour table calls petal stay out of the light and the green of the ring: the other
    flowers of a plot are no background. Pixels of kindred colour, rare or not, are counted: most of a
    car's rim is car.
    """
    height, width = image.shape[0], image.shape[1]
    sums = np.zeros((len(centre), 16), np.float64)
    for i in range(len(centre)):
        x0, y0 = centre[i, 0], centre[i, 1]
        far = reach[i] + around_px
        near = reach[i] + near_px
        into = sums[i]
        darkest = 255.0
        for y in range(max(0, int(y0 - far)), min(height, int(y0 + far) + 2)):
            for x in range(max(0, int(x0 - far)), min(width, int(x0 + far) + 2)):
                away = np.sqrt((x - x0) ** 2 + (y - y0) ** 2)
                # Shares of the wide ring need no more than every other pixel of every other row.
                if away > far or (away > near and (x | y) & 1):
                    continue
                b, g, r = float(image[y, x, 0]), float(image[y, x, 1]), float(image[y, x, 2])
                gray = 0.114 * b + 0.587 * g + 0.299 * r
                if away <= max(1.0, 0.35 * reach[i]):
                    darkest = min(darkest, gray)
                within_box = box[i, 0] - 1 <= x <= box[i, 2] + 1 and box[i, 1] - 1 <= y <= box[i, 3] + 1
                if within_box:
                    continue
                colour = (
                    (np.uint64(image[y, x, 0] >> 3) << np.uint64(10))
                    | (np.uint64(image[y, x, 1] >> 3) << np.uint64(5))
                    | np.uint64(image[y, x, 2] >> 3)
                )
                akin = kin[i, petal[colour]]
                into[7] += 1.0
                into[9] += akin
                if away <= near:
                    into[14] += 1.0
                    into[13] += akin
                if ratio[kind[y // BLOCK_PX, x // BLOCK_PX], colour] != 0:
                    continue
                into[15] += 1.0
                green = is_green(b, g, r)
                into[8] += green
                into[10] += gray
                into[11] += gray * gray
                if away <= near:
                    into[0] += 1.0
                    into[1] += b
                    into[2] += g
                    into[3] += r
                    into[4] += green
                    into[5] += gray
                    into[6] += gray * gray
        into[12] = darkest
    return sums
