import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GeoError
from geo.frames import LocalFrame

WGS84 = pyproj.Geod(ellps="WGS84")

centres = st.tuples(st.floats(-179.9, 179.9), st.floats(-70, 70))
azimuths = st.floats(0, 360)
within_50_km = st.floats(0, 50_000)


@settings(max_examples=200, deadline=None)
@given(centre=centres, azimuth=azimuths, far=within_50_km, bearing=azimuths, apart=st.floats(10, 2_000))
def test_distances_and_bearings_agree_with_geodesics(
    centre: tuple[float, float], azimuth: float, far: float, bearing: float, apart: float
) -> None:
    """Within 50 km of the centre, over legs as surveys fly them, to 1:10,000 (and 1 mm)."""
    frame = LocalFrame(*centre)
    lon_a, lat_a, _ = WGS84.fwd(*centre, azimuth, far)
    lon_b, lat_b, _ = WGS84.fwd(lon_a, lat_a, bearing, apart)
    a, b = frame.to_enu([[lon_a, lat_a]]), frame.to_enu([[lon_b, lat_b]])
    assert frame.distance_m(a, b)[0] == pytest.approx(apart, rel=1e-4, abs=1e-3)
    # 1:10,000 across the line of sight is 1e-4 rad = 0.0057 degrees.
    turned = (frame.bearing_deg(a, b)[0] - bearing + 180) % 360 - 180
    assert abs(turned) < np.degrees(1e-4)


@settings(max_examples=100, deadline=None)
@given(centre=centres, azimuth=azimuths, far=within_50_km)
def test_from_the_centre_outwards(centre: tuple[float, float], azimuth: float, far: float) -> None:
    frame = LocalFrame(*centre)
    lon, lat, _ = WGS84.fwd(*centre, azimuth, far)
    point = frame.to_enu([[lon, lat]])
    assert frame.distance_m([[0, 0]], point)[0] == pytest.approx(far, rel=1e-4, abs=1e-3)


@settings(max_examples=100, deadline=None)
@given(centre=centres, east=st.floats(-50_000, 50_000), north=st.floats(-50_000, 50_000))
def test_there_and_back(centre: tuple[float, float], east: float, north: float) -> None:
    frame = LocalFrame(*centre)
    again = frame.to_enu(frame.to_lonlat([[east, north]]))
    np.testing.assert_allclose(again, [[east, north]], atol=1e-5)


def test_convergence_by_hand() -> None:
    # Convergence of a transverse Mercator is about (difference in longitude) * sin(latitude):
    # 0.3 degrees east of the centre at 30 N gives 0.3 * 0.5 = 0.15 degrees; grid north then lies
    # west of true north there, so a grid bearing is the true one minus 0.15.
    frame = LocalFrame(100.0, 30.0)
    place = frame.to_enu([[100.3, 30.0]])
    assert frame.convergence_deg(place)[0] == pytest.approx(0.15, abs=0.0005)
    due_north = frame.to_enu([[100.3, 30.01]])
    east, north = (due_north - place)[0]
    assert np.degrees(np.arctan2(east, north)) == pytest.approx(-0.15, abs=0.0005)
    assert (frame.bearing_deg(place, due_north)[0] + 180) % 360 - 180 == pytest.approx(0.0, abs=1e-4)


def test_centre_is_zero_and_axes_point_east_and_north() -> None:
    frame = LocalFrame(100.2, 25.6)
    np.testing.assert_allclose(frame.to_enu([[100.2, 25.6]]), [[0, 0]], atol=1e-9)
    (east, _), (_, north) = frame.to_enu([[100.201, 25.6], [100.2, 25.601]])
    # 0.001 degree of longitude at 25.6 N: 111,320 m * cos(25.6) * 0.001, a little more on the ellipsoid.
    assert east == pytest.approx(100.45, abs=0.05)
    assert north == pytest.approx(110.78, abs=0.05)


def test_around_takes_the_middle() -> None:
    frame = LocalFrame.around((100.0, 25.0, 101.0, 26.0))
    assert (frame.lon_deg, frame.lat_deg) == (100.5, 25.5)


def test_geometry_there_and_back_keeps_holes() -> None:
    frame = LocalFrame(100.2, 25.6)
    ring = [(100.199, 25.599), (100.201, 25.599), (100.201, 25.601), (100.199, 25.601)]
    hole = [(100.1995, 25.5995), (100.2005, 25.5995), (100.2, 25.6005)]
    plot = shapely.Polygon(ring, [hole])
    moved = frame.geometry_to_enu(plot)
    area, _ = WGS84.geometry_area_perimeter(shapely.geometry.polygon.orient(plot))
    assert moved.area == pytest.approx(area, rel=1e-4)
    assert shapely.equals_exact(frame.geometry_to_lonlat(moved), plot, 1e-9)


@pytest.mark.parametrize("centre", [(200.0, 0.0), (0.0, 90.0), (float("nan"), 0.0)])
def test_impossible_centre_is_refused(centre: tuple[float, float]) -> None:
    with pytest.raises(GeoError, match="longitude, latitude"):
        LocalFrame(*centre)


def test_wrong_shape_is_refused() -> None:
    with pytest.raises(GeoError, match=r"\(N, 2\)"):
        LocalFrame(0, 0).to_enu([100.0, 25.0])
