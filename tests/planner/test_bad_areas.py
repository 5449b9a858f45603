"""What people hand in that cannot be surveyed as it is: each is said plainly, and the rest goes on."""

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

import planner
from missions.errors import PlanError
from missions.records import read_plan

from .folders import mission_folder

GOOD = (shapely.box(0, 300, 120, 400), {"name": "Good"})


def planned(root, *plots, extra="", **inputs):
    mission = mission_folder(root, extra, plots=[*plots, GOOD], **inputs)
    summary = planner.plan(mission).summary
    return summary, read_plan(mission.dir("plan") / "plan.json")


def reasons(summary):
    """What is said of each plot, first things first."""
    return {problem["file"]: problem["reason"] for problem in reversed(summary["problems"])}


@pytest.mark.parametrize(
    ("area", "photos"),
    [
        (shapely.box(0, 0, 3, 3), 1),
        (shapely.Polygon([(0, 0), (30, 1), (3, 20)]), 1),
        (shapely.box(0, 0, 250, 0.5), 6),  # a sliver is one line
    ],
)
def test_an_area_smaller_than_a_swath_is_one_photo_or_one_line(tmp_path, area, photos):
    summary, plan = planned(tmp_path, (area, {"name": "Small"}))
    taken = [photo for sortie in plan.sorties for photo in sortie.photos if photo.plot == "Small"]
    assert 1 <= len(taken) <= photos
    assert len({round(photo.yaw_deg) % 180 for photo in taken}) == 1
    assert summary["problems"] == [] and summary["coverage"] > 0.999


def test_a_plot_wholly_in_a_no_fly_area_says_which_margin_would_leave_some(tmp_path):
    plot = (shapely.box(0, 0, 60, 60), {"name": "Under"})
    cover = (shapely.box(-300, -300, 300, 54), {"name": "Station"})
    summary, _ = planned(tmp_path / "edge", plot, no_fly=[cover], extra="[airspace]\nno_fly_margin_m = 70\n")
    assert reasons(summary)['plot "Under"'].endswith("below 6 m would leave some of it")
    summary, _ = planned(
        tmp_path / "all", plot, no_fly=[(shapely.box(-300, -300, 300, 200), {"name": "Station"})]
    )
    assert "inside the no-fly areas themselves" in reasons(summary)['plot "Under"']


def test_plots_that_share_ground_are_warned_of_with_the_area(tmp_path):
    one, other = (
        (shapely.box(0, 0, 200, 100), {"name": "One"}),
        (shapely.box(150, 0, 300, 100), {"name": "Other"}),
    )
    beside = (shapely.box(300, 0, 400, 100), {"name": "Beside"})
    summary, _ = planned(tmp_path, one, other, beside)
    (said,) = [text for text in summary["warnings"] if "share" in text]
    assert '"One" and "Other" share 0.50 ha' in said
    assert summary["problems"] == []


def test_plots_of_one_name_are_all_planned_and_told_apart(tmp_path):
    twins = [(shapely.box(x, 0, x + 80, 80), {"name": "Field"}) for x in (0, 200, 400)]
    summary, plan = planned(tmp_path, *twins)
    assert [plot.name for plot in plan.plots] == ["Field", "Field (2)", "Field (3)", "Good"]
    assert sum("of the name" in text for text in summary["warnings"]) == 1
    assert all(plot.coverage > 0.999 for plot in plan.plots)


@pytest.mark.parametrize(
    ("area", "said"),
    [
        (shapely.Polygon([(0, 0), (100, 0), (50, 0)]), "crosses itself|no outline|area is 0.00 m2"),
        (shapely.box(0, 0, 0.5, 0.5), r"area is 0\.25 m2, and 1 m2 is the least"),
        (shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)]), "crosses itself"),
    ],
)
def test_degenerate_outlines_are_set_aside_and_the_rest_is_planned(tmp_path, area, said):
    summary, plan = planned(tmp_path, (area, {"name": "Bad"}))
    assert [plot.name for plot in plan.plots] == ["Good"]
    (problem,) = summary["problems"]
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(problem["reason"])


def test_bad_corridors_and_buildings_are_set_aside_with_what_was_expected(tmp_path):
    summary, plan = planned(
        tmp_path,
        corridors=[
            (shapely.box(0, 0, 10, 10), {"name": "no line"}),
            (shapely.LineString([(0, 0), (0, 0)]), {"name": "a point"}),
            (shapely.LineString([(0, 0), (90, 0)]), {"name": "flat", "width_m": -4}),
        ],
        buildings=[
            (shapely.Point(0, 0), {"name": "a point"}),
            (shapely.box(0, 0, 9, 9), {"height_m": "tall"}),
        ],
    )
    assert [plot.name for plot in plan.plots] == ["Good"]
    said = " | ".join(problem["reason"] for problem in summary["problems"])
    for part in (
        "expected a line, received a Polygon", "all points of it are the same",
        "above 0 as width_m, received '-4.0'", "expected a polygon, received a Point",
        "above 0 as height_m, received 'tall'",
    ):  # fmt: skip
        assert part in said
    assert len(summary["problems"]) == 5


def test_a_plot_outside_the_terrain_says_how_much_of_it(tmp_path):
    with rasterio.open(
        tmp_path / "terrain.tif", "w", driver="GTiff", width=100, height=100, count=1, dtype="float32",
        crs="EPSG:4326", transform=from_origin(99.995, 25.008, 1e-4, 1e-4),
    ) as file:  # fmt: skip
        file.write(np.full((100, 100), 500.0, dtype=np.float32), 1)
    half_out = (shapely.box(400, 300, 600, 400), {"name": "Half"})
    out = (shapely.box(900, 300, 1000, 400), {"name": "Out"})
    terrain = '[terrain]\ndatum = "egm96"\nkind = "ground"\n'
    mission = mission_folder(tmp_path, plots=[half_out, out, GOOD], terrain=terrain)
    said = reasons(planner.plan(mission).summary)
    assert "no heights for all of it" in said['plot "Out"']
    assert 30 < float(said['plot "Half"'].split("%")[0].rsplit(" ", 1)[1]) < 70


def test_an_overlap_that_the_camera_cannot_keep_is_refused(tmp_path):
    extra = "[survey]\ngsd_cm = 0.2\nfront_overlap_pct = 90\n[airspace]\nclearance_m = 5\n"
    with pytest.raises(PlanError, match=r"one every 0\.\d m.*front overlap of 70 % would do"):
        planned(tmp_path, extra=extra)


def test_nothing_at_all_is_an_error_that_says_what_to_add(tmp_path):
    with pytest.raises(PlanError, match=r"no plots to plan for; add plots\.geojson"):
        planner.plan(mission_folder(tmp_path))
