import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.frames import LocalFrame
from geo.terrain import Terrain
from missions.catalogue import camera_model
from planner.course import Course, Oblique, angles_to, looking
from planner.lines import Transect, split
from planner.predict import Eye
from planner.terrain import HeightRule, follow

FRAME = LocalFrame(100.0, 25.0)
LEVEL = Terrain.flat(500.0)
EYE = Eye(camera_model("sony-a6000-20mm").camera(), 0.0, LEVEL, FRAME)
SQUARE = np.array([[0.0, 0.0], [80.0, 0.0], [80.0, 80.0], [0.0, 80.0], [0.0, 0.0]])
AIMS = np.array([[40.0, 40.0, 500.0], [41.0, 40.0, 500.0], [42.0, 40.0, 500.0], [43.0, 40.0, 500.0]])


def oblique(trigger_m=10.0):
    return Course(SQUARE, trigger_m, Oblique(AIMS, HeightRule(40.0, 2.0)))


def poses_of(course):
    return course.poses(follow(course.corners_m, LEVEL, HeightRule(40.0, 2.0))[0], EYE)


def test_photos_look_where_their_piece_looks_and_at_a_corner_where_the_one_before_did():
    poses = poses_of(oblique())
    assert len(poses) == oblique().photos == 33
    assert poses[8].position.tolist() == [80.0, 0.0, 540.0]  # on the first corner
    for number, aim in ((8, AIMS[0]), (9, AIMS[1]), (32, AIMS[3])):
        ahead = aim - poses[number].position
        assert poses[number].rotation()[:, 2] == pytest.approx(ahead / np.linalg.norm(ahead), abs=1e-3)


def test_photos_of_a_bent_pass_look_down_along_their_piece():
    poses = poses_of(Course(SQUARE[:3], 15.0))
    assert [round(pose.yaw_deg) for pose in poses] == [90] * 6 + [0] * 5
    assert {pose.pitch_deg for pose in poses} == {-90.0}
    assert poses[6].position == pytest.approx([80.0, 10.0, 540.0])  # 15 m after the last before the bend


def test_angles_of_a_camera_that_looks_at_a_place():
    assert angles_to(np.array([0.0, 0.0, 540.0]), np.array([0.0, 40.0, 500.0]), FRAME) == pytest.approx(
        (0.0, -45.0)
    )
    pose = looking(np.array([10.0, 0.0, 540.0]), np.array([70.0, 0.0, 500.0]), 0.0, FRAME)
    right, down, forward = pose.rotation().T
    assert forward == pytest.approx(np.array([60.0, 0.0, -40.0]) / np.hypot(60, 40), abs=1e-3)
    assert right[2] == pytest.approx(0.0, abs=1e-9) and down[2] < 0


def test_a_camera_mounted_across_looks_the_same_way():
    place, aim = np.array([10.0, 0.0, 540.0]), np.array([70.0, 30.0, 500.0])
    straight, across = looking(place, aim, 0.0, FRAME), looking(place, aim, 90.0, FRAME)
    assert across.rotation()[:, 2] == pytest.approx(straight.rotation()[:, 2], abs=1e-9)


@given(st.floats(3.0, 25.0), st.data())
def test_parts_take_the_photos_of_the_whole(trigger_m, data):
    whole = oblique(trigger_m)
    last = data.draw(st.integers(1, whole.photos - 1))
    first = data.draw(st.integers(0, last - 1))
    part = whole.part(first, last)
    poses, some = poses_of(whole), poses_of(part)
    assert part.photos == last - first + 1 == len(some)
    for here, there in zip(some, poses[first : last + 1], strict=True):
        assert here.position == pytest.approx(there.position, abs=1e-6)
    # The first photo of a part may lie on a corner and look on where in the whole it looks back.
    for here, there in zip(some[1:], poses[first + 1 : last + 1], strict=True):
        assert here.rotation() == pytest.approx(there.rotation(), abs=1e-6)


def test_a_ring_is_split_at_a_photo_and_flown_from_either_end():
    ring = Transect.along(oblique())
    one, other = split(ring)
    assert one.last_m == pytest.approx(other.first_m)
    assert one.photos + other.photos == ring.photos + 1
    back = ring.reversed()
    assert back.unit == pytest.approx([0.0, 1.0])
    assert back.course.oblique.aims_m[0].tolist() == AIMS[3].tolist()
