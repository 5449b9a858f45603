"""A sortie's path in the mission's frame."""

import numpy as np
from numpy.typing import NDArray

from missions import Ground
from missions.records import Sortie


def track_of(sortie: Sortie, ground: Ground) -> NDArray[np.float64]:
    """Points of a sortie's path, (N, 3): metres east, north and AMSL."""
    plane = ground.frame.to_enu([(point.lon, point.lat) for point in sortie.path])
    return np.column_stack((plane, [point.alt_amsl_m for point in sortie.path]))
