import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.match import Match, NoMatch, Shots, match_shots


def flight(draw: np.random.Generator, legs: int = 4, per_leg: int = 25) -> Shots:
    """Exposures by distance: nearly even along a leg, with gusts, and a pause for each turn."""
    steps = np.concatenate(
        [np.r_[draw.uniform(6, 12), draw.normal(1.7, 0.12, per_leg - 1)] for _ in range(legs)]
    )
    time_s = 1000.0 + np.cumsum(steps)
    leg = np.repeat(np.arange(legs), per_leg)
    along = np.tile(np.arange(per_leg) * 13.0, legs)
    return Shots(time_s, np.where(leg % 2, along[::-1], along), leg * 20.0)


def unplaced(time_s: np.ndarray) -> Shots:
    return Shots(time_s, np.full(len(time_s), np.nan), np.full(len(time_s), np.nan))


def check(events: Shots, truth: np.ndarray, photos: Shots, step: float = 0.001, wrong: float = 0.0) -> Match:
    match = match_shots(photos, events, step)
    assert isinstance(match, Match), match
    assert np.mean(match.event != truth) <= wrong
    return match


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.floats(-40_000, 40_000))
def test_missing_photos_and_a_wrong_clock_are_undone(seed: int, offset: float) -> None:
    draw = np.random.default_rng(seed)
    events = flight(draw)
    taken = np.flatnonzero(draw.random(len(events.time_s)) > 0.1)
    seen = unplaced(events.time_s[taken] - offset + draw.normal(0, 0.03, len(taken)))
    match = check(events, taken, seen)
    assert match.offset_s == pytest.approx(offset, abs=0.05)
    assert np.nanmax(np.abs(match.residual_s)) < 0.2


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000))
def test_missing_photos_missing_events_and_doubles_together(seed: int) -> None:
    draw = np.random.default_rng(seed)
    truth = flight(draw)
    logged = np.flatnonzero(draw.random(len(truth.time_s)) > 0.03)
    taken = np.flatnonzero(draw.random(len(truth.time_s)) > 0.1)
    doubles = taken[draw.random(len(taken)) < 0.05]
    both = np.sort(np.concatenate([taken, doubles]))
    again = np.r_[False, both[1:] == both[:-1]]
    time_s = truth.time_s[both] + 77.0 + 0.45 * again
    event_of = {int(shot): number for number, shot in enumerate(logged)}
    right = np.array(
        [-1 if double else event_of.get(int(s), -1) for s, double in zip(both, again, strict=True)]
    )
    match = match_shots(unplaced(time_s), unplaced(truth.time_s[logged]), 0.001)
    assert isinstance(match, Match)
    # Which of two exposures half a second apart was the event may be mistaken; their neighbours may not.
    assert np.all((match.event == right)[~again & ~np.r_[again[1:], False]])


def test_whole_seconds_are_enough(rng: np.random.Generator) -> None:
    events = flight(rng)
    check(events, np.arange(100), unplaced(np.floor(events.time_s + 3.7)), step=1.0)


def test_even_intervals_with_a_missing_end_are_refused_not_shifted() -> None:
    events = unplaced(np.arange(30) * 2.0)
    for photos in (events.time_s[1:], events.time_s[:-1]):
        refused = match_shots(unplaced(photos + 500.0), events, 0.001)
        assert isinstance(refused, NoMatch)
        assert "more than one way" in refused.reason


def test_places_settle_what_even_intervals_leave_open(rng: np.random.Generator) -> None:
    time_s = np.arange(30) * 2.0
    events = Shots(time_s, time_s * 8.0, np.zeros(30))
    taken = np.arange(1, 30)
    photos = Shots(
        time_s[taken] + 500.0,
        events.east_m[taken] + rng.normal(0, 2.0, 29),
        rng.normal(0, 2.0, 29),
    )
    check(events, taken, photos)


def test_a_stated_utc_settles_it_too() -> None:
    events = unplaced(np.arange(30) * 2.0)
    match = match_shots(unplaced(events.time_s[1:] + 0.2), events, 0.01, clock_error_s=0.3)
    assert isinstance(match, Match)
    assert match.event.tolist() == list(range(1, 30))


def test_the_log_of_another_flight_is_refused(rng: np.random.Generator) -> None:
    events = flight(rng)
    elsewhere = Shots(events.time_s + 4.0, events.east_m + 5000.0, events.north_m)
    assert isinstance(match_shots(elsewhere, events, 0.001), NoMatch)
    other = unplaced(np.sort(rng.uniform(0, 300, 80)))
    assert isinstance(match_shots(other, events, 0.001), NoMatch)


@pytest.mark.parametrize(("photos", "events"), [(0, 5), (5, 0), (1, 40), (2, 3)])
def test_too_little_to_go_by_is_refused(photos: int, events: int) -> None:
    result = match_shots(unplaced(np.arange(photos) * 2.0), unplaced(np.arange(events) * 2.0), 0.001)
    assert isinstance(result, NoMatch)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)
