import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.catalogue import aircraft, aircraft_model
from missions.errors import PlanError
from planner.flight import Effort, Performance
from planner.pace import SETTLE_S

COPTER = aircraft_model("holybro-x650")
STOPPING = COPTER.model_copy(update={"corner_radius_m": 0.0})
WING = aircraft_model("deltaquad-pro")
CALM = Performance(COPTER, 10.0)
EAST, NORTH = np.array([1.0, 0.0]), np.array([0.0, 1.0])
# Gaining 10 m/s from rest takes 10 / (0.7 * 2.5) s and losing it 10 / (0.75 * 2.5) s, at half the speed.
RAMPS_S = (10.0 / 1.75 + 10.0 / 1.875) / 2 + 2 * SETTLE_S


def line(*lengths, heights=None):
    east = np.concatenate(([0.0], np.cumsum(lengths)))
    return np.column_stack(
        (east, np.zeros_like(east), heights if heights is not None else np.zeros_like(east))
    )


def bend(turn_deg, length=300.0):
    """Two legs that change course by an angle."""
    turn = np.radians(turn_deg)
    return np.array([[0.0, 0, 0], [length, 0, 0], [length * (1 + np.cos(turn)), length * np.sin(turn), 0]])


def test_a_straight_line_takes_its_length_and_the_ramps():
    assert CALM.along(line(600.0)).seconds == pytest.approx(60 + RAMPS_S)
    assert CALM.along(line(200.0, 300.0, 100.0)).seconds == pytest.approx(60 + RAMPS_S)
    rolling = CALM.along(line(600.0), enter_m_s=np.inf, leave_m_s=np.inf)
    assert rolling.seconds == pytest.approx(60)


def test_a_corner_is_a_stop_for_what_stops_there():
    stopping = Performance(STOPPING, 10.0)
    for turn in (30.0, 90.0, 180.0):
        assert stopping.along(bend(turn)).seconds == pytest.approx(2 * CALM.along(line(300.0)).seconds)


def test_arducopter_rounds_corners():
    """In its own log ArduPilot passes a right angle at 2.9 m/s, which saves most of a stop."""
    straight, stop = CALM.along(line(600.0)).seconds, 2 * CALM.along(line(300.0)).seconds
    times = [CALM.along(bend(turn)).seconds for turn in (0, 20, 45, 90, 135, 180)]
    assert times[0] == times[1] == pytest.approx(straight)
    assert times == sorted(times)
    assert straight + 0.4 * (stop - straight) < times[3] < straight + 0.6 * (stop - straight)
    assert times[-1] == pytest.approx(stop)


def test_the_legs_of_a_real_log():
    """copter_survey.BIN: 120 m from rest 17.4 s, 120 m between right angles 14.7, 120 m to rest 16.7."""
    path = np.array([[0.0, 0, 30], [0, 120, 30], [120, 120, 30], [120, 0, 40]])
    assert CALM.along(path).seconds == pytest.approx(17.36 + 14.67 + 16.75, rel=0.05)


@given(st.floats(0, 400), st.floats(0.1, 50))
def test_farther_takes_longer_and_never_faster_than_cruise(length, more):
    near, far = CALM.along(line(length)).seconds, CALM.along(line(length + more)).seconds
    assert far > near
    assert far >= (length + more) / 10.0


@given(st.lists(st.floats(1, 300), min_size=2, max_size=6), st.lists(st.floats(-180, 180), min_size=6))
def test_cutting_a_path_in_two_costs_no_less_than_flying_on(lengths, turns):
    courses = np.radians(np.cumsum(turns[: len(lengths)]))
    steps = np.array(lengths)[:, None] * np.column_stack((np.cos(courses), np.sin(courses)))
    points = np.column_stack((np.vstack(([0, 0], np.cumsum(steps, axis=0))), np.zeros(len(lengths) + 1)))
    whole = CALM.along(points).seconds
    assert CALM.along(points[:2]).seconds + CALM.along(points[1:]).seconds >= whole - 1e-6


def test_a_steep_climb_takes_as_long_as_the_height():
    climb = CALM.along(line(100.0, heights=np.array([0.0, 100.0]))).seconds
    assert climb >= 100.0 / COPTER.max_climb_m_s
    sink = CALM.along(line(100.0, heights=np.array([100.0, 0.0]))).seconds
    assert sink >= 100.0 / COPTER.max_descent_m_s > climb
    upright = CALM.along(np.array([[0.0, 0, 0], [0, 0, 50]]))
    assert upright.seconds == pytest.approx(50.0 / COPTER.max_climb_m_s)


def test_climbing_draws_more_and_sinking_no_more():
    level = CALM.along(line(300.0)).energy_wh
    up, down = (
        CALM.along(line(300.0, heights=np.array(heights))).energy_wh for heights in ([0, 30], [30, 0])
    )
    assert up > 1.05 * level
    assert down == pytest.approx(level)
    wing = Performance(WING, 16.0)
    level, up, down = (
        wing.along(line(600.0, heights=np.array(heights, float))).energy_wh
        for heights in ([0, 0], [0, 30], [30, 0])
    )
    assert 1.4 * level < up < 1.6 * level  # 30 m of climb are 300 m of way
    assert 0.3 * level <= down < level


def test_wind_speeds_an_aeroplane_up_and_slows_it_down():
    wing = Performance.in_wind(WING, 16.0, 4.0, 270.0)
    assert wing.ground_speed([EAST, -EAST]) == pytest.approx([20.0, 12.0])
    assert wing.ground_speed(NORTH) == pytest.approx(np.sqrt(16.0**2 - 16.0))
    there_and_back = wing.along(line(960.0)).seconds + wing.along(line(960.0)[::-1]).seconds
    assert there_and_back == pytest.approx(960 / 20 + 960 / 12)


def test_an_aeroplanes_turns_widen_with_the_speed_over_ground():
    assert Performance(WING, WING.cruise_m_s).turn_radius_m == WING.turn_radius_m
    windy = Performance.in_wind(WING, WING.cruise_m_s, 8.0, 0.0)
    assert windy.turn_radius_m == pytest.approx(WING.turn_radius_m * 1.5**2)
    assert CALM.turn_radius_m == 0


def test_a_multirotor_holds_its_ground_speed_while_its_airspeed_allows():
    assert Performance.in_wind(COPTER, 10.0, 4.0, 270.0).ground_speed(-EAST) == 10.0
    fast = Performance.in_wind(COPTER, 15.0, 8.0, 90.0)
    assert fast.ground_speed(EAST) == pytest.approx(COPTER.max_air_m_s - 8.0)
    assert fast.ground_speed(-EAST) == 15.0
    assert fast.ground_speed(NORTH) == 15.0


def test_a_wind_beyond_the_aircraft_is_refused_with_what_would_work():
    with pytest.raises(
        PlanError, match=r"11 m/s is too strong.*X650.*wind.speed_m_s = 10.*dji-m350"
    ) as error:
        Performance.in_wind(COPTER, 10.0, 11.0, 0.0)
    assert "dji-p4rtk" not in str(error.value)
    with pytest.raises(PlanError, match="no aircraft of the catalogue"):
        Performance.in_wind(COPTER, 10.0, 25.0, 0.0)
    with pytest.raises(PlanError, match=r"30 m/s is faster.*at most 25 m/s"):
        Performance.in_wind(WING, 30.0, 0.0, 0.0)
    slow = WING.model_copy(update={"max_wind_m_s": 20.0})
    with pytest.raises(PlanError, match="as fast as"):
        Performance.in_wind(slow, 14.0, 15.0, 0.0)


@pytest.mark.parametrize("key", aircraft())
def test_every_aircraft_flies_at_its_wind_limit(key):
    model = aircraft_model(key)
    performance = Performance.in_wind(model, model.cruise_m_s, model.max_wind_m_s, 45.0)
    turn = np.linspace(0, 2 * np.pi, 37)
    assert performance.ground_speed(np.column_stack((np.cos(turn), np.sin(turn)))).min() > 1.0


def test_flying_against_the_wind_costs_energy_not_time():
    calm, windy = CALM.along(line(600.0)), Performance.in_wind(COPTER, 10.0, 5.0, 90.0).along(line(600.0))
    assert windy.seconds == calm.seconds
    # At 1.5 times cruise the drag's fifth of the power grows 3.4 times.
    assert 1.3 * calm.energy_wh < windy.energy_wh < 1.5 * calm.energy_wh
    assert Performance.in_wind(COPTER, 10.0, 5.0, 270.0).along(line(600.0)).energy_wh < 1.1 * calm.energy_wh


def test_efforts_add_up():
    up, level, down = CALM.take_off(50.0), CALM.along(line(600.0)), CALM.landing(50.0)
    total = up + level + down
    assert total.path_m == pytest.approx(700.0)
    assert (total - down).seconds == pytest.approx((up + level).seconds)
    # Half the speed is the mean of gaining and losing it, at powers between hovering and cruise.
    ramps_s = 10.0 / 1.75 + 10.0 / 1.875 + 2 * SETTLE_S
    hold_s = level.seconds - ramps_s
    joules = hold_s * COPTER.cruise_w + ramps_s * (COPTER.hover_w + COPTER.cruise_w) / 2
    assert level.energy_wh == pytest.approx(joules / 3600)
    assert up.energy_wh > up.seconds * COPTER.hover_w / 3600 == pytest.approx(up.seconds * 530 / 3600)
    assert down.energy_wh == pytest.approx(down.seconds * COPTER.hover_w / 3600)
    assert Effort() + total == total


def test_a_vtol_changes_to_its_wing_and_back():
    wing = Performance(WING, 16.0)
    hovering = Performance(WING.model_copy(update={"kind": "multirotor"}), 16.0)
    assert wing.take_off(50.0).seconds == hovering.take_off(50.0).seconds + 10.0
    assert wing.landing(50.0).seconds == hovering.landing(50.0).seconds + 10.0
    assert wing.take_off(50.0).energy_wh > 25.0 * WING.hover_w / 3600


def test_seconds_of_ways_between_lines_are_those_of_flying_them():
    """The vectorised cost of a way with its turns is what flying the whole of it takes beyond its lines."""
    for length in (5.0, 40.0, 200.0):
        for turn in (90.0, 150.0):
            out, across = NORTH, np.array([np.sin(np.radians(turn)), np.cos(np.radians(turn))])
            places = np.cumsum([[0.0, 0], 400 * out, length * across, -400 * out], axis=0)
            whole = CALM.along(
                np.column_stack((places, np.zeros(4))), enter_m_s=np.inf, leave_m_s=np.inf
            ).seconds
            cost = CALM.way_seconds(np.array([length]), across[None], out[None], -out[None])
            assert cost == pytest.approx(whole - 80.0, abs=0.05)
