import numpy as np
import pytest
import shapely

import planner
from missions.records import read_plan

from .folders import mission_folder

FIELD = [(shapely.box(0, 0, 300, 180), {"name": "Field"})]


def planned(root, extra, plots=FIELD):
    mission = mission_folder(root, extra, plots=plots)
    summary = planner.plan(mission).summary
    return summary, read_plan(mission.dir("plan") / "plan.json")


def headings(plan):
    """How many photos look which way, lines flown either way taken together."""
    yaws = [round(photo.yaw_deg) % 180 for sortie in plan.sorties for photo in sortie.photos]
    return {yaw: yaws.count(yaw) for yaw in sorted(set(yaws))}


def test_a_cross_grid_is_the_grid_and_another_square_to_it(tmp_path):
    _, one = planned(tmp_path / "one", "[survey]\nline_direction_deg = 30\n")
    summary, cross = planned(tmp_path / "cross", "[survey]\nline_direction_deg = 30\ncross_grid = true\n")
    assert set(headings(one)) == {30}
    assert set(headings(cross)) == {30, 120}
    assert headings(cross)[30] == headings(one)[30]
    assert len(cross.plots) == 1 and cross.plots[0].coverage > 0.999
    assert summary["problems"] == []
    heights = {photo.alt_amsl_m for sortie in cross.sorties for photo in sortie.photos}
    assert len(heights) == 1


def test_each_half_of_a_cross_grid_covers_the_plot_alone(tmp_path):
    _, plan = planned(tmp_path, "[survey]\ncross_grid = true\nline_direction_deg = 0\n")
    mission = planner.stage.Mission(tmp_path)
    frame, camera = mission.ground().frame, mission.camera_model()
    wide = plan.height_agl_m * camera.sensor_width_mm / camera.focal_mm
    area = frame.geometry_to_enu(mission.plots().items[0].polygon)
    for way in (0, 90):
        photos = [p for s in plan.sorties for p in s.photos if round(p.yaw_deg) % 180 == way]
        places = frame.to_enu([(photo.lon, photo.lat) for photo in photos])
        half = np.array([wide, wide * camera.height_px / camera.width_px]) / 2
        east, north = half if way == 0 else half[::-1]
        prints = [shapely.box(x - east, y - north, x + east, y + north) for x, y in places]
        assert area.difference(shapely.union_all(prints)).area < 1e-3 * area.area


@pytest.mark.parametrize(("job", "side", "front"), [("find", 0.30, 0.30), ("map", 0.65, 0.75)])
def test_a_job_brings_its_overlaps(tmp_path, job, side, front):
    _, plan = planned(tmp_path, f'[survey]\njob = "{job}"\n')
    wide = plan.height_agl_m * 23.5 / 20.0
    high = wide * 4000 / 6000
    assert 1.0 - side - 0.06 < plan.spacing_m / wide <= 1.0 - side
    assert 1.0 - front - 0.06 < plan.trigger_m / high <= 1.0 - front
    page = (tmp_path / "plan" / "plan.html").read_text(encoding="utf-8")
    assert f"overlap by {100 * front:.0f} % along the lines and {100 * side:.0f} % across" in page


def test_given_overlaps_go_before_those_of_the_job(tmp_path):
    _, plan = planned(tmp_path, '[survey]\njob = "map"\nfront_overlap_pct = 50\n')
    assert plan.trigger_m / (plan.height_agl_m * 23.5 / 20.0 * 4000 / 6000) == pytest.approx(0.475, abs=0.03)


def test_mapping_slows_down_for_the_camera_and_says_so(tmp_path):
    summary, plan = planned(tmp_path, '[survey]\njob = "map"\ngsd_cm = 0.5\nspeed_m_s = 10\n')
    (said,) = [text for text in summary["warnings"] if "speed lowered" in text]
    assert "from 10 to" in said
    assert plan.sorties[0].speed_m_s * 1.0 <= 0.9 * plan.trigger_m + 0.05  # the camera's interval is 1 s
