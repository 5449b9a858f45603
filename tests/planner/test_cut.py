"""Flights cut from random lines: within the limits, and every photo taken."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from geo.terrain import Terrain
from missions.catalogue import aircraft_model
from planner.cut import cut
from planner.flight import Performance
from planner.flights import Base, Block, Limits
from planner.flyer import Flyer
from planner.lines import Transect, lay_lines, part
from planner.reach import Reach
from planner.router import Router
from planner.sorties import plan_flights
from planner.terrain import HeightRule
from planner.transit import Airspace

from .conftest import areas

TRIGGER_M = 25.0
COPTER = aircraft_model("holybro-x650")
RULE = HeightRule(60.0, 3.0)
HOME = Base("home", np.array([0.0, -50.0]), 100.0)
NOTHING = shapely.Polygon()


def flyer(energy_wh, items=10**6, seconds=np.inf, swap_s=300.0):
    router = Router(Airspace.around([], 0.0), Terrain.flat(100.0), RULE, RULE, Performance(COPTER, 10.0))
    return Flyer(router, Limits(energy_wh, items, seconds, swap_s), TRIGGER_M)


def transect(photos, first=(0.0, 0.0), unit=(1.0, 0.0)):
    first, unit = np.array(first), np.array(unit)
    return Transect(first, first + (photos - 1) * TRIGGER_M * unit, unit, photos, 30.0, 30.0)


def places_of(lines):
    """Places of all photos of transects, shape (N, 2)."""
    steps = [(line, k / max(1, line.photos - 1)) for line in lines for k in range(line.photos)]
    return np.array([line.first_m + share * (line.last_m - line.first_m) for line, share in steps])


@settings(max_examples=12, deadline=None)
@given(
    area=areas(),
    east=st.floats(-1500, 1500),
    energy_wh=st.floats(40.0, 200.0),
    items=st.integers(12, 80),
)
def test_no_flight_is_too_much_and_every_photo_is_taken(area, east, energy_wh, items):
    reach = Reach(40.0, TRIGGER_M, 22.0, 14.0)
    lines = lay_lines(area, 90.0, reach, blocked=NOTHING, within=area.buffer(100), run_m=30.0).transects
    limits = Limits(energy_wh, items, swap_s=300.0)
    base = Base("home", np.array([east, -300.0]), 100.0)
    flights, lost = plan_flights([Block("plot", lines)], [base], flyer(1.0).router, limits, TRIGGER_M)
    for flight in flights:
        assert flight.effort.energy_wh <= energy_wh
        assert flight.effort.items <= items
        flown = [flight.ways[0]]
        for visit, way in zip(flight.visits, flight.ways[1:], strict=True):
            flown += [visit.points_m, way]
        assert all(np.allclose(a[-1], b[0]) for a, b in pairwise(flown) if len(a) and len(b))
    wanted, flown = places_of(lines), [visit.transect for flight in flights for visit in flight.visits]
    missing = len(wanted) if not flown else int(np.sum(cKDTree(places_of(flown)).query(wanted)[0] > 0.01))
    if lost:
        assert "out of reach" in lost[0][1] and missing > 0
    else:
        # Only where a battery is swapped inside a line is a photo taken twice.
        assert missing == 0 and len(places_of(flown)) - len(wanted) <= len(flights) - 1


def test_a_line_is_cut_inside_with_its_last_photo_repeated():
    long = transect(161)  # 4 km
    beside, able = Base("beside", np.array([2000.0, -50.0]), 100.0), flyer(1e9)
    visit = able.router.visit("plot", long, TRIGGER_M)
    (whole,), _ = cut([visit], beside, able)
    flights, lost = cut([visit], beside, flyer(0.7 * whole.effort.energy_wh))
    assert lost == [] and len(flights) > 1
    parts = [flight.visits[0].transect for flight in flights]
    assert sum(piece.photos for piece in parts) == 161 + len(parts) - 1
    for before, after in pairwise(parts):
        assert np.allclose(before.last_m, after.first_m)
        assert after.run_first_m >= 30.0  # room to be at speed at the repeated photo


def test_cutting_inside_lines_saves_time_where_a_line_is_a_large_part_of_a_battery():
    """Three lines of more than half a battery each: cut between them only, each would take its own flight."""
    lines = [transect(60, (0.0, 40.0 * number)) for number in range(3)]
    able = flyer(1e9)
    visits = [
        able.router.visit("plot", line if number % 2 == 0 else line.reversed(), TRIGGER_M)
        for number, line in enumerate(lines)
    ]
    each = [flight for visit in visits for flight in cut([visit], HOME, able)[0]]
    most = 1.35 * max(flight.effort.energy_wh for flight in each)
    flights, lost = cut(visits, HOME, flyer(most))
    assert lost == []
    assert len(flights) < 3
    assert sum(flight.effort.seconds for flight in flights) < sum(flight.effort.seconds for flight in each)


def test_flights_are_no_longer_than_the_day_allows():
    visits = [flyer(1e9).router.visit("plot", transect(60, (0.0, 40.0 * n)), TRIGGER_M) for n in range(6)]
    flights, lost = cut(visits, HOME, flyer(1e9, seconds=600.0))
    assert lost == [] and len(flights) > 2
    assert all(flight.effort.seconds <= 600.0 for flight in flights)


def test_part_keeps_places_and_free_ways():
    whole = transect(11)
    middle = part(whole, 3, 7)
    assert np.allclose(middle.first_m, [75.0, 0.0]) and np.allclose(middle.last_m, [175.0, 0.0])
    assert middle.photos == 5
    assert (middle.run_first_m, middle.run_last_m) == pytest.approx((105.0, 105.0))
    single = part(transect(1), 0, 0)
    assert single.photos == 1 and np.allclose(single.first_m, single.last_m)
