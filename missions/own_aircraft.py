"""aircraft.toml of a mission folder: what one's own aircraft does otherwise than the catalogue says."""

import difflib
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from missions.catalogue import AircraftModel
from missions.errors import MissionError
from missions.workspace import atomic_write

OWN_AIRCRAFT_FILE = "aircraft.toml"
_KEYS = [name for name in AircraftModel.model_fields if name != "key"]


def with_own_figures(aircraft: AircraftModel, path: Path) -> AircraftModel:
    """Let the figures of aircraft.toml, where there is one, override the catalogue's.

    Raises
    ------
    MissionError
        When the file is not TOML, has a key that the catalogue has not (the nearest is named), or a figure
        that cannot be.
    """
    figures = read_own_figures(path)
    try:
        return AircraftModel.model_validate({**aircraft.model_dump(), **figures})
    except ValidationError as error:
        faults = "; ".join(
            f"{fault['loc'][0]}: {fault['msg'].lower()}, received {fault['input']!r}"
            for fault in error.errors()
        )
        raise MissionError(f"{path}: {faults}") from error


def read_own_figures(path: Path) -> dict[str, Any]:
    """Read the figures of aircraft.toml by the catalogue's keys; none where there is no such file."""
    try:
        figures = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MissionError(f"{path}: expected TOML in UTF-8: {error}") from error
    for key in figures:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1, cutoff=0.5)
            hint = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(_KEYS)}"
            raise MissionError(f'{path}: unknown key "{key}"; {hint}')
    return figures


def write_own_figures(path: Path, figures: Mapping[str, Any], comments: Sequence[str]) -> None:
    """Write aircraft.toml: comments first, then a line for each figure; what else it held stays."""
    merged = {**read_own_figures(path), **figures}
    lines = [*(f"# {comment}" for comment in comments), *(f"{key} = {_toml(merged[key])}" for key in merged)]
    atomic_write(path, "\n".join([*lines, ""]).encode())


def _toml(value: str | float) -> str:
    """A number or a text as TOML has it: JSON's texts are TOML's basic strings."""
    return json.dumps(value, ensure_ascii=False)
