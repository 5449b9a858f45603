import json

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, affinity

from geo.frames import LocalFrame
from missions.errors import PlanError
from planner import cover

from .conftest import areas, stars

SPACINGS = st.sampled_from([20.0, 40.0, 80.0])


def swath(line, spacing_m):
    """The line widened by half a spacing, with square caps and mitred joins, corner by corner."""
    points = shapely.get_coordinates(line)
    pieces = [shapely.LineString(points[k : k + 3]) for k in range(len(points) - 2)]
    wide = [piece.buffer(spacing_m / 2, cap_style="flat", join_style="mitre") for piece in pieces]
    ends = [shapely.LineString(points[k : k + 2]) for k in (0, len(points) - 2)]
    return shapely.union_all([*wide, *(end.buffer(spacing_m / 2, cap_style="square") for end in ends)])


def holes_of(area):
    rings = [ring for part in shapely.get_parts(area) for ring in part.interiors]
    return shapely.union_all([Polygon(ring) for ring in rings])


def check(path, area, spacing_m, no_fly=()):
    """Never uncovered, never in a hole or a no-fly area, never outside but between parts."""
    keep_out = shapely.union_all(list(no_fly))
    left = area.difference(keep_out).difference(path.shut_in.buffer(0.01))
    assert left.difference(swath(path.line, spacing_m)).area <= 0.0005 * left.area
    assert path.line.intersection(shapely.union_all([keep_out, holes_of(area)]).buffer(-1e-6)).length == 0
    for transect in path.transects:
        assert transect.difference(left.buffer(1e-6)).length == 0
    if isinstance(left, Polygon):
        assert path.line.difference(left.buffer(1e-6)).length == 0


@given(areas(), SPACINGS)
@settings(max_examples=30, deadline=None)
def test_areas_with_holes_are_covered_from_inside(area, spacing_m):
    assume(isinstance(area, Polygon) and area.area > 100)
    check(cover(area, spacing_m), area, spacing_m)


@given(stars(), st.floats(0.01, 0.2), st.floats(0, 180))
@settings(max_examples=15, deadline=None)
def test_slivers(star, share, angle):
    area = affinity.rotate(affinity.scale(star, 1.0, share), angle)
    check(cover(area, 40.0), area, 40.0)


@given(areas(), stars(20.0, 120.0, (3, 9)), SPACINGS)
@settings(max_examples=15, deadline=None)
def test_parts_are_joined_around_holes(one, other, spacing_m):
    area = MultiPolygon([*shapely.get_parts(one), affinity.translate(other, 400.0, 60.0)])
    assume(area.is_valid and all(part.area > 100 for part in area.geoms))
    check(cover(area, spacing_m), area, spacing_m)


@given(
    areas(),
    st.lists(stars(10.0, 80.0, (3, 8), 150.0), min_size=1, max_size=2),
    st.floats(2.0, 20.0),
    SPACINGS,
)
@settings(max_examples=25, deadline=None)
def test_no_fly_areas_may_cut_an_area_in_pieces(area, stars_, width, spacing_m):
    no_fly = [*stars_, shapely.box(-width, -300.0, width, 300.0)]
    left = area.difference(shapely.union_all(no_fly))
    assume(left.area > 100 and all(part.area > 1 for part in shapely.get_parts(left)))
    check(cover(area, spacing_m, no_fly=no_fly), area, spacing_m, no_fly)


def test_a_pocket_that_nothing_leads_to_is_told():
    area = shapely.box(0, 0, 600, 400)
    ring = shapely.box(100, 100, 300, 300).difference(shapely.box(150, 150, 250, 250))
    path = cover(area, 40.0, no_fly=[ring])
    assert path.shut_in.area == pytest.approx(100 * 100, rel=0.01)
    check(path, area, 40.0, [ring])


@pytest.mark.parametrize("number", range(12))
def test_published_areas(tianmu_data, number):
    published = json.loads((tianmu_data / "polygons" / "coverage_polygons.json").read_text())[number]
    area = Polygon(published["hull"], published["holes"])
    if published["units"] != "m":
        area = LocalFrame.around(area.bounds).geometry_to_enu(area)
    factor = np.sqrt(250_000 / area.area)  # some are metres across, some kilometres: make each 25 ha
    area = affinity.scale(area, factor, factor, origin=(0, 0))
    check(cover(area, 40.0), area, 40.0)


def test_a_rectangle_gets_the_path_one_would_draw():
    path = cover(shapely.box(0, 0, 400, 200), 40.0)
    # Five lines of 360 m, square at their ends, and four links of 40 m.
    assert path.length_m == pytest.approx(5 * 360 + 4 * 40, abs=0.1)
    assert path.turns == 8
    assert len(path.transects) == 5
    # 10 m/s and 2 m/s2: 360 m from rest to rest take 36 + 5 s, 40 m twice the root of 40 / 2.
    assert path.flight_s == pytest.approx(5 * 41 + 4 * 2 * np.sqrt(20), abs=0.1)
    assert path.coverage == pytest.approx(1.0, abs=1e-4)


def test_start_and_end_are_kept():
    area, start, end = shapely.box(0, 0, 400, 200), (380.0, 20.0), (-50.0, 250.0)
    path = cover(area, 40.0, start=start, end=end)
    assert path.line.coords[0] == start
    assert path.line.coords[-1] == end
    assert area.difference(swath(path.line, 40.0)).area < 0.0005 * area.area


def test_lines_run_along_a_strong_wind_or_across_it_whichever_is_quicker():
    area = shapely.box(0, 0, 400, 400)
    calm = cover(area, 40.0)
    windy = cover(area, 40.0, wind_m_s=(7.0, 0.0))
    first = np.diff(shapely.get_coordinates(windy.transects[0]), axis=0)[0]
    # Across a wind of 7 m/s 10 m/s leave 7.1; along it 17 and 3, 5.1 in the mean.
    assert abs(first[1]) > abs(first[0])
    assert windy.flight_s > calm.flight_s


def test_the_same_input_gives_the_same_path():
    area = affinity.rotate(shapely.box(0, 0, 500, 300).difference(shapely.box(200, 100, 320, 180)), 25)
    assert cover(area, 40.0).line.equals(cover(area, 40.0).line)


def test_an_area_smaller_than_a_swath_gets_one_short_line():
    area = shapely.box(0, 0, 20, 12)
    path = cover(area, 40.0)
    assert len(path.transects) == 1
    assert 0 < path.length_m < 20
    check(path, area, 40.0)


@pytest.mark.parametrize(
    ("area", "options", "message"),
    [
        (Polygon(), {}, "empty"),
        (shapely.LineString([(0, 0), (1, 1)]), {}, "received a LineString"),
        (Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]), {}, "not valid: Self-intersection"),
        (shapely.box(0, 0, 100, 100), {"spacing_m": -40.0}, "spacing_m above 0, received -40"),
        (shapely.box(0, 0, 100, 100), {"spacing_m": float("nan")}, "spacing_m above 0"),
        (shapely.box(0, 0, 100, 100), {"turn_radius_m": -1.0}, "turn_radius_m of at least 0"),
        (shapely.box(0, 0, 100, 100), {"wind_m_s": (8.0, 8.0)}, "a wind of 11.3"),
        (shapely.box(0, 0, 100, 100), {"no_fly": [shapely.box(-1, -1, 101, 101)]}, "lies in no-fly areas"),
        (shapely.box(0, 0, 100, 0.001), {}, "narrower than"),
        (
            shapely.box(0, 0, 100, 100),
            {"no_fly": [shapely.box(0, 0, 9, 9)], "start": (5.0, 5.0)},
            "the start",
        ),
    ],
)
def test_bad_input_is_named(area, options, message):
    with pytest.raises(PlanError, match=message):
        cover(area, **{"spacing_m": 40.0, **options})


def headings_deg(line):
    steps = np.diff(shapely.get_coordinates(line), axis=0)
    return np.degrees(np.arctan2(steps[:, 0], steps[:, 1]))


def test_an_aircraft_that_cannot_stop_turns_outside_with_its_radius():
    area, radius_m = shapely.box(0, 0, 800, 400), 60.0
    path = cover(area, 40.0, turn_radius_m=radius_m)
    strips = [each.buffer(20.0, cap_style="square") for each in path.transects]
    assert area.difference(shapely.union_all(strips)).area < 0.0005 * area.area
    steps = np.hypot(*np.diff(shapely.get_coordinates(path.line), axis=0).T)
    change = np.abs((np.diff(headings_deg(path.line)) + 180) % 360 - 180)
    # No corner is sharper than chords of the smallest circle make it.
    assert np.all(np.radians(change) <= (steps[:-1] + steps[1:]) / 2 / radius_m + 0.02)
    # Lines 40 m apart are too close for a turn of 120 m: the next one flown is another.
    middles = np.array([each.centroid.coords[0] for each in path.transects])
    assert np.median(np.hypot(*np.diff(middles, axis=0).T)) > 40.0 + 1e-6


def test_dubins_turns_keep_out_of_no_fly_areas():
    area, no_fly = shapely.box(0, 0, 800, 400), [shapely.box(830, 0, 900, 400)]
    path = cover(area, 40.0, turn_radius_m=30.0, no_fly=no_fly)
    assert path.line.intersection(no_fly[0].buffer(-0.01)).length == 0
    assert path.coverage >= 0.9995
