from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.warp
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio.transform import from_bounds

from geo.errors import GeoError
from geo.frames import LocalFrame
from geo.geoid import egm96_undulation
from geo.terrain import Grid, Terrain

Array = NDArray[np.float64]

FRAME = LocalFrame(100.2, 25.6)


def rough(seed: int, size: int = 21, step: float = 5.0, relief: float = 6.0) -> Terrain:
    """Random posts on a regular grid around the origin: slopes up to 50 degrees and more."""
    z = np.random.default_rng(seed).uniform(-relief / 2, relief / 2, (size, size))
    half = (size - 1) * step / 2
    return Terrain(Grid(z, -half, -half, step))


def plane(slope_e: float, slope_n: float, size: int = 41, step: float = 10.0) -> Terrain:
    half = (size - 1) * step / 2
    axis = np.linspace(-half, half, size)
    return Terrain(Grid(slope_e * axis[None, :] + slope_n * axis[:, None], -half, -half, step))


def write_raster(
    path: Path,
    z: Array,
    bounds: tuple[float, float, float, float],
    crs: str = "EPSG:4326",
    nodata: float | None = None,
) -> Path:
    """Write a raster whose first row is the northernmost, bounds at the outer edge of its cells."""
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=z.shape[1],
        height=z.shape[0],
        count=1,
        dtype="float32",
        crs=crs,
        transform=from_bounds(*bounds, z.shape[1], z.shape[0]),
        nodata=nodata,
    ) as file:
        file.write(z.astype(np.float32), 1)
    return path


# --- heights ---


def test_height_between_posts_is_bilinear() -> None:
    # Corners 0, 10 (east), 20 (north), 40 (both); at u = 0.25, v = 0.5:
    # south edge 2.5, north edge 20 + 0.25 * 20 = 25, half way between them 13.75.
    terrain = Terrain(Grid(np.array([[0.0, 10.0], [20.0, 40.0]]), 100.0, 200.0, 4.0))
    assert terrain.height_at([[101.0, 202.0]])[0] == pytest.approx(13.75)
    np.testing.assert_allclose(
        terrain.height_at([[100, 200], [104, 200], [100, 204], [104, 204]]), [0, 10, 20, 40]
    )


def test_outside_is_nan() -> None:
    terrain = rough(1)
    outside = terrain.height_at([[50.01, 0], [-50.01, 0], [0, 50.01], [0, -50.01]])
    assert np.isnan(outside).all()
    assert np.isfinite(terrain.height_at([[50, 50], [-50, -50]])).all()


def test_flat_is_everywhere() -> None:
    terrain = Terrain.flat(12.5)
    np.testing.assert_array_equal(terrain.height_at([[0, 0], [1e6, -1e6]]), [12.5, 12.5])
    assert terrain.covers(shapely.box(-1e6, -1e6, 1e6, 1e6))
    np.testing.assert_array_equal(terrain.normals([[3, 4]]), [[0, 0, 1]])


def test_covers() -> None:
    terrain = rough(2)
    assert terrain.covers(shapely.box(-50, -50, 50, 50))
    assert not terrain.covers(shapely.box(-50, -50, 50, 51))
    assert terrain.grid is not None
    terrain.grid.z[10, 10] = np.nan
    assert not terrain.covers(shapely.box(-2, -2, 2, 2))
    assert terrain.covers(shapely.box(20, 20, 40, 40))


def test_normals_of_a_plane() -> None:
    # Rises 1 in 5 to the east and falls 1 in 10 to the north: normal along (-0.2, 0.1, 1).
    normal = plane(0.2, -0.1).normals([[3.0, 4.0]])
    np.testing.assert_allclose(normal[0], np.array([-0.2, 0.1, 1.0]) / np.sqrt(1.05), atol=1e-12)


# --- rays ---


def test_ray_meets_a_plane_by_hand() -> None:
    # From 100 m above the origin, 1 east for every 2 down: the ground z = 0.1 e is met where
    # 100 - 2 e = 0.1 e, e = 47.619, z = 4.762.
    hit = plane(0.1, 0.0).intersect([[0, 0, 100]], [[1, 0, -2]])
    np.testing.assert_allclose(hit, [[47.619048, 0, 4.761905]], atol=1e-6)
    flat = Terrain.flat(20.0).intersect([[0, 0, 100]], [[3, 4, -10]])
    np.testing.assert_allclose(flat, [[24, 32, 20]], atol=1e-12)


def test_rays_that_show_no_ground() -> None:
    for terrain in (Terrain.flat(0.0), rough(3)):
        hits = terrain.intersect(
            [[0, 0, 100], [0, 0, 100], [0, 0, 100], [0, 0, -100]],
            [[0, 0, 1], [1, 0, 0], [np.nan, 0, -1], [0, 0, -1]],
        )
        assert np.isnan(hits).all()
    # Leaves the terrain before it comes down.
    assert np.isnan(rough(3).intersect([[0, 0, 100]], [[1, 0, -1]])).all()


def test_ray_stops_at_the_wall_in_front() -> None:
    """A terrace wall 10 m high between 10 and 15 m east hides the ground behind it."""
    posts = np.arange(-100.0, 101.0, 5.0)
    z = np.broadcast_to(np.where((posts >= 15), 10.0, 0.0), (41, 41)).copy()
    terrain = Terrain(Grid(z, -100.0, -100.0, 5.0))
    # From 20 m up, 1 down for every 2 east: at e = 10 at 15 m; the wall rises 2 in 1 from there:
    # 20 - e / 2 = 2 (e - 10) gives e = 16 > 15, so it passes over the edge (12.5 m at e = 15) and
    # comes down on the upper step, 20 - e / 2 = 10, e = 20.
    over = terrain.intersect([[0, 0, 20]], [[2, 0, -1]])
    np.testing.assert_allclose(over, [[20, 0, 10]], atol=1e-6)
    # From 16 m up: 16 - e / 2 = 2 (e - 10), e = 14.4, z = 8.8: in the wall.
    wall = terrain.intersect([[0, 0, 16]], [[2, 0, -1]])
    np.testing.assert_allclose(wall, [[14.4, 0, 8.8]], atol=1e-6)


def test_ray_stops_at_the_ridge_one_post_wide() -> None:
    posts = np.arange(-100.0, 101.0, 5.0)
    z = np.broadcast_to(np.where(posts == 50.0, 10.0, 0.0), (41, 41)).copy()
    terrain = Terrain(Grid(z, -100.0, -100.0, 5.0))
    # The ridge is a roof from 45 to 55 m, 2 in 1. A ray that passes e = 50 just under its top (9.9 m),
    # falling 1 in 5 from the west: z = 9.9 - (e - 50) / 5. Western slope: 2 (e - 45), so
    # 9.9 - e / 5 + 10 = 2 e - 90, e = 109.9 / 2.2 = 49.9545.
    hit = terrain.intersect([[-50, 0, 29.9]], [[5, 0, -1]])
    np.testing.assert_allclose(hit, [[49.954545, 0, 9.909091]], atol=1e-6)
    # 10.1 m there: over it and down to the plain at e = 50 + 50.5 = 100.5: outside the terrain.
    assert np.isnan(terrain.intersect([[-50, 0, 30.1]], [[5, 0, -1]])).all()
    # A little steeper: down to the plain behind. z = 10.1 - 0.25 (e - 50) = 0 at e = 90.4.
    behind = terrain.intersect([[-50, 0, 35.1]], [[4, 0, -1]])
    np.testing.assert_allclose(behind, [[90.4, 0, 0]], atol=1e-6)


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    relief=st.floats(0.1, 15),
    east=st.floats(-49, 49),
    north=st.floats(-49, 49),
    up=st.floats(8, 60),
    azimuth=st.floats(0, 360),
    down=st.floats(2, 90),
)
def test_first_surface_and_no_other(
    seed: int, relief: float, east: float, north: float, up: float, azimuth: float, down: float
) -> None:
    """Against a walk in steps of a thousandth of a post: nothing before the hit is below ground."""
    terrain = rough(seed, relief=relief)
    origin = np.array([east, north, up])
    a, d = np.radians([azimuth, down])
    direction = np.array([np.sin(a) * np.cos(d), np.cos(a) * np.cos(d), -np.sin(d)])
    hit = terrain.intersect(origin[None], direction[None])[0]

    reach = np.linalg.norm(hit - origin) if np.isfinite(hit).all() else min(160.0, (up + 8) / np.sin(d))
    along = np.arange(0.0, reach - 1e-4, 0.005)
    walked = origin + along[:, None] * direction
    gap = walked[:, 2] - terrain.height_at(walked[:, :2])
    assert np.nanmin(gap, initial=np.inf) > -1e-6
    if np.isfinite(hit).all():
        assert terrain.height_at(hit[None, :2])[0] == pytest.approx(hit[2], abs=1e-6)
        np.testing.assert_allclose(np.cross(hit - origin, direction), 0, atol=1e-6)


def test_ray_does_not_jump_over_a_hole_in_the_terrain() -> None:
    z = np.zeros((41, 41))
    z[:, 20:24] = np.nan  # 0 to 15 m east: nothing known
    z[:, 24:] = 5.0
    terrain = Terrain(Grid(z, -100.0, -100.0, 5.0))
    # Comes down inside the hole, and would meet the far side's edge from below.
    assert np.isnan(terrain.intersect([[-20, 0, 10]], [[2, 0, -1]])).all()
    # Passes high over the hole.
    np.testing.assert_allclose(terrain.intersect([[-20, 0, 25]], [[2, 0, -1]]), [[20, 0, 5]], atol=1e-6)


def test_camera_outside_the_terrain_sees_into_it() -> None:
    hit = Terrain(Grid(np.zeros((11, 11)), 0.0, 0.0, 10.0)).intersect([[-50, 50, 50]], [[1, 0, -0.5]])
    np.testing.assert_allclose(hit, [[50, 50, 0]], atol=1e-6)


# --- rasters ---

BOUNDS = (100.19, 25.59, 100.21, 25.61)


def test_reads_heights_where_they_are(tmp_path: Path) -> None:
    """A raster that rises 1 m per 0.0001 degree of longitude and 2 m per 0.0001 degree of latitude."""
    count = 200
    lon = BOUNDS[0] + (np.arange(count) + 0.5) * 1e-4
    lat = BOUNDS[3] - (np.arange(count) + 0.5) * 1e-4
    z = (lon[None, :] - 100.2) * 1e4 + (lat[:, None] - 25.6) * 2e4
    terrain = Terrain.from_raster(write_raster(tmp_path / "t.tif", z, BOUNDS), FRAME)
    places = np.random.default_rng(5).uniform(-700, 700, (200, 2))
    lonlat = FRAME.to_lonlat(places)
    expected = (lonlat[:, 0] - 100.2) * 1e4 + (lonlat[:, 1] - 25.6) * 2e4
    np.testing.assert_allclose(terrain.height_at(places), expected, atol=0.02)
    assert terrain.grid is not None
    assert terrain.grid.z[5, 5] < terrain.grid.z[-5, 5]  # row 0 is the southern one


def test_projected_raster_of_the_example() -> None:
    """The example's UTM raster against a direct read of its cells."""
    path = Path(__file__).parents[2] / "missions" / "examples" / "hillside" / "terrain.tif"
    terrain = Terrain.from_raster(path, FRAME)
    assert terrain.kind == "ground"
    with rasterio.open(path) as file:
        z = file.read(1)
        rows, cols = np.array([40, 100, 160, 250]), np.array([30, 200, 160, 300])
        x, y = rasterio.transform.xy(file.transform, rows, cols)
        lon, lat = rasterio.warp.transform(file.crs, "EPSG:4326", x, y)
    heights = terrain.height_at(FRAME.to_enu(np.column_stack([lon, lat])))
    # The grid is warped, so a post of the file falls between posts of the terrain.
    np.testing.assert_allclose(heights, z[rows, cols], atol=0.25)


def test_ellipsoidal_heights_become_amsl(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "t.tif", np.full((50, 50), 1800.0), BOUNDS)
    place = [[120.0, -80.0]]
    amsl = Terrain.from_raster(path, FRAME, datum="egm96").height_at(place)[0]
    from_ellipsoid = Terrain.from_raster(path, FRAME, datum="ellipsoid").height_at(place)[0]
    undulation = egm96_undulation(FRAME.to_lonlat(place))[0]
    assert amsl == pytest.approx(1800.0, abs=1e-6)
    assert undulation == pytest.approx(-38.0, abs=0.5)
    # Here the sea's level lies 38 m below the ellipsoid, so the same point is 38 m higher above the sea.
    assert from_ellipsoid == pytest.approx(1800.0 - undulation, abs=0.001)


def test_nodata_is_nan(tmp_path: Path) -> None:
    z = np.full((50, 50), 1800.0)
    z[20:30, 20:30] = -9999.0
    terrain = Terrain.from_raster(write_raster(tmp_path / "t.tif", z, BOUNDS, nodata=-9999.0), FRAME)
    assert np.isnan(terrain.height_at([[0.0, 0.0]])[0])
    assert terrain.height_at([[800.0, 800.0]])[0] == pytest.approx(1800.0)
    assert not terrain.covers(shapely.box(-50, -50, 50, 50))


def test_bounds_cut_the_terrain(tmp_path: Path) -> None:
    random = np.random.default_rng(8).uniform(1700, 1900, (100, 100))
    path = write_raster(tmp_path / "t.tif", random, BOUNDS)
    whole = Terrain.from_raster(path, FRAME)
    part = Terrain.from_raster(path, FRAME, bounds_enu=(-100, -100, 100, 100))
    assert part.grid is not None and whole.grid is not None
    assert part.grid.z.size < whole.grid.z.size / 20
    assert part.covers(shapely.box(-100, -100, 100, 100))


def test_terrain_elsewhere_is_refused(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "elsewhere.tif", np.zeros((50, 50)), (10.0, 40.0, 10.1, 40.1))
    with pytest.raises(GeoError, match=r"elsewhere\.tif"):
        Terrain.from_raster(path, FRAME, bounds_enu=(-100, -100, 100, 100))


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "terrain.tif"
    text.write_text("not a raster")
    with pytest.raises(GeoError, match=r"terrain\.tif"):
        Terrain.from_raster(text, FRAME)
    with pytest.raises(GeoError, match=r"absent\.tif"):
        Terrain.from_raster(tmp_path / "absent.tif", FRAME)
    with rasterio.open(
        tmp_path / "nowhere.tif", "w", driver="GTiff", width=4, height=4, count=1, dtype="float32"
    ) as file:
        file.write(np.zeros((4, 4), np.float32), 1)
    with pytest.raises(GeoError, match="no coordinate system"):
        Terrain.from_raster(tmp_path / "nowhere.tif", FRAME)
