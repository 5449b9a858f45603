import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import fastkml
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from lxml import etree
from rasterio import Affine

from geo.kml import read_kml
from missions import Mission
from missions.errors import ExportError, MissionError
from report import geojson_bytes
from verify import export

SCHEMA = etree.XMLSchema(file=str(Path(fastkml.__file__).parent / "schema" / "ogckml22.xsd"))
NASTY = '<script>alert("1")</script> & \x07 罂粟'
Suspects = Callable[..., None]


def add_proof(root: Path) -> None:
    """Put a coverage raster and one gap where the stage `proof` would."""
    folder = Mission(root).dir("proof")
    folder.mkdir()
    frame = Mission(root).frame()
    bands = np.ones((2, 200, 300), dtype=np.float32)
    bands[0, :, :100] = 0  # the western third is not seen
    with rasterio.open(
        folder / "coverage.tif", "w", driver="GTiff", width=300, height=200, count=2, dtype="float32",
        nodata=float("nan"), crs=frame.crs.to_wkt(), transform=Affine(1, 0, -150, 0, -1, 100),
    ) as target:  # fmt: skip
        target.write(bands)
    gap = frame.geometry_to_lonlat(shapely.box(-150, -100, -50, 100))
    properties = {"gap": 1, "plot": "Pond field", "area_m2": 20000.0}
    (folder / "gaps.geojson").write_bytes(geojson_bytes("gaps", [(gap, properties)]))


def kml_of(root: Path) -> etree._Element:
    with zipfile.ZipFile(root / "export" / "suspects.kmz") as archive:
        return etree.fromstring(archive.read("doc.kml"))


def test_the_kmz_is_valid_and_whole(hillside: Path, suspect: Suspects) -> None:
    suspect(hillside, {"reasons": NASTY, "colour": NASTY}, {"plot": ""}, {"plot": NASTY})
    add_proof(hillside)
    summary = export(Mission(hillside)).summary
    assert summary["suspects"] == 3
    assert summary["kmz"] == "export/suspects.kmz"
    assert summary["problems"] == []
    assert all((hillside / file).is_file() for file in summary["files"])
    root = kml_of(hillside)
    SCHEMA.assertValid(root)
    assert "never a verdict" in root.findtext("{*}Document/{*}description", "")
    with zipfile.ZipFile(hillside / "export" / "suspects.kmz") as archive:
        names = archive.namelist()
        chip = archive.read("files/T00001.jpg")
    assert names[0] == "doc.kml"
    assert chip == (hillside / "detect" / "chips" / "T00001.jpg").read_bytes()
    features = [
        feature for feature in read_kml(hillside / summary["kmz"]) if feature.folder.startswith("Susp")
    ]
    assert [feature.id for feature in features] == ["T00001", "T00002", "T00003"]
    first = next(feature for feature in features if feature.id == "T00001")
    assert first.geometry == shapely.Point(100.2, 25.6)
    assert first.properties["se_m"] == "1.23"
    assert '<img src="files/T00001.jpg"' in first.description
    assert "<script>" not in first.description
    assert {feature.folder.removeprefix("Suspects/") for feature in features} == {
        "Pond field (1)",
        "outside the plots (1)",
        NASTY.replace("\x07", "") + " (1)",
    }


def test_coverage_and_gaps_are_off_and_the_rest_is_on(hillside: Path, suspect: Suspects) -> None:
    suspect(hillside, {})
    add_proof(hillside)
    export(Mission(hillside))
    folders = {
        folder.findtext("{*}name"): folder for folder in kml_of(hillside).iterfind("{*}Document/{*}Folder")
    }
    off = [name for name, folder in folders.items() if folder.findtext("{*}visibility") == "0"]
    assert off == ["Coverage (how many photos)", "Gaps (not seen)"]
    for name in off:
        inside = [*folders[name].iter("{*}Placemark", "{*}GroundOverlay")]
        assert inside
        assert {feature.findtext("{*}visibility") for feature in inside} == {"0"}
    assert len(list(folders["Plots"].iter("{*}Placemark"))) == len(Mission(hillside).plots().items)


def test_the_overlay_lies_where_the_raster_lies(hillside: Path, suspect: Suspects) -> None:
    suspect(hillside, {})
    add_proof(hillside)
    export(Mission(hillside))
    box = next(kml_of(hillside).iter("{*}LatLonBox"))
    west, south, east, north = (
        float(box.findtext(f"{{*}}{side}", "nan")) for side in ("west", "south", "east", "north")
    )
    corners = Mission(hillside).frame().to_lonlat([(-150, -100), (150, 100)])
    assert (west, south) == pytest.approx(tuple(corners[0]), abs=2e-5)  # two metres: two cells
    assert (east, north) == pytest.approx(tuple(corners[1]), abs=2e-5)
    with zipfile.ZipFile(hillside / "export" / "suspects.kmz") as archive:
        data = np.frombuffer(archive.read("files/coverage.png"), np.uint8)
    opacity = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)[..., 3] > 0
    middle = opacity[opacity.shape[0] // 2]
    assert not middle[: len(middle) // 3 - 3].any()
    assert middle[len(middle) // 3 + 3 : -3].all()


def test_geojson_and_csv_say_the_same(hillside: Path, suspect: Suspects) -> None:
    suspect(hillside, {"reasons": "=HYPERLINK(1)", "lon": 100.123456789}, {"plot": "塘边地"})
    export(Mission(hillside))
    frame = pyogrio.read_dataframe(hillside / "export" / "suspects.geojson")
    assert frame.crs.to_epsg() == 4326
    assert list(frame["suspect"]) == ["T00001", "T00002"]
    assert frame.geometry[0].x == pytest.approx(100.123456789, abs=1e-8)
    assert set(frame["datum"]) == {"WGS 84"}
    data = (hillside / "export" / "suspects.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfsuspect,rank,lon_wgs84,lat_wgs84,alt_amsl_m,se_m,score,flowers,")
    first, second = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert first["reasons"] == "'=HYPERLINK(1)"
    assert (first["se_m"], first["photos"]) == ("1.23", "S01/00001;S01/00002")
    assert second["plot"] == "塘边地"


@pytest.mark.parametrize("row", [{"se_m": None}, {"se_m": float("nan")}, {"lon": None}])
def test_a_suspect_without_its_error_stays(hillside: Path, suspect: Suspects, row: dict[str, object]) -> None:
    suspect(hillside, {}, row)
    with pytest.raises(ExportError, match="T00002 has no"):
        export(Mission(hillside))
    assert not (hillside / "export").exists()


def test_a_missing_chip_is_named(hillside: Path, suspect: Suspects) -> None:
    suspect(hillside, {}, {})
    (hillside / "detect" / "chips" / "T00002.jpg").unlink()
    with pytest.raises(ExportError, match=r"T00002\.jpg"):
        export(Mission(hillside))


def test_without_proof_without_suspects(hillside: Path, suspect: Suspects) -> None:
    with pytest.raises(MissionError, match=r"suspects\.parquet"):
        export(Mission(hillside))
    suspect(hillside)
    summary = export(Mission(hillside)).summary
    assert summary["suspects"] == 0
    assert [problem["file"] for problem in summary["problems"]] == ["proof/"]
    SCHEMA.assertValid(kml_of(hillside))
    assert len(pyogrio.read_dataframe(hillside / "export" / "suspects.geojson")) == 0


def test_a_broken_proof_is_named(hillside: Path, suspect: Suspects) -> None:
    suspect(hillside, {})
    add_proof(hillside)
    (hillside / "proof" / "gaps.geojson").write_text('{"features": [{"geometry": null}]}')
    with pytest.raises(ExportError, match="proof"):
        export(Mission(hillside))


def test_same_bytes_and_no_work_twice(hillside: Path, suspect: Suspects, tmp_path: Path) -> None:
    suspect(hillside, {}, {"plot": ""})
    add_proof(hillside)
    mission = Mission(hillside)
    assert not export(mission).skipped
    assert export(mission).skipped
    before = {file.name: file.read_bytes() for file in (hillside / "export").iterdir()}
    (hillside / "export").rename(tmp_path / "kept")
    assert not export(mission).skipped
    after = {file.name: file.read_bytes() for file in (hillside / "export").iterdir()}
    assert before == after
    assert "time" not in json.loads(before["suspects.geojson"])
    # A chip that changed is exported again.
    (hillside / "detect" / "chips" / "T00001.jpg").write_bytes(b"other")
    assert not export(mission).skipped


def test_chinese(hillside: Path, suspect: Suspects) -> None:
    settings = hillside / "mission.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('language = "en"', 'language = "zh"'))
    suspect(hillside, {})
    export(Mission(hillside))
    root = kml_of(hillside)
    SCHEMA.assertValid(root)
    assert "线索" in root.findtext("{*}Document/{*}description", "")
