import datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.errors import PlanError
from missions.settings import ScheduleSettings
from planner.calendar import Calendar
from planner.daylight import daylight
from planner.schedule import Crews, Job, schedule

KUNMING = (102.7, 25.0)
FIRST = datetime.date(2027, 3, 1)


def calendar(lonlat=KUNMING, **settings):
    return Calendar(ScheduleSettings(**({"first_day": FIRST} | settings)), lonlat)


def crews(count, sites=((0.0, 0.0), (9000.0, 0.0), (0.0, 20000.0))):
    return Crews(count, np.array(sites), swap_min=5.0, setup_min=20.0, drive_m_min=500.0)


jobs_of_a_survey = st.lists(
    st.builds(Job, st.integers(0, 2), st.floats(5.0, 80.0), st.floats(0.0, 9.0)), min_size=1, max_size=25
)


@settings(max_examples=40, deadline=None)
@given(jobs=jobs_of_a_survey, count=st.integers(1, 4), days=st.one_of(st.none(), st.integers(1, 2)))
def test_no_crew_is_in_two_places_and_all_fly_in_the_light(jobs, count, days):
    when, who = calendar(days=days), crews(count)
    slots = schedule(jobs, who, when)
    assert len(slots) == len(jobs)
    if days is None:
        assert None not in slots
    for crew in range(1, count + 1):
        mine = sorted(
            (slot.day, slot.start_min, number)
            for number, slot in enumerate(slots)
            if slot is not None and slot.aircraft == crew
        )
        for (day, start, a), (next_day, next_start, b) in pairwise(mine):
            if day == next_day:
                moving = who.moving_min(jobs[a].site, jobs[b].site)
                assert next_start >= start + jobs[a].minutes + moving - 1e-6
        for day, start, number in mine:
            assert day < when.days
            opens, closes = when.hours_min(day)
            assert max(opens, 8 * 60 + 20) <= start + 1e-9 and start + jobs[number].minutes <= closes + 1e-9


def test_crews_finish_at_about_the_same_time():
    rng = np.random.default_rng(3)
    jobs = [Job(0, float(minutes)) for minutes in rng.uniform(10, 60, 21)]
    slots = schedule(jobs, crews(3), calendar(first_day=None, from_h=0, to_h=24))
    ends = [
        max(
            slot.start_min + job.minutes
            for slot, job in zip(slots, jobs, strict=True)
            if slot.aircraft == crew
        )
        for crew in (1, 2, 3)
    ]
    busy = sum(job.minutes + 5.0 for job in jobs) / 3 + 15.0
    assert max(ends) - min(ends) < 10.0
    assert max(ends) < 1.03 * busy


def test_a_crew_keeps_to_its_site():
    jobs = [Job(site, 30.0) for site in (0, 1, 2) for _ in range(6)]
    slots = schedule(jobs, crews(3), calendar())
    for crew in (1, 2, 3):
        assert len({job.site for job, slot in zip(jobs, slots, strict=True) if slot.aircraft == crew}) == 1


def test_what_is_worth_most_is_flown_when_the_days_do_not_suffice():
    jobs = [
        Job(0, 50.0, worth) for worth in (1.0, 9.0, 2.0, 8.0, 3.0, 7.0, 4.0, 6.0, 5.0, 0.5, 0.6, 0.7, 0.8)
    ]
    slots = schedule(jobs, crews(2), calendar(days=1, from_h=9, to_h=12))
    flown = sorted(job.worth for job, slot in zip(jobs, slots, strict=True) if slot is not None)
    assert 0 < len(flown) < len(jobs)
    left = [job.worth for job, slot in zip(jobs, slots, strict=True) if slot is None]
    assert sum(flown) >= 0.9 * sum(sorted((job.worth for job in jobs), reverse=True)[: len(flown)])
    assert left


def test_the_sun_opens_and_closes_the_day():
    """On the equinox at the equator the sun climbs 15 degrees an hour: 20 degrees at 7:20 mean solar time."""
    day = daylight(
        0.0, 0.0, datetime.date(2027, 3, 20), utc_offset_h=0, from_h=0, to_h=24, min_sun_deg=20
    )  # the equation of time is -7.5 minutes
    assert day.open_min == pytest.approx(7 * 60 + 20 + 7.5, abs=2.5)
    assert day.close_min == pytest.approx(16 * 60 + 40 + 7.5, abs=2.5)
    assert day.highest_deg > 89


def test_working_hours_bound_the_day():
    day = daylight(*KUNMING, FIRST, utc_offset_h=8, from_h=10.5, to_h=15, min_sun_deg=20)
    assert (day.open_min, day.close_min) == (630, 900)


def test_polar_summer_has_light_all_day_and_polar_night_none():
    summer = daylight(
        20.0, 80.0, datetime.date(2027, 6, 21), utc_offset_h=1, from_h=0, to_h=24, min_sun_deg=5
    )
    assert summer.minutes == 24 * 60
    winter = daylight(
        20.0, 80.0, datetime.date(2027, 12, 21), utc_offset_h=1, from_h=0, to_h=24, min_sun_deg=5
    )
    assert winter.minutes == 0 and winter.highest_deg < -10


def test_days_without_enough_sun_are_refused_with_its_height_and_the_next_day_that_would_do():
    night = calendar((20.0, 69.0), first_day=datetime.date(2027, 12, 1), utc_offset_h=1, days=5)
    with pytest.raises(
        PlanError, match=r"the sun reaches -0\.[89] degrees .* set it to -1 or less"
    ) as caught:
        night.longest_flight_s()
    found = datetime.date.fromisoformat(str(caught.value).split("schedule.first_day to ")[1][:10])
    later = calendar((20.0, 69.0), first_day=found, utc_offset_h=1, days=5)
    assert later.longest_flight_s() > 0


def test_hours_too_short_to_set_up_are_refused():
    with pytest.raises(PlanError, match=r"no time to fly between 9 to 9\.2 h"):
        calendar(first_day=None, from_h=9, to_h=9.2).longest_flight_s()


def test_times_are_local_with_their_offset():
    assert calendar().time(2, 600.5).isoformat() == "2027-03-03T10:00:30+08:00"
    assert calendar(first_day=None).time(2, 600.5) is None
