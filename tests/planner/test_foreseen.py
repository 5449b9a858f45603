import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.camera import Camera
from geo.frames import LocalFrame
from geo.frusta import Frusta
from geo.pose import Pose
from geo.terrain import Grid, Terrain
from planner import foreseen
from planner.foreseen import Wanted, cell_size_m, foresee, gaps, promised_photos
from planner.predict import Eye, unseen

from .conftest import areas

CAMERA = Camera.from_sensor(6000, 4000, 23.5, 20.0)
FRAME = LocalFrame(100.0, 25.0)
FLAT = Terrain.flat(500.0)
WANTED = Wanted(gsd_cm=1.5, photos=1, margin_m=0.0, photo_m=70.0, share=0.99)
FIELD = shapely.box(-60.0, -40.0, 60.0, 40.0)


def rough(seed, relief_m):
    z = np.random.default_rng(seed).uniform(-1.0, 1.0, (62, 62))
    z = (z[:-1, :-1] + z[1:, :-1] + z[:-1, 1:] + z[1:, 1:]) / 4.0
    return Terrain(Grid(500.0 + relief_m * z, -600.0, -600.0, 20.0))


def photos_over(bounds, step_m, height_m=560.0, lean_deg=0.0):
    west, south, east, north = bounds
    places = np.meshgrid(np.arange(west, east + step_m, step_m), np.arange(south, north + step_m, step_m))
    return [
        Pose(x, y, height_m, 20.0, -90.0 - lean_deg, 0.0)
        for x, y in np.column_stack([axis.ravel() for axis in places]).tolist()
    ]


def foreseen_of(area, photos, terrain=FLAT, wanted=WANTED, **given):
    return foresee(area, Frusta.of(CAMERA, photos, FRAME), terrain, wanted, **given)


@given(areas(), st.integers(0, 1000), st.floats(0, 25), st.floats(40, 80), st.floats(0, 12))
@settings(max_examples=25, deadline=None)
def test_shares_are_those_of_exact_footprints_within_the_cells(area, seed, relief_m, step_m, lean_deg):
    assume(area.area > 500)
    terrain = rough(seed, relief_m)
    photos = photos_over(area.bounds, step_m, lean_deg=lean_deg)
    found = foreseen_of(area, photos, terrain)
    eye = Eye(CAMERA, 0.0, terrain, FRAME)
    prints = [eye.footprint(pose, 0.0) for pose in photos]
    exact = 1.0 - unseen(area, prints).area / area.area
    # Only cells on an outline, of the area or of a footprint, can be counted to the wrong side.
    lines = shapely.union_all([area.boundary, *(print_.boundary for print_ in prints)])
    band = lines.intersection(area.buffer(1.0)).length * found.cell_m / area.area
    assert abs(found.seen - exact) <= min(0.5 * band, 0.02) + 1e-9
    if exact < 1.0 - 1e-6:
        assert found.seen < 1.0


def test_a_gap_narrower_than_a_cell_is_not_called_complete():
    """Two photos whose outlines miss each other by 2 cm, where no centre of a cell lies."""
    width = 2 * 60.0 * 23.5 / 40.0
    photos = [Pose(side * (width / 2 + 0.01), 0.0, 560.0, 0.0, -90.0, 0.0) for side in (-1, 1)]
    strip = shapely.box(-30.4, -10.0, 30.4, 10.0)
    found = foreseen_of(strip, photos)
    assert 0.999 < found.seen < 1.0
    assert foreseen_of(strip, [*photos, Pose(0.0, 0.0, 560.0, 0.0, -90.0, 0.0)]).seen == 1.0


def test_a_missing_corner_is_measured_and_mapped():
    photos = [Pose(0.0, 0.0, 560.0, 0.0, -90.0, 0.0)]  # 70.5 m x 47 m
    found = foreseen_of(FIELD, photos)
    exact = 70.5 * 47.0 / FIELD.area
    assert found.seen == pytest.approx(exact, abs=0.005)
    (gap,) = gaps(FIELD, Frusta.of(CAMERA, photos, FRAME), FLAT, WANTED)
    assert gap.kind == "unseen"
    assert gap.polygon.area == pytest.approx(FIELD.area * (1.0 - exact), rel=0.01)
    assert not gap.polygon.contains(shapely.Point(0, 0))


def test_what_lies_in_no_fly_areas_is_excused_but_only_that():
    photos = photos_over((-60, -40, 0, 40), 30.0)
    east, half = shapely.box(20.0, -50.0, 70.0, 50.0), shapely.box(20.0, 0.0, 70.0, 50.0)
    assert foreseen_of(FIELD, photos).due < 0.85
    assert foreseen_of(FIELD, photos, no_fly=east).due == 1.0
    found = foreseen_of(FIELD, photos, no_fly=half)
    assert found.excused == pytest.approx(foreseen_of(FIELD, photos, no_fly=east).excused / 2, rel=0.05)
    assert found.due < 0.95
    everywhere = foreseen_of(FIELD, [], no_fly=FIELD.buffer(1.0))
    assert (everywhere.seen, everywhere.excused, everywhere.due) == (0.0, 1.0, 1.0)


def test_too_high_is_seen_but_too_coarse():
    photos = photos_over(FIELD.bounds, 30.0, height_m=600.0)  # 1.96 cm
    found = foreseen_of(FIELD, photos)
    assert (found.seen, found.at_gsd) == (1.0, 0.0)
    assert found.gsd_cm == pytest.approx(1.96, rel=0.02)
    assert {gap.kind for gap in gaps(FIELD, Frusta.of(CAMERA, photos, FRAME), FLAT, WANTED)} == {"coarse"}


def test_overlap_counts_where_photos_stand_on_all_sides():
    photos = photos_over((-100, -100, 100, 100), 25.0)
    dense = Wanted(1.5, 4, 0.0, 70.0, 0.99)
    wide = shapely.box(-100, -100, 100, 100)
    assert foreseen_of(wide, photos, wanted=dense).at_overlap == 1.0
    assert foreseen_of(wide, photos, wanted=Wanted(1.5, 7, 0.0, 70.0, 0.99)).at_overlap < 0.5
    assert foreseen_of(shapely.box(-30, -30, 30, 30), photos, wanted=dense).at_overlap is None


@pytest.mark.parametrize(
    ("side", "front", "grids", "photos"),
    [(0.3, 0.3, 1, 1), (0.65, 0.75, 1, 8), (0.65, 0.75, 2, 16), (0.5, 0.5, 1, 4), (0.0, 0.9, 1, 10)],
)
def test_overlaps_promise_whole_photos(side, front, grids, photos):
    assert promised_photos(side, front, grids) == photos


def test_squares_of_a_large_plot_add_up_to_the_whole(monkeypatch):
    photos = photos_over((-60, -40, 0, 40), 30.0)
    whole = foreseen_of(FIELD, photos)
    pieces = gaps(FIELD, Frusta.of(CAMERA, photos, FRAME), FLAT, WANTED)
    monkeypatch.setattr(foreseen, "_TILE_CELLS", 37)
    assert foreseen_of(FIELD, photos) == whole
    again = gaps(FIELD, Frusta.of(CAMERA, photos, FRAME), FLAT, WANTED)
    assert [gap.polygon.area for gap in again] == pytest.approx(
        [gap.polygon.area for gap in pieces], rel=1e-4
    )


def test_slivers_get_cells_that_fit_them():
    sliver = shapely.LineString([(-40, -30), (40, 30)]).buffer(0.3, cap_style="flat")
    assert cell_size_m(sliver, 70.0) < 0.1 < cell_size_m(FIELD, 70.0) < 1.0
    found = foreseen_of(sliver, [Pose(0.0, 0.0, 560.0, 0.0, -90.0, 0.0)])
    exact = sliver.intersection(shapely.box(-35.25, -23.5, 35.25, 23.5)).area / sliver.area
    assert found.seen == pytest.approx(exact, abs=0.01)
