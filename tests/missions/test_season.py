import datetime
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.errors import MissionError
from missions.season import STAGES, read_calendar, shipped_table

DAY = datetime.timedelta(days=1)
latitudes, heights = st.floats(18.0, 54.0), st.floats(-100.0, 4000.0)
days = st.dates(datetime.date(2024, 1, 1), datetime.date(2032, 12, 31))


@pytest.fixture(scope="module")
def calendar(tmp_path_factory):
    return read_calendar(tmp_path_factory.mktemp("empty"))


def test_every_row_and_need_states_its_source(calendar):
    assert all(len(row.source) > 30 for row in calendar.calendar)
    assert all(len(need.source) > 30 for need in calendar.needs.values())
    assert set(calendar.needs) == {"rosette", "flower", "capsule"}


def test_belts_follow_each_other_without_a_gap(calendar):
    rows = calendar.calendar
    assert all(south.lat[1] == north.lat[0] for south, north in itertools.pairwise(rows))


@given(latitudes, heights, st.integers(2024, 2032))
def test_stages_begin_one_after_another_and_last_less_than_a_year_s_growth(latitude, height, year):
    windows = read_calendar(shipped_table().parent / "none").at(latitude, height).windows(year)
    growing = [windows[stage] for stage in STAGES[2:]]
    assert all(a.first < b.first for a, b in itertools.pairwise(growing))
    assert all(window.first < window.last < window.first + 250 * DAY for window in windows.values())
    assert windows["sowing"].first < windows["emergence"].first < windows["rosette"].first


@given(latitudes, heights, days, st.sampled_from(STAGES))
def test_the_next_window_is_not_over_and_begins_within_a_year(latitude, height, day, stage):
    window = read_calendar(shipped_table().parent / "none").at(latitude, height).next_window(stage, day)
    assert day <= window.last
    assert window.first <= day + 366 * DAY


# What was seen in flower, or not yet, by those who flew there; the sources stand in the table.
@pytest.mark.parametrize(
    ("latitude", "height", "day", "flowering"),
    [
        (26.6, 600, "2021-03-16", True),
        (27.3, 250, "2024-03-07", True),
        (28.4, 10, "2021-04-11", True),
        (28.4, 10, "2021-05-06", True),
        (36.8, 50, "2017-05-20", True),
        (33.2, 30, "2016-04-20", False),
        (33.2, 30, "2016-06-05", True),
        (51.2, 700, "2020-06-08", False),
    ],
)
def test_the_table_agrees_with_what_was_seen(calendar, latitude, height, day, flowering):
    stages = calendar.at(latitude, height).stages_on(datetime.date.fromisoformat(day))
    assert ("flower" in stages) == flowering


def test_height_makes_the_season_late(calendar):
    low, high = (calendar.at(30.0, height).windows(2027)["flower"] for height in (50.0, 1050.0))
    assert 28 <= (high.first - low.first).days <= 35
    lofty = calendar.at(30.0, 5000.0)
    assert lofty.shift_days <= calendar.most_shift_days + 7


def test_a_window_may_run_over_new_year(calendar):
    flower = calendar.at(22.0, 1200.0).windows(2027)["flower"]
    assert (flower.first.year, flower.last.year) == (2026, 2027)
    assert flower.in_words() == "weeks 50-10 of 2026/2027 (2026-12-10 to 2027-03-10)"


def test_outside_all_belts_there_is_no_season(calendar):
    assert calendar.at(-33.0, 100.0) is None


def test_a_county_edits_its_own_table(tmp_path):
    text = shipped_table().read_text(encoding="utf-8").replace('["03-01", "04-20"]', '["03-15", "05-01"]')
    (tmp_path / "season.toml").write_text(text, encoding="utf-8")
    flower = read_calendar(tmp_path).at(26.0, 400.0).windows(2027)["flower"]
    assert flower.first == datetime.date(2027, 3, 15)


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ('flower = ["03-01"', 'flower = ["13-01"', r"calendar\.1\.flower\.0.*month must be in 1\.\.12"),
        ("sown =", "sawn =", r"calendar\.0\.sawn"),
        ("[[calendar]]", "[[calendar", "TOML"),
    ],
)
def test_a_wrong_table_is_refused_with_the_place(tmp_path, was, now, says):
    text = shipped_table().read_text(encoding="utf-8").replace(was, now)
    (tmp_path / "season.toml").write_text(text, encoding="utf-8")
    with pytest.raises(MissionError, match=says):
        read_calendar(tmp_path)
