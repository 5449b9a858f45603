import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.catalogue import aircraft_model
from missions.errors import PlanError
from planner.flight import Effort, Performance

COPTER = aircraft_model("holybro-x650")
CALM = Performance(COPTER, 10.0)


def line(*lengths, heights=None):
    east = np.concatenate(([0.0], np.cumsum(lengths)))
    return np.column_stack(
        (east, np.zeros_like(east), heights if heights is not None else np.zeros_like(east))
    )


def test_a_straight_line_takes_its_length_and_one_ramp():
    """10 m/s at 2.5 m/s2 and 1 m/s3 takes 4 + 2.5 s to reach: 600 m take 60 + 6.5 s."""
    assert CALM.along(line(600.0)).seconds == pytest.approx(66.5)
    assert CALM.along(line(200.0, 300.0, 100.0)).seconds == pytest.approx(66.5)
    assert CALM.run_up_m == pytest.approx(32.5)


def test_a_corner_is_a_stop():
    corner = np.array([[0.0, 0, 0], [300, 0, 0], [300, 300, 0]])
    assert CALM.along(corner).seconds == pytest.approx(2 * CALM.along(line(300.0)).seconds)


@given(st.floats(0, 400), st.floats(0.1, 50))
def test_farther_takes_longer_and_never_faster_than_cruise(length, more):
    near, far = CALM.along(line(length)).seconds, CALM.along(line(length + more)).seconds
    assert far > near
    assert far >= (length + more) / 10.0


def test_short_and_long_ways_meet_where_cruise_is_just_reached():
    assert CALM.along(line(64.999)).seconds == pytest.approx(CALM.along(line(65.001)).seconds, abs=1e-3)


def test_a_steep_climb_takes_as_long_as_the_height():
    climb = CALM.along(line(100.0, heights=np.array([0.0, 100.0]))).seconds
    assert climb >= 100.0 / COPTER.max_climb_m_s
    sink = CALM.along(line(100.0, heights=np.array([100.0, 0.0]))).seconds
    assert sink >= 100.0 / COPTER.max_descent_m_s > climb


def test_wind_speeds_an_aeroplane_up_and_slows_it_down():
    wing = Performance.in_wind(
        aircraft_model("holybro-x650").model_copy(update={"kind": "fixed_wing"}), 10.0, 4.0, 270.0
    )
    east, north = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert wing.ground_speed(east) == pytest.approx(14.0)
    assert wing.ground_speed(-east) == pytest.approx(6.0)
    assert wing.ground_speed(north) == pytest.approx(np.sqrt(100 - 16))
    assert Performance.in_wind(COPTER, 10.0, 4.0, 270.0).ground_speed(-east) == 10.0


def test_a_wind_beyond_the_aircraft_is_refused():
    with pytest.raises(PlanError, match=r"12 m/s is too strong.*10 m/s"):
        Performance.in_wind(COPTER, 10.0, 12.0, 0.0)


def test_flying_against_the_wind_costs_energy_not_time():
    calm, windy = CALM.along(line(600.0)), Performance.in_wind(COPTER, 10.0, 5.0, 90.0).along(line(600.0))
    assert windy.seconds == calm.seconds
    assert 1.5**2.5 * calm.energy_wh < windy.energy_wh < 1.5**3 * calm.energy_wh
    assert Performance.in_wind(COPTER, 10.0, 5.0, 270.0).along(line(600.0)).energy_wh < 1.1 * calm.energy_wh


def test_efforts_add_up():
    total = CALM.take_off(50.0) + CALM.along(line(600.0)) + CALM.landing(50.0)
    assert total.path_m == pytest.approx(700.0)
    # 13 of the 66.5 s are gaining and losing speed, at powers between hovering and cruise.
    ramps = 13.0 * (COPTER.hover_w + COPTER.cruise_w) / 2
    joules = 53.5 * COPTER.cruise_w + ramps + (total.seconds - 66.5) * COPTER.hover_w
    assert total.energy_wh == pytest.approx(joules / 3600)
    assert Effort() + total == total
