import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coverage import CoverageGrid
from geo.errors import GeoError


def test_cells_counted_by_hand() -> None:
    grid = CoverageGrid.over((0, 0, 10, 6), 1.0)
    assert grid.count.shape == (6, 10)
    grid.add(shapely.box(0, 0, 4, 6))
    grid.add(shapely.box(2, 0, 8, 3))
    # Row 0 is the southernmost: once west of 2, twice from 2 to 4, once to 8, never beyond.
    np.testing.assert_array_equal(grid.count[0], [1, 1, 2, 2, 1, 1, 1, 1, 0, 0])
    np.testing.assert_array_equal(grid.count[5], [1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    plot = shapely.box(0, 0, 10, 6)
    # 24 + 18 - 6 = 36 of 60 cells.
    assert grid.share(plot) == pytest.approx(0.6)
    assert grid.share(plot, at_least=2) == pytest.approx(0.1)
    missing = grid.unseen(plot)
    assert missing.equals(shapely.union(shapely.box(4, 3, 10, 6), shapely.box(8, 0, 10, 3)))


def test_centres_follow_the_counts() -> None:
    grid = CoverageGrid.over((-3.2, 10.1, 4.9, 15.0), 0.5)
    plot = shapely.Polygon([(-2, 11), (4, 10.5), (3, 14.6), (0, 12)])
    centres = grid.cell_centres()
    inside = shapely.contains_xy(plot, centres[:, 0], centres[:, 1])
    np.testing.assert_array_equal(grid.mask(plot).ravel(), inside)


def test_holes_are_not_covered() -> None:
    grid = CoverageGrid.over((0, 0, 10, 10), 0.5)
    ring = shapely.box(0, 0, 10, 10).difference(shapely.box(4, 4, 6, 6))
    grid.add(ring)
    assert grid.share(shapely.box(4, 4, 6, 6)) == 0.0
    assert grid.share(ring) == 1.0
    assert grid.unseen(ring).is_empty
    assert grid.unseen(shapely.box(0, 0, 10, 10)).equals(shapely.box(4, 4, 6, 6))


def quads(low: float, high: float) -> st.SearchStrategy[shapely.Polygon]:
    corner = st.tuples(st.floats(low, high), st.floats(low, high))
    return st.lists(corner, min_size=4, max_size=8).map(lambda points: shapely.MultiPoint(points).convex_hull)


@settings(max_examples=60, deadline=None)
@given(plot=quads(0, 100), photos=st.lists(quads(-50, 150), max_size=8))
def test_share_is_the_share_of_the_area(plot: shapely.Geometry, photos: list[shapely.Geometry]) -> None:
    if plot.area < 500:
        return
    seen = [photo for photo in photos if isinstance(photo, shapely.Polygon)]
    cell = 0.5
    grid = CoverageGrid.over((0, 0, 100, 100), cell)
    for photo in seen:
        grid.add(photo)
    union = shapely.union_all(seen)
    exact = plot.intersection(union).area / plot.area
    # Cells along borders fall on either side; their number grows with the borders' length.
    border = plot.length + sum(plot.intersection(photo.exterior).length for photo in seen)
    assert grid.share(plot) == pytest.approx(exact, abs=1e-3 + 0.5 * cell * border / plot.area)
    gap = grid.unseen(plot)
    assert gap.area == pytest.approx(plot.difference(union).area, abs=1.0 + 0.75 * cell * border)
    assert gap.is_empty or plot.buffer(1e-6).covers(gap)


def test_footprints_beyond_the_edge_are_cut() -> None:
    grid = CoverageGrid.over((0, 0, 10, 10), 1.0)
    grid.add(shapely.box(-100, -100, 5, 200))
    grid.add(shapely.box(50, 50, 60, 60))
    grid.add(shapely.Polygon())
    assert grid.count.sum() == 50


def test_without_cells_the_share_is_unknown() -> None:
    grid = CoverageGrid.over((0, 0, 10, 10), 1.0)
    assert np.isnan(grid.share(shapely.box(2.6, 2.6, 2.9, 2.9)))


def test_impossible_grids_are_refused() -> None:
    with pytest.raises(GeoError, match="cell size"):
        CoverageGrid.over((0, 0, 10, 10), 0.0)
    with pytest.raises(GeoError, match="area"):
        CoverageGrid.over((10, 0, 0, 10), 1.0)
    with pytest.raises(GeoError, match="too many"):
        CoverageGrid.over((0, 0, 1e6, 1e6), 0.5)
