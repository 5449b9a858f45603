"""How coverage looks: one way of colouring for the proof's page and for Google Earth."""

import numpy as np
from numpy.typing import NDArray

ONCE_COLOUR = "#8fd19e"
MORE_COLOUR = "#2e8b57"
GAP_COLOUR = "#d7191c"


def coverage_rgba(count: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Colour counts of photos: nothing where none sees a cell, light green for one, green for two or more.

    Parameters
    ----------
    count : (rows, cols) integers

    Returns
    -------
    (rows, cols, 4) uint8, red, green, blue, opacity
    """
    palette = np.zeros((3, 4), dtype=np.uint8)
    for kind, colour in ((1, ONCE_COLOUR), (2, MORE_COLOUR)):
        palette[kind] = [*bytes.fromhex(colour.removeprefix("#")), 130]
    return palette[np.minimum(count, 2)]
