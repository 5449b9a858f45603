"""Random areas and obstacles for the planner's tests."""

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import strategies as st
from matplotlib.cbook import get_sample_data
from rasterio.transform import from_origin

from geo.frames import LocalFrame
from geo.terrain import Terrain


@st.composite
def stars(draw, low=20.0, high=200.0, corners=(3, 12), centre=0.0):
    """A polygon without self-crossings, often concave: corners at growing bearings and random distances."""
    count = draw(st.integers(*corners))
    radii = draw(st.lists(st.floats(low, high), min_size=count, max_size=count))
    east, north = draw(st.floats(-centre, centre)), draw(st.floats(-centre, centre))
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    outline = np.column_stack((np.cos(angles), np.sin(angles))) * np.array(radii)[:, None]
    return shapely.Polygon(outline + [east, north])


@st.composite
def areas(draw):
    """A plot of up to ten hectares with up to two holes."""
    area = draw(stars())
    for _ in range(draw(st.integers(0, 2))):
        area = area.difference(draw(stars(8.0, 40.0, (3, 6), 100.0)))
    return area


def write_jacksboro(path):
    """Write matplotlib's terrain around the Jacksboro fault as a raster; gives its centre, lon and lat.

    SRTM at 3 arc seconds (75 x 92 m), 236 to 1,076 m, 30 x 32 km of Tennessee's mountains.
    """
    with get_sample_data("jacksboro_fault_dem.npz") as dem:
        heights, step = dem["elevation"], float(dem["dx"])
        west, north = float(dem["xmin"]), float(dem["ymin"])  # the file counts its rows from the north
    shape = {"height": heights.shape[0], "width": heights.shape[1], "count": 1}
    with rasterio.open(
        path, "w", driver="GTiff", dtype=heights.dtype, crs="EPSG:4326",
        transform=from_origin(west, north, step, step), **shape,
    ) as raster:  # fmt: skip
        raster.write(heights, 1)
    return west + step * heights.shape[1] / 2, north - step * heights.shape[0] / 2


@pytest.fixture(scope="session")
def jacksboro(tmp_path_factory):
    """Real mountains as a Terrain."""
    path = tmp_path_factory.mktemp("jacksboro") / "terrain.tif"
    return Terrain.from_raster(path, LocalFrame(*write_jacksboro(path)))


def steepest_places(terrain, count, apart_m=1_500.0):
    """The steepest places (count, 2) of a terrain, away from each other and from its border."""
    z, x0, y0, step = terrain.grid
    rows, cols = z.shape
    reach = int(np.ceil(apart_m / step)) + 1
    grid = np.meshgrid(np.arange(reach, cols - reach), np.arange(reach, rows - reach))
    places = np.column_stack([axis.ravel() for axis in grid]) * step + (x0, y0)
    chosen = np.empty((0, 2))
    for place in places[np.argsort(terrain.normals(places)[:, 2], kind="stable")]:
        if len(chosen) == 0 or np.linalg.norm(chosen - place, axis=1).min() > apart_m:
            chosen = np.vstack((chosen, place))
        if len(chosen) == count:
            return chosen
    raise AssertionError("the terrain is too small")
