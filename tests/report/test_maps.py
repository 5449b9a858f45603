import cv2
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from geo.frames import LocalFrame
from geo.terrain import Grid, Terrain
from missions import Ground
from report import Cells, Layer, coverage_rgba, map_png

FRAME = LocalFrame(113.0, 28.0)
FLAT = Ground(FRAME, Terrain.flat(100.0), 1.0)


def lonlat(geometry: shapely.Geometry) -> shapely.Geometry:
    return FRAME.geometry_to_lonlat(geometry)


def drawn(png: bytes) -> NDArray[np.uint8]:
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image.astype(np.uint8)


def centre_of(image: NDArray[np.uint8], bgr: tuple[int, int, int]) -> tuple[float, float]:
    rows, cols = np.nonzero((np.abs(image.astype(int) - bgr) < 12).all(axis=2))
    assert len(rows)
    return float(cols.mean()), float(rows.mean())


def test_north_is_up_and_east_is_right() -> None:
    layers = [
        Layer([lonlat(shapely.Point(0, 100))], "#ff0000"),
        Layer([lonlat(shapely.Point(100, 0))], "#0000ff"),
        Layer([lonlat(shapely.Point(0, -100))], "#00ff00"),
    ]
    image = drawn(map_png(FLAT, layers, width_px=600))
    north, east, south = (centre_of(image, bgr) for bgr in ((0, 0, 255), (255, 0, 0), (0, 255, 0)))
    assert north[1] < east[1] < south[1]
    assert east[0] > north[0] + 50
    assert abs(north[0] - south[0]) < 2


def test_holes_stay_empty() -> None:
    holed = shapely.box(-50, -50, 50, 50) - shapely.box(-20, -20, 20, 20)
    image = drawn(map_png(FLAT, [Layer([lonlat(holed)], "#ff0000", 0, fill_opacity=1.0)], width_px=600))
    middle = image[image.shape[0] // 2, image.shape[1] // 2]
    assert tuple(middle) != (0, 0, 255)
    assert tuple(image[image.shape[0] // 2, round(600 * (0.5 + 35 / 100 / 1.12))]) == (0, 0, 255)


def test_cells_lie_where_they_should() -> None:
    count = np.zeros((20, 20), dtype=np.uint16)
    count[15:, :5] = 1  # the north-western corner; row 0 is in the south
    count[:5, 15:] = 3
    layers = [
        Layer([lonlat(shapely.box(-50, -50, 50, 50))], "#000000", 1),
        Cells(coverage_rgba(count), -50, -50, 5.0),
    ]
    plain = drawn(map_png(FLAT, layers[:1], width_px=600)).astype(int)
    rows, cols = np.nonzero(np.abs(drawn(map_png(FLAT, layers, width_px=600)) - plain).sum(axis=2))
    north_west = (rows < 300) & (cols < 300)
    south_east = (rows > 300) & (cols > 300)
    assert np.all(north_west | south_east)
    assert north_west.sum() == pytest.approx((600 / 1.12 / 4) ** 2, rel=0.03)


def test_slopes_to_the_light_are_brighter() -> None:
    """A ridge from north to south, lit from the north-west: its western side is the bright one."""
    east = np.arange(-200.0, 201.0, 5.0)
    z = np.tile(100 - 0.4 * np.abs(east), (81, 1))
    ground = Ground(FRAME, Terrain(Grid(z, -200.0, -200.0, 5.0)), 1.0)
    image = drawn(
        map_png(ground, [Layer([lonlat(shapely.box(-100, -100, 100, 100))], "#000000", 0)], width_px=400)
    )
    assert image[150:250, 100:190].mean() > image[150:250, 210:300].mean() + 10


def test_same_bytes_and_odd_input() -> None:
    layers = [
        Layer([lonlat(shapely.Point(0, 0)), shapely.Polygon()], "#ff0000", labels=["塘 A"], legend="点")
    ]
    assert map_png(FLAT, layers) == map_png(FLAT, layers)
    assert drawn(map_png(FLAT, [], width_px=200)).shape[1] == 200
    far = Layer([lonlat(shapely.LineString([(0, 0), (40_000, 10)]))], "#ff0000")
    assert drawn(map_png(FLAT, [far], width_px=300)).shape == (150, 300, 3)


def test_chinese_labels_are_drawn_in_chinese() -> None:
    place = [lonlat(shapely.box(-100, -50, 100, 50))]
    one, other = (
        map_png(FLAT, [Layer(place, "#000000", labels=[label])], width_px=600)
        for label in ("禁飞区", "打谷场")
    )
    assert one != other  # a typeface without Chinese draws both as question marks
