"""A small mission that has been flown by the practice aircraft, and the command line to work on it."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SEED = 11


class Answer(NamedTuple):
    """What a command answered."""

    code: int
    json: dict[str, Any]
    words: str


def run_tianmu(*words: object) -> Answer:
    """Run the command line as a user would."""
    result = subprocess.run(
        [sys.executable, "-m", "tianmu", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=1100,
        check=False,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    return Answer(result.returncode, json.loads(result.stdout) if result.stdout else {}, result.stderr)


@pytest.fixture
def tianmu() -> Callable[..., Answer]:
    """Run a command and get its exit code, its JSON and its words."""
    return run_tianmu


@pytest.fixture(scope="session")
def flown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mission of two plots with log and photos in flights/, and nothing after that; copy it to work on it.

    A two-megapixel camera at a coarse GSD keeps it quick; the demo's tests use the real one.
    """
    folder = tmp_path_factory.mktemp("flown") / "mission"
    shutil.copytree(PROJECT / "missions" / "examples" / "hillside", folder)
    settings = folder / "mission.toml"
    text = re.sub(r'model = "sony-a6000-20mm".*', 'model = "picam-v2-1640"', settings.read_text())
    settings.write_text(text.replace("gsd_cm = 1.2", "gsd_cm = 3.5"))
    plots = json.loads((folder / "plots.geojson").read_text())
    plots["features"] = [f for f in plots["features"] if f["properties"]["name"] != "Pond field"][:2]
    (folder / "plots.geojson").write_text(json.dumps(plots))

    # A process of its own: the practice aircraft of the test must not share this one's MAVLink settings.
    practised = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("practise.py")), str(folder), str(SEED)],
        capture_output=True,
        text=True,
        timeout=1100,
        check=False,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert practised.returncode == 0, practised.stderr
    return folder


@pytest.fixture
def mission(flown: Path, tmp_path: Path) -> Path:
    """A copy of the flown mission of one's own."""
    folder = tmp_path / "mission"
    shutil.copytree(flown, folder)
    return folder
