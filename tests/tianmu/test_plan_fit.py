"""`tianmu plan --fit`: figures of the aircraft from its own logs."""

import json
from pathlib import Path

import pytest

import planner
from ingest.logs import motion_of, read_flight
from missions import Mission
from missions.catalogue import aircraft_model
from missions.errors import PlanError
from missions.own_aircraft import read_own_figures
from missions.records import read_plan
from planner.fit import Flown, fit
from planner.items import mission_items
from sim import Flight, rehearse
from sim.firmware import Item
from sim.practice import practice_setup
from tianmu.plan import fit_aloud

COPTER = aircraft_model("holybro-x650")


def fitted(log: Path) -> dict[str, float]:
    found = fit([Flown(**vars(motion_of(read_flight(log))))], COPTER)
    return {key: figure.value for key, figure in found.items()}


@pytest.fixture
def practice_log(hillside: Path, tmp_path: Path) -> Path:
    mission = Mission(hillside)
    planner.plan(mission)
    plan = read_plan(mission.dir("plan") / "plan.json")
    sortie = plan.sorties[0]
    items = [
        Item(i.frame, i.command, i.param1, i.param2, i.param3, i.param4, i.x_1e7, i.y_1e7, i.z_m)
        for i in mission_items(sortie, plan.site(sortie.site), mission.aircraft_model())
    ]
    return rehearse(practice_setup(mission, Flight(sortie.name, card=tmp_path / "card")), items).log


def test_the_practice_aircraft_is_what_its_log_says(practice_log: Path) -> None:
    found = fitted(practice_log)
    assert found["max_climb_m_s"] == pytest.approx(COPTER.max_climb_m_s, rel=0.05)
    assert found["max_descent_m_s"] == pytest.approx(COPTER.max_descent_m_s, rel=0.05)
    assert found["accel_m_s2"] == pytest.approx(COPTER.accel_m_s2, rel=0.15)
    assert found["hover_w"] == pytest.approx(COPTER.hover_w, rel=0.05)
    # Flown in wind and more slowly than cruise, with 8 W of avionics that the catalogue leaves out.
    assert found["cruise_w"] == pytest.approx(COPTER.cruise_w, rel=0.10)


def test_a_log_of_arducopter_itself(tianmu_data: Path) -> None:
    """28.0 A of 12.6 V hovering, WPNAV_SPEED_UP 2.5, WPNAV_SPEED_DN 1.5, WPNAV_ACCEL 2.5."""
    found = fitted(tianmu_data / "logs" / "ardupilot" / "copter_survey.BIN")
    assert found["hover_w"] == pytest.approx(353.0, rel=0.02)
    assert found["max_climb_m_s"] == pytest.approx(2.5, rel=0.02)
    assert found["max_descent_m_s"] == pytest.approx(1.5, rel=0.02)
    assert found["accel_m_s2"] == pytest.approx(2.5, rel=0.1)


def test_the_figures_are_written_and_planned_with(practice_log: Path, hillside: Path) -> None:
    mission = Mission(hillside)
    before = read_plan(mission.dir("plan") / "plan.json")
    fit_aloud(mission, [practice_log])
    text = mission.own_aircraft_path.read_text()
    assert text.startswith(f"# Fitted by `tianmu plan --fit` to {practice_log.name}:")
    assert read_own_figures(mission.own_aircraft_path)["cruise_w"] == mission.aircraft_model().cruise_w
    result = planner.plan(mission)
    assert not result.skipped
    assert planner.plan(mission).skipped
    assert result.summary["flight_s"] == pytest.approx(before.flight_s, rel=0.05)


def test_a_log_without_flight_teaches_nothing(hillside: Path, tianmu_data: Path) -> None:
    mission = Mission(hillside)
    with pytest.raises(PlanError, match="no figure of the aircraft"):
        fit_aloud(mission, [tianmu_data / "logs" / "ardupilot" / "plane_00000081.BIN"])
    assert not mission.own_aircraft_path.exists()


def test_the_command_line(hillside: Path, tianmu_data: Path) -> None:
    from .test_commands import tianmu

    log = tianmu_data / "logs" / "ardupilot" / "copter_survey.BIN"
    done = tianmu("plan", hillside, "--fit", log, "--json")
    assert done.returncode == 0, done.stderr
    assert "copter_survey.BIN" in done.stderr and "max_climb_m_s" in done.stderr
    assert json.loads(done.stdout)["sorties"] >= 1
