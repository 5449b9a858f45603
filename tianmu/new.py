"""`tianmu new`."""

import shutil
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from missions.errors import MissionError
from missions.mission import SETTINGS_FILE
from tianmu.console import JsonOption, finish, say

TEMPLATE = """\
# Every key is described in the README; an unknown key is an error.

[mission]
name = "{name}"
language = "en"            # or "zh"

[aircraft]
model = "holybro-x650"

[camera]
# model = "dji-m3e"        # needed to plan; photos that name their camera in EXIF need no entry here

[survey]
gsd_cm = 1.5               # what the photos must show: centimetres of ground a pixel
front_overlap_pct = 30
side_overlap_pct = 30

[terrain]                  # of terrain.tif, a raster of ground heights
# datum = "egm96"          # or "ellipsoid"
# kind = "ground"          # or "surface"
"""


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    example: Annotated[str | None, typer.Option(help="Copy this example instead, as in hillside.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make an empty mission folder, or a copy of an example."""
    create(folder, example)
    say(f"{folder}: a new mission" + (f", copied from the example {example}" if example else ""))
    step = (
        f"tianmu plan {folder}"
        if example
        else f"put plots.geojson (or .kml, .shp ...) into {folder}, or photos into {folder}/flights, "
        f"then tianmu run {folder}"
    )
    finish({"mission": str(folder), "example": example}, as_json=as_json, complete=True, next_step=step)


def create(folder: Path, example: str | None = None) -> None:
    """Make the folder; MissionError when it holds something already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise MissionError(f"{folder}: expected a new or an empty folder, but it holds something already")
    if example is None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SETTINGS_FILE).write_text(TEMPLATE.format(name=folder.resolve().name), encoding="utf-8")
    else:
        with resources.as_file(resources.files("missions") / "examples") as examples:
            known = sorted(path.name for path in examples.iterdir() if (path / SETTINGS_FILE).is_file())
            if example not in known:
                raise MissionError(f'there is no example "{example}"; known: {", ".join(known)}')
            shutil.copytree(examples / example, folder, dirs_exist_ok=True)
    (folder / "flights").mkdir(exist_ok=True)
