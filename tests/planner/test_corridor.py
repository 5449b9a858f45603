import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from missions.records import read_plan
from planner.corridor import cells_along, least_sag

from .folders import mission_folder


@st.composite
def courses(draw):
    """A line of 2 to 12 places that may bend sharply, come back to itself, and cross itself."""
    count = draw(st.integers(2, 12))
    steps = draw(st.lists(st.floats(20, 300), min_size=count - 1, max_size=count - 1))
    turns = draw(st.lists(st.floats(-170, 170), min_size=count - 1, max_size=count - 1))
    headings = np.radians(np.cumsum(turns))
    legs = np.column_stack((np.sin(headings), np.cos(headings))) * np.array(steps)[:, None]
    return shapely.LineString(np.vstack(([0.0, 0.0], np.cumsum(legs, axis=0))))


@given(courses(), st.floats(2, 120), st.floats(1, 60))
@settings(max_examples=60, deadline=None)
def test_cells_share_all_of_the_strip_and_nothing_twice(line, width_m, sag_m):
    strip = line.buffer(width_m / 2, cap_style="flat")
    cells = [cell for cell, _ in cells_along(line, strip, sag_m)]
    whole = shapely.union_all(cells)
    assert strip.difference(whole).area <= 1.0 + 1e-4 * strip.area
    assert sum(cell.area for cell in cells) <= whole.area + 1e-4 * strip.area
    assert whole.difference(strip).area < 1e-6 * strip.area


def test_a_bend_is_shared_along_its_bisector():
    line = shapely.LineString([(0, 0), (200, 0), (200, 200)])
    strip = line.buffer(30, cap_style="flat")
    (first, east), (second, north) = cells_along(line, strip, 2.0)
    assert (east, north) == pytest.approx((90.0, 0.0))
    inner, outer = shapely.LineString([(199, 1), (175, 25)]), shapely.LineString([(201, -1), (215, -15)])
    for line_on_bisector in (inner, outer):
        assert (
            first.boundary.intersection(line_on_bisector.buffer(0.5)).length > 0.9 * line_on_bisector.length
        )
    assert first.area == pytest.approx(second.area, rel=1e-3)


def test_the_line_is_followed_no_closer_than_the_passes_need():
    assert least_sag(60.0, 40.0, 60.0) == pytest.approx(10.0)  # one pass shows 80 m
    assert least_sag(79.0, 40.0, 60.0) == pytest.approx(30.5)  # one would do for less than 2 m of slack: two
    assert least_sag(139.0, 40.0, 60.0) == pytest.approx(30.5)


def planned(root, line, extra="", **properties):
    mission = mission_folder(root, extra, corridors=[(line, {"name": "Brook", **properties})])
    result = planner.plan(mission)
    return mission, result.summary, read_plan(mission.dir("plan") / "plan.json")


@pytest.mark.parametrize(
    "line",
    [
        [(0, 0), (400, 0), (60, 120), (500, 160)],  # two hairpins, the legs nearer than the width
        [(0, 0), (300, 0), (300, 300), (0, 300), (0, 10)],  # a border that closes
        [(0, 0), (200, 200), (0, 200), (200, 0)],  # one that crosses itself
    ],
)
def test_a_bent_strip_is_covered_and_appears_as_a_plot(tmp_path, line):
    mission, summary, plan = planned(tmp_path, shapely.LineString(line), width_m=80)
    (plot,) = plan.plots
    strip = mission.ground().frame.geometry_to_enu(mission.plots().items[0].polygon)
    assert plot.name == "Brook"
    assert plot.coverage > 0.999
    assert plot.area_ha == pytest.approx(strip.area / 1e4, rel=1e-3)
    assert summary["problems"] == []


def test_a_river_is_flown_along_in_order_not_across(tmp_path):
    x = np.linspace(0, 3000, 90)
    river = shapely.LineString(np.column_stack((x, 200 * np.sin(x / 350))))
    _, summary, plan = planned(tmp_path, river, extra="[survey]\ncorridor_width_m = 50\n")
    assert summary["coverage"] > 0.999
    # The places of the photos go down the river and, at most, come back: no shuffling up and down.
    flown = [photo.lon for sortie in plan.sorties for photo in sortie.photos]
    turns = np.abs(np.diff(np.sign(np.diff(flown)))) > 1
    assert turns.sum() <= 4
    assert plan.path_m < 3.5 * river.length


def test_a_long_corridor_is_split_by_battery(tmp_path):
    road = shapely.LineString([(0, 0), (9000, 500)])
    mission, summary, plan = planned(tmp_path, road)
    assert len(plan.sorties) > 1
    assert all(
        sortie.battery_pct <= 100 - mission.settings.battery.reserve_pct + 0.1 for sortie in plan.sorties
    )
    assert summary["coverage"] > 0.999


def test_a_corridor_shorter_than_a_photo_is_one_photo(tmp_path):
    _, summary, plan = planned(tmp_path, shapely.LineString([(0, 0), (12, 3)]), width_m=10)
    assert plan.photos == 1
    assert summary["coverage"] == 1.0 and summary["problems"] == []


def test_a_border_road_around_a_township_does_not_close_its_inside(tmp_path):
    """The inside of a closed corridor is no hole: a way may lead through it."""
    ring = shapely.LineString([(0, 0), (800, 0), (800, 800), (0, 800), (0, 0)])
    site = '[[sites]]\nname = "inside"\nlon = 100.004\nlat = 25.0036\n'
    _, summary, plan = planned(tmp_path, ring, extra=site)
    assert plan.sites[0].name == "inside"
    assert summary["coverage"] > 0.999


def test_a_corridor_may_bear_the_name_of_a_plot(tmp_path):
    mission = mission_folder(
        tmp_path,
        plots=[(shapely.box(0, 300, 50, 350), {"name": "Brook"})],
        corridors=[(shapely.LineString([(0, 0), (200, 0)]), {"name": "Brook"})],
    )
    planner.plan(mission)
    plan = read_plan(mission.dir("plan") / "plan.json")
    assert [plot.name for plot in plan.plots] == ["Brook", "Brook (2)"]


def test_a_wide_bend_is_flown_through_with_the_camera_on(tmp_path):
    angle = np.linspace(0, np.pi / 2, 40)
    bend = shapely.LineString(np.column_stack((1200 * np.sin(angle), 1200 - 1200 * np.cos(angle))))
    mission, summary, plan = planned(tmp_path, bend, width_m=60)
    (sortie,) = plan.sorties
    assert sum(point.kind == "start" for point in sortie.path) == 1
    assert summary["coverage"] > 0.999
    frame = mission.ground().frame
    places = frame.to_enu([(photo.lon, photo.lat) for photo in sortie.photos])
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    assert steps.max() <= plan.trigger_m + 0.05 and steps.min() > 0.97 * plan.trigger_m  # chords of the bend
    turned = (sortie.photos[0].yaw_deg - sortie.photos[-1].yaw_deg) % 360
    assert 60 < min(turned, 360 - turned) < 100
