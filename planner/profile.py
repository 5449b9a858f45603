"""The ground below a way, seen from the side."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.terrain import Terrain

Array = NDArray[np.float64]

_BULGE_M = 0.01
"""By how much the ground may depart from the straight line between two places of a profile."""
_MOST_PIECES = 1000


@dataclass(frozen=True, eq=False)
class Profile:
    """Ground heights along a track.

    Attributes
    ----------
    track_m : (N, 2)
        The track's points in the local frame.
    corners_m : (N,)
        Distances of the track's points from its beginning, along it.
    along_m, amsl_m : (K,)
        Growing distances and ground heights; NaN outside the terrain. Between them the ground is straight but
        for a centimetre.
    """

    track_m: Array
    corners_m: Array
    along_m: Array
    amsl_m: Array

    def places_m(self, along_m: Array) -> Array:
        """Places (M, 2) at distances along the track."""
        return np.column_stack([np.interp(along_m, self.corners_m, axis) for axis in self.track_m.T])


def profile(track_m: Array, terrain: Terrain) -> Profile:
    """Look at the ground along a track (N, 2).

    The terrain is bilinear in its cells, so along a straight leg it is a parabola from one grid line to the
    next: a place at each crossing, and some between where the parabola bends, tell all of it.
    """
    track = np.ascontiguousarray(track_m, dtype=np.float64)
    corners = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(track, axis=0).T))))
    if terrain.grid is None:
        along = np.unique(corners)
        return Profile(track, corners, along, np.full(len(along), terrain.level_amsl_m))
    z, x0, y0, step = terrain.grid
    cells = (track - (x0, y0)) / step
    return Profile(track, corners, *_ground_along(z, cells, corners))


@njit(cache=True, nogil=True)
def _ground_along(z: Array, cells: Array, corners: Array) -> tuple[Array, Array]:
    """Distances and heights along legs between (N, 2) places in columns and rows of a grid."""
    along, height = np.empty(64), np.empty(64)
    along[0], height[0] = corners[0], _height(z, cells[0, 0], cells[0, 1], cells[0, 0], cells[0, 1])
    count = 1
    for leg in range(len(cells) - 1):
        length = corners[leg + 1] - corners[leg]
        if length == 0.0:
            continue
        c0, r0 = cells[leg]
        dc, dr = cells[leg + 1, 0] - c0, cells[leg + 1, 1] - r0
        t = 0.0
        while t < 1.0:
            end = min(_next_line(c0, dc, t), _next_line(r0, dr, t), 1.0)
            # Whatever the rounding at its ends, the middle of a stretch tells which cell it crosses.
            middle = (t + end) / 2
            in_c, in_r = c0 + middle * dc, r0 + middle * dr
            pieces = _pieces(z, in_c, in_r, dc * (end - t), dr * (end - t))
            if count + pieces > len(along):
                along, height = _roomier(along, pieces), _roomier(height, pieces)
            for piece in range(1, pieces + 1):
                at = t + (end - t) * piece / pieces
                distance = corners[leg] + at * length
                if distance > along[count - 1]:
                    along[count] = distance
                    height[count] = _height(z, c0 + at * dc, r0 + at * dr, in_c, in_r)
                    count += 1
            t = end
    return along[:count], height[:count]


@njit(cache=True, nogil=True)
def _next_line(start: float, change: float, t: float) -> float:
    """Share of a leg at which it meets the next grid line of one axis."""
    if change == 0.0:
        return np.inf
    at = start + t * change
    line = np.floor(at + 1e-9) + 1.0 if change > 0 else np.ceil(at - 1e-9) - 1.0
    return (line - start) / change


@njit(cache=True, nogil=True)
def _pieces(z: Array, col: float, row: float, dc: float, dr: float) -> int:
    """How many straight pieces show the ground along a stretch (dc, dr) of the cell around a place."""
    c, r = int(np.floor(col)), int(np.floor(row))
    if not (0 <= c < z.shape[1] - 1 and 0 <= r < z.shape[0] - 1):
        return 1
    bend = abs((z[r, c] - z[r, c + 1] - z[r + 1, c] + z[r + 1, c + 1]) * dc * dr)
    if not bend > 4.0 * _BULGE_M:
        return 1
    return min(_MOST_PIECES, int(np.ceil(np.sqrt(bend / (4.0 * _BULGE_M)))))


@njit(cache=True, nogil=True)
def _height(z: Array, col: float, row: float, in_col: float, in_row: float) -> float:
    """Ground at a place, by the cell around another place; NaN outside the terrain."""
    rows, cols = z.shape
    if not (0 <= in_col <= cols - 1 and 0 <= in_row <= rows - 1):
        return np.nan
    c, r = min(int(in_col), cols - 2), min(int(in_row), rows - 2)
    u, v = col - c, row - r
    south = (1 - u) * z[r, c] + u * z[r, c + 1]
    north = (1 - u) * z[r + 1, c] + u * z[r + 1, c + 1]
    return (1 - v) * south + v * north


@njit(cache=True, nogil=True)
def _roomier(values: Array, more: int) -> Array:
    grown = np.empty(2 * len(values) + more)
    grown[: len(values)] = values
    return grown
