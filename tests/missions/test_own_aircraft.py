from pathlib import Path

import pytest

from missions import Mission
from missions.catalogue import aircraft_model
from missions.errors import MissionError
from missions.own_aircraft import read_own_figures, with_own_figures, write_own_figures

COPTER = aircraft_model("holybro-x650")


def test_without_a_file_the_catalogue_holds(tmp_path: Path) -> None:
    assert with_own_figures(COPTER, tmp_path / "aircraft.toml") == COPTER


def test_figures_override_the_catalogue(hillside: Path) -> None:
    (hillside / "aircraft.toml").write_text("hover_w = 611\nname = 'Number 7'\n")
    aircraft = Mission(hillside).aircraft_model()
    assert (aircraft.hover_w, aircraft.name) == (611.0, "Number 7")
    assert aircraft.model_copy(update={"hover_w": COPTER.hover_w, "name": COPTER.name}) == COPTER


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hover_wat = 500", 'unknown key "hover_wat"; did you mean "hover_w"?'),
        ("zzz = 1", "known here: name, kind"),
        ("key = 'x'", 'unknown key "key"'),
        ("hover_w = -5", "hover_w: .*greater than 0.*received -5"),
        ("hover_w = 'much'", "hover_w: .*received 'much'"),
        ("hover_w = ", "expected TOML"),
        ("kind = 'balloon'", "kind: .*multirotor"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "aircraft.toml"
    path.write_text(text)
    with pytest.raises(MissionError, match=said):
        with_own_figures(COPTER, path)


def test_writing_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "aircraft.toml"
    path.write_text('name = "Nr. 7 \\"红\\""\nhover_w = 600\n', encoding="utf-8")
    write_own_figures(path, {"hover_w": 540.5, "cruise_w": 500.0}, ["from a.BIN"])
    assert path.read_text(encoding="utf-8").startswith("# from a.BIN\n")
    assert read_own_figures(path) == {"name": 'Nr. 7 "红"', "hover_w": 540.5, "cruise_w": 500.0}
    again = path.read_bytes()
    write_own_figures(path, {"hover_w": 540.5, "cruise_w": 500.0}, ["from a.BIN"])
    assert path.read_bytes() == again
