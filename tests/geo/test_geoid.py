import lzma
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GeoError
from geo.geoid import GRID_FILE, egm96_undulation, read_grid

# (lon, lat, undulation in metres).
# First six: the input and output files that NGA publishes with the grid and its interpolation program
# (INPUT.DAT, OUTINTPT.DAT). The next seven: GeographicLib's online GeoidEval for EGM96, as quoted in the
# tests of Orekit. Last two: rows of the grid itself at the poles.
PUBLISHED = [
    (269.7791550, 38.6281550, -31.628),
    (305.0211140, -14.6212170, -2.969),
    (102.4487290, 46.8743190, -43.575),
    (133.8747120, -23.6174460, 15.871),
    (359.9995000, 38.6254730, 50.066),
    (0.0023000, -0.4667440, 17.329),
    (75, 0, -100.3168),
    (60, -30, 14.9214),
    (130, 0, 76.6053),
    (-30, 60, 63.7979),
    (-75, 40, -34.0402),
    (92, 28, -30.4056),
    (250, 45, -7.4825),
    (0, 90, 13.606),
    (0, -90, -29.534),
]


@pytest.mark.parametrize(("lon", "lat", "expected"), PUBLISHED)
def test_published_values(lon: float, lat: float, expected: float) -> None:
    # A tenth of a metre is what is promised; cubic interpolation of the grid does much better.
    assert egm96_undulation([[lon, lat]])[0] == pytest.approx(expected, abs=0.012)


@settings(max_examples=50, deadline=None)
@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90))
def test_wraps_in_longitude(lon: float, lat: float) -> None:
    here, around, back = egm96_undulation([[lon, lat], [lon + 360, lat], [lon - 360, lat]])
    assert around == pytest.approx(here, abs=1e-6)
    assert back == pytest.approx(here, abs=1e-6)


def test_is_continuous_over_the_seams() -> None:
    lat = np.linspace(-90, 90, 721)
    step = 1e-7
    for seam in (0.0, 90.0, 180.0, -180.0, 359.75):
        west = egm96_undulation(np.column_stack([np.full_like(lat, seam - step), lat]))
        east = egm96_undulation(np.column_stack([np.full_like(lat, seam + step), lat]))
        np.testing.assert_allclose(east, west, atol=1e-4)


def test_poles_are_one_point_each() -> None:
    lon = np.linspace(-180, 360, 55)
    for lat in (90.0, -90.0):
        values = egm96_undulation(np.column_stack([lon, np.full_like(lon, lat)]))
        assert np.ptp(values) < 1e-6
    # Over the pole and down the other side: no jump.
    north = egm96_undulation([[20, 89.9999], [200, 89.9999]])
    assert north[0] == pytest.approx(north[1], abs=0.001)


def test_between_posts_stays_near_the_posts() -> None:
    lon, lat = 100.2, 25.6
    posts = egm96_undulation([[100.0, 25.5], [100.25, 25.5], [100.0, 25.75], [100.25, 25.75]])
    value = egm96_undulation([[lon, lat]])[0]
    assert posts.min() - 0.1 < value < posts.max() + 0.1


def test_unknown_place_has_unknown_undulation() -> None:
    values = egm96_undulation([[np.nan, 10.0], [10.0, np.nan], [10.0, 10.0]])
    assert np.isnan(values[:2]).all()
    assert np.isfinite(values[2])


def test_swapped_coordinates_are_refused() -> None:
    with pytest.raises(GeoError, match=r"100\.2 .*swapped"):
        egm96_undulation([[25.6, 100.2]])


def test_missing_grid_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GeoError, match=r"egm96-15\.xz"):
        read_grid(tmp_path / "egm96-15.xz")


def test_damaged_grid_is_an_error(tmp_path: Path) -> None:
    content = bytearray(GRID_FILE.read_bytes())
    content[len(content) // 2] ^= 0xFF
    damaged = tmp_path / "damaged.xz"
    damaged.write_bytes(content)
    with pytest.raises(GeoError, match="cannot be read"):
        read_grid(damaged)
    damaged.write_bytes(GRID_FILE.read_bytes()[:-1000])
    with pytest.raises(GeoError, match="cannot be read"):
        read_grid(damaged)
    damaged.write_bytes(lzma.compress(b"x" * 100))
    with pytest.raises(GeoError, match="100 bytes"):
        read_grid(damaged)


def test_whole_grid_is_there() -> None:
    grid = read_grid(GRID_FILE)
    assert grid.shape == (721, 1440)
    # Extremes of EGM96 on this grid: south of India and New Guinea.
    assert grid.min() == pytest.approx(-106.99, abs=0.01)
    assert grid.max() == pytest.approx(85.39, abs=0.01)
