"""The front door: help, documentation, exit codes and JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from missions.settings import known_keys
from tianmu.main import app

PROJECT = Path(__file__).resolve().parents[2]
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def tianmu(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "tianmu", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_stands_in_the_readme(name: str) -> None:
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    assert command.help and len(command.help) > 20
    for option in command.params:
        assert getattr(option, "help", None), f"tianmu {name}: {option.name} has no help"
    assert f"tianmu {name}" in (PROJECT / "README.md").read_text(encoding="utf-8")


def test_every_setting_stands_in_the_readme() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    for key in known_keys():
        section, _, name = key.rpartition(".")
        if section and section != "sites":
            assert f"`{section}.{name}`" in readme, key


def test_new_makes_a_mission_and_never_overwrites_one(tmp_path: Path) -> None:
    made = tianmu("new", tmp_path / "m", "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["mission"].endswith("m")
    assert (tmp_path / "m" / "mission.toml").is_file()

    again = tianmu("new", tmp_path / "m")
    assert again.returncode == 1
    assert "holds something already" in again.stderr


def test_an_unknown_example_names_the_known_ones(tmp_path: Path) -> None:
    result = tianmu("new", tmp_path / "m", "--example", "hilside")
    assert result.returncode == 1
    assert "hillside" in result.stderr


def test_wrong_usage_exits_with_2(tmp_path: Path) -> None:
    assert tianmu("plan").returncode == 2
    assert tianmu("plan", tmp_path, "--no-such-option").returncode == 2


def test_an_error_is_one_sentence_and_with_json_one_object(tmp_path: Path) -> None:
    result = tianmu("plan", tmp_path, "--json")
    assert result.returncode == 1
    assert "mission.toml" in json.loads(result.stdout)["error"]
    assert "Traceback" not in result.stderr


def test_an_empty_mission_says_what_to_put_where(tmp_path: Path) -> None:
    assert tianmu("new", tmp_path / "m").returncode == 0
    result = tianmu("run", tmp_path / "m")
    assert result.returncode == 0
    assert "plots.geojson" in result.stderr


def test_an_unknown_key_is_refused_with_the_nearest(hillside: Path) -> None:
    settings = hillside / "mission.toml"
    settings.write_text(settings.read_text().replace("gsd_cm = 1.2", "gsd_m = 1.2"))
    result = tianmu("plan", hillside)
    assert result.returncode == 1
    assert 'did you mean "survey.gsd_cm"' in result.stderr.replace("\n", " ")


def test_a_self_crossing_plot_is_set_aside_and_the_rest_planned(hillside: Path) -> None:
    plots = json.loads((hillside / "plots.geojson").read_text())
    lon, lat = plots["features"][0]["geometry"]["coordinates"][0][0]
    bow = [[lon, lat], [lon + 0.001, lat + 0.001], [lon + 0.001, lat], [lon, lat + 0.001], [lon, lat]]
    crossing = {"name": "Bow tie"}
    plots["features"].append(
        {"type": "Feature", "properties": crossing, "geometry": {"type": "Polygon", "coordinates": [bow]}}
    )
    far = [[lon + 1, lat], [lon + 1.001, lat], [lon + 1.001, lat + 0.001], [lon + 1, lat]]
    (hillside / "plots.geojson").write_text(json.dumps(plots))
    result = tianmu("plan", hillside, "--json")
    assert result.returncode == 3, result.stderr
    summary = json.loads(result.stdout)
    assert any("crosses itself" in problem["reason"] for problem in summary["problems"])
    assert summary["coverage"] >= 0.99

    plots["features"][-1]["geometry"]["coordinates"] = [far]
    plots["features"][-1]["properties"] = {"name": "Elsewhere"}
    (hillside / "plots.geojson").write_text(json.dumps(plots))
    result = tianmu("plan", hillside, "--json")
    assert result.returncode == 3, result.stderr
    assert any("Elsewhere" in str(problem) for problem in json.loads(result.stdout)["problems"])


def test_plots_as_kml_with_entities_are_refused_by_name(hillside: Path) -> None:
    (hillside / "plots.kml").write_text(
        '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>&b;</name></Document></kml>'
    )
    result = tianmu("plan", hillside, "--json")
    assert result.returncode == 3, result.stderr
    assert any(problem["file"].startswith("plots.kml") for problem in json.loads(result.stdout)["problems"])


def test_check_says_what_is_wrong_and_when_to_fly(hillside: Path) -> None:
    good = tianmu("check", hillside, "--json")
    assert good.returncode == 0, good.stderr
    seen = json.loads(good.stdout)
    assert seen["ready"] and seen["seasons"][0]["flower"]["first"] < seen["seasons"][0]["flower"]["last"]
    assert "When to fly" in good.stderr

    settings = hillside / "mission.toml"
    settings.write_text(settings.read_text().replace("gsd_cm = 1.2", "gsd_cm = 9"))
    bad = tianmu("check", hillside, "--json")
    assert bad.returncode == 1
    assert not json.loads(bad.stdout)["ready"]
    assert "at the ceiling the GSD is" in bad.stderr.replace("\n", " ")
