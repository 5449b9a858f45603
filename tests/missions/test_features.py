import json
import zipfile
from pathlib import Path

import geopandas
import openpyxl
import pytest
import shapely
from shapely import MultiPolygon, Polygon

from missions.features import read_areas, read_obstacles, read_passages, read_plots, read_targets

SQUARE = shapely.box(100.0, 25.0, 100.01, 25.01)
WITH_HOLE = Polygon(SQUARE.exterior.coords, [shapely.box(100.004, 25.004, 100.006, 25.006).exterior.coords])
TWO_PARTS = MultiPolygon([SQUARE, shapely.box(100.02, 25.0, 100.03, 25.01)])
BOW_TIE = Polygon([(100, 25), (100.01, 25.01), (100.01, 25), (100, 25.01)])


def frame(**columns: list[object]) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(columns, geometry=[WITH_HOLE, TWO_PARTS], crs="EPSG:4326")


def geojson(path: Path, *features: tuple[shapely.Geometry | None, dict[str, object]]) -> Path:
    body = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": None if geometry is None else shapely.geometry.mapping(geometry),
        }
        for geometry, properties in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": body}), encoding="utf-8")
    return path


def same(a: shapely.Geometry, b: shapely.Geometry) -> bool:
    """Cover the same ground, to a ten-thousandth; some formats make every polygon a multi-polygon."""
    return shapely.symmetric_difference(a, b).area < 1e-4 * b.area


@pytest.mark.parametrize(
    ("name", "crs"),
    [("p.geojson", 4326), ("p.gpkg", 4326), ("p.gpkg", 32647), ("p.shp", 32647), ("p.fgb", 4326)],
)
def test_plots_in_vector_formats(tmp_path: Path, name: str, crs: int) -> None:
    path = tmp_path / name
    frame(name=["上台地", "B"], priority=[3.0, 1.0]).to_crs(crs).to_file(path, encoding="utf-8")
    plots = read_plots([path])
    assert plots.rejected == []
    by_name = {plot.name: plot for plot in plots.items}
    assert set(by_name) == {"上台地", "B"}
    assert by_name["上台地"].priority == 3.0
    assert same(by_name["上台地"].polygon, WITH_HOLE)
    assert same(by_name["B"].polygon, TWO_PARTS)


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><Placemark><name>Upper terrace</name>
<ExtendedData><Data name="priority"><value>2</value></Data></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>
100,25,0 100.01,25,0 100.01,25.01,0 100,25.01,0 100,25,0
</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Folder></Document></kml>
"""


def test_plots_in_kml_and_kmz(tmp_path: Path) -> None:
    kml, kmz = tmp_path / "plots.kml", tmp_path / "plots.kmz"
    kml.write_text(KML, encoding="utf-8")
    with zipfile.ZipFile(kmz, "w") as archive:
        archive.writestr("doc.kml", KML)
    for path in (kml, kmz):
        plots = read_plots([path])
        assert plots.rejected == []
        (plot,) = plots.items
        assert (plot.name, plot.priority) == ("Upper terrace", 2.0)
        assert same(plot.polygon, SQUARE)


def test_kml_with_entities_is_set_aside(tmp_path: Path) -> None:
    bomb = tmp_path / "plots.kml"
    bomb.write_text(
        KML.replace("<kml ", '<!DOCTYPE kml [<!ENTITY a "b">]>\n<kml ', 1).replace("Upper", "&a;"), "utf-8"
    )
    plots = read_plots([bomb])
    assert plots.items == []
    assert "plots.kml" in plots.rejected[0].file + plots.rejected[0].reason


def test_plots_in_tables_as_wkt(tmp_path: Path) -> None:
    table = tmp_path / "plots.csv"
    table.write_text(f'名称;优先级;wkt\n上台地;3;"{WITH_HOLE.wkt}"\n', encoding="gb18030")
    (plot,) = read_plots([table]).items
    assert (plot.name, plot.priority) == ("上台地", 3.0)
    assert same(plot.polygon, WITH_HOLE)


def test_self_crossing_plot_is_set_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = geojson(
        tmp_path / "plots.geojson",
        (SQUARE, {"name": "good"}),
        (BOW_TIE, {"name": "crossed"}),
        (shapely.LineString([(100, 25), (100.1, 25)]), {"name": "line"}),
        (None, {"name": "nothing"}),
        (shapely.box(500_000, 2_800_000, 500_100, 2_800_100), {"name": "metres"}),
        (SQUARE, {"name": "no number", "priority": "high"}),
    )
    plots = read_plots([path])
    assert [plot.name for plot in plots.items] == ["good"]
    reasons = [entry.reason for entry in plots.rejected]
    assert "crosses itself" in reasons[0] and "100.005 25.005" in reasons[0]
    assert "LineString" in reasons[1]
    assert "no outline" in reasons[2]
    assert "degrees" in reasons[3]
    assert "'high' is not a number" in reasons[4]
    assert all(entry.file.startswith("plots.geojson: feature ") for entry in plots.rejected)
    assert plots.rejected[0].file.endswith("feature 2")


def test_unreadable_file_is_set_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    bad = tmp_path / "plots.gpkg"
    bad.write_bytes(b"SQLite format 3\x00" + b"\xff" * 500)
    cut = tmp_path / "plots.json"
    cut.write_text('{"type": "FeatureCollection", "features": [{"type": "Fea')
    good = geojson(tmp_path / "plots.geojson", (SQUARE, {}))
    plots = read_plots([bad, cut, good])
    assert [plot.name for plot in plots.items] == ["Plot 1"]
    assert [entry.file for entry in plots.rejected] == ["plots.gpkg", "plots.json"]


def test_file_without_coordinate_system_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "plots.shp"
    frame(name=["a", "b"]).to_file(path)
    path.with_suffix(".prj").unlink()
    plots = read_plots([path])
    assert plots.items == []
    assert "coordinate system" in plots.rejected[0].reason


def test_names_are_made_unique(tmp_path: Path) -> None:
    path = geojson(tmp_path / "p.geojson", *((SQUARE, {"name": "A"}) for _ in range(3)))
    assert [plot.name for plot in read_plots([path]).items] == ["A", "A (2)", "A (3)"]


def test_areas(tmp_path: Path) -> None:
    path = geojson(tmp_path / "no_fly.geojson", (SQUARE, {"name": "School"}), (BOW_TIE, {}))
    areas = read_areas([path])
    assert [area.name for area in areas.items] == ["School"]
    assert "crosses itself" in areas.rejected[0].reason


def test_passages_are_lines_and_areas(tmp_path: Path) -> None:
    road = shapely.LineString([(100.0, 25.0), (100.1, 25.1)])
    path = geojson(tmp_path / "transit.geojson", (road, {"name": "Road"}), (SQUARE, {}), (BOW_TIE, {}))
    passages = read_passages([path])
    assert [(passage.name, passage.geometry.geom_type) for passage in passages.items] == [
        ("Road", "LineString"),
        ("Passage 2", "Polygon"),
    ]
    assert "crosses itself" in passages.rejected[0].reason
    dot = geojson(tmp_path / "dot.geojson", (shapely.Point(100, 25), {}))
    assert "expected a line or a polygon, received a Point" in read_passages([dot]).rejected[0].reason


def test_obstacles_have_heights(tmp_path: Path) -> None:
    path = geojson(
        tmp_path / "obstacles.geojson",
        (shapely.Point(100.0, 25.0, 1500.0), {"name": "Mast", "height_m": 45}),
        (shapely.LineString([(100.0, 25.0), (100.1, 25.1)]), {"height_m": "30.5"}),
        (SQUARE, {"name": "Wood"}),
        (SQUARE, {"name": "Pit", "height_m": -3}),
        (SQUARE, {"name": "Cloud", "height_m": "tall"}),
    )
    obstacles = read_obstacles([path])
    assert [(o.name, o.height_m, o.geometry.has_z) for o in obstacles.items] == [
        ("Mast", 45.0, False),
        ("Obstacle 2", 30.5, False),
    ]
    reasons = [entry.reason for entry in obstacles.rejected]
    assert all("metres" in reason and "height_m" in reason for reason in reasons)
    assert [reason.rsplit(" ", 1)[-1].strip("'") for reason in reasons] == ["nothing", "-3", "tall"]


def test_targets_in_csv(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text(
        "lon,lat,year,note\n100.2,25.6,2019,a\n,25.6,2020,b\n25.6,100.2,2021,c\n100.3,25.7,2022,d\n", "utf-8"
    )
    targets = read_targets([path])
    assert [(target.lon, target.lat) for target in targets.items] == [(100.2, 25.6), (100.3, 25.7)]
    assert targets.items[1].properties["year"] == "2022"
    assert [entry.file for entry in targets.rejected] == ["history.csv: line 3", "history.csv: line 4"]


def test_targets_in_chinese_csv_and_xlsx(tmp_path: Path) -> None:
    table = tmp_path / "history.csv"
    table.write_text("编号\t经度\t纬度\n甲\t100.2\t25.6\n", encoding="gb18030")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["name", "Longitude", "Latitude"],
        ["乙", 100.3, 25.7],
        [None, None, None],
        ["丙", "100.4", "x"],
    ):
        sheet.append(row)
    workbook = tmp_path / "history.xlsx"
    book.save(workbook)
    targets = read_targets([table, workbook])
    assert [(target.name, target.lon, target.lat) for target in targets.items] == [
        ("甲", 100.2, 25.6),
        ("乙", 100.3, 25.7),
    ]
    assert len(targets.rejected) == 1


def test_targets_in_vector_formats(tmp_path: Path) -> None:
    path = geojson(
        tmp_path / "satellite.geojson", (shapely.Point(100.1, 25.2, 30.0), {"name": "S1"}), (SQUARE, {})
    )
    point, area = read_targets([path]).items
    assert (point.name, point.lon, point.lat) == ("S1", 100.1, 25.2)
    assert SQUARE.contains(shapely.Point(area.lon, area.lat))


def test_tables_without_places_are_set_aside(tmp_path: Path) -> None:
    table = tmp_path / "history.csv"
    table.write_text("where,when\nhere,now\n")
    damaged = tmp_path / "history.xlsx"
    damaged.write_bytes(b"PK\x03\x04 not a workbook")
    targets = read_targets([table, damaged])
    assert targets.items == []
    assert "longitude" in targets.rejected[0].reason and "where, when" in targets.rejected[0].reason
    assert "history.xlsx" in targets.rejected[1].file
