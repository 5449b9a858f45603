"""Whole plans over several aircraft, sites and days."""

import json
from datetime import timedelta
from itertools import combinations, pairwise

import numpy as np
import pytest
import shapely

import planner
from geo.terrain import Terrain
from missions.catalogue import aircraft_model
from missions.errors import PlanError
from missions.records import read_plan
from missions.settings import ScheduleSettings
from planner.calendar import Calendar
from planner.campaign import Staff, plan_campaign
from planner.flight import Performance
from planner.flights import Base, Block, Limits
from planner.flyer import Flyer
from planner.items import DO_CHANGE_SPEED, DO_SET_CAM_TRIGG_DIST, mission_items
from planner.lines import lay_lines
from planner.reach import Reach
from planner.router import Router
from planner.sites import SiteRules
from planner.terrain import HeightRule
from planner.transit import Airspace

from .test_plan import folder_with

SITES = "".join(
    f'[[sites]]\nname = "{name}"\nlon = {lon}\nlat = 24.999\n'
    for name, lon in (("west", 100.0), ("east", 100.03))
)
FIELDS = {
    f"{side} {number}": shapely.box(east + 250 * number, 0, east + 250 * number + 200, 300)
    for side, east in (("west", 0), ("east", 3000))
    for number in range(4)
}


def planned(root, plots, no_fly=(), extra="", priorities=()):
    mission = folder_with(root, plots, no_fly, extra)
    path = root / "plots.geojson"
    features = json.loads(path.read_text())
    for feature in features["features"]:
        feature["properties"]["priority"] = dict(priorities).get(feature["properties"]["name"], 1)
    path.write_text(json.dumps(features))
    result = planner.plan(type(mission)(root))
    return result.summary, read_plan(root / "plan" / "plan.json")


def test_aircraft_share_the_work_and_never_overlap(tmp_path):
    extra = (
        SITES
        + "[aircraft]\ncount = 2\n[battery]\nreserve_pct = 60\n"
        + "[schedule]\nfirst_day = 2027-03-01\nsetup_min = 5\n"
    )
    summary, plan = planned(tmp_path, FIELDS, extra=extra)
    assert summary["coverage"] > 0.99 and summary["left_out"] == []
    crews = {sortie.aircraft for sortie in plan.sorties}
    assert crews == {1, 2}
    ends = []
    for crew in crews:
        mine = [sortie for sortie in plan.sorties if sortie.aircraft == crew]
        landings = [sortie.takeoff + timedelta(seconds=sortie.flight_s) for sortie in mine]
        for landing, after in zip(landings, mine[1:], strict=False):
            assert after.takeoff >= landing + timedelta(minutes=5) - timedelta(seconds=1)
        ends.append(max(landings))
        assert mine[0].takeoff.isoformat() == "2027-03-01T09:18:00+08:00"  # the sun reaches 20 degrees
    longest = max(sortie.flight_s for sortie in plan.sorties)
    assert abs(ends[0] - ends[1]) < timedelta(seconds=longest + 600)
    assert [site.name for site in plan.sites] == ["west", "east"]


def test_swapped_batteries_keep_order_and_overlap(tmp_path):
    """The next sortie begins where the last one's photos end, or beside it."""
    summary, plan = planned(
        tmp_path, {"field": shapely.box(0, 0, 900, 700)}, extra=SITES + "[battery]\nreserve_pct = 70\n"
    )
    assert len(plan.sorties) > 2 and summary["coverage"] > 0.99
    for sortie in plan.sorties:  # a fresh start knows neither speed nor trigger
        items = mission_items(sortie, plan.site(sortie.site), aircraft_model(plan.aircraft))
        commands = [item.command for item in items]
        assert commands.index(DO_CHANGE_SPEED) < commands.index(DO_SET_CAM_TRIGG_DIST)
        assert commands.count(DO_SET_CAM_TRIGG_DIST) == 2 * sum(p.kind == "start" for p in sortie.path)
    for before, after in pairwise(plan.sorties):
        (a, b) = (sortie.photos[number] for sortie, number in ((before, -1), (after, 0)))
        apart = shapely.Point(a.lon * 100_900, a.lat * 110_780).distance(
            shapely.Point(b.lon * 100_900, b.lat * 110_780)
        )
        assert apart < 2 * plan.spacing_m


def test_what_the_days_do_not_suffice_for_is_left_out_and_named(tmp_path):
    extra = SITES + "[battery]\nreserve_pct = 60\n[schedule]\ndays = 1\nfrom_h = 9\nto_h = 9.75\n"
    summary, plan = planned(
        tmp_path, FIELDS, extra=extra, priorities=[("west 2", 9), ("west 3", 9), ("west 0", 0.1)]
    )
    left = {entry.plot: entry for entry in plan.left_out}
    assert left and "west 2" not in left and "west 3" not in left
    assert all(entry.minutes > 0 and "the 1 days allowed" in entry.reason for entry in left.values())
    assert all("all plots would take" in entry.reason for entry in left.values())
    flown = {plot for sortie in plan.sorties for plot in sortie.plots}
    assert flown | set(left) == set(FIELDS)
    assert not any("only" in problem["reason"] for problem in summary["problems"])
    assert summary["left_out"][0]["priority"] >= summary["left_out"][-1]["priority"]
    per_crew = sum(sortie.flight_s for sortie in plan.sorties)
    assert per_crew <= 25 * 60


def test_a_plot_out_of_reach_is_left_out_with_the_distance_that_would_do(tmp_path):
    plots = {"near": shapely.box(0, 0, 200, 200), "far": shapely.box(40_000, 0, 40_200, 200)}
    summary, plan = planned(tmp_path, plots, extra='[[sites]]\nname = "home"\nlon = 100.0\nlat = 24.999\n')
    (left,) = plan.left_out
    assert left.plot == "far" and left.area_ha == pytest.approx(4.0, abs=0.1)
    assert "40.2 km away" in left.reason and "Wh above the reserve" in left.reason
    reach_km = float(left.reason.split("a site within ")[1].split(" km")[0])
    assert 1 < reach_km < 20
    assert any("far" in problem["file"] for problem in summary["problems"])
    again = planned(
        tmp_path / "nearer",
        plots,
        extra=f'[[sites]]\nname = "home"\nlon = {100 + (40_000 - 900 * reach_km) / 100_900}\nlat = 25.0\n',
    )[1]
    assert "far" not in {entry.plot for entry in again.left_out}


def test_a_plot_in_a_no_fly_area_is_left_out_with_the_margin_that_would_do(tmp_path):
    plots = {
        "free": shapely.box(400, 0, 500, 100),
        "deep": shapely.box(0, 0, 50, 50),
        "edge": shapely.box(0, 95, 50, 106),
    }
    no_fly = {"mast": shapely.box(-100, -100, 200, 100)}
    _, plan = planned(tmp_path, plots, no_fly, "[airspace]\nno_fly_margin_m = 30\n")
    reasons = {entry.plot: entry.reason for entry in plan.left_out}
    assert "inside the no-fly areas themselves" in reasons["deep"]


def test_a_site_that_does_not_pay_is_not_used(tmp_path):
    plots = {"one": shapely.box(0, 0, 200, 200)}
    summary, plan = planned(tmp_path, plots, extra=SITES)
    assert [site.name for site in plan.sites] == ["west"]
    assert any("sites used: west; not used: east" in warning for warning in summary["warnings"])


def test_max_sites_is_kept(tmp_path):
    _, plan = planned(tmp_path, FIELDS, extra=SITES + "[schedule]\nmax_sites = 1\nsetup_min = 0\n")
    assert len(plan.sites) == 1 == len({sortie.site for sortie in plan.sorties})


def test_villages_far_apart_are_given_sites_of_their_own(tmp_path):
    plots = {"a": shapely.box(0, 0, 200, 200), "b": shapely.box(15_000, 0, 15_200, 200)}
    summary, plan = planned(tmp_path, plots)
    assert [site.name for site in plan.sites] == ["edge of a", "edge of b"]
    assert plan.left_out == ()
    assert any("no take-off site is given" in warning for warning in summary["warnings"])


def test_days_without_sun_are_refused(tmp_path):
    with pytest.raises(PlanError, match=r"the sun reaches .* schedule\.min_sun_deg asks for 80"):
        planned(
            tmp_path,
            {"one": shapely.box(0, 0, 100, 100)},
            extra="[schedule]\nfirst_day = 2027-12-21\nmin_sun_deg = 80\n",
        )


def test_the_choice_is_nearly_the_best_of_all():
    """Every choice of six plots is planned in full; of those that a day can take none is worth much more."""
    rng = np.random.default_rng(5)
    blocks, worth = [], {}
    for number, (east, north) in enumerate(rng.uniform(-1500, 1500, (6, 2))):
        area = shapely.box(east, north, east + rng.uniform(80, 350), north + rng.uniform(80, 350))
        reach = Reach(40.0, 25.0, 22.0, 14.0)
        lines = lay_lines(area, 90.0, reach, blocked=shapely.Polygon(), within=area.buffer(100), run_m=30.0)
        blocks.append(Block(f"P{number}", lines.transects))
        worth[f"P{number}"] = float(rng.integers(1, 10))
    rule, copter = HeightRule(60.0, 3.0), Performance(aircraft_model("holybro-x650"), 10.0)
    router = Router(Airspace.around([], 0.0), Terrain.flat(100.0), rule, rule, copter)
    flyer = Flyer(router, Limits(100.0, 649, swap_s=300.0), 25.0)
    bases = [Base("home", np.zeros(2), 100.0)]
    hours = ScheduleSettings(days=1, from_h=9, to_h=10.2)
    staff = Staff(1, SiteRules(1200.0, 8.0), Calendar(hours, (100.0, 25.0)), 300.0)

    def worth_in_a_day(chosen):
        campaign = plan_campaign(chosen, worth, bases, flyer, staff)
        return sum(worth[block.plot] for block in chosen) if not campaign.skipped else 0.0

    campaign = plan_campaign(blocks, worth, bases, flyer, staff)
    shares = {skipped.plot: skipped.share for skipped in campaign.skipped}
    found = sum(worth[plot] * (1.0 - shares.get(plot, 0.0)) for plot in worth)
    best = max(worth_in_a_day(chosen) for size in (2, 3, 4, 5) for chosen in combinations(blocks, size))
    assert shares and found >= 0.95 * best
