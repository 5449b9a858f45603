"""Poses and views: against pixels worked out by hand, because everything else stands on them."""

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.camera import Camera
from geo.frames import LocalFrame
from geo.pose import Pose
from geo.terrain import Grid, Terrain
from geo.view import View, horizontal_error_m

Array = NDArray[np.float64]

FRAME = LocalFrame(100.2, 25.6)
# 1000 px focal length: at 100 m a pixel is 10 cm. The principal point is the middle of 1000 x 800 pixels.
CAMERA = Camera(1000, 800, 1000, 1000, 499.5, 399.5)
SEA = Terrain.flat(0.0)


def view(pose: Pose, terrain: Terrain = SEA, camera: Camera = CAMERA) -> View:
    return View(camera, pose, terrain, FRAME)


def pixel(pose: Pose, east: float, north: float, up: float = 0.0) -> Array:
    return view(pose).pixels([[east, north, up]])[0]


# --- by hand ---


def test_straight_down_top_to_the_north() -> None:
    pose = Pose(0, 0, 100, 0, -90, 0)
    # 10 m of ground are 100 px. East is right, north is up, so v falls.
    np.testing.assert_allclose(pixel(pose, 10, 0), [599.5, 399.5], atol=1e-9)
    np.testing.assert_allclose(pixel(pose, 0, 10), [499.5, 299.5], atol=1e-9)
    # A tree top 50 m up, 10 m east: 10 / 50 * 1000 = 200 px.
    np.testing.assert_allclose(pixel(pose, 10, 0, 50), [699.5, 399.5], atol=1e-9)


def test_straight_down_top_to_the_east() -> None:
    # Yaw 90: the top of the image is east, so its right side is south.
    pose = Pose(5, 7, 100, 90, -90, 0)
    np.testing.assert_allclose(pixel(pose, 15, 7), [499.5, 299.5], atol=1e-9)
    np.testing.assert_allclose(pixel(pose, 5, -3), [599.5, 399.5], atol=1e-9)


def test_straight_down_top_to_the_south_west() -> None:
    # Yaw 225: 10 m to the south-west is 100 px up; right is north-west.
    pose = Pose(0, 0, 100, 225, -90, 0)
    s = 10 / np.sqrt(2)
    np.testing.assert_allclose(pixel(pose, -s, -s), [499.5, 299.5], atol=1e-9)
    np.testing.assert_allclose(pixel(pose, -s, s), [599.5, 399.5], atol=1e-9)


def test_pitch_60_looks_ahead() -> None:
    # 30 degrees off straight down, to the north: the middle of the image shows 100 * tan 30 = 57.735 m north.
    # The place under the camera is 30 degrees below the line of sight: v = 399.5 + 1000 * tan 30 = 976.850.
    pose = Pose(0, 0, 100, 0, -60, 0)
    np.testing.assert_allclose(view(pose).ground_points([[499.5, 399.5]]), [[0, 57.7350269, 0]], atol=1e-6)
    np.testing.assert_allclose(pixel(pose, 0, 0), [499.5, 976.8502692], atol=1e-6)
    # 10 m east of the middle: its distance along the line of sight is 100 / cos 30 = 115.470 m,
    # so 1000 * 10 / 115.470 = 86.603 px right, on the same row.
    np.testing.assert_allclose(pixel(pose, 10, 57.7350269), [586.1025404, 399.5], atol=1e-6)


def test_pitch_60_heading_west() -> None:
    pose = Pose(0, 0, 100, 270, -60, 0)
    np.testing.assert_allclose(view(pose).ground_points([[499.5, 399.5]]), [[-57.7350269, 0, 0]], atol=1e-6)
    # Right of the image is north.
    np.testing.assert_allclose(pixel(pose, -57.7350269, 10), [586.1025404, 399.5], atol=1e-6)


def test_roll_10_looks_left() -> None:
    # Right side down: the belly turns to the left, so the middle of the image shows 100 * tan 10 = 17.633 m
    # west, and the place under the camera is 10 degrees right of the line of sight: 176.327 px.
    pose = Pose(0, 0, 100, 0, -90, 10)
    np.testing.assert_allclose(view(pose).ground_points([[499.5, 399.5]]), [[-17.6326981, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(pixel(pose, 0, 0), [675.8269807, 399.5], atol=1e-6)
    # Heading south, left is east.
    south = Pose(0, 0, 100, 180, -90, 10)
    np.testing.assert_allclose(view(south).ground_points([[499.5, 399.5]]), [[17.6326981, 0, 0]], atol=1e-6)


def test_pitch_80_and_roll_10_together() -> None:
    # Aircraft order: first pitched up 10 degrees, then rolled 10 degrees about its own axis. Straight down in
    # body axes (right, nose, up) is (0, 0, -1); rolled: (-sin 10, 0, -cos 10) = (-0.173648, 0, -0.984808);
    # pitched up about the right axis: north = 0 * cos 10 + 0.984808 * sin 10 = 0.171010,
    # up = -0.984808 * cos 10 = -0.969846.
    # On the ground 100 m below: east -0.173648 / 0.969846 * 100 = -17.9047,
    # north 0.171010 / 0.969846 * 100 = 17.6327.
    pose = Pose(0, 0, 100, 0, -80, 10)
    hit = view(pose).ground_points([[499.5, 399.5]])
    np.testing.assert_allclose(hit, [[-17.9047, 17.6327, 0]], atol=1e-3)


def test_level_camera_on_a_mast() -> None:
    # Pitch 0, yaw 90: looks east, horizon in the middle row. A flag 100 m east, 10 m south and 5 m above the
    # camera is 100 px right and 50 px up.
    pose = Pose(0, 0, 100, 90, 0, 0)
    np.testing.assert_allclose(pixel(pose, 100, -10, 105), [599.5, 349.5], atol=1e-9)
    assert np.isnan(pixel(pose, -100, 0, 100)).all()  # behind


# --- where poses come from ---


def test_aircraft_flying_level_looks_straight_down() -> None:
    pose = Pose.from_body(1, 2, 3, 40, 0, 0)
    np.testing.assert_allclose(
        [pose.east_m, pose.north_m, pose.alt_amsl_m, pose.yaw_deg, pose.pitch_deg, pose.roll_deg],
        [1, 2, 3, 40, -90, 0],
        atol=1e-9,
    )


def test_nose_up_looks_ahead_and_right_wing_down_looks_left() -> None:
    # Nose 5 degrees up, heading north: 100 * tan 5 = 8.7489 m north.
    ahead = Pose.from_body(0, 0, 100, 0, 5, 0)
    np.testing.assert_allclose(view(ahead).ground_points([[499.5, 399.5]]), [[0, 8.7488664, 0]], atol=1e-6)
    # Right wing 5 degrees down, heading east: left is north.
    left = Pose.from_body(0, 0, 100, 90, 0, 5)
    np.testing.assert_allclose(view(left).ground_points([[499.5, 399.5]]), [[0, 8.7488664, 0]], atol=1e-6)


def test_mount_turns_the_image_and_not_the_line_of_sight() -> None:
    # Camera turned 90 degrees clockwise in its mount, aircraft heading north with the nose 5 degrees up:
    # it still looks 8.749 m north, and the image's top is to the right of the aircraft, east.
    pose = Pose.from_body(0, 0, 100, 0, 5, 0, mount_yaw_deg=90)
    middle = view(pose).ground_points([[499.5, 399.5], [499.5, 299.5]])
    np.testing.assert_allclose(middle[0], [0, 8.7488664, 0], atol=1e-6)
    assert middle[1, 0] > 9
    assert middle[1, 1] == pytest.approx(8.7488664, abs=1e-6)
    # Level, mounted backwards: top to the tail.
    assert Pose.from_body(0, 0, 100, 30, 0, 0, mount_yaw_deg=180).yaw_deg == pytest.approx(210)


def test_gimbal_straight_down() -> None:
    # Roll about the line of sight turns the image: level and rolled 10 degrees clockwise, then tipped down,
    # the image's top points 10 degrees right of the yaw.
    plain = Pose.from_gimbal(0, 0, 100, 30, -90, 0)
    np.testing.assert_allclose([plain.yaw_deg, plain.pitch_deg, plain.roll_deg], [30, -90, 0], atol=1e-9)
    rolled = Pose.from_gimbal(0, 0, 100, 30, -90, 10)
    np.testing.assert_allclose([rolled.yaw_deg, rolled.pitch_deg, rolled.roll_deg], [40, -90, 0], atol=1e-9)


def test_gimbal_oblique() -> None:
    # Without roll the two orders agree, at any pitch.
    for pitch in (-90.0, -60.0, -20.0, 0.0):
        pose = Pose.from_gimbal(0, 0, 0, 123, pitch, 0)
        np.testing.assert_allclose([pose.yaw_deg, pose.pitch_deg, pose.roll_deg], [123, pitch, 0], atol=1e-9)
    # Rolled 10 degrees clockwise while looking 45 degrees down to the north: the line of sight stays where it
    # was, and a point to its right appears turned counter-clockwise in the image, that is up.
    pose = Pose.from_gimbal(0, 0, 100, 0, -45, 10)
    np.testing.assert_allclose(view(pose).ground_points([[499.5, 399.5]]), [[0, 100, 0]], atol=1e-6)
    # 10 m right at 100 * sqrt 2 = 141.42 m: 70.711 px, turned by 10 degrees: (69.636, -12.279).
    np.testing.assert_allclose(pixel(pose, 10, 100), [569.1364, 387.2212], atol=1e-3)


angles = st.floats(-179, 179)


@settings(max_examples=200, deadline=None)
@given(yaw=angles, pitch=st.floats(-89, 89), roll=st.floats(-80, 80), mount=angles)
def test_poses_keep_the_rotation_they_came_from(yaw: float, pitch: float, roll: float, mount: float) -> None:
    """The angles a pose stores turn back into the rotation it was made from, composed here on its own."""

    def turn(axis: tuple[float, float, float], angle_deg: float) -> Array:
        """Rodrigues' formula: right-handed turn about a unit axis."""
        k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
        a = np.radians(angle_deg)
        return np.eye(3) + np.sin(a) * k + (1 - np.cos(a)) * k @ k

    east, north, up = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
    body = turn(up, -yaw) @ turn(east, pitch) @ turn(north, roll)
    down = np.diag([1.0, -1.0, -1.0])
    expected = body @ turn(up, -mount) @ down
    pose = Pose.from_body(0, 0, 0, yaw, pitch, roll, mount)
    np.testing.assert_allclose(pose.rotation(), expected, atol=1e-7)
    assert -180 <= pose.pitch_deg <= 0

    level_north = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
    gimbal = Pose.from_gimbal(0, 0, 0, yaw, pitch, roll)
    np.testing.assert_allclose(gimbal.rotation(), body @ level_north, atol=1e-7)


# --- pixel to ground and back ---


@st.composite
def survey_views(draw: st.DrawFn) -> View:
    """Photos as surveys take them: up to 35 degrees off straight down, any heading, wide lens, hills."""
    size, step = 41, 10.0
    half = (size - 1) * step / 2
    axis = np.linspace(-half, half, size)
    slope_e, slope_n = draw(st.floats(-0.4, 0.4)), draw(st.floats(-0.4, 0.4))
    relief = draw(st.floats(0, 6))
    noise = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).uniform(
        -relief / 2, relief / 2, (size, size)
    )
    z = 1800 + slope_e * axis[None, :] + slope_n * axis[:, None] + noise
    camera = Camera(
        4000, 3000, 2900, 2905, 2010, 1490,
        k1=draw(st.floats(-0.12, 0.05)), k2=draw(st.floats(-0.01, 0.03)),
        p1=draw(st.floats(-0.002, 0.002)), p2=draw(st.floats(-0.002, 0.002)),
    )  # fmt: skip
    pose = Pose(
        draw(st.floats(-50, 50)),
        draw(st.floats(-50, 50)),
        1800 + draw(st.floats(60, 120)),
        draw(st.floats(0, 360)),
        -90 + draw(st.floats(-25, 25)),
        draw(st.floats(-25, 25)),
    )
    return View(camera, pose, Terrain(Grid(z, -half, -half, step)), FRAME)


def all_over(camera: Camera, per_side: int = 7) -> Array:
    across = np.linspace(0, camera.width_px - 1, per_side)
    down = np.linspace(0, camera.height_px - 1, per_side)
    return np.column_stack([a.ravel() for a in np.meshgrid(across, down)])


@settings(max_examples=150, deadline=None)
@given(photo=survey_views())
def test_pixel_to_ground_to_pixel_closes(photo: View) -> None:
    """To 0.01 px over random poses, slopes, rough ground and lenses; and the points lie on the ground."""
    px = all_over(photo.camera)
    points = photo.ground_points(px)
    seen = np.isfinite(points).all(axis=1)
    if not seen.any():
        return
    np.testing.assert_allclose(photo.pixels(points[seen]), px[seen], atol=0.01)
    np.testing.assert_allclose(photo.terrain.height_at(points[seen, :2]), points[seen, 2], atol=1e-4)


@settings(max_examples=100, deadline=None)
@given(photo=survey_views(), east=st.floats(-30, 30), north=st.floats(-30, 30))
def test_ground_to_pixel_to_ground_closes(photo: View, east: float, north: float) -> None:
    """A place on the ground is found again from its pixel, unless something nearer the camera hides it."""
    place = np.array([[photo.pose.east_m + east, photo.pose.north_m + north]])
    point = np.column_stack([place, photo.terrain.height_at(place)])
    px = photo.pixels(point)
    inside = (px >= 0).all() and (px <= [photo.camera.width_px - 1, photo.camera.height_px - 1]).all()
    if not inside:
        return
    again = photo.ground_points(px)[0]
    if np.linalg.norm(again - point[0]) < 0.01:
        return
    # Otherwise what it shows must be nearer to the camera, on the same line of sight.
    camera_to_point, camera_to_hit = point[0] - photo.pose.position, again - photo.pose.position
    assert np.linalg.norm(camera_to_hit) < np.linalg.norm(camera_to_point)
    np.testing.assert_allclose(np.cross(camera_to_hit, camera_to_point), 0, atol=0.5)


def test_true_north_away_from_the_centre() -> None:
    """30 km east of the centre the grid is turned by 0.13 degrees; yaw 0 still points to true north."""
    east = 30_000.0
    photo = View(CAMERA, Pose(east, 0, 1000, 0, -90, 0), SEA, FRAME)
    top, right = photo.ground_points([[499.5, -0.5], [999.5, 399.5]])
    here, north, side = FRAME.to_lonlat([[east, 0], top[:2], right[:2]])
    assert FRAME.convergence_deg([[east, 0]])[0] == pytest.approx(0.129, abs=0.002)
    assert north[0] == pytest.approx(here[0], abs=2e-8)  # same meridian, to 2 mm
    assert side[1] == pytest.approx(here[1], abs=1e-6)  # same parallel, but for the curve of the Earth
    np.testing.assert_allclose(photo.pixels([top, right]), [[499.5, -0.5], [999.5, 399.5]], atol=1e-6)


# --- footprints, ground sample distance, errors ---


def test_footprint_on_level_ground() -> None:
    # 1000 x 800 pixels of 10 cm: 100 x 80 m, turned with the yaw.
    square = view(Pose(20, -30, 100, 0, -90, 0)).footprint()
    assert square.area == pytest.approx(8000, rel=1e-9)
    assert square.bounds == pytest.approx((-30, -70, 70, 10), abs=1e-3)
    turned = view(Pose(20, -30, 100, 37, -90, 0)).footprint()
    assert turned.area == pytest.approx(8000, rel=1e-6)
    expected = shapely.affinity.rotate(square, -37, origin=(20, -30))
    assert turned.symmetric_difference(expected).area < 0.1


def test_footprint_on_a_slope() -> None:
    # Ground rising 1 in 5 to the north, camera 100 m above it. The rows at +-40 px per 100 m of height:
    # tan = 0.4. Uphill 100 - 0.2 n = n / 0.4 gives n = 37.037; downhill n = -43.478 (100 + 0.2 m = m / 0.4).
    axis = np.linspace(-200, 200, 41)
    terrain = Terrain(Grid(np.broadcast_to(0.2 * axis[:, None], (41, 41)).copy(), -200, -200, 10))
    footprint = view(Pose(0, 0, 100, 0, -90, 0), terrain).footprint()
    # The outer edge of the pixels lies 400 px from the middle: tan is 0.4 exactly.
    _, south, _, north = footprint.bounds
    assert north == pytest.approx(37.037037, abs=1e-4)
    assert south == pytest.approx(-43.478261, abs=1e-4)


def test_no_footprint_where_part_of_the_photo_shows_sky() -> None:
    assert view(Pose(0, 0, 100, 0, -20, 0)).footprint().is_empty


def test_ground_sample_distance_by_hand() -> None:
    # Straight down from 100 m with 1000 px: 10 cm, everywhere on level ground (a pinhole keeps shapes).
    down = view(Pose(0, 0, 100, 10, -90, 0)).gsd_cm([[499.5, 399.5], [0, 0], [999, 799]])
    np.testing.assert_allclose(down, 10.0, rtol=1e-6)
    # 60 degrees down: the middle is 100 / cos 30 = 115.470 m away, a pixel 11.547 cm across; along the ground
    # it is stretched by another 1 / cos 30: 13.333. Geometric mean sqrt(11.547 * 13.333) = 12.408.
    oblique = view(Pose(0, 0, 100, 10, -60, 0)).gsd_cm([[499.5, 399.5]])[0]
    assert oblique == pytest.approx(12.4081, abs=1e-3)
    # A hill 20 m high makes it finer: 80 m give 8 cm.
    assert view(Pose(0, 0, 100, 10, -90, 0), Terrain.flat(20.0)).gsd_cm([[499.5, 399.5]])[0] == pytest.approx(
        8
    )


def test_horizontal_error_by_hand() -> None:
    middle = [[499.5, 399.5]]
    photo = view(Pose(0, 0, 100, 25, -90, 0))
    # Root of the sum of the squares of both axes. Position alone: sqrt 2 * 1.5 = 2.1213.
    assert horizontal_error_m(photo, middle, 1.5, 0, 0, 0)[0] == pytest.approx(2.1213, abs=1e-4)
    # Height and yaw do nothing to the middle of a photo straight down.
    assert horizontal_error_m(photo, middle, 0, 3, 0, 5)[0] == pytest.approx(0, abs=1e-9)
    # 1 degree of tilt about each axis: 100 * 0.0174533 * sqrt 2 = 2.4683.
    assert horizontal_error_m(photo, middle, 0, 0, 1, 0)[0] == pytest.approx(2.4683, abs=1e-4)
    # At the corner, 50 m right and 40 m up, 64.031 m from the middle: 3 degrees of yaw are 3.3527 m,
    # 3 m of height are 3 * 64.031 / 100 = 1.9209 m.
    corner = [[999.5, -0.5]]
    assert horizontal_error_m(photo, corner, 0, 0, 0, 3)[0] == pytest.approx(3.3527, abs=1e-3)
    assert horizontal_error_m(photo, corner, 0, 3, 0, 0)[0] == pytest.approx(1.9209, abs=1e-3)


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_horizontal_error_by_throwing_dice(slope: float) -> None:
    """Against poses disturbed at random: position, height, two level axes of tilt, and yaw."""
    axis = np.linspace(-400, 400, 81)
    terrain = Terrain(Grid(np.broadcast_to(slope * axis[:, None], (81, 81)).copy(), -400, -400, 10))
    base = Pose(0, 0, 80, 40, -82, 6)
    px = np.array([[499.5, 399.5], [900.0, 100.0], [50.0, 700.0]])
    errors = (1.5, 2.0, 0.8, 2.5)
    expected = horizontal_error_m(view(base, terrain), px, *errors)

    random = np.random.default_rng(11)
    count = 4000
    rays = view(base, terrain).directions(px)
    truth = view(base, terrain).ground_points(px)[:, :2]
    shift = (
        np.column_stack([random.normal(0, errors[0], (count, 2)), random.normal(0, errors[1], count)])
        + base.position
    )
    turns = np.radians(
        np.column_stack([random.normal(0, errors[2], (count, 2)), random.normal(0, errors[3], count)])
    )
    for index, ray in enumerate(rays):
        angle = np.linalg.norm(turns, axis=1, keepdims=True)
        around = turns / angle
        turned = (
            ray * np.cos(angle)
            + np.cross(around, ray) * np.sin(angle)
            + around * (around @ ray)[:, None] * (1 - np.cos(angle))
        )
        hits = terrain.intersect(shift, turned)[:, :2]
        spread = np.sqrt(np.mean(np.sum((hits - truth[index]) ** 2, axis=1)))
        assert expected[index] == pytest.approx(spread, rel=0.05)


def test_error_is_unknown_where_there_is_no_ground() -> None:
    photo = view(Pose(0, 0, 100, 0, -20, 0))
    assert np.isnan(horizontal_error_m(photo, [[499.5, 0.0]], 1, 1, 1, 1)[0])
