import json

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.frames import LocalFrame
from planner.lines import best_direction, lay_lines, part
from planner.reach import Reach

from .conftest import areas, stars

REACH = Reach(spacing_m=40.0, trigger_m=25.0, across_m=22.0, along_m=14.0)
RUN_M = 20.0
EVERYWHERE = shapely.box(-2000, -2000, 2000, 2000)


def seen(lines, reach):
    """What the rectangles of all photos show, worked out photo by photo."""
    shown = []
    for line in lines.transects:
        side = np.array([-line.unit[1], line.unit[0]])
        for at in np.linspace(line.first_m, line.last_m, line.photos):
            corners = [
                at + u * reach.along_m * line.unit + v * reach.across_m * side
                for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1))
            ]
            shown.append(shapely.Polygon(corners).buffer(1e-6))
    return shapely.union_all(shown)


@given(areas(), st.floats(0, 180), st.lists(stars(15.0, 60.0, (3, 8), 200.0), max_size=2))
@settings(max_examples=60, deadline=None)
def test_every_point_in_reach_is_shown_and_no_line_is_blocked(area, direction, obstacles):
    assume(area.area > 100)
    blocked = shapely.union_all([obstacle.buffer(10) for obstacle in obstacles])
    within = area.buffer(100)
    lines = lay_lines(area, direction, REACH, blocked=blocked, within=within, run_m=RUN_M)

    assert area.difference(seen(lines, REACH)).difference(lines.unseen.buffer(1e-6)).area < 1e-3
    # What is left is crumbs, or hard to reach: no place that is allowed lies near it. (A pocket between
    # obstacles may be left that another direction would have shown; the plan counts it as unseen.)
    for piece in shapely.get_parts(lines.unseen):
        if piece.area > 50:
            assert piece.distance(EVERYWHERE.difference(blocked)) > 0.25 * REACH.along_m

    for line in lines.transects:
        ends = line.first_m - line.run_first_m * line.unit, line.last_m + line.run_last_m * line.unit
        flown = shapely.LineString(ends)
        assert flown.intersection(blocked).length < 1e-6
        assert within.buffer(1e-6).covers(flown)
        assert np.linalg.norm(line.last_m - line.first_m) == pytest.approx(
            REACH.trigger_m * (line.photos - 1)
        )


@given(areas(), st.floats(0, 180))
@settings(max_examples=60, deadline=None)
def test_without_obstacles_nothing_is_unseen(area, direction):
    assume(area.area > 100)
    lines = lay_lines(area, direction, REACH, blocked=shapely.Polygon(), within=area.buffer(100), run_m=RUN_M)
    assert lines.unseen.area < 2.0 + 1e-4 * area.area


@pytest.mark.parametrize("number", range(12))
def test_published_areas_are_covered_outside_their_holes(tianmu_data, number):
    published = json.loads((tianmu_data / "polygons" / "coverage_polygons.json").read_text())[number]
    area = shapely.Polygon(published["hull"], published["holes"])
    if published["units"] != "m":
        area = LocalFrame.around(area.bounds).geometry_to_enu(area)
    factor = np.sqrt(250_000 / area.area)  # some are metres across, some kilometres: make each 25 ha
    area = shapely.affinity.scale(area, factor, factor, origin=(0, 0))
    holes = shapely.union_all([shapely.Polygon(ring) for ring in area.interiors])
    lines = lay_lines(area, 40.0, REACH, blocked=holes, within=area.buffer(100), run_m=RUN_M)
    assert area.intersection(seen(lines, REACH)).area >= 0.9995 * area.area
    for line in lines.transects:
        assert shapely.LineString([line.first_m, line.last_m]).intersection(holes).length < 1e-6


def test_a_rectangle_gets_the_lines_one_would_draw():
    area = shapely.box(0, 0, 200, 100)
    lines = lay_lines(area, 90.0, REACH, blocked=shapely.Polygon(), within=area.buffer(100), run_m=RUN_M)
    # 100 m less 22 m on either side leaves 56 m: two gaps of 28. 200 m less 14 m leaves 172: 7 gaps of 25 m.
    assert [line.photos for line in lines.transects] == [8, 8, 8]
    np.testing.assert_allclose([line.first_m[1] for line in lines.transects], [22.0, 50.0, 78.0], atol=1e-9)
    np.testing.assert_allclose([line.first_m[0] for line in lines.transects], 12.5, atol=1e-9)
    assert all(line.run_first_m == RUN_M for line in lines.transects)


def test_a_small_plot_needs_one_photo():
    area = shapely.box(0, 0, 20, 20)
    (line,) = lay_lines(
        area, 30.0, REACH, blocked=shapely.Polygon(), within=area.buffer(100), run_m=RUN_M
    ).transects
    assert line.photos == 1
    np.testing.assert_allclose(line.first_m, [10, 10], atol=1e-9)


def test_lines_stop_at_an_obstacle_and_go_on_behind():
    area, wall = shapely.box(0, 0, 300, 40), shapely.box(140, -500, 160, 500)
    lines = lay_lines(area, 90.0, REACH, blocked=wall, within=area.buffer(100), run_m=RUN_M)
    assert len(lines.transects) == 2
    assert lines.unseen.area < 1.0
    west, east = sorted(lines.transects, key=lambda line: line.first_m[0])
    assert west.last_m[0] + west.run_last_m <= 140
    assert east.first_m[0] - east.run_first_m >= 160


def test_what_lies_too_deep_in_an_obstacle_is_reported():
    area, deep = shapely.box(0, 0, 300, 300), shapely.box(80, 80, 220, 220)
    lines = lay_lines(area, 0.0, REACH, blocked=deep, within=area.buffer(100), run_m=RUN_M)
    core = deep.buffer(-max(REACH.across_m, REACH.along_m), join_style="mitre")
    assert lines.unseen.buffer(1e-6).covers(core)
    assert lines.unseen.area < deep.area


def test_the_best_direction_is_along_a_long_plot():
    area = shapely.affinity.rotate(shapely.box(0, 0, 800, 100), 20, origin=(0, 0))

    def laid(direction):
        return lay_lines(
            area, direction, REACH, blocked=shapely.Polygon(), within=area.buffer(100), run_m=RUN_M
        )

    def seconds(lines):
        return sum(line.length_m / 10 + 10 for line in lines)

    assert best_direction(area, laid, seconds).direction_deg == pytest.approx(70.0, abs=0.1)


def test_the_halves_of_a_line_share_a_photo():
    area = shapely.box(0, 0, 400, 40)
    (line,) = lay_lines(
        area, 90.0, REACH, blocked=shapely.Polygon(), within=area.buffer(100), run_m=RUN_M
    ).transects
    half = line.photos // 2
    one, other = part(line, 0, half), part(line, half, line.photos - 1)
    np.testing.assert_allclose(one.last_m, other.first_m)
    assert one.photos + other.photos == line.photos + 1
    assert one.length_m == pytest.approx(REACH.trigger_m * (one.photos - 1))
    assert other.length_m == pytest.approx(REACH.trigger_m * (other.photos - 1))
