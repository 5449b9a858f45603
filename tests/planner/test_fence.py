import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.frames import LocalFrame
from missions.catalogue import aircraft_model
from missions.features import Area
from missions.records import Airspace, PathPoint, Plan, Site, Sortie
from planner.fence import (
    MOST_FENCE_ITEMS,
    CircleFence,
    Fence,
    fence_items,
    geofence,
    rally_items,
    rally_points,
)

from .conftest import stars

FRAME = LocalFrame(100.0, 25.0)


def lonlat(geometry):
    return FRAME.geometry_to_lonlat(geometry)


def sortie_along(line):
    places = FRAME.to_lonlat(shapely.get_coordinates(line)).tolist()
    kinds = ["takeoff", *["transit"] * (len(places) - 2), "land"]
    path = [
        PathPoint(lon=x, lat=y, alt_amsl_m=560, kind=kind) for (x, y), kind in zip(places, kinds, strict=True)
    ]
    return Sortie(
        name="S01", site="home", plots=(), speed_m_s=8, trigger_m=30, path=tuple(path), photos=(), path_m=1,
        flight_s=1, energy_wh=1, battery_pct=1,
    )  # fmt: skip


def plan_with(allowed=None, rally=()):
    airspace = None
    if allowed is not None:
        airspace = Airspace(allowed=shapely.geometry.mapping(lonlat(allowed)), no_fly={}, ceiling_agl_m=120)
    return Plan(
        mission="", aircraft="holybro-x650", camera="dji-m3e", gsd_cm=1, height_agl_m=60, spacing_m=40,
        trigger_m=30, sites=(Site(name="home", lon=100, lat=25, alt_amsl_m=500),), sorties=(), plots=(),
        path_m=0, flight_s=0, photos=0, coverage=1, in_no_fly_m=0, airspace=airspace, rally=rally,
    )  # fmt: skip


def in_metres(fence):
    keep = [FRAME.geometry_to_enu(part.polygon) for part in fence.fences if part.inclusion]
    out = [FRAME.geometry_to_enu(part.polygon) for part in fence.fences if not part.inclusion]
    return shapely.union_all(keep), shapely.union_all(out)


def corners(fence):
    return sum(len(part.polygon.exterior.coords) - 1 for part in fence.fences)


@settings(deadline=None, max_examples=40)
@given(
    area=stars(300.0, 900.0, (4, 40)),
    holes=st.lists(stars(10.0, 60.0, (3, 12), 250.0), max_size=5),
    bearing=st.floats(0, 180),
)
def test_the_fence_never_lets_more_than_the_plan_does(area, holes, bearing):
    middle = shapely.LineString([(-120, 0), (120, 0)])
    path = shapely.affinity.rotate(middle, bearing, origin=(0, 0))
    no_fly = shapely.union_all(holes).difference(path.buffer(10.0)) if holes else shapely.Polygon()
    allowed = area.difference(no_fly.buffer(5.0)).union(path.buffer(1.0))
    fence = geofence(plan_with(allowed), sortie_along(path), [Area("hole", lonlat(no_fly))] if holes else [])
    keep, out = in_metres(fence)
    assert corners(fence) <= MOST_FENCE_ITEMS
    assert keep.covers(path.buffer(3.0))
    assert out.distance(path) > 3.0 or out.is_empty
    if not fence.left_out:
        free = keep.difference(out)
        # No more than the room beside the path is added, and two centimetres of rounding.
        assert free.difference(allowed.union(path.buffer(5.0)).buffer(0.02)).area < 0.01
        assert free.intersection(no_fly).area < 0.5


def test_a_simple_outline_is_kept_as_it_is():
    allowed = shapely.box(-200, -200, 200, 200)
    (fence,) = geofence(plan_with(allowed), sortie_along(shapely.LineString([(0, 0), (100, 0)])), []).fences
    assert fence.inclusion
    assert FRAME.geometry_to_enu(fence.polygon).symmetric_difference(allowed).area < 20


def test_only_the_part_that_the_sortie_flies_in_is_fenced():
    allowed = shapely.union(shapely.box(-50, -50, 150, 50), shapely.box(500, 500, 600, 600))
    fence = geofence(plan_with(allowed), sortie_along(shapely.LineString([(0, 0), (100, 0)])), [])
    assert in_metres(fence)[0].area == pytest.approx(200 * 100, rel=0.01)


def test_without_airspace_no_fly_areas_are_excluded_and_their_holes_are_filled():
    ring = shapely.box(100, 100, 200, 200).difference(shapely.box(130, 130, 170, 170))
    fence = geofence(
        plan_with(), sortie_along(shapely.LineString([(0, 0), (50, 0)])), [Area("ring", lonlat(ring))]
    )
    (part,) = fence.fences
    assert not part.inclusion
    assert len(part.polygon.interiors) == 0
    assert in_metres(fence)[1].area == pytest.approx(100 * 100, rel=0.01)


def test_a_path_inside_a_ring_is_not_fenced_out():
    ring = shapely.box(-200, -200, 200, 200).difference(shapely.box(-100, -100, 100, 100))
    path = shapely.LineString([(-50, 0), (50, 0)])
    fence = geofence(plan_with(), sortie_along(path), [Area("ring", lonlat(ring))])
    _, out = in_metres(fence)
    assert len(fence.fences) == 2
    assert out.distance(path) > 40
    assert out.area == pytest.approx(ring.area, rel=0.01)


def test_a_wide_airspace_is_fenced_closer_to_the_path():
    """Spokes and holes far away would need hundreds of corners."""
    spokes = [
        shapely.LineString([(0, 0), (1900 * np.cos(a), 1900 * np.sin(a))]).buffer(30) for a in range(40)
    ]
    allowed = shapely.union_all([*spokes, shapely.box(-150, -150, 150, 150)])
    path = shapely.LineString([(-100, 0), (100, 0)])
    fence = geofence(plan_with(allowed), sortie_along(path), [])
    assert fence.left_out == ()
    assert corners(fence) <= MOST_FENCE_ITEMS
    keep, out = in_metres(fence)
    assert keep.difference(out).difference(allowed.buffer(0.05)).area < 0.01
    assert keep.difference(out).covers(path.buffer(2))


def test_more_holes_than_fit_are_said_and_the_nearest_are_kept():
    grid = [shapely.Point(x, y).buffer(5) for x in range(-400, 401, 25) for y in (-15, 17)]
    allowed = shapely.box(-500, -150, 500, 150).difference(shapely.union_all(grid))
    path = shapely.LineString([(-400, 0), (400, 0)])
    fence = geofence(plan_with(allowed), sortie_along(path), [])
    kept = sum(not part.inclusion for part in fence.fences)
    assert corners(fence) <= MOST_FENCE_ITEMS
    assert kept + len(fence.left_out) == len(grid)
    assert kept >= 13
    assert "corners" in fence.left_out[0]
    out = in_metres(fence)[1].buffer(0.1)
    assert sum(out.covers(hole) for hole in grid) >= kept
    assert sum(out.covers(hole) for hole in grid if hole.centroid.y < 0) >= kept  # these are nearer


def test_items_carry_the_number_of_corners():
    triangle = shapely.Polygon([(100, 25), (100.1, 25), (100, 25.1)])
    items = fence_items([Fence(triangle, True), Fence(triangle, False), CircleFence(100, 25, 50.0, False)])
    assert [item.command for item in items] == [5001] * 3 + [5002] * 3 + [5004]
    assert [item.param1 for item in items] == [3] * 6 + [50.0]
    assert (items[1].lon_deg, items[1].lat_deg) == (100.1, 25)


def test_rally_points_are_as_high_above_ground_as_the_climb_at_home():
    rally = tuple(Site(name=f"R{i}", lon=100.01, lat=25.01, alt_amsl_m=520.0) for i in range(30))
    plan, sortie = plan_with(rally=rally), sortie_along(shapely.LineString([(0, 0), (100, 0)]))
    points = rally_points(plan, sortie, aircraft_model("holybro-x650"))
    assert len(points) == 20
    items = rally_items(points)
    assert {(item.command, item.frame, item.z_m) for item in items} == {(5100, 3, 80.0)}
    assert np.isfinite([item.lon_deg for item in items]).all()
