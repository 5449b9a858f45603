import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import planner
from geo.pose import Pose
from geo.view import View
from missions import Mission
from missions.errors import PlanError
from missions.records import read_plan
from planner.items import item_count

from .conftest import areas, stars

EXAMPLE = Path(__file__).parents[2] / "missions" / "examples" / "hillside"


def folder_with(root, plots, no_fly=(), extra=""):
    """A mission on level ground; polygons in metres around 100 E 25 N, as lon and lat."""

    def collection(polygons):
        lonlat = [
            shapely.transform(
                polygon, lambda xy: np.column_stack((100 + xy[:, 0] / 100_900, 25 + xy[:, 1] / 110_780))
            )
            for polygon in polygons.values()
        ]
        features = [
            {
                "type": "Feature",
                "properties": {"name": name},
                "geometry": json.loads(shapely.to_geojson(shape)),
            }
            for name, shape in zip(polygons, lonlat, strict=True)
        ]
        return json.dumps({"type": "FeatureCollection", "features": features})

    root.mkdir(exist_ok=True)
    (root / "plots.geojson").write_text(collection(plots))
    if no_fly:
        (root / "no_fly.geojson").write_text(collection(no_fly))
    text = '[camera]\nmodel = "sony-a6000-20mm"\n[terrain]\nflat_alt_amsl_m = 500\n' + extra
    (root / "mission.toml").write_text(text)
    return Mission(root)


@pytest.fixture(scope="module")
def flown(tmp_path_factory):
    root = tmp_path_factory.mktemp("example") / "hillside"
    shutil.copytree(EXAMPLE, root)
    mission = Mission(root)
    result = planner.plan(mission)
    return mission, result, read_plan(mission.dir("plan") / "plan.json")


def test_every_plot_is_covered_with_the_margin(flown):
    _, result, plan = flown
    assert result.summary["coverage"] >= 0.99
    assert [plot.coverage >= 0.99 for plot in plan.plots] == [True] * 4
    assert result.summary["problems"] == []
    assert set(result.summary) >= {
        "sorties",
        "sites",
        "photos",
        "path_m",
        "flight_s",
        "coverage",
        "in_no_fly_m",
    }


def test_coverage_is_that_of_the_written_photos_even_displaced(flown):
    """The same worked out apart: footprints of plan.json's photos, each moved by up to the margin anyhow."""
    mission, _, plan = flown
    ground, camera = mission.ground(), mission.camera_model().camera()
    rng = np.random.default_rng(1)
    prints = []
    for sortie in plan.sorties:
        for photo in sortie.photos:
            (east, north), turn = ground.frame.to_enu([(photo.lon, photo.lat)])[0], rng.uniform(0, 2 * np.pi)
            pose = Pose(east, north, photo.alt_amsl_m, photo.yaw_deg, photo.pitch_deg, photo.roll_deg)
            seen = View(camera, pose, ground.terrain, ground.frame).footprint()
            prints.append(shapely.affinity.translate(seen, 5 * np.cos(turn), 5 * np.sin(turn)))
    shown = shapely.union_all(prints)
    for plot in mission.plots().items:
        area = ground.frame.geometry_to_enu(plot.polygon)
        assert area.intersection(shown).area >= 0.999 * area.area


def test_no_metre_of_the_path_is_where_it_must_not_be(flown):
    mission, result, plan = flown
    frame = mission.ground().frame
    margin = mission.settings.airspace.no_fly_margin_m
    no_fly = [frame.geometry_to_enu(area.polygon).buffer(margin) for area in mission.no_fly().items]
    holes = [
        shapely.Polygon(ring)
        for plot in mission.plots().items
        for ring in frame.geometry_to_enu(plot.polygon).interiors
    ]
    assert no_fly and holes
    assert result.summary["in_no_fly_m"] == 0
    for sortie in plan.sorties:
        line = shapely.LineString(frame.to_enu([(point.lon, point.lat) for point in sortie.path]))
        assert all(line.intersection(area).length == 0 for area in (*no_fly, *holes))


def test_heights_above_ground_are_kept_along_every_leg(flown):
    mission, _, plan = flown
    ground = mission.ground()
    for sortie in plan.sorties:
        track = np.column_stack(
            (ground.frame.to_enu([(p.lon, p.lat) for p in sortie.path]), [p.alt_amsl_m for p in sortie.path])
        )
        kinds = [point.kind for point in sortie.path]
        for number in range(len(track) - 2):  # the last leg is the landing
            share = np.linspace(0, 1, 50)[:, None]
            leg = track[number] + share * (track[number + 1] - track[number])
            above = leg[:, 2] - ground.terrain.height_at(leg[:, :2])
            assert above.max() <= mission.settings.survey.max_height_agl_m
            assert above.min() >= 0.8 * plan.height_agl_m
            if kinds[number] in ("start", "follow"):
                assert np.abs(above - plan.height_agl_m).max() <= 0.06 * plan.height_agl_m


def test_sorties_are_within_battery_and_items(flown):
    mission, _, plan = flown
    aircraft = mission.aircraft_model()
    for sortie in plan.sorties:
        assert sortie.battery_pct <= 100 - mission.settings.battery.reserve_pct
        assert item_count(sortie.path) <= aircraft.max_items
        assert sortie.path[0].kind == "takeoff" and sortie.path[-1].kind == "land"
        kinds = [point.kind for point in sortie.path if point.kind in ("start", "end")]
        assert kinds == ["start", "end"] * (len(kinds) // 2)
    assert (mission.dir("plan") / "S01.plan").exists() and (mission.dir("plan") / "S01.waypoints").exists()


def test_a_second_plan_does_nothing_and_a_new_one_gives_the_same_bytes(flown, tmp_path):
    mission, result, _ = flown
    again = planner.plan(mission)
    assert again.skipped and again.summary == result.summary
    shutil.copytree(mission.root, tmp_path / "copy", ignore=shutil.ignore_patterns("plan"))
    copy = Mission(tmp_path / "copy")
    assert not planner.plan(copy).skipped
    for path in sorted(mission.dir("plan").iterdir()):
        if path.name != "manifest.json":
            assert (copy.dir("plan") / path.name).read_bytes() == path.read_bytes(), path.name


def test_photos_keep_the_wanted_overlap_on_level_ground(tmp_path):
    mission = folder_with(tmp_path, {"field": shapely.box(0, 0, 400, 300)})
    planner.plan(mission)
    plan = read_plan(mission.dir("plan") / "plan.json")
    camera = mission.camera_model()
    wide = camera.sensor_width_mm / camera.focal_mm * plan.height_agl_m
    assert plan.spacing_m <= 0.7 * wide
    assert plan.trigger_m <= 0.7 * wide * camera.height_px / camera.width_px
    assert plan.trigger_m > 0.6 * wide * camera.height_px / camera.width_px


@pytest.mark.parametrize("reserve", [25, 75, 82])
def test_less_battery_makes_more_sorties(tmp_path, reserve):
    mission = folder_with(
        tmp_path, {"field": shapely.box(0, 0, 500, 500)}, extra=f"[battery]\nreserve_pct = {reserve}"
    )
    summary = planner.plan(mission).summary
    plan = read_plan(mission.dir("plan") / "plan.json")
    assert all(sortie.battery_pct <= 100 - reserve for sortie in plan.sorties)
    assert summary["coverage"] > 0.999
    assert (len(plan.sorties) > 1) == (reserve > 25)


def test_what_no_battery_reaches_is_said(tmp_path):
    mission = folder_with(
        tmp_path, {"field": shapely.box(0, 0, 500, 500)}, extra="[battery]\nreserve_pct = 90"
    )
    summary = planner.plan(mission).summary
    assert summary["coverage"] < 0.5
    reasons = " ".join(problem["reason"] for problem in summary["problems"])
    assert "out of reach of every site on one battery" in reasons and "is covered" in reasons


def test_no_site_is_a_warning_and_a_place_at_the_first_plot(tmp_path):
    plots = {"one": shapely.box(0, 0, 100, 100), "two": shapely.box(400, 0, 500, 100)}
    mission = folder_with(tmp_path, plots)
    summary = planner.plan(mission).summary
    assert any("no take-off site" in warning for warning in summary["warnings"])
    (site,) = summary["sites"]
    area = mission.plots().items[0].polygon
    assert shapely.Point(site["lon"], site["lat"]).distance(area.boundary) < 1e-6


def test_a_plot_under_a_no_fly_area_is_a_problem_and_the_rest_goes_on(tmp_path):
    plots = {"under": shapely.box(0, 0, 100, 100), "free": shapely.box(400, 0, 500, 100)}
    no_fly = {"mast": shapely.box(-200, -200, 300, 300)}
    mission = folder_with(tmp_path, plots, no_fly, '[[sites]]\nname = "a"\nlon = 100.0045\nlat = 25.0')
    summary = planner.plan(mission).summary
    assert any("under" in problem["file"] for problem in summary["problems"])
    covered = {plot["name"]: plot["coverage"] for plot in summary["plots"]}
    assert covered["free"] > 0.999 and covered["under"] == 0
    assert summary["in_no_fly_m"] == 0


def test_a_plot_outside_the_terrain_is_set_aside(hillside):
    plots = json.loads((hillside / "plots.geojson").read_text())
    ring = plots["features"][0]["geometry"]["coordinates"][0]
    far = [[lon + 0.012, lat] for lon, lat in ring]
    plots["features"].append(
        {
            "type": "Feature",
            "properties": {"name": "Far"},
            "geometry": {"type": "Polygon", "coordinates": [far]},
        }
    )
    (hillside / "plots.geojson").write_text(json.dumps(plots))
    summary = planner.plan(Mission(hillside)).summary
    assert [problem["file"] for problem in summary["problems"]] == ['plot "Far"']
    assert "terrain" in summary["problems"][0]["reason"]
    assert summary["coverage"] > 0.99


def test_nothing_to_plan_is_an_error_that_says_why(tmp_path):
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    with pytest.raises(PlanError, match=r"plots\.geojson.*crosses itself"):
        planner.plan(folder_with(tmp_path, {"bow": bow}))


def test_a_height_above_the_ceiling_is_refused_with_the_gsd_that_works(tmp_path):
    mission = folder_with(tmp_path, {"field": shapely.box(0, 0, 100, 100)}, extra="[survey]\ngsd_cm = 4")
    with pytest.raises(PlanError, match=r"4 cm/px needs 204 m.*120 m.*2\.35 cm/px"):
        planner.plan(mission)


def test_an_unreadable_keep_out_area_is_never_ignored(tmp_path):
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    mission = folder_with(tmp_path, {"field": shapely.box(0, 0, 100, 100)}, {"bow": bow})
    with pytest.raises(PlanError, match=r"must not ignore.*no_fly\.geojson"):
        planner.plan(mission)


def test_a_site_in_a_no_fly_area_is_refused(tmp_path):
    mission = folder_with(
        tmp_path,
        {"field": shapely.box(0, 0, 100, 100)},
        {"mast": shapely.box(300, 0, 400, 100)},
        '[[sites]]\nname = "a"\nlon = 100.0035\nlat = 25.0005',
    )
    with pytest.raises(PlanError, match='site "a" lies in a no-fly area'):
        planner.plan(mission)


def test_a_speed_the_camera_cannot_follow_is_lowered(tmp_path):
    mission = folder_with(
        tmp_path,
        {"field": shapely.box(0, 0, 60, 60)},
        extra="[survey]\ngsd_cm = 0.4\nfront_overlap_pct = 80\nspeed_m_s = 10",
    )
    summary = planner.plan(mission).summary
    plan = read_plan(mission.dir("plan") / "plan.json")
    assert any("speed lowered" in warning for warning in summary["warnings"])
    assert plan.sorties[0].speed_m_s * mission.camera_model().min_interval_s < plan.trigger_m


@given(areas(), areas(), st.lists(stars(20.0, 120.0, (3, 8), 350.0), max_size=3))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_areas_no_metre_is_forbidden_and_what_can_be_seen_is(one, other, no_fly):
    assume(min(one.area, other.area) > 500)
    plots = {"one": one, "other": shapely.affinity.translate(other, 500, 100)}
    with tempfile.TemporaryDirectory() as root:
        mission = folder_with(Path(root), plots, {f"area {n}": shape for n, shape in enumerate(no_fly)})
        try:
            summary = planner.plan(mission).summary
        except PlanError:
            assert no_fly  # all plots, or every place to take off from, can lie in them
            return
        plan = read_plan(mission.dir("plan") / "plan.json")
        frame = mission.ground().frame
        forbidden = [frame.geometry_to_enu(area.polygon).buffer(10.0) for area in mission.no_fly().items]
    assert summary["in_no_fly_m"] == 0
    for sortie in plan.sorties:
        line = shapely.LineString(frame.to_enu([(point.lon, point.lat) for point in sortie.path]))
        samples = shapely.line_interpolate_point(line, np.arange(0.0, line.length, 1.0))
        for area in forbidden:
            assert line.intersection(area).length == 0
            assert not shapely.intersects(area, samples).any()
    if not no_fly:
        assert summary["coverage"] > 0.999
        assert summary["problems"] == []
