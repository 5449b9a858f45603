import csv
import io
import json
from pathlib import Path

import pyogrio
import shapely
from hypothesis import given
from hypothesis import strategies as st

from report import csv_bytes, geojson_bytes


def test_geojson_opens_and_is_wound_as_the_standard_says(tmp_path: Path) -> None:
    clockwise = shapely.Polygon([(0, 0), (0, 1), (1, 1), (1, 0)], [[(0.2, 0.2), (0.4, 0.2), (0.4, 0.4)]])
    content = geojson_bytes("gaps", [(clockwise, {"plot": "塘", "area_m2": 1.5}), (shapely.Point(1, 2), {})])
    feature, point = json.loads(content)["features"]
    outer, inner = (shapely.LinearRing(ring) for ring in feature["geometry"]["coordinates"])
    assert outer.is_ccw
    assert not inner.is_ccw
    assert point["geometry"]["coordinates"] == [1.0, 2.0]
    (tmp_path / "a.geojson").write_bytes(content)
    frame = pyogrio.read_dataframe(tmp_path / "a.geojson")
    assert frame.crs.to_epsg() == 4326
    assert frame["plot"][0] == "塘"


def test_an_empty_layer_opens(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_bytes(geojson_bytes("gaps", []))
    assert len(pyogrio.read_dataframe(tmp_path / "a.geojson")) == 0


@given(st.lists(st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"))))
def test_csv_gives_back_what_went_in_and_no_formula(texts: list[str]) -> None:
    content = csv_bytes(["text", "number"], [[text, -1.5] for text in texts])
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["text", "number"]
    for text, (cell, number) in zip(texts, rows[1:], strict=True):
        assert cell.removeprefix("'") == text.removeprefix("'")
        assert cell[:1] not in ("=", "+", "-", "@")
        assert number == "-1.5"
