import datetime
import json

import pytest

from missions import Mission
from missions.season import shipped_table
from planner.checks import check

TODAY = datetime.date(2027, 1, 10)


def with_settings(folder, was, now):
    path = folder / "mission.toml"
    text = path.read_text(encoding="utf-8")
    assert was in text
    path.write_text(text.replace(was, now), encoding="utf-8")
    return Mission(folder)


def messages(checks, level):
    return [f"{finding.where}: {finding.message}" for finding in checks.findings if finding.level == level]


def test_the_example_is_ready_and_its_plots_share_a_season(hillside):
    checks = check(Mission(hillside), TODAY)
    assert checks.ready
    assert messages(checks, "error") == []
    (season,) = checks.seasons
    assert len(season.plots) == 4
    assert set(season.windows) == {"rosette", "flower", "capsule"}
    assert season.windows["flower"].first.year == 2027


@pytest.mark.parametrize(("day", "missed"), [("2027-02-01", True), ("2027-05-10", False)])
def test_a_date_that_misses_the_flowers_is_warned_about(hillside, day, missed):
    mission = with_settings(hillside, "[wind]", f"[schedule]\nfirst_day = {day}\ndays = 3\n[wind]")
    said = [text for text in messages(check(mission, TODAY), "warning") if "misses the flower stage" in text]
    assert bool(said) == missed
    if missed:
        assert "weeks" in said[0] and '"Upper terrace"' in said[0]


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("gsd_cm = 1.2", "gsd_cm = 2.2", "2.2 cm/px is too coarse for the flower stage, which needs 2 cm/px"),
        ("gsd_cm = 1.2", "gsd_cm = 1.5", "small and white flowers may be lost; they need 1 cm/px"),
        ("gsd_cm = 1.2", 'gsd_cm = 0.5\nstage = "capsule"', "does not find the capsule stage by itself"),
        ("gsd_cm = 1.2", 'gsd_cm = 1.2\nstage = "rosette"', "too coarse for the rosette stage"),
    ],
)
def test_what_the_stage_needs_is_said(hillside, was, now, says):
    found = check(with_settings(hillside, was, now), TODAY)
    assert any(says in text for text in messages(found, "warning"))


def test_every_fault_is_said_at_once(hillside):
    plots = json.loads((hillside / "plots.geojson").read_text())
    ring = plots["features"][0]["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]
    (hillside / "plots.geojson").write_text(json.dumps(plots))
    (hillside / "history.csv").write_text("a,b\n1,2\n")
    checks = check(with_settings(hillside, "gsd_cm = 1.2", "gsd_cm = 9"), TODAY)
    assert not checks.ready
    assert any("ceiling" in text for text in messages(checks, "error"))
    said = " ".join([*messages(checks, "error"), *messages(checks, "warning")])
    assert "crosses itself" in said
    assert "history" in said


def test_a_place_outside_the_table_has_no_season(hillside):
    head, *rows = shipped_table().read_text(encoding="utf-8").split("\n[[calendar]]")
    (hillside / "season.toml").write_text(f"{head}\n[[calendar]]{rows[-1]}", encoding="utf-8")
    (season,) = check(Mission(hillside), TODAY).seasons
    assert season.belt is None and season.windows == {}
