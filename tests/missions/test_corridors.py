import json

import pytest
import shapely

from geo.frames import LocalFrame
from missions import Mission
from missions.features import read_buildings, read_corridors

RIVER = {"type": "LineString", "coordinates": [[100.0, 25.0], [100.02, 25.0], [100.02, 25.01]]}
ROAD = {
    "type": "MultiLineString",
    "coordinates": [[[100, 25.1], [100.01, 25.1]], [[100.02, 25.1], [100.03, 25.1]]],
}
HOUSE = {"type": "Polygon", "coordinates": [[[100, 25], [100.001, 25], [100.001, 25.001], [100, 25]]]}


def write(path, *features):
    collection = [{"type": "Feature", "properties": props, "geometry": shape} for shape, props in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": collection}), encoding="utf-8")
    return path


def test_corridors_and_their_widths(tmp_path):
    path = write(
        tmp_path / "corridors.geojson",
        (RIVER, {"名称": "清水河", "宽度": "80", "priority": 2}),
        (ROAD, {"name": "Road"}),
        (RIVER, {"name": "Road"}),
        (HOUSE, {"name": "no line"}),
        (RIVER, {"name": "no width", "width_m": 0}),
    )
    read = read_corridors([path])
    assert [(item.name, item.width_m, item.priority) for item in read.items] == [
        ("清水河", 80.0, 2.0), ("Road", None, 1.0), ("Road (2)", None, 1.0),
    ]  # fmt: skip
    assert [entry.file for entry in read.rejected] == [
        "corridors.geojson: feature 4",
        "corridors.geojson: feature 5",
    ]
    assert "expected a line, received a Polygon" in read.rejected[0].reason
    assert "above 0 as width_m, received '0.0'" in read.rejected[1].reason


def test_buildings_and_their_heights(tmp_path):
    path = write(
        tmp_path / "buildings.geojson", (HOUSE, {"name": "a", "height_m": 7.5}), (HOUSE, {}), (RIVER, {})
    )
    read = read_buildings([path])
    assert [(item.name, item.height_m) for item in read.items] == [("a", 7.5), ("Building 2", None)]
    assert "expected a polygon, received a LineString" in read.rejected[0].reason


def test_strips_are_plots_as_wide_as_asked_and_end_square(tmp_path):
    write(tmp_path / "plots.geojson", (HOUSE, {"name": "Road"}))
    write(tmp_path / "corridors.geojson", (RIVER, {"name": "River", "width_m": 80}), (ROAD, {"name": "Road"}))
    (tmp_path / "mission.toml").write_text("[survey]\ncorridor_width_m = 30\n")
    mission = Mission(tmp_path)
    assert [plot.name for plot in mission.plots().items] == ["Road", "River", "Road (2)"]
    assert list(mission.centre_lines()) == ["River", "Road (2)"]
    frame = LocalFrame(100.01, 25.005)
    for name, width_m in (("River", 80.0), ("Road (2)", 30.0)):
        line = frame.geometry_to_enu(mission.centre_lines()[name])
        (plot,) = (plot for plot in mission.plots().items if plot.name == name)
        strip = frame.geometry_to_enu(plot.polygon)
        assert strip.area == pytest.approx(line.length * width_m, rel=0.01)
        assert shapely.hausdorff_distance(strip, line) < 0.75 * width_m
    assert {path.name for path in mission.plot_inputs()} == {"plots.geojson", "corridors.geojson"}
    assert {path.name for path in mission.ground_inputs()} >= {"corridors.geojson"}


def test_the_frame_is_in_the_middle_of_all_that_is_surveyed(tmp_path):
    write(tmp_path / "corridors.geojson", (RIVER, {}))
    (tmp_path / "mission.toml").write_text("")
    frame = Mission(tmp_path).frame()
    assert (frame.lon_deg, frame.lat_deg) == pytest.approx((100.01, 25.005), abs=1e-3)
