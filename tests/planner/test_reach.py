import numpy as np
import pytest
import shapely

from geo.camera import Camera
from geo.terrain import Grid, Terrain
from planner.reach import Lean, half_angles, lean, reach_over
from planner.terrain import HeightRule

AREA = shapely.box(-100, -100, 100, 100)
LEVEL = HeightRule(80.0, 0.0)
TANGENTS = (0.6, 0.4)
UPRIGHT = Lean(0.0, 0.0)


def shaped(height):
    axis = np.arange(-400.0, 401.0, 5.0)
    east, north = np.meshgrid(axis, axis)
    return Terrain(Grid(1000.0 + height(east, north), -400.0, -400.0, 5.0))


def test_level_ground_gives_the_distances_of_the_overlaps():
    reach = reach_over(AREA, 0.0, Terrain.flat(500.0), LEVEL, TANGENTS, (0.3, 0.25), UPRIGHT, 5.0)
    assert reach.spacing_m == pytest.approx(2 * 48 * 0.7)
    assert reach.trigger_m == pytest.approx(2 * 32 * 0.75)
    assert (reach.across_m, reach.along_m) == pytest.approx((43.0, 27.0))


def test_a_valley_narrows_the_swath_and_a_ridge_does_not():
    """Where the ground rises by 0.3 to either side, a ray reaches 48 / (1 + 0.6 * 0.3) m instead of 48."""
    valley = shaped(lambda east, north: 0.3 * np.abs(east))
    strip = shapely.box(-1.0, -100, 1.0, 100)
    in_valley = reach_over(strip, 0.0, valley, LEVEL, TANGENTS, (0.3, 0.3), UPRIGHT, 0.0)
    assert in_valley.spacing_m == pytest.approx(0.7 * 2 * 48 / 1.18, rel=0.02)
    on_ridge = reach_over(
        strip, 0.0, shaped(lambda east, north: -0.3 * np.abs(east)), LEVEL, TANGENTS, (0.3, 0.3), UPRIGHT, 0.0
    )
    assert on_ridge.spacing_m > 0.7 * 2 * 48


def test_on_a_slope_the_uphill_half_rules_the_border():
    slope = shaped(lambda east, north: 0.3 * east)
    reach = reach_over(AREA, 0.0, slope, LEVEL, TANGENTS, (0.3, 0.3), UPRIGHT, 0.0)
    assert reach.across_m == pytest.approx(48 / 1.18, rel=0.01)
    assert reach.along_m == pytest.approx(32, rel=0.01)


def test_lean_and_margin_are_taken_off_the_border_not_off_the_spacing():
    args = (AREA, 0.0, Terrain.flat(0.0), LEVEL, TANGENTS, (0.3, 0.3))
    upright, leaning = reach_over(*args, UPRIGHT, 0.0), reach_over(*args, Lean(10.0, 4.0), 5.0)
    assert leaning.spacing_m == upright.spacing_m
    assert leaning.along_m == pytest.approx(upright.along_m - 80 * np.tan(np.radians(10)) - 5)
    assert leaning.across_m == pytest.approx(upright.across_m - 80 * np.tan(np.radians(4)) - 5)


def test_only_a_fixed_camera_on_a_multirotor_leans():
    assert lean("multirotor", True, 10.0, 5.0) == UPRIGHT
    assert lean("fixed_wing", False, 18.0, 5.0) == UPRIGHT
    leaning = lean("multirotor", False, 10.0, 3.0)
    assert leaning.along_deg > leaning.across_deg > 0


def test_a_camera_mounted_across_swaps_width_and_length():
    camera = Camera.from_sensor(6000, 4000, 23.5, 20.0)
    across, along = half_angles(camera, 0.0)
    assert (across, along) == pytest.approx((23.5 / 40, 23.5 / 40 / 1.5), rel=1e-3)
    assert half_angles(camera, 90.0) == pytest.approx((along, across))
    assert half_angles(camera, 180.0) == pytest.approx((across, along))
    askew = half_angles(camera, 20.0)
    assert askew[0] < across and askew[1] < along
