"""The plan stage prints a page for every crew and drafts the application."""

import io
import json
from pathlib import Path

import docx
import pypdf
import pytest

from missions import Mission
from missions.settings import ApplicationSettings
from planner import plan

PAPERS = ("S01.pdf", "application.docx", "application.pdf")


def text_of(pdf: Path) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.read_bytes())).pages)


def test_papers_are_written_and_their_blanks_named(hillside: Path) -> None:
    result = plan(Mission(hillside))
    folder = hillside / "plan"
    assert {path.stem for path in folder.glob("S*.pdf")} == {
        path.stem for path in folder.glob("S*.waypoints")
    }
    warnings = " ".join(result.summary["warnings"])
    assert "application.docx waits for application.organisation" in warnings
    assert "Threshing floor" in text_of(folder / "S01.pdf")
    assert len(docx.Document(folder / "application.docx").tables[0].rows) == 13
    before = {name: (folder / name).read_bytes() for name in PAPERS}
    (folder / "manifest.json").unlink()
    plan(Mission(hillside))
    assert {name: (folder / name).read_bytes() for name in PAPERS} == before


def test_what_the_settings_answer_is_asked_no_more(hillside: Path) -> None:
    keys = list(ApplicationSettings.model_fields)
    with (hillside / "mission.toml").open("a") as settings:
        settings.write("\n[application]\n" + "".join(f'{key} = "known {key}"\n' for key in keys))
    warnings = " ".join(plan(Mission(hillside)).summary["warnings"])
    assert "waits for a second place under [[sites]], schedule.first_day (mission.toml)" in warnings
    text = text_of(hillside / "plan" / "application.pdf")
    assert "known frequency" in text


@pytest.mark.parametrize("name", ['#eval("x")', "<w:t> & $y$", "打谷场的上梯田\u0001"])
def test_the_names_of_a_mission_cannot_break_a_paper(hillside: Path, name: str) -> None:
    plots = json.loads((hillside / "plots.geojson").read_text())
    for feature in plots["features"]:
        feature["properties"]["name"] = f"{name} {feature['properties']['name']}"
    (hillside / "plots.geojson").write_text(json.dumps(plots))
    no_fly = json.loads((hillside / "no_fly.geojson").read_text())
    no_fly["features"][0]["properties"]["name"] = name
    (hillside / "no_fly.geojson").write_text(json.dumps(no_fly))
    quoted = json.dumps(name)  # a TOML string too
    settings = (hillside / "mission.toml").read_text()
    settings = settings.replace('"Threshing floor"', quoted).replace('"Hillside"', quoted)
    (hillside / "mission.toml").write_text(settings.replace('language = "en"', 'language = "zh"'))
    plan(Mission(hillside))
    folder = hillside / "plan"
    assert len(pypdf.PdfReader(folder / "S01.pdf").pages) == 1
    if name.startswith("#eval"):
        assert name in text_of(folder / "S01.pdf")
        assert name in text_of(folder / "application.pdf")
    docx.Document(folder / "application.docx")
