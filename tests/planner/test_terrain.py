import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.terrain import Grid, Terrain
from missions.errors import PlanError
from planner.terrain import HeightRule, follow, heights_above_ground

RULE = HeightRule(60.0, 3.0)


def hills(amplitude_m, wave_m, slope):
    axis = np.arange(-500.0, 501.0, 5.0)
    east, north = np.meshgrid(axis, axis)
    z = 1000.0 + slope * east + amplitude_m * np.sin(2 * np.pi * (east + 0.5 * north) / wave_m)
    return Terrain(Grid(z, -500.0, -500.0, 5.0))


@given(
    st.floats(0, 30),
    st.floats(80, 600),
    st.floats(-0.4, 0.4),
    st.lists(st.tuples(st.floats(-480, 480), st.floats(-480, 480)), min_size=2, max_size=5),
)
@settings(max_examples=40, deadline=None)
def test_height_above_ground_is_kept_all_along(amplitude_m, wave_m, slope, track):
    terrain = hills(amplitude_m, wave_m, slope)
    points, given_points = follow(np.array(track), terrain, RULE)
    heights = heights_above_ground(points, terrain)
    assert np.all(np.abs(heights - RULE.agl_m) <= RULE.tolerance_m + 1e-9)
    np.testing.assert_allclose(points[given_points][:, :2], track, atol=1e-9)


def test_an_even_slope_needs_no_points_between():
    points, given_points = follow(np.array([[-400.0, 0.0], [400.0, 100.0]]), hills(0.0, 100.0, 0.3), RULE)
    assert len(points) == 2
    assert given_points.all()
    np.testing.assert_allclose(points[:, 2], [1000 - 120 + 60, 1000 + 120 + 60], atol=0.1)


def test_outside_the_terrain_is_an_error():
    with pytest.raises(PlanError, match=r"leaves the terrain.*terrain\.tif"):
        follow(np.array([[0.0, 0.0], [900.0, 0.0]]), hills(0.0, 100.0, 0.0), RULE)
