"""What is forecast is what the practice aircraft flies; bench/bench_flight_time.py measures twenty more."""

from dataclasses import replace

import pytest
import shapely

import planner
from missions.records import read_plan
from planner.items import mission_items
from sim import Flight, rehearse
from sim.errors import ErrorFigures
from sim.firmware import Item
from sim.practice import practice_setup

from .test_plan import folder_with

SITE = '[[sites]]\nname = "home"\nlon = 99.9985\nlat = 24.9985\n'
SURVEYS = {
    "calm": ("speed_m_s = 8\n", 0.0, 0.0),
    "windy": ("speed_m_s = 6\nline_direction_deg = 30\n", 8.0, 300.0),
    "close lines": ("speed_m_s = 11\nside_overlap_pct = 65\n", 4.0, 120.0),
}


@pytest.mark.parametrize("name", SURVEYS)
def test_time_within_5_and_energy_within_10_percent(tmp_path, name):
    survey, wind_m_s, from_deg = SURVEYS[name]
    plot = shapely.Polygon([(-120, -80), (110, -100), (150, 60), (0, 130), (-90, 70)])
    extra = (
        f"[survey]\n{survey}target_pct = 80\n[wind]\nspeed_m_s = {wind_m_s}\nfrom_deg = {from_deg}\n{SITE}"
    )
    mission = folder_with(tmp_path / "m", {"field": plot}, extra=extra)
    planner.plan(mission)
    plan = read_plan(mission.dir("plan") / "plan.json")
    (sortie,) = plan.sorties
    items = [
        Item(i.frame, i.command, i.param1, i.param2, i.param3, i.param4, i.x_1e7, i.y_1e7, i.z_m)
        for i in mission_items(sortie, plan.site("home"), mission.aircraft_model())
    ]
    wind_as_forecast = replace(ErrorFigures(), wind_speed_share=0.0, wind_from_deg=0.0)
    flown = rehearse(replace(practice_setup(mission, Flight("S01")), figures=wind_as_forecast), items)
    assert sortie.flight_s == pytest.approx(flown.seconds, rel=0.05)
    assert sortie.energy_wh == pytest.approx(flown.energy_wh, rel=0.10)
