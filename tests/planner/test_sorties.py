from itertools import pairwise

import numpy as np
import pytest
import shapely

from geo.camera import Camera
from geo.frames import LocalFrame
from geo.terrain import Terrain
from missions.catalogue import aircraft_model
from missions.records import Site
from planner.assemble import sortie_of
from planner.flight import Performance
from planner.flights import Base, Block, Limits
from planner.items import item_count, mission_items
from planner.lines import lay_lines
from planner.predict import Eye
from planner.reach import Reach
from planner.router import Router
from planner.sorties import plan_flights
from planner.terrain import HeightRule
from planner.transit import Airspace

TERRAIN = Terrain.flat(100.0)
REACH = Reach(40.0, 25.0, 22.0, 14.0)
NOTHING = shapely.Polygon()
RULE = HeightRule(60.0, 3.0)
COPTER = aircraft_model("holybro-x650")
HOME = Base("home", np.array([0.0, -50.0]), 100.0)


def block(name, area, blocked=NOTHING):
    lines = lay_lines(area, 90.0, REACH, blocked=blocked, within=area.buffer(100), run_m=30.0)
    return Block(name, lines.transects)


def router(airspace=None):
    return Router(airspace or Airspace.around([], 0.0), TERRAIN, RULE, RULE, Performance(COPTER, 10.0))


def lines_flown(flights):
    return sum(len(flight.visits) for flight in flights)


FIELD = block("field", shapely.box(0, 0, 300, 200))
FAR = block("far", shapely.box(900, 0, 1200, 200))


def test_one_battery_flies_both_plots_to_and_fro():
    flights, lost = plan_flights([FAR, FIELD], [HOME], router(), Limits(1e9, 10**6), 25.0)
    assert lost == []
    (flight,) = flights
    assert lines_flown(flights) == len(FIELD.transects) + len(FAR.transects)
    headings = [visit.transect.unit[0] for visit in flight.visits if visit.plot == "field"]
    assert all(a * b < 0 for a, b in pairwise(headings))
    plots = [visit.plot for visit in flight.visits]
    assert plots == sorted(plots, key=plots.index)  # no plot is left and taken up again


@pytest.mark.parametrize("share", [0.5, 0.6, 0.8])
def test_no_flight_needs_more_than_its_battery(share):
    whole = plan_flights([FIELD, FAR], [HOME], router(), Limits(1e9, 10**6), 25.0)[0][0].effort
    limits = Limits(share * whole.energy_wh, 10**6)
    flights, lost = plan_flights([FIELD, FAR], [HOME], router(), limits, 25.0)
    assert lost == []
    assert len(flights) > 1
    assert all(flight.effort.energy_wh <= limits.energy_wh for flight in flights)
    assert lines_flown(flights) >= len(FIELD.transects) + len(FAR.transects)


def test_no_flight_has_more_items_than_the_controller_takes():
    flights, lost = plan_flights([FIELD, FAR], [HOME], router(), Limits(1e9, 24), 25.0)
    assert lost == []
    assert all(flight.effort.items <= 24 for flight in flights)
    frame, site = LocalFrame(100.0, 25.0), Site(name="home", lon=100.0, lat=25.0, alt_amsl_m=100.0)
    eye = Eye(Camera.from_sensor(600, 400, 23.5, 20.0), 0.0, TERRAIN, frame)
    for flight in flights:
        sortie = sortie_of(flight, "S01", site, eye, Performance(COPTER, 10.0), 25.0)
        assert flight.effort.items == item_count(sortie.path) == len(mission_items(sortie, site, COPTER))


def test_a_line_too_long_for_one_battery_is_flown_in_pieces():
    long = block("long", shapely.box(0, 0, 4000, 40))
    limits = Limits(50.0, 10**6)
    flights, lost = plan_flights([long], [HOME], router(), limits, 25.0)
    if lost:
        assert "out of reach" in lost[0][1]
    assert len(flights) > 1
    assert all(flight.effort.energy_wh <= limits.energy_wh for flight in flights)


def test_a_plot_out_of_reach_is_named():
    distant = block("distant", shapely.box(50_000, 0, 50_300, 100))
    flights, lost = plan_flights([FIELD, distant], [HOME], router(), Limits(150.0, 10**6), 25.0)
    assert [plot for plot, _ in lost] == ["distant"]
    assert lines_flown(flights) == len(FIELD.transects)


def test_each_flight_takes_the_site_that_suits_it():
    near_far = Base("second", np.array([1000.0, -50.0]), 100.0)
    limits = Limits(60.0, 10**6)
    flights, lost = plan_flights([FIELD, FAR], [HOME, near_far], router(), limits, 25.0)
    assert lost == []
    for flight in flights:
        plots = {visit.plot for visit in flight.visits}
        if plots == {"far"}:
            assert flight.base.name == "second"


def test_ways_between_lines_go_around_obstacles():
    wall = shapely.box(140, -30, 160, 500)
    airspace = Airspace.around([wall], 10.0)
    split_field = block("field", shapely.box(0, 0, 300, 200), airspace.blocked)
    flights, lost = plan_flights([split_field], [HOME], router(airspace), Limits(1e9, 10**6), 25.0)
    assert lost == []
    forbidden = wall.buffer(10.0)
    for flight in flights:
        pieces = [*flight.ways, *(visit.points_m for visit in flight.visits)]
        assert all(shapely.LineString(piece[:, :2]).intersection(forbidden).length == 0 for piece in pieces)
        sides = [visit.transect.first_m[0] < 150 for visit in flight.visits]
        assert sum(a != b for a, b in pairwise(sides)) == 1  # each side at one go


def test_places_shut_off_from_each_other_need_a_site_each():
    wall = shapely.box(140, -3000, 160, 3000).union(shapely.box(-3000, 2990, 3000, 3000))
    ring = shapely.box(-3000, -3000, 3000, 3000).buffer(20).difference(shapely.box(-3000, -3000, 3000, 3000))
    airspace = Airspace.around([wall, ring], 10.0)
    both = block("field", shapely.box(0, 0, 300, 200), airspace.blocked)
    east = Base("east", np.array([250.0, -50.0]), 100.0)
    flights, lost = plan_flights([both], [HOME, east], router(airspace), Limits(1e9, 10**6), 25.0)
    assert lost == []
    assert {flight.base.name for flight in flights} == {"home", "east"}
    only_west, lost = plan_flights([both], [HOME], router(airspace), Limits(1e9, 10**6), 25.0)
    assert lost and {flight.base.name for flight in only_west} == {"home"}
