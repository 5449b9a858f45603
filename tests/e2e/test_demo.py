"""Whole campaigns on the practice aircraft: the one that is shown, and small ones of seeds nobody chose."""

import os
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SEEDS = [int(seed) for seed in os.environ.get("TIANMU_SEEDS", "3").split()]

pytestmark = pytest.mark.slow


def missed(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """The planted plots of 5 plants or more that no suspect points to."""
    return [plot for plot in summary["planted_plots"] if plot["plants"] >= 5 and not plot["found"]]


def test_the_shown_demo_keeps_its_promise(tmp_path: Path, tianmu: Callable) -> None:
    answer = tianmu("demo", tmp_path / "demo", "--json")
    assert answer.code in (0, 3), answer.words
    summary = answer.json
    assert summary["plots"] == 4
    assert summary["coverage"] >= 0.99
    assert summary["planted_5plus"] >= 5
    assert not missed(summary)
    assert summary["position_error_m"] <= 2.0
    assert summary["false_alarms"] == len(summary["false_alarm_list"])
    assert Path(summary["kmz"]).is_file()

    again = tianmu("demo", tmp_path / "demo", "--json")
    assert all(stage["skipped"] for stage in again.json["stages"].values())
    assert again.json["planted_plots"] == summary["planted_plots"]

    other = tianmu("demo", tmp_path / "demo", "--seed", "2")
    assert other.code == 1
    assert "another folder" in other.words


@pytest.mark.parametrize("seed", SEEDS)
def test_any_seed_is_covered_found_and_placed_as_surely_as_it_says(
    tmp_path: Path, tianmu: Callable, seed: int
) -> None:
    answer = tianmu("demo", tmp_path / "demo", "--small", "--seed", seed, "--json")
    assert answer.code in (0, 3), answer.words
    summary = answer.json
    assert summary["coverage"] >= 0.99
    assert not missed(summary), f"seed {seed}"
    # One short flight has one GNSS error, drawn from a normal distribution; 2 m is promised of the shown
    # demo. Of any flight the stated error must be true: less than 2.5 times it in the middle of the plots.
    stated_m = statistics.median(plot["se_m"] for plot in summary["planted_plots"] if plot["found"])
    assert summary["position_error_m"] <= 2.5 * stated_m
    assert Path(summary["kmz"]).is_file()
