import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.catalogue import aircraft_model
from planner.fit import Flown, fit

COPTER = aircraft_model("holybro-x650")


def flown(speeds, climbs, powers, noise=0.0, step_s=0.1):
    """A flight east with these speeds, rates of climb and powers at even steps."""
    speeds, climbs, powers = (np.asarray(values, dtype=float) for values in (speeds, climbs, powers))
    rng = np.random.default_rng(7)
    return Flown(
        time_s=1e9 + step_s * np.arange(len(speeds)),
        east_m=np.cumsum(speeds) * step_s,
        north_m=np.zeros(len(speeds)),
        up_m=100.0 + np.cumsum(climbs) * step_s,
        ground_m_s=np.abs(speeds + noise * rng.normal(size=len(speeds))),
        power_w=powers + 20 * noise * rng.normal(size=len(speeds)),
    )


def survey(climb=2.0, sink=1.2, gain=1.4, cruise=8.0, hover_w=300.0, cruise_w=260.0, noise=0.0):
    """Take off, hover, fly four lines that begin and end at rest, sink."""
    up = [(0.0, climb, hover_w * 1.1)] * 300
    hovering = [(0.0, 0.0, hover_w)] * 100
    ramp = [(v, 0.0, hover_w) for v in np.arange(0.0, cruise, gain * 0.1)]
    line = [*ramp, *[(cruise, 0.0, cruise_w)] * 300, *ramp[::-1]]
    down = [(0.0, -sink, hover_w * 0.9)] * 300
    ground = [(0.0, 0.0, 10.0)] * 50
    return flown(*zip(*[*ground, *up, *hovering, *line * 4, *down], strict=True), noise=noise)


@given(
    st.floats(1.2, 6), st.floats(1.2, 5), st.floats(0.8, 2), st.floats(8, 15), st.floats(100, 900),
    st.floats(0.7, 1.0),
)  # fmt: skip
def test_the_figures_of_a_made_flight_come_back(climb, sink, gain, cruise, hover_w, share):
    flight = survey(climb, sink, gain, cruise, hover_w, share * hover_w)
    found = fit([flight], COPTER.model_copy(update={"cruise_m_s": cruise}))
    assert found["max_climb_m_s"].value == pytest.approx(climb, rel=0.03)
    assert found["max_descent_m_s"].value == pytest.approx(sink, rel=0.03)
    assert found["hover_w"].value == pytest.approx(hover_w, rel=0.02)
    assert found["cruise_w"].value == pytest.approx(share * hover_w, rel=0.02)
    assert found["accel_m_s2"].value == pytest.approx(gain / 0.7, rel=0.15)
    assert found["accel_m_s2"].samples == 4
    assert found["turn_s"].samples == 3


def test_noise_hardly_matters_and_more_flights_are_more_samples():
    quiet, noisy = fit([survey()], COPTER), fit([survey(noise=0.3)] * 2, COPTER)
    for key in ("hover_w", "cruise_w", "max_climb_m_s"):
        assert noisy[key].value == pytest.approx(quiet[key].value, rel=0.03)
    assert noisy["cruise_w"].samples > 1.5 * quiet["cruise_w"].samples


def test_cruise_power_is_stated_for_the_cruise_speed_not_for_the_speed_flown():
    slow = fit([survey(cruise=8.0, hover_w=500.0, cruise_w=480.0)], COPTER)
    assert slow["cruise_w"].value == pytest.approx(475.0, abs=3.0)  # 10 m/s on the line through 500 and 480


def test_what_a_flight_does_not_show_is_left_out():
    dark = survey()
    without_power = Flown(**{**vars(dark), "power_w": np.full(len(dark.time_s), np.nan)})
    assert set(fit([without_power], COPTER)) == {"max_climb_m_s", "max_descent_m_s", "accel_m_s2", "turn_s"}
    on_the_ground = flown([0.0] * 200, [0.0] * 200, [5.0] * 200)
    assert fit([on_the_ground], COPTER) == {}
    assert fit([], COPTER) == {}
