import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.camera import Camera
from geo.frames import LocalFrame
from geo.terrain import Terrain
from geo.view import View
from missions.catalogue import aircraft
from planner.flight import Performance
from planner.predict import Eye, steady_attitude
from planner.reach import lean

CAMERA = Camera.from_sensor(600, 400, 23.5, 20.0)
FRAME = LocalFrame(100.0, 25.0)
MODELS = aircraft().values()
MULTIROTOR = next(model for model in MODELS if model.kind == "multirotor")
PLANE = MULTIROTOR.model_copy(update={"kind": "fixed_wing", "cruise_m_s": 18.0})
NORTHWARDS = np.array([[0.0, 0.0, 560.0], [0.0, 100.0, 570.0]])


def eye(model, speed_m_s, wind_m_s=0.0, from_deg=0.0, gimbal=False, mount_yaw_deg=0.0):
    carrier = Performance.in_wind(model, speed_m_s, wind_m_s, from_deg)
    return Eye(CAMERA, mount_yaw_deg, Terrain.flat(500.0), FRAME, carrier, gimbal)


def test_photos_are_taken_every_trigger_distance_over_ground_from_the_start_on():
    poses = eye(MULTIROTOR, 8.0).poses(NORTHWARDS, 30.0)
    assert [pose.north_m for pose in poses] == pytest.approx([0.0, 30.0, 60.0, 90.0])
    assert [pose.alt_amsl_m for pose in poses] == pytest.approx([560.0, 563.0, 566.0, 569.0])


def test_a_multirotor_leans_into_its_way_and_into_the_wind():
    still = steady_attitude(Performance.in_wind(MULTIROTOR, 8.0, 0.0, 0.0), np.array([0.0, 1.0]))
    assert still.heading_deg == 0.0 and still.roll_deg == 0.0
    assert still.pitch_deg == pytest.approx(-np.degrees(np.arctan(8.0 / 50.0)))
    ahead = steady_attitude(Performance.in_wind(MULTIROTOR, 8.0, 4.0, 0.0), np.array([0.0, 1.0]))
    behind = steady_attitude(Performance.in_wind(MULTIROTOR, 8.0, 4.0, 180.0), np.array([0.0, 1.0]))
    assert ahead.pitch_deg < still.pitch_deg < behind.pitch_deg < 0
    from_the_right = steady_attitude(Performance.in_wind(MULTIROTOR, 8.0, 4.0, 90.0), np.array([0.0, 1.0]))
    assert from_the_right.roll_deg > 0 and from_the_right.heading_deg == 0.0


def test_a_leaning_camera_looks_back_and_to_the_lee():
    (pose, *_) = eye(MULTIROTOR, 8.0, 5.0, 90.0).poses(NORTHWARDS, 30.0)
    ((east, north, _),) = View(CAMERA, pose, Terrain.flat(500.0), FRAME).ground_points([[299.5, 199.5]])
    assert north < pose.north_m - 5.0 and east < pose.east_m - 3.0


def test_a_gimbal_keeps_the_lean_away():
    (pose, *_) = eye(MULTIROTOR, 8.0, 5.0, 90.0, gimbal=True).poses(NORTHWARDS, 30.0)
    assert (pose.pitch_deg, pose.roll_deg) == pytest.approx((-90.0, 0.0))


@given(st.floats(0, 360), st.floats(0, 10), st.floats(0, 360))
def test_an_aeroplane_reaches_its_course_by_the_wind_triangle(course_deg, wind_m_s, from_deg):
    carrier = Performance.in_wind(PLANE, 18.0, wind_m_s, from_deg)
    course = np.array([np.sin(np.radians(course_deg)), np.cos(np.radians(course_deg))])
    held = steady_attitude(carrier, 37.0 * course)
    heading = np.radians(held.heading_deg)
    over_ground = 18.0 * np.array([np.sin(heading), np.cos(heading)]) + carrier.wind_m_s
    assert over_ground @ [course[1], -course[0]] == pytest.approx(0.0, abs=1e-9)
    assert over_ground @ course == pytest.approx(carrier.ground_speed(course))
    assert (held.pitch_deg, held.roll_deg) == (0.0, 0.0)


def test_the_photos_of_an_aeroplane_are_turned_by_its_crab():
    poses = eye(PLANE, 18.0, 6.0, 270.0, mount_yaw_deg=90.0).poses(NORTHWARDS, 30.0)
    crab = np.degrees(np.arcsin(6.0 / 18.0))
    assert [pose.yaw_deg for pose in poses] == pytest.approx([90.0 - crab] * 4, abs=1e-3)


@given(st.floats(1, 12), st.floats(0, 8), st.floats(0, 360), st.floats(0, 360))
def test_no_lean_is_larger_than_what_lines_allow_for(speed_m_s, wind_m_s, from_deg, course_deg):
    allowed = lean("multirotor", False, speed_m_s, wind_m_s)
    course = np.array([np.sin(np.radians(course_deg)), np.cos(np.radians(course_deg))])
    held = steady_attitude(Performance.in_wind(MULTIROTOR, speed_m_s, wind_m_s, from_deg), course)
    assert abs(held.pitch_deg) <= allowed.along_deg + 1e-9
    assert abs(held.roll_deg) <= allowed.across_deg + 1e-9
