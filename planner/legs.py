"""Time from rest to rest along straight legs, in a wind."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

Pace = tuple[float, float, float, float]
"""Speed through the air, acceleration, and the wind to east and north; m/s, m/s2, m/s, m/s."""

_STRAIGHT = math.cos(math.radians(10.0))
"""A turn of ten degrees is flown through."""


@njit(cache=True)
def ground_speed(dx: float, dy: float, speed: float, wind_e: float, wind_n: float) -> float:
    """Speed over ground along (dx, dy) of an aircraft that keeps a speed through the air and its track."""
    length = math.hypot(dx, dy)
    if length == 0.0:
        return speed
    along = (wind_e * dx + wind_n * dy) / length
    across_2 = wind_e * wind_e + wind_n * wind_n - along * along
    return along + math.sqrt(speed * speed - across_2)


@njit(cache=True)
def leg_s(dx: float, dy: float, pace: tuple[float, float, float, float]) -> float:
    """Seconds from rest to rest over (dx, dy), metres east and north.

    Parameters
    ----------
    pace : (speed_m_s, accel_m_s2, wind_east_m_s, wind_north_m_s)
    """
    speed, accel, wind_e, wind_n = pace
    length = math.hypot(dx, dy)
    over_ground = speed
    if wind_e != 0.0 or wind_n != 0.0:
        over_ground = ground_speed(dx, dy, speed, wind_e, wind_n)
    if length * accel >= over_ground * over_ground:
        return length / over_ground + over_ground / accel
    return 2.0 * math.sqrt(length / accel)


@njit(cache=True)
def straight_legs(points: Array) -> Array:
    """Legs (L, 2) of a path (N, 2) between its turns of more than ten degrees: metres east and north."""
    legs = np.zeros((max(1, len(points) - 1), 2))
    n = 0
    for k in range(len(points) - 1):
        dx, dy = points[k + 1, 0] - points[k, 0], points[k + 1, 1] - points[k, 1]
        if k > 0:
            px, py = points[k, 0] - points[k - 1, 0], points[k, 1] - points[k - 1, 1]
            if px * dx + py * dy < _STRAIGHT * math.hypot(px, py) * math.hypot(dx, dy):
                n += 1
        legs[n, 0] += dx
        legs[n, 1] += dy
    return legs[: n + 1]


@njit(cache=True)
def path_s(points: Array, pace: Pace) -> float:
    """Seconds along a path (N, 2), resting where it turns by more than ten degrees."""
    total = 0.0
    for leg in straight_legs(points):
        total += leg_s(leg[0], leg[1], pace)
    return total
