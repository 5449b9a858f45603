import re

import numpy as np
import pytest
import shapely

from geo.frames import LocalFrame
from geo.terrain import Terrain
from missions.catalogue import aircraft_model, camera_model
from missions.errors import PlanError
from missions.features import Obstacle
from missions.records import PathPoint, Sortie
from missions.settings import AirspaceSettings, SurveySettings
from planner.flight import Performance
from planner.heights import check_frame, grade_of, height_problems, height_warnings, heights_for

CAMERA = camera_model("sony-a6000-20mm").camera()
FOCAL_PX = float(np.sqrt(CAMERA.fx_px * CAMERA.fy_px))


def heights(kind="ground", clearance_m=20.0, approval=None, **survey):
    airspace = AirspaceSettings(clearance_m=clearance_m, approval=approval)
    return heights_for(SurveySettings(**survey), airspace, CAMERA, kind)


def mast(height_m):
    return Obstacle("mast", shapely.Point(100.0, 25.0), height_m)


def test_the_height_gives_the_gsd_and_ways_are_never_lower_than_lines():
    found = heights(gsd_cm=1.5)
    assert found.on_line.agl_m == pytest.approx(0.015 * FOCAL_PX)
    assert found.on_line.lowest_m == pytest.approx(0.95 * found.on_line.agl_m)
    assert found.on_way.lowest_m == found.on_line.lowest_m
    assert found.on_way.highest_m == 120.0


def test_close_to_the_ceiling_the_survey_sinks_by_its_tolerance():
    found = heights(gsd_cm=2.3)
    assert found.on_line.agl_m == pytest.approx(120 / 1.05)
    assert found.gsd_cm == pytest.approx(100 * 120 / 1.05 / FOCAL_PX)
    assert heights(gsd_cm=2.3, height_tolerance_pct=2).on_line.agl_m == pytest.approx(0.023 * FOCAL_PX)


@pytest.mark.parametrize("approval", [None, "", "  "])
def test_above_120_m_an_approval_must_be_stated(approval):
    with pytest.raises(PlanError, match=r"max_height_agl_m is 150 m.*120 m.*airspace\.approval, or set 120"):
        heights(max_height_agl_m=150, approval=approval)
    assert heights(max_height_agl_m=150, gsd_cm=2.6, approval="ATC-7").on_line.agl_m > 120


def test_a_gsd_out_of_reach_is_refused_with_the_one_that_works():
    with pytest.raises(PlanError, match=rf"4 cm/px needs.*120 m.*{100 * 120 / FOCAL_PX:.2f} cm/px"):
        heights(gsd_cm=4)
    with pytest.raises(PlanError, match=r"0\.3 cm/px needs 15\.3 m.*20 m.*clearance_m.*0\.40 cm/px"):
        heights(gsd_cm=0.3)
    assert heights(gsd_cm=0.40).on_line.lowest_m >= 20.0


def test_a_ceiling_below_the_clearance_leaves_no_room():
    with pytest.raises(PlanError, match=r"ceiling of 41 m.*40 m.*42 m does"):
        heights(gsd_cm=0.793, max_height_agl_m=41, clearance_m=40)
    assert heights(gsd_cm=0.793, max_height_agl_m=42, clearance_m=40).on_line.lowest_m == 40


def test_what_is_lower_by_the_clearance_is_flown_over():
    found = heights(gsd_cm=1.5)
    limit = found.on_line.lowest_m - 20.0
    assert not found.stands_in_the_way(mast(limit - 0.01))
    tall = mast(limit + 10.0)
    assert found.stands_in_the_way(tall)
    (warning,) = height_warnings(found, 120.0, "ground", [tall])
    over = float(re.search(r"from ([\d.]+) cm/px on it is flown over", warning)[1])
    assert not heights(gsd_cm=over).stands_in_the_way(tall)
    assert heights(gsd_cm=over - 0.02).stands_in_the_way(tall)
    (warning,) = height_warnings(found, 120.0, "ground", [mast(100.0)])
    assert "no height under the ceiling of 120 m leaves more" in warning


def test_over_a_surface_ways_keep_room_for_trees_and_a_warning_says_how_much():
    found = heights(kind="surface")
    assert found.on_way.highest_m == 90.0
    (warning,) = height_warnings(found, 120.0, "surface", [])
    assert "holds the surface" in warning and "higher than 30 m" in warning
    assert "may hold" in height_warnings(heights(kind="unknown"), 120.0, "unknown", [])[0]
    assert height_warnings(heights(), 120.0, "ground", []) == []


def test_gradients_are_those_at_the_greatest_speed_over_ground():
    copter = grade_of(Performance(aircraft_model("holybro-x650"), 10.0, (5.0, 0.0)))
    assert (copter.climb, copter.sink, copter.slows) == (0.25, 0.15, True)
    vtol = grade_of(Performance(aircraft_model("deltaquad-pro"), 16.0, (3.0, 4.0)))
    assert vtol.climb == pytest.approx(aircraft_model("deltaquad-pro").max_climb_m_s / 21.0)
    assert not vtol.slows


def test_px4_and_dji_take_no_heights_above_terrain():
    for frame in ("relative", "amsl", "terrain"):
        check_frame(frame, aircraft_model("holybro-x650"))
    check_frame("amsl", aircraft_model("deltaquad-pro"))
    with pytest.raises(PlanError, match=r'px4.*"terrain".*use "amsl"'):
        check_frame("terrain", aircraft_model("deltaquad-pro"))
    with pytest.raises(PlanError, match=r'dji.*"terrain".*use "amsl"'):
        check_frame("terrain", aircraft_model("dji-m3e"))


def test_a_path_too_low_or_too_high_is_a_problem_with_its_height():
    frame, terrain = LocalFrame(100.0, 25.0), Terrain.flat(500.0)
    site = PathPoint(lon=100.0, lat=25.0, alt_amsl_m=500.0, kind="land")

    def problems(*heights_m):
        path = [
            PathPoint(lon=100.0, lat=25.0 + n / 1000, alt_amsl_m=500.0 + height, kind="transit")
            for n, height in enumerate(heights_m)
        ]
        sortie = Sortie(
            name="S01", site="home", plots=(), speed_m_s=8.0, trigger_m=30.0, path=(*path, site), photos=(),
            path_m=0.0, flight_s=0.0, energy_wh=0.0, battery_pct=0.0,
        )  # fmt: skip
        return height_problems(sortie, heights(), 120.0, terrain, frame)

    assert problems(20.0, 120.0) == []
    assert problems(60.0, 18.5) == [
        "it comes down to 18.5 m above ground, less than the 20 m of airspace.clearance_m"
    ]
    assert problems(125.0, 60.0) == [
        "it goes up to 125.0 m above ground, over the ceiling of 120 m (survey.max_height_agl_m)"
    ]
