import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.frames import LocalFrame
from geo.terrain import Terrain
from planner.lines import Transect, split
from planner.oblique import Oblique, angles_to, looking
from planner.terrain import HeightRule, follow

FRAME = LocalFrame(100.0, 25.0)
SQUARE = np.array([[0.0, 0.0], [80.0, 0.0], [80.0, 80.0], [0.0, 80.0], [0.0, 0.0]])
AIMS = np.array([[40.0, 40.0, 500.0], [41.0, 40.0, 500.0], [42.0, 40.0, 500.0], [43.0, 40.0, 500.0]])


def oblique(trigger_m=10.0):
    return Oblique(SQUARE, AIMS, HeightRule(40.0, 2.0), trigger_m)


def test_photos_look_where_their_piece_looks_and_at_a_corner_where_the_one_before_did():
    path, _ = follow(SQUARE, Terrain.flat(500.0), HeightRule(40.0, 2.0))
    places, aims = oblique().photos_m(path)
    assert len(places) == 33
    assert places[8].tolist() == [80.0, 0.0, 540.0]  # on the first corner
    assert aims[8].tolist() == AIMS[0].tolist()
    assert aims[9].tolist() == AIMS[1].tolist()
    assert aims[-1].tolist() == AIMS[3].tolist()


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
    flat = HeightRule(40.0, 2.0)
    places, aims = whole.photos_m(follow(SQUARE, Terrain.flat(500.0), flat)[0])
    some, their_aims = part.photos_m(follow(part.corners_m, Terrain.flat(500.0), flat)[0])
    assert part.photos == last - first + 1
    assert some == pytest.approx(places[first : last + 1], abs=1e-6)
    assert their_aims[1:] == pytest.approx(aims[first + 1 : last + 1])


def test_a_ring_is_split_at_a_photo_and_flown_from_either_end():
    ring = Transect.along(oblique())
    one, other = split(ring)
    assert one.last_m == pytest.approx(other.first_m)
    assert one.photos + other.photos == ring.photos + 1
    back = ring.reversed()
    assert back.unit == pytest.approx([0.0, 1.0])
    assert back.oblique.aims_m[0].tolist() == AIMS[3].tolist()
