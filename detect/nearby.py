"""Which places lie near each other."""

import numpy as np
import shapely
from numpy.typing import NDArray


def pairs_within(at_m: NDArray[np.float64], distance_m: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give all ordered pairs of places at most a distance apart, each place with itself too.

    Parameters
    ----------
    at_m : (N, 2)
    distance_m : float

    Returns
    -------
    one, other : (P,) positions in `at_m`
    """
    points = np.asarray(shapely.points(np.asarray(at_m).reshape(-1, 2)), dtype=object)
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=distance_m)
    order = np.lexsort((other, one))
    return one[order], other[order]
