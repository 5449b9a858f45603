from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.camera import Camera
from geo.frames import LocalFrame
from geo.frusta import Cells, Frusta, sight
from geo.pose import Pose
from geo.terrain import Grid, Terrain
from geo.view import View

FRAME = LocalFrame(100.0, 25.0)
CAMERA = Camera.from_sensor(600, 400, 23.5, 20.0)


def rough(seed, relief_m, step=12.0):
    """Hills of random height, smooth over two posts."""
    z = np.random.default_rng(seed).uniform(-1.0, 1.0, (62, 62))
    z = (z[:-1, :-1] + z[1:, :-1] + z[:-1, 1:] + z[1:, 1:]) / 4.0
    return Terrain(Grid(500.0 + relief_m * z, -360.0, -360.0, step))


def cells_over(half_m=70.0, size_m=3.0):
    count = int(2 * half_m / size_m)
    return Cells(-half_m, -half_m, size_m, np.ones((count, count), np.bool_))


def centres(cells):
    rows, cols = cells.wanted.shape
    east = cells.west_m + (np.arange(cols) + 0.5) * cells.size_m
    north = cells.south_m + (np.arange(rows) + 0.5) * cells.size_m
    return np.column_stack([axis.ravel() for axis in np.meshgrid(east, north)])


def looked_up(view, places):
    """Which places a photo shows, each projected and its line of sight followed back to the ground."""
    points = np.column_stack((places, view.terrain.height_at(places)))
    px = view.pixels(points)
    width, height = view.camera.width_px, view.camera.height_px
    inside = (np.abs(px[:, 0] - (width - 1) / 2) <= width / 2) & (
        np.abs(px[:, 1] - (height - 1) / 2) <= height / 2
    )
    met = view.ground_points(np.where(inside[:, None], px, 0.0))
    return inside & (np.linalg.norm(met - points, axis=1) < 0.02), px


poses = st.builds(
    Pose,
    east_m=st.floats(-60, 60),
    north_m=st.floats(-60, 60),
    alt_amsl_m=st.floats(560, 620),
    yaw_deg=st.floats(0, 360),
    pitch_deg=st.floats(-110, -70),
    roll_deg=st.floats(-15, 15),
)


@given(st.integers(0, 1000), st.floats(0, 40), st.lists(poses, min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_cells_are_seen_as_pixel_by_pixel(seed, relief_m, photos):
    terrain, cells = rough(seed, relief_m), cells_over()
    found = sight(cells, Frusta.of(CAMERA, photos, FRAME), terrain, 0.0)
    places = centres(cells)
    looked = [looked_up(View(CAMERA, pose, terrain, FRAME), places) for pose in photos]
    exact = np.sum([shown for shown, _ in looked], axis=0)
    # Rounding may decide for places on the very border, and where a ridge is just touched.
    assert (found.photos.ravel() != exact).sum() <= 2 * len(photos)
    assert np.isfinite(found.gsd_cm).ravel().tolist() == (found.photos.ravel() > 0).tolist()


@given(st.integers(0, 1000), st.floats(0, 30), poses)
@settings(max_examples=30, deadline=None)
def test_gsd_is_that_of_the_view(seed, relief_m, pose):
    terrain, cells = rough(seed, relief_m), cells_over(size_m=0.5, half_m=15.0)
    found = sight(cells, Frusta.of(CAMERA, [pose], FRAME), terrain, 0.0)
    view = View(CAMERA, pose, terrain, FRAME)
    places = centres(cells)
    shown, px = looked_up(view, places)
    shown &= found.photos.ravel() > 0
    if not shown.any():
        return
    # At a post of the grid the slope changes: a pixel lies on one side of it, a cell on both.
    ratio = found.gsd_cm.ravel()[shown] / view.gsd_cm(px[shown])
    assert np.median(ratio) == pytest.approx(1.0, abs=0.005)
    assert np.quantile(np.abs(ratio - 1.0), 0.7) < 0.03


@given(st.integers(0, 1000), st.floats(0, 30), poses, st.floats(0.5, 8.0))
@settings(max_examples=30, deadline=None)
def test_the_margin_allows_for_a_photo_displaced_to_any_side(seed, relief_m, pose, margin_m):
    terrain, cells = rough(seed, relief_m), cells_over()
    surely = np.isfinite(sight(cells, Frusta.of(CAMERA, [pose], FRAME), terrain, margin_m).gsd_cm)
    shown = sight(cells, Frusta.of(CAMERA, [pose], FRAME), terrain, 0.0).photos > 0

    def always_inside(radius_m):
        points = np.column_stack((centres(cells), terrain.height_at(centres(cells))))
        inside = np.ones(len(points), dtype=bool)
        for turn in np.linspace(0, 2 * np.pi, 32, endpoint=False):
            moved = replace(
                pose,
                east_m=pose.east_m + radius_m * np.cos(turn),
                north_m=pose.north_m + radius_m * np.sin(turn),
            )
            px = View(CAMERA, moved, terrain, FRAME).pixels(points)
            inside &= (np.abs(px[:, 0] - 299.5) <= 300) & (np.abs(px[:, 1] - 199.5) <= 200)
        return inside.reshape(shown.shape) & shown

    assert not (surely & ~always_inside(0.995 * margin_m)).any()
    assert not (always_inside(1.01 * margin_m) & ~surely).any()


def test_on_level_ground_the_margin_is_that_of_a_shrunk_footprint():
    terrain, cells = Terrain.flat(500.0), cells_over(size_m=1.0)
    pose = Pose(5.0, -8.0, 560.0, 33.0, -97.0, 4.0)
    surely = np.isfinite(sight(cells, Frusta.of(CAMERA, [pose], FRAME), terrain, 5.0).gsd_cm)
    footprint = View(CAMERA, pose, terrain, FRAME).footprint().buffer(-5.0, join_style="mitre")
    inside = shapely.contains_xy(footprint, centres(cells)).reshape(surely.shape)
    assert (inside != surely).sum() <= 1 and surely.any()


def test_a_cell_is_whole_only_when_all_of_it_is_shown():
    terrain, pose = Terrain.flat(500.0), Pose(0.0, 0.0, 560.0, 20.0, -90.0, 0.0)
    cells = cells_over(size_m=4.0)
    found = sight(cells, Frusta.of(CAMERA, [pose], FRAME), terrain, 0.0)
    footprint = View(CAMERA, pose, terrain, FRAME).footprint()
    low = centres(cells) - 2.0
    boxes = shapely.box(low[:, 0], low[:, 1], low[:, 0] + 4.0, low[:, 1] + 4.0)
    assert found.whole.ravel().tolist() == shapely.covers(footprint, boxes).tolist()
    assert 0 < found.whole.sum() < (found.photos > 0).sum()


def test_a_ridge_hides_what_lies_behind_it():
    z = np.full((81, 81), 500.0)
    z[:, 50] = 560.0  # a wall 10 m wide at its foot, 100 m east of the eye
    terrain = Terrain(Grid(z, -400.0, -400.0, 10.0))
    oblique = Pose(0.0, 0.0, 540.0, 90.0, -20.0, 0.0)
    cells = Cells(120.0, -5.0, 5.0, np.ones((2, 20), np.bool_))
    assert not sight(cells, Frusta.of(CAMERA, [oblique], FRAME), terrain, 0.0).photos.any()
    open_ground = Terrain(Grid(np.full((81, 81), 500.0), -400.0, -400.0, 10.0))
    assert sight(cells, Frusta.of(CAMERA, [oblique], FRAME), open_ground, 0.0).photos.all()


def test_an_oblique_photo_is_looked_at_up_to_the_horizon():
    terrain, pose = Terrain.flat(500.0), Pose(0.0, 0.0, 540.0, 0.0, -15.0, 0.0)
    cells = Cells(-5.0, 1000.0, 10.0, np.ones((3, 1), np.bool_))
    assert sight(cells, Frusta.of(CAMERA, [pose], FRAME), terrain, 0.0).photos.all()


def test_nothing_is_seen_without_photos_or_without_ground():
    nowhere = Terrain(Grid(np.full((5, 5), np.nan), -10.0, -10.0, 5.0))
    pose = Pose(0.0, 0.0, 560.0, 0.0, -90.0, 0.0)
    cells = cells_over(size_m=5.0)
    assert not sight(cells, Frusta.of(CAMERA, [], FRAME), Terrain.flat(500.0), 0.0).photos.any()
    assert not sight(cells, Frusta.of(CAMERA, [pose], FRAME), nowhere, 0.0).photos.any()
