import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.catalogue import aircraft_model, camera_model
from missions.errors import PlanError
from planner.camerarate import survey_speed

MULTIROTOR, PLANE = aircraft_model("holybro-x650"), aircraft_model("deltaquad-pro")
CAMERA = camera_model("sony-a6000-20mm").model_copy(update={"min_interval_s": 1.0})


@given(st.floats(2.0, 20.0), st.floats(2.3, 60.0))
def test_the_camera_keeps_up_at_the_speed_that_comes_out(wanted, trigger_m):
    speed, warnings = survey_speed(wanted, trigger_m, 0.3, MULTIROTOR, CAMERA)
    assert speed <= wanted
    assert speed * CAMERA.min_interval_s <= 0.9 * trigger_m + 1e-9
    assert (speed < wanted) == bool(warnings)


def test_a_speed_that_makes_no_sense_is_refused_with_what_would_work():
    with pytest.raises(PlanError, match=r"1\.0 m.*0\.9 m/s, and 2\.0 m/s.*front overlap of 44 %") as caught:
        survey_speed(10.0, 1.0, 0.75, MULTIROTOR, CAMERA)
    assert "2.2 times the GSD" in str(caught.value) and "0.45 s" in str(caught.value)
    # The number works: with 44 % of overlap photos are 0.56 / 0.25 times as far apart.
    assert survey_speed(10.0, 1.0 * 0.56 / 0.25, 0.44, MULTIROTOR, CAMERA)[0] >= 2.0


def test_an_aeroplane_cannot_fly_as_slowly_as_a_multirotor():
    assert survey_speed(10.0, 6.0, 0.75, MULTIROTOR, CAMERA)[0] == pytest.approx(5.4)
    with pytest.raises(PlanError, match="least that makes sense with the"):
        survey_speed(PLANE.cruise_m_s, 6.0, 0.75, PLANE, CAMERA)
