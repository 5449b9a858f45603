import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.camera import Camera
from geo.errors import GeoError

Array = NDArray[np.float64]


@st.composite
def cameras(draw: st.DrawFn) -> Camera:
    """Cameras as surveys use them: 45 to 90 degrees across, distortion up to that of a wide DJI lens."""
    width = draw(st.integers(640, 8192))
    height = int(width * draw(st.floats(0.55, 0.8)))
    focal = width * draw(st.floats(0.6, 1.3))
    camera = Camera(
        width,
        height,
        focal,
        focal * draw(st.floats(0.995, 1.005)),
        width / 2 + draw(st.floats(-50, 50)),
        height / 2 + draw(st.floats(-50, 50)),
        k1=draw(st.floats(-0.15, 0.1)),
        k2=draw(st.floats(-0.01, 0.05)),
        p1=draw(st.floats(-0.002, 0.002)),
        p2=draw(st.floats(-0.002, 0.002)),
        k3=draw(st.floats(-0.005, 0.005)),
    )
    assume(_unfolds(camera))
    return camera


def _unfolds(camera: Camera) -> bool:
    """Whether the lens still grows at the image's corners: past its turning point it has no inverse."""
    r = np.linspace(0, 3, 3001)
    distorted = r * (1 + r**2 * (camera.k1 + r**2 * (camera.k2 + r**2 * camera.k3)))
    falls = np.diff(distorted) <= 0
    reach = distorted[np.argmax(falls)] if falls.any() else np.inf
    corners = (camera.corners_px() - [camera.cx_px, camera.cy_px]) / [camera.fx_px, camera.fy_px]
    return bool(np.linalg.norm(corners, axis=1).max() < 0.95 * reach)


def grid_px(camera: Camera, per_side: int = 9) -> Array:
    across = np.linspace(-0.5, camera.width_px - 0.5, per_side)
    down = np.linspace(-0.5, camera.height_px - 0.5, per_side)
    return np.column_stack([axis.ravel() for axis in np.meshgrid(across, down)])


@settings(max_examples=100, deadline=None)
@given(camera=cameras(), seed=st.integers(0, 2**32 - 1))
def test_projection_is_opencvs(camera: Camera, seed: int) -> None:
    random = np.random.default_rng(seed)
    depth = random.uniform(20, 500, 50)
    points = np.column_stack(
        [random.uniform(-0.7, 0.7, 50) * depth, random.uniform(-0.6, 0.6, 50) * depth, depth]
    )
    matrix = np.array([[camera.fx_px, 0, camera.cx_px], [0, camera.fy_px, camera.cy_px], [0, 0, 1]])
    coefficients = np.array([camera.k1, camera.k2, camera.p1, camera.p2, camera.k3])
    expected, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), matrix, coefficients)
    np.testing.assert_allclose(camera.project(points), expected.reshape(-1, 2), atol=1e-6)


@settings(max_examples=100, deadline=None)
@given(camera=cameras())
def test_pixel_to_ray_to_pixel_closes(camera: Camera) -> None:
    px = grid_px(camera)
    rays = camera.rays(px)
    np.testing.assert_allclose(np.linalg.norm(rays, axis=1), 1.0, atol=1e-12)
    np.testing.assert_allclose(camera.project(rays * 80.0), px, atol=1e-6)


def test_pixels_by_hand() -> None:
    camera = Camera(1000, 800, 1000, 1000, 499.5, 399.5)
    # 10 m right and 5 m down at 100 m: 1000 * 10 / 100 = 100 px right, 50 px down of the principal point.
    # Straight ahead: the principal point. Behind: nothing.
    px = camera.project([[10, 5, 100], [0, 0, 7], [0, 0, -7], [1, 1, 0]])
    np.testing.assert_allclose(px[:2], [[599.5, 449.5], [499.5, 399.5]], atol=1e-12)
    assert np.isnan(px[2:]).all()


def test_distortion_by_hand() -> None:
    # x = 0.2, y = 0.1: r2 = 0.05. radial = 1 - 0.1 * 0.05 = 0.995.
    # x' = 0.2 * 0.995 + 2 * 0.001 * 0.2 * 0.1 + 0.002 * (0.05 + 2 * 0.04)
    #    = 0.199 + 0.00004 + 0.00026 = 0.1993
    # y' = 0.1 * 0.995 + 0.001 * (0.05 + 2 * 0.01) + 2 * 0.002 * 0.2 * 0.1
    #    = 0.0995 + 0.00007 + 0.00008 = 0.09965
    camera = Camera(1000, 800, 1000, 1000, 500, 400, k1=-0.1, p1=0.001, p2=0.002)
    np.testing.assert_allclose(camera.project([[2.0, 1.0, 10.0]]), [[699.3, 499.65]], atol=1e-9)


def test_from_sensor_by_hand() -> None:
    # 20 mm on a 23.5 mm wide sensor of 6000 px: 20 / 23.5 * 6000 = 5106.38 px. The middle of 6000 pixels
    # numbered from 0 lies between 2999 and 3000.
    camera = Camera.from_sensor(6000, 4000, 23.5, 20.0)
    assert camera.fx_px == camera.fy_px == pytest.approx(5106.383, abs=1e-3)
    assert (camera.cx_px, camera.cy_px) == (2999.5, 1999.5)


def test_scaled_camera_sees_the_same() -> None:
    camera = Camera(6000, 4000, 5100, 5110, 2990, 2010, k1=-0.05, k2=0.01)
    quarter = camera.scaled(0.25)
    assert (quarter.width_px, quarter.height_px) == (1500, 1000)
    points = np.array([[3.0, 2.0, 50.0], [-10.0, 8.0, 60.0]])
    # The centre of the top-left quarter-size pixel covers pixels 0..3, whose middle is 1.5.
    np.testing.assert_allclose(quarter.project(points) * 4 + 1.5, camera.project(points), atol=1e-9)
    # The border stays the border.
    np.testing.assert_allclose((quarter.corners_px() + 0.5) * 4, camera.corners_px() + 0.5)


def test_corners_go_round_the_outer_edge() -> None:
    camera = Camera(1000, 800, 1000, 1000, 499.5, 399.5)
    np.testing.assert_allclose(
        camera.corners_px(), [[-0.5, -0.5], [999.5, -0.5], [999.5, 799.5], [-0.5, 799.5]]
    )
    many = camera.corners_px(4)
    assert many.shape == (16, 2)
    np.testing.assert_allclose(many[[0, 4, 8, 12]], camera.corners_px())


def test_lens_model_that_folds_back_gives_no_ray() -> None:
    # r * (1 - 0.5 r^2) never exceeds 0.544, so a pixel at 0.9 focal lengths shows nothing of this model.
    camera = Camera(2000, 1000, 1000, 1000, 999.5, 499.5, k1=-0.5)
    rays = camera.rays([[1899.5, 499.5], [999.5, 499.5]])
    assert np.isnan(rays[0]).all()
    np.testing.assert_allclose(rays[1], [0, 0, 1])


@pytest.mark.parametrize(
    "numbers", [(0, 100, 100.0, 100.0), (100, 100, 0.0, 100.0), (100, 100, float("nan"), 100.0)]
)
def test_impossible_camera_is_refused(numbers: tuple[int, int, float, float]) -> None:
    with pytest.raises(GeoError, match="positive size and focal length"):
        Camera(*numbers, 50, 50)
    with pytest.raises(GeoError, match="0 mm"):
        Camera.from_sensor(100, 100, 0, 20)
