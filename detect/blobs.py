"""Connected blobs of petal-coloured pixels, in one compiled pass over the image.

Nearly every pixel is background, so nothing is kept of it: the pass collects runs of petal-coloured pixels
row by row and joins each to the runs it touches in the row above (8-connected, union-find).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from detect.colour import BLOCK_PX, FAMILIES, LUT_SCALE, ColourTable

_COLUMNS = 15 + len(FAMILIES)


@dataclass(frozen=True)
class Blobs:
    """Measures of N blobs; every array has N rows, lengths in px of the image searched.

    Attributes
    ----------
    centre_px : (N, 2) x, y
    box_px : (N, 4) left, top, right, bottom, inclusive
    area_px : (N,) pixels
    axes_px : (N, 2) full major and minor axis of the ellipse with the same second moments
    bgr : (N, 3) mean colour
    peak : (N,) highest log likelihood ratio, nats
    glare : (N,) share of pixels with all channels at 250 or more
    family : (N,) index into FAMILIES that most likelihood votes for
    """

    centre_px: NDArray[np.float64]
    box_px: NDArray[np.int64]
    area_px: NDArray[np.float64]
    axes_px: NDArray[np.float64]
    bgr: NDArray[np.float64]
    peak: NDArray[np.float64]
    glare: NDArray[np.float64]
    family: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.area_px)

    def take(self, keep: NDArray[np.bool_]) -> "Blobs":
        """Keep the blobs where `keep` (N,) is true."""
        return Blobs(**{name: getattr(self, name)[keep] for name in self.__dataclass_fields__})


def find_blobs(image_bgr: NDArray[np.uint8], table: ColourTable, min_area_px: int) -> Blobs:
    """Find the blobs of at least `min_area_px` pixels whose colour the table calls petal.

    Parameters
    ----------
    image_bgr : (H, W, 3) uint8
    table : ColourTable
    min_area_px : int

    Returns
    -------
    Blobs
        In the order of each blob's first pixel, row by row.
    """
    sums = _scan(image_bgr, table.kind, table.ratio, table.family, min_area_px)
    area = sums[:, 0]
    x, y = sums[:, 1] / area, sums[:, 2] / area
    # 1/12 is the second moment of a pixel itself: a single row of pixels still has a width.
    xx = sums[:, 3] / area - x * x + 1.0 / 12.0
    yy = sums[:, 4] / area - y * y + 1.0 / 12.0
    xy = sums[:, 5] / area - x * y
    middle, swing = (xx + yy) / 2.0, np.hypot((xx - yy) / 2.0, xy)
    axes = 4.0 * np.sqrt(np.stack([middle + swing, np.maximum(middle - swing, 1.0 / 12.0)], axis=1))
    bgr = sums[:, 6:9] / area[:, None]
    return Blobs(
        centre_px=np.stack([x, y], axis=1),
        box_px=sums[:, 11:15].astype(np.int64),
        area_px=area,
        axes_px=axes,
        bgr=bgr,
        peak=sums[:, 9] / LUT_SCALE,
        glare=sums[:, 10] / area,
        family=np.argmax(sums[:, 15:], axis=1).astype(np.int64),
    )


@njit(cache=True, nogil=True)
def _root(parent: NDArray[np.int64], node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@njit(cache=True, nogil=True)
def _scan(
    image: NDArray[np.uint8],
    kind: NDArray[np.uint8],
    ratio: NDArray[np.uint8],
    family: NDArray[np.uint8],
    min_area: int,
) -> NDArray[np.float64]:
    """Sums per blob, one row each, for `find_blobs` to turn into measures."""
    runs, parent = _runs(image, kind, ratio)
    count = len(runs)
    area = np.zeros(count, np.int64)
    for i in range(count):
        area[_root(parent, i)] += runs[i, 2] - runs[i, 1]
    row_of = np.full(count, -1, np.int64)
    kept = 0
    for i in range(count):
        if parent[i] == i and area[i] >= min_area:
            row_of[i] = kept
            kept += 1
    sums = np.zeros((kept, _COLUMNS), np.float64)
    for i in range(count):
        blob = row_of[_root(parent, i)]
        if blob < 0:
            continue
        y, first, end = runs[i, 0], runs[i, 1], runs[i, 2]
        into = sums[blob]
        if into[0] == 0:
            into[11], into[12], into[13], into[14] = first, y, end - 1, y
        into[11] = min(into[11], first)
        into[12] = min(into[12], y)
        into[13] = max(into[13], end - 1)
        into[14] = max(into[14], y)
        for x in range(first, end):
            b, g, r = image[y, x, 0], image[y, x, 1], image[y, x, 2]
            colour = ((b >> 3) << 10) | ((g >> 3) << 5) | (r >> 3)
            table = kind[y // BLOCK_PX, x // BLOCK_PX]
            worth = ratio[table, colour]
            into[0] += 1.0
            into[1] += x
            into[2] += y
            into[3] += float(x) * x
            into[4] += float(y) * y
            into[5] += float(x) * y
            into[6] += b
            into[7] += g
            into[8] += r
            into[9] = max(into[9], float(worth))
            if b >= 250 and g >= 250 and r >= 250:
                into[10] += 1.0
            into[15 + family[table, colour]] += worth
    return sums


@njit(cache=True, nogil=True)
def _runs(
    image: NDArray[np.uint8], kind: NDArray[np.uint8], ratio: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Runs (row, first x, end x) of petal-coloured pixels, and the forest that joins those that touch."""
    height, width = image.shape[0], image.shape[1]
    in_row = np.empty((width // 2 + 1, 2), np.int64)
    petal = np.zeros(width + 1, np.uint8)
    runs = np.empty((4096, 3), np.int64)
    parent = np.empty(4096, np.int64)
    count = above = row_start = 0
    for y in range(height):
        above, above_end, row_start = row_start, count, count
        found = _row_runs(image[y], kind[y // BLOCK_PX], ratio, petal, in_row)
        if count + found > len(runs):
            more = np.empty((2 * (count + found), 3), np.int64)
            more[:count] = runs[:count]
            runs = more
            more_parent = np.empty(2 * (count + found), np.int64)
            more_parent[:count] = parent[:count]
            parent = more_parent
        for i in range(found):
            first, end = in_row[i, 0], in_row[i, 1]
            runs[count, 0], runs[count, 1], runs[count, 2] = y, first, end
            parent[count] = count
            while above < above_end and runs[above, 2] < first:
                above += 1
            touching = above
            while touching < above_end and runs[touching, 1] <= end:
                one, other = _root(parent, touching), _root(parent, count)
                # The lower number stays root, so that blobs come in the order of their first pixel.
                parent[max(one, other)] = min(one, other)
                touching += 1
            count += 1
    return runs[:count].copy(), parent[:count].copy()


@njit(cache=True, nogil=True)
def _row_runs(
    row: NDArray[np.uint8],
    kind: NDArray[np.uint8],
    ratio: NDArray[np.uint8],
    petal: NDArray[np.uint8],
    into: NDArray[np.int64],
) -> int:
    """Write the runs of one row, first and end x, and return their number; `petal` is room for the row."""
    width = len(row)
    for block in range(len(kind)):
        table = ratio[kind[block]]
        for x in range(block * BLOCK_PX, min(width, (block + 1) * BLOCK_PX)):
            petal[x] = table[
                (np.uint64(row[x, 0] >> 3) << np.uint64(10))
                | (np.uint64(row[x, 1] >> 3) << np.uint64(5))
                | np.uint64(row[x, 2] >> 3)
            ]
    found = 0
    before = False
    for x in range(width + 1):  # petal[width] is 0 and ends a run at the border
        here = petal[x] != 0
        if here != before:
            if here:
                into[found, 0] = x
            else:
                into[found, 1] = x
                found += 1
            before = here
    return found
