"""EGM96 geoid undulations: how far mean sea level lies above the WGS 84 ellipsoid."""

import lzma
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import GeoError

GRID_FILE = Path(__file__).parent / "data" / "egm96-15.xz"

_ROWS, _COLS = 721, 1440  # 90 N to 90 S, 0 E to 359.75 E
_POSTS_PER_DEG = 4
_BORDER = 2  # posts added on every side, so that the interpolation never looks past the edge


def egm96_undulation(lonlat: ArrayLike) -> NDArray[np.float64]:
    """Height of the EGM96 geoid above the WGS 84 ellipsoid.

    Parameters
    ----------
    lonlat : array_like, shape (N, 2)
        Longitude and latitude, degrees, WGS 84. Any longitude is taken modulo 360.

    Returns
    -------
    ndarray, shape (N,)
        Undulation in metres: ellipsoidal height = height AMSL + undulation. NaN where a coordinate is NaN.

    Raises
    ------
    GeoError
        If a latitude is outside -90..90, or the grid file is missing or damaged.

    Notes
    -----
    NGA's 15-minute grid, interpolated with cubic (4 x 4 point Lagrange) polynomials. On the check values that
    NGA publishes with the grid this is right to 0.01 m; bilinear interpolation is off by up to 0.06 m there.
    """
    points = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    outside = np.abs(points[:, 1]) > 90.0
    if outside.any():
        lon, lat = points[outside][0]
        raise GeoError(f"latitude {lat:g} (longitude {lon:g}) is outside -90..90: are lon and lat swapped?")

    known = np.isfinite(points).all(axis=1)
    undulation = np.full(len(points), np.nan)
    undulation[known] = _interpolate(_grid(), points[known])
    return undulation


def _interpolate(grid: NDArray[np.float32], lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    row = (90.0 - lonlat[:, 1]) * _POSTS_PER_DEG
    col = np.mod(lonlat[:, 0], 360.0) * _POSTS_PER_DEG
    # The last row and column have no post behind them; the point then sits at the far end of the cell before.
    top = np.minimum(row.astype(np.intp), _ROWS - 2)
    left = np.minimum(col.astype(np.intp), _COLS - 1)
    row_weights = _lagrange_weights(row - top)
    col_weights = _lagrange_weights(col - left)

    total = np.zeros(len(lonlat))
    for i, row_weight in enumerate(row_weights, start=_BORDER - 1):
        for j, col_weight in enumerate(col_weights, start=_BORDER - 1):
            total += row_weight * col_weight * grid[top + i, left + j]
    return total


def _lagrange_weights(t: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Weights of the posts at -1, 0, 1, 2 for a point at `t` in 0..1."""
    return (
        -t * (t - 1) * (t - 2) / 6,
        (t + 1) * (t - 1) * (t - 2) / 2,
        -(t + 1) * t * (t - 2) / 2,
        (t + 1) * t * (t - 1) / 6,
    )


@cache
def _grid() -> NDArray[np.float32]:
    """Undulations in metres with a border on every side."""
    return _with_border(read_grid(GRID_FILE))


def read_grid(path: Path) -> NDArray[np.float32]:
    """Read the packed EGM96 grid (see ``bench/make_geoid.py`` for the format).

    Returns
    -------
    ndarray of float32, shape (721, 1440)
        Undulations in metres; rows from 90 N to 90 S, columns from 0 E to 359.75 E.

    Raises
    ------
    GeoError
        If the file is missing or damaged.
    """
    try:
        content = lzma.decompress(path.read_bytes())
    except (OSError, lzma.LZMAError) as error:
        raise GeoError(f"{path}: the EGM96 geoid grid cannot be read ({error}); reinstall tianmu") from error
    if len(content) != _ROWS * _COLS * 2:
        raise GeoError(
            f"{path}: the EGM96 geoid grid holds {len(content)} bytes, expected {_ROWS * _COLS * 2}; "
            "reinstall tianmu"
        )
    differences = np.frombuffer(content, "<i2").reshape(_ROWS, _COLS)
    centimetres = differences.cumsum(axis=0, dtype=np.int64).cumsum(axis=1)
    return (centimetres / 100).astype(np.float32)


def _with_border(grid: NDArray[np.float32]) -> NDArray[np.float32]:
    """Add posts beyond the poles (the other side of the Earth) and beyond the first and last meridian."""
    opposite = np.roll(grid, _COLS // 2, axis=1)
    tall = np.vstack([opposite[_BORDER:0:-1], grid, opposite[-2 : -2 - _BORDER : -1]])
    return np.hstack([tall[:, -_BORDER:], tall, tall[:, :_BORDER]])
