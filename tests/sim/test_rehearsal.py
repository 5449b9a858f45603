import pytest

from missions.errors import PlanError
from sim import rehearse


def test_a_whole_flight_at_once_and_its_log(pilot, setup):
    items = [pilot.take_off(40.0), pilot.at(0, 100, 40.0), pilot.at(0, 0, 40.0), pilot.do(20)]
    flown = rehearse(setup, items)
    # 40 m up at 2.5 and 30 m down at 1.5 m/s, 10 m at 0.5, 5 s each of spinning up and waiting, 200 m of way.
    assert 16 + 20 + 20 + 10 + 20 < flown.seconds < 16 + 20 + 20 + 10 + 50
    assert flown.energy_wh == pytest.approx(flown.seconds * 520 / 3600, rel=0.05)
    assert flown.log.stat().st_size > 10_000
    again = rehearse(setup, items)
    assert (again.seconds, again.energy_wh) == (flown.seconds, flown.energy_wh)
    assert again.log != flown.log


def test_a_mission_that_does_not_take_off_is_refused(pilot, setup):
    with pytest.raises(PlanError, match="must take off"):
        rehearse(setup, [pilot.at(0, 100, 40.0)])
