import json
import re

import numpy as np
import pytest
import shapely

import planner
from missions import Mission
from missions.errors import PlanError
from missions.records import read_plan

from .test_plan import folder_with

FIELD = {"field": shapely.box(0, 0, 200, 150)}
STRICT = "[survey]\ngsd_tolerance_pct = 0\n"


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_plan_below_its_target_is_refused_with_a_map_and_the_numbers_that_work(tmp_path):
    with pytest.raises(PlanError) as refusal:
        planner.plan(folder_with(tmp_path, FIELD, extra=STRICT))
    words = str(refusal.value)
    assert re.search(
        r'1 of 1 plots.*target of 99 %.*"field" \d+\.\d % at 1\.50 cm/px.*100\.0 % at all', words
    )
    assert re.search(r"Largest missing: [\d,]+ m2 \(coarse\) at 100\.0\d+, 25\.0\d+", words)
    (target,) = re.findall(r"survey\.target_pct = ([\d.]+)", words)
    (tolerance,) = re.findall(r"survey\.gsd_tolerance_pct = (\d+)", words)
    assert not (tmp_path / "plan").exists()

    missing = json.loads((tmp_path / "plan-refused" / "missing.geojson").read_bytes())["features"]
    assert {place["properties"]["kind"] for place in missing} == {"coarse"}
    sizes = [place["properties"]["area_m2"] for place in missing]
    assert sizes == sorted(sizes, reverse=True)
    page = (tmp_path / "plan-refused" / "missing.html").read_text(encoding="utf-8")
    assert "<script" not in page and str(tmp_path) not in page and f"survey.target_pct = {target}" in page
    assert (tmp_path / "plan-refused" / "missing.png").read_bytes().startswith(b"\x89PNG")

    for extra in (f"{STRICT}target_pct = {target}\n", f"[survey]\ngsd_tolerance_pct = {tolerance}\n"):
        planner.plan(folder_with(tmp_path, FIELD, extra=extra))
        assert not (tmp_path / "plan-refused").exists()


def test_a_former_plan_stays_as_it_was(tmp_path):
    planner.plan(folder_with(tmp_path, FIELD))
    before = files(tmp_path / "plan")
    with pytest.raises(PlanError, match="target"):
        planner.plan(folder_with(tmp_path, FIELD, extra=STRICT))
    assert files(tmp_path / "plan") == before
    assert planner.plan(folder_with(tmp_path, FIELD)).skipped
    assert not (tmp_path / "plan-refused").exists()


def test_the_same_refusal_gives_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        with pytest.raises(PlanError):
            planner.plan(folder_with(tmp_path / name, FIELD, extra=STRICT))
    assert files(tmp_path / "one" / "plan-refused") == files(tmp_path / "other" / "plan-refused")


def test_what_lies_in_a_no_fly_area_is_listed_and_not_held_against_the_plan(tmp_path):
    no_fly = {"mast": shapely.box(250, -50, 500, 400)}
    mission = folder_with(tmp_path, {"half": shapely.box(0, 0, 400, 300)}, no_fly)
    summary = planner.plan(mission).summary
    plan = read_plan(tmp_path / "plan" / "plan.json")
    (plot,), (left,) = plan.plots, plan.left_out
    assert 0.5 < plot.coverage < 0.8 and summary["problems"] == []
    assert left.plot == "half" and "no-fly" in left.reason
    assert left.area_ha == pytest.approx((1.0 - plot.at_gsd) * plot.area_ha, rel=0.01)


def test_a_job_of_many_photos_keeps_its_overlaps(tmp_path):
    planner.plan(
        folder_with(tmp_path, {"field": shapely.box(0, 0, 300, 250)}, extra='[survey]\njob = "map"\n')
    )
    (plot,) = read_plan(tmp_path / "plan" / "plan.json").plots
    assert plot.at_overlap is not None and plot.at_overlap >= 0.99


@pytest.mark.parametrize("gimbal", ["false", "true"])
def test_planned_photos_lean_in_the_wind_unless_a_gimbal_holds_them(tmp_path, gimbal):
    mission = folder_with(tmp_path, FIELD, extra="[wind]\nspeed_m_s = 4\nfrom_deg = 0\n")
    text = (tmp_path / "mission.toml").read_text()
    (tmp_path / "mission.toml").write_text(text.replace("[camera]", f"[camera]\ngimbal = {gimbal}"))
    planner.plan(Mission(mission.root))
    photos = read_plan(tmp_path / "plan" / "plan.json").sorties[0].photos
    lean = np.array([photo.pitch_deg + 90.0 for photo in photos])
    assert (lean == 0.0).all() if gimbal == "true" else (lean < -5.0).all()
