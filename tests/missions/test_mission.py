import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.view import View
from missions import Mission
from missions.errors import MissionError


def test_a_folder_without_settings_is_no_mission(tmp_path: Path) -> None:
    with pytest.raises(MissionError, match="tianmu new"):
        Mission(tmp_path)


# --- the example: what it promises to those who learn from it ---


def test_example_is_read_whole(hillside: Path) -> None:
    mission = Mission(hillside)
    for features, count in (
        (mission.plots(), 4),
        (mission.no_fly(), 1),
        (mission.history(), 13),
        (mission.satellite(), 6),
    ):
        assert features.rejected == []
        assert len(features.items) == count
    ground = mission.ground()
    assert ground.warnings == []
    assert ground.se_alt_m == 2.0
    assert ground.terrain.kind == "ground"


def test_example_plots_are_of_four_kinds(hillside: Path) -> None:
    mission = Mission(hillside)
    frame = mission.frame()
    plots = {plot.name: frame.geometry_to_enu(plot.polygon) for plot in mission.plots().items}
    assert set(plots) == {"Upper terrace", "Gully fields", "Pond field", "Old courtyard"}
    assert all(isinstance(plot, shapely.Polygon) for plot in plots.values())
    assert len(plots["Pond field"].interiors) == 1
    assert plots["Gully fields"].area < 0.85 * plots["Gully fields"].convex_hull.area
    assert plots["Old courtyard"].area == pytest.approx(4_000, rel=0.1)
    total = sum(plot.area for plot in plots.values())
    assert 60_000 < total < 70_000
    assert all(a.distance(b) < 800 for a in plots.values() for b in plots.values())
    priorities = {plot.name: plot.priority for plot in mission.plots().items}
    assert max(priorities, key=priorities.__getitem__) == "Upper terrace"


def test_example_no_fly_area_is_in_the_way_but_over_no_plot(hillside: Path) -> None:
    mission = Mission(hillside)
    frame = mission.frame()
    plots = {plot.name: frame.geometry_to_enu(plot.polygon) for plot in mission.plots().items}
    (area,) = (frame.geometry_to_enu(area.polygon) for area in mission.no_fly().items)
    margin = mission.settings.airspace.no_fly_margin_m
    assert all(area.distance(plot) > margin for plot in plots.values())
    assert area.distance(plots["Pond field"]) < margin + 15
    way = shapely.LineString([plots["Pond field"].centroid, plots["Old courtyard"].centroid])
    assert way.intersection(area).length > 50


def test_example_terrain_is_a_terraced_hillside(hillside: Path) -> None:
    mission = Mission(hillside)
    ground = mission.ground()
    grid = ground.terrain.grid
    assert grid is not None
    assert (hillside / "terrain.tif").stat().st_size < 300_000
    heights = grid.z[np.isfinite(grid.z)]
    assert 1650 < heights.min() < 1750 and 1900 < heights.max() < 2000
    for plot in mission.plots().items:
        outline = ground.frame.geometry_to_enu(plot.polygon)
        assert ground.terrain.covers(outline.buffer(200))
        west, south, east, north = outline.bounds
        places = np.column_stack(
            [axis.ravel() for axis in np.meshgrid(np.arange(west, east, 2.0), np.arange(south, north, 2.0))]
        )
        places = places[shapely.contains_xy(outline, places[:, 0], places[:, 1])]
        slope_deg = np.degrees(np.arccos(ground.terrain.normals(places)[:, 2]))
        assert np.percentile(slope_deg, 70) < 20
        if plot.name == "Upper terrace":
            # Level treads and steep walls: up the slope the height goes in steps, so the steepest tenth of
            # single metres is several times steeper than the flattest third.
            step = ground.terrain.height_at(places + [0, 1.0]) - ground.terrain.height_at(places)
            assert np.percentile(step, 90) > 4 * abs(np.percentile(step, 30))


def test_example_site_is_on_open_ground(hillside: Path) -> None:
    mission = Mission(hillside)
    ground = mission.ground()
    (site,) = mission.settings.sites
    place = ground.frame.to_enu([[site.lon, site.lat]])
    point = shapely.Point(place[0])
    areas = [*mission.no_fly().items, *mission.plots().items]
    assert all(ground.frame.geometry_to_enu(area.polygon).distance(point) > 30 for area in areas)
    assert np.degrees(np.arccos(ground.terrain.normals(place)[0, 2])) < 15


def test_example_camera_gives_the_wanted_gsd(hillside: Path) -> None:
    """1.5 cm from 76.6 m: the height the planner must arrive at, 0.015 * 20 / 23.5 * 6000 = 76.596."""
    from geo.pose import Pose
    from geo.terrain import Terrain

    mission = Mission(hillside)
    camera = mission.camera_model().camera()
    view = View(camera, Pose(0, 0, 76.596, 0, -90, 0), Terrain.flat(0), mission.frame())
    assert view.gsd_cm([[2999.5, 1999.5]])[0] == pytest.approx(1.5, abs=1e-3)
    west, south, east, north = view.footprint().bounds
    assert (east - west, north - south) == pytest.approx((90, 60), abs=0.01)


# --- ground without terrain, plots, or anything ---


def mission_with(folder: Path, settings: str, **files: str) -> Mission:
    (folder / "mission.toml").write_text(settings)
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Mission(folder)


PLOTS_CSV = 'name,wkt\nA,"POLYGON ((100 25, 100.01 25, 100.01 25.01, 100 25.01, 100 25))"\n'


def test_flat_ground_is_used_with_a_warning(tmp_path: Path) -> None:
    mission = mission_with(tmp_path, "[terrain]\nflat_alt_amsl_m = 1800", plots_csv=PLOTS_CSV)
    ground = mission.ground()
    assert ground.terrain.height_at([[0, 0]])[0] == 1800
    assert (ground.frame.lon_deg, ground.frame.lat_deg) == (100.005, 25.005)
    assert "level at 1800.0 m" in ground.warnings[0]
    assert ground.se_alt_m == 10.0


def test_ground_of_photos_alone(tmp_path: Path) -> None:
    derived = json.dumps({"lon": 100.2, "lat": 25.6, "flat_alt_amsl_m": 12.0, "se_alt_m": 7.0})
    ground = mission_with(tmp_path, "", ingest__ground_json=derived).ground()
    assert (ground.frame.lon_deg, ground.terrain.level_amsl_m, ground.se_alt_m) == (100.2, 12.0, 7.0)
    assert "from the photos" in ground.warnings[0]


def test_nothing_to_stand_on_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(MissionError, match=r"plots\.geojson"):
        mission_with(tmp_path, "").frame()
    with pytest.raises(MissionError, match="flat_alt_amsl_m"):
        mission_with(tmp_path, "", plots_csv=PLOTS_CSV).ground()


def test_unknown_datum_warns_and_widens_the_error(hillside: Path) -> None:
    path = hillside / "mission.toml"
    path.write_text(
        path.read_text().replace('datum = "egm96"', 'datum = "unknown"').replace('"ground"', '"unknown"')
    )
    ground = Mission(hillside).ground()
    assert ground.se_alt_m == 10.0
    assert len(ground.warnings) == 2


def test_broken_terrain_names_the_file(hillside: Path) -> None:
    content = (hillside / "terrain.tif").read_bytes()
    (hillside / "terrain.tif").write_bytes(content[: len(content) // 2])
    with pytest.raises(MissionError, match=r"terrain\.tif"):
        Mission(hillside).ground()


def test_parts_of_a_shapefile_are_one_input(tmp_path: Path) -> None:
    mission = mission_with(tmp_path, "", plots_shp="", plots_dbf="", plots_prj="", plots_kml="")
    assert [path.name for path in mission.inputs("plots")] == ["plots.kml", "plots.shp"]
    assert mission.inputs("history") == []


def test_unnamed_camera_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(MissionError, match=r"\[camera\]"):
        mission_with(tmp_path, "").camera_model()
