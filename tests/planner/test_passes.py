import numpy as np
import pytest
import shapely

from planner.lines import Transect
from planner.passes import joined
from planner.transit import Airspace

FREE = Airspace(shapely.Polygon())
TRIGGER_M = 20.0


def leg(start, bearing_deg, photos, run_m=30.0):
    unit = np.array([np.sin(np.radians(bearing_deg)), np.cos(np.radians(bearing_deg))])
    first = np.array(start, dtype=float)
    return Transect(first, first + (photos - 1) * TRIGGER_M * unit, unit, photos, run_m, run_m)


def after(line, bearing_deg, photos, gap_m=25.0, aside_m=0.0):
    right = np.array([line.unit[1], -line.unit[0]])
    return leg(line.last_m + gap_m * line.unit + aside_m * right, bearing_deg, photos)


def test_lines_that_go_on_from_each_other_become_one_with_photos_to_the_end():
    one = leg((0, 0), 90, 6)
    two = after(one, 75, 4)
    three = after(two, 85, 5)
    (whole,) = joined([[one], [two], [three]], TRIGGER_M, FREE)
    assert whole.first_m == pytest.approx(one.first_m) and whole.run_first_m == one.run_first_m
    length = shapely.LineString(whole.course.corners_m).length
    assert length == pytest.approx((whole.photos - 1) * TRIGGER_M)
    beyond = (whole.last_m - three.last_m) @ three.unit
    assert 0 <= beyond < TRIGGER_M
    assert whole.run_last_m == pytest.approx(three.run_last_m - beyond)
    assert whole.bends_m == pytest.approx(np.array([one.last_m, two.first_m, two.last_m, three.first_m]))


def test_passes_beside_each_other_go_on_each_on_its_own_side():
    ones = [leg((0, 60 * number), 90, 5) for number in range(3)]
    twos = [after(line, 80, 5) for line in ones]
    found = joined([ones, twos[::-1]], TRIGGER_M, FREE)
    assert len(found) == 3
    for line, transect in zip(ones, sorted(found, key=lambda t: t.first_m[1]), strict=True):
        assert transect.first_m == pytest.approx(line.first_m)
        assert len(transect.bends_m) == 2 and transect.bends_m[0] == pytest.approx(line.last_m)


@pytest.mark.parametrize(
    ("change", "airspace"),
    [
        ({"bearing_deg": 60}, FREE),  # a sharp bend
        ({"bearing_deg": 90, "gap_m": 80.0}, FREE),  # too far on
        ({"bearing_deg": 90, "aside_m": 40.0}, FREE),  # beside it, not before it
        ({"bearing_deg": 88}, Airspace(shapely.box(105, -20, 120, 20))),  # something between
    ],
)
def test_what_does_not_go_on_stays_apart(change, airspace):
    one = leg((0, 0), 90, 6)
    two = after(one, photos=4, **change)
    assert joined([[one], [two]], TRIGGER_M, airspace) == [one, two]


def test_no_room_beyond_the_last_photo_keeps_lines_apart():
    one = leg((0, 0), 90, 6)
    two = after(one, 90, 4, gap_m=25.0)
    short = Transect(two.first_m, two.last_m, two.unit, two.photos, 30.0, 5.0)
    assert joined([[one], [short]], TRIGGER_M, FREE) == [one, short]
