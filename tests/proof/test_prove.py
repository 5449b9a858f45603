import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely

from geo.frames import LocalFrame
from missions import Mission
from missions.errors import MissionError
from proof import prove
from report import geojson_bytes

ALT_M = (
    75.0  # above the level ground of these missions: the footprint of tests/proof/conftest.py is 100 x 75 m
)
FRAME = LocalFrame(113.0, 28.0)
Locate = Callable[..., None]


def new_mission(root: Path, plots: dict[str, shapely.Polygon], language: str = "en") -> Path:
    root.mkdir(exist_ok=True)
    (root / "mission.toml").write_text(
        f'[mission]\nname = "Trial"\nlanguage = "{language}"\n'
        "[terrain]\nflat_alt_amsl_m = 0.0\nse_alt_m = 0.001\n"
        '[[sites]]\nname = "A"\nlon = 113.0\nlat = 28.0\n'
    )
    features = [
        (FRAME.geometry_to_lonlat(polygon), {"name": name, "priority": 1}) for name, polygon in plots.items()
    ]
    if features:
        (root / "plots.geojson").write_bytes(geojson_bytes("plots", features))
    return root


def places(*enu: tuple[float, float]) -> list[tuple[float, float]]:
    return [(float(lon), float(lat)) for lon, lat in FRAME.to_lonlat(np.array(enu))]


def test_half_a_plot_is_seen(tmp_path: Path, locate: Locate) -> None:
    root = new_mission(tmp_path / "m", {"field": shapely.box(-50, -35, 150, 35)})
    locate(root, places((0, 0)), ALT_M)
    summary = prove(Mission(root)).summary
    assert summary["coverage"] == pytest.approx(0.5, abs=0.005)
    assert summary["gaps_ha"] == pytest.approx(0.7, abs=0.01)
    assert summary["plots"][0]["area_ha"] == pytest.approx(1.4, abs=1e-3)
    assert summary["plots"][0]["gsd_cm"] == pytest.approx(2.5, abs=0.01)
    gaps = pyogrio.read_dataframe(root / "proof" / "gaps.geojson")
    assert list(gaps["plot"]) == ["field"]
    gap = FRAME.geometry_to_enu(gaps.geometry[0])
    assert gap.area == pytest.approx(gaps["area_m2"][0], rel=1e-3)
    assert shapely.hausdorff_distance(gap, shapely.box(50, -35, 150, 35)) < 0.8


def test_the_cautious_share_takes_off_the_standard_error(tmp_path: Path, locate: Locate) -> None:
    """A footprint over a plot of its size, with 3 m of error along each axis: 3 * sqrt(2) m all round."""
    root = new_mission(tmp_path / "m", {"field": shapely.box(-50, -37.5, 50, 37.5)})
    locate(root, places((0, 0)), ALT_M, se_xy_m=3.0)
    summary = prove(Mission(root)).summary
    rim_m = 3 * np.sqrt(2)
    assert summary["coverage"] > 0.98
    expected = (100 - 2 * rim_m) * (75 - 2 * rim_m) / 7500
    assert summary["coverage_cautious"] == pytest.approx(expected, abs=0.02)  # cells of 0.5 m


def test_more_photos_never_see_less_and_the_worst_plot_counts(tmp_path: Path, locate: Locate) -> None:
    root = new_mission(
        tmp_path / "m", {"seen": shapely.box(-20, -20, 20, 20), "not": shapely.box(300, 0, 340, 40)}
    )
    locate(root, places((0, 0)), ALT_M)
    assert prove(Mission(root)).summary["coverage"] == 0
    locate(root, places((0, 0), (320, 20)), ALT_M)
    summary = prove(Mission(root)).summary
    assert (summary["coverage"], summary["gaps"], summary["gaps_ha"]) == (1, 0, 0)


def test_slivers_are_counted_but_not_listed(tmp_path: Path, locate: Locate) -> None:
    # The footprint ends at 50 m east; one cell of 0.5 m by 1 m sticks out.
    root = new_mission(tmp_path / "m", {"field": shapely.box(0, 0, 50.6, 1.0)})
    locate(root, places((0, 0)), ALT_M)
    summary = prove(Mission(root)).summary
    assert summary["gaps"] == 0
    assert 0.9 < summary["coverage"] < 1
    assert "Only slivers" in (root / "proof" / "proof.html").read_text(encoding="utf-8")


def test_the_coverage_raster(tmp_path: Path, locate: Locate) -> None:
    root = new_mission(tmp_path / "m", {"field": shapely.box(-50, -30, 150, 30)})
    locate(root, places((0, 0), (60, 0)), ALT_M)
    prove(Mission(root))
    with rasterio.open(root / "proof" / "coverage.tif") as source:
        count, gsd = source.read()
        assert source.descriptions == ("photos", "gsd_cm")
        assert np.isnan(source.nodata)
        frame = Mission(root).frame()
        for enu, photos in (((0, 0), 1), ((30, 0), 2), ((100, 0), 1), ((140, 0), 0)):
            lonlat = FRAME.to_lonlat([enu])
            (place,) = frame.to_enu(lonlat)
            row, col = source.index(*place)
            assert count[row, col] == photos
            assert np.isnan(gsd[row, col]) if photos == 0 else gsd[row, col] == pytest.approx(2.5, abs=0.01)
        north = source.index(*frame.to_enu(FRAME.to_lonlat([(0, 29)]))[0])[0]
        south = source.index(*frame.to_enu(FRAME.to_lonlat([(0, -29)]))[0])[0]
        assert north < south


def test_gsd_follows_a_tilted_photo(tmp_path: Path, locate: Locate) -> None:
    """Pitch -60 with the top to the north: the northern ground is farther away, so its pixels are larger."""
    root = new_mission(tmp_path / "m", {"field": shapely.box(-30, 20, 30, 80)})
    locate(root, places((0, 0)), ALT_M, pitch_deg=-60.0)
    prove(Mission(root))
    with rasterio.open(root / "proof" / "coverage.tif") as source:
        gsd = source.read(2)
        frame = Mission(root).frame()
        values = []
        for north in (25.0, 43.3, 70.0):
            row, col = source.index(*frame.to_enu(FRAME.to_lonlat([(0, north)]))[0])
            values.append(float(gsd[row, col]))
    near, middle, far = values
    assert near < middle < far
    # On the optical axis: distance 75 / cos 30 over f, stretched once by 1 / cos 30, as a geometric mean.
    distance_m = ALT_M / np.cos(np.radians(30))
    assert middle == pytest.approx(100 * distance_m / 3000 / np.sqrt(np.cos(np.radians(30))), rel=0.03)


def test_a_photo_of_the_sky_is_set_aside(tmp_path: Path, locate: Locate) -> None:
    root = new_mission(tmp_path / "m", {"field": shapely.box(-20, -20, 20, 20)})
    locate(root, places((0, 0)), ALT_M, pitch_deg=10.0)
    summary = prove(Mission(root)).summary
    assert summary["coverage"] == 0
    assert summary["photos"] == 0
    assert [problem["file"] for problem in summary["problems"]] == ["flights/S01/00000.JPG"]


def test_without_plots_the_photographed_ground_is_the_area(tmp_path: Path, locate: Locate) -> None:
    root = new_mission(tmp_path / "m", {})
    ring = [(dx, dy) for dx in (-90, 0, 90) for dy in (-68, 0, 68) if (dx, dy) != (0, 0)]
    locate(root, places(*ring), ALT_M)
    summary = prove(Mission(root)).summary
    assert summary["has_plots"] is False
    assert summary["gaps"] == 1  # the hole in the middle: 80 by 61 m
    assert summary["gaps_ha"] == pytest.approx(80 * 61 / 1e4, rel=0.03)


def test_nothing_at_all(tmp_path: Path, locate: Locate) -> None:
    root = new_mission(tmp_path / "m", {})
    with pytest.raises(MissionError, match=r"photos\.parquet"):
        prove(Mission(root))
    locate(root, [], ALT_M)
    with pytest.raises(MissionError, match="no plots and no located photos"):
        prove(Mission(root))


def test_same_bytes_and_no_work_twice(tmp_path: Path, locate: Locate) -> None:
    contents: list[dict[str, bytes]] = []
    for name in ("a", "b"):
        root = new_mission(tmp_path / name, {"field": shapely.box(-50, -35, 150, 35)})
        locate(root, places((0, 0), (40, 10)), ALT_M)
        mission = Mission(root)
        assert not prove(mission).skipped
        assert prove(mission).skipped
        files = (root / "proof").iterdir()
        contents.append({file.name: file.read_bytes() for file in files if file.name != "manifest.json"})
    assert set(contents[0]) == {"coverage.tif", "gaps.geojson", "proof.html", "proof.json"}
    assert contents[0] == contents[1]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_whole_and_escapes_names(tmp_path: Path, locate: Locate, language: str) -> None:
    root = new_mission(
        tmp_path / "m", {"<script>alert(1)</script>": shapely.box(-50, -35, 150, 35)}, language
    )
    locate(root, places((0, 0)), ALT_M)
    summary = prove(Mission(root)).summary
    page = (root / "proof" / "proof.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http://" not in page and "https://" not in page
    assert f"{summary['coverage'] * 100:.2f} %" in page
    assert ("亩" in page) == (language == "zh")
    assert json.loads((root / "proof" / "proof.json").read_text(encoding="utf-8")) == summary
