"""Foreign text and JSON, checked step by step, so that every complaint names the file and the place in it."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from missions.errors import PlanError

MAX_BYTES = 64 * 2**20
"""The largest real plan at hand, a survey that follows the terrain, takes 0.4 MB."""


def read_text(path: Path) -> str:
    """Read a text file in UTF-8; PlanError when it is absent, too large or something else."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PlanError(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > MAX_BYTES:
        raise PlanError(f"{path}: more than {MAX_BYTES // 2**20} MB; no mission file is as large")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PlanError(f"{path}: expected text in UTF-8, and byte {error.start} is none") from error


@dataclass(frozen=True)
class Node:
    """A value of a JSON document and its place in it, as in ``mission.items[3].params``."""

    file: Path
    place: str
    value: object

    def __getitem__(self, key: str) -> "Node":
        """Give a member; PlanError when it is not there."""
        found = self.find(key)
        if found is None:
            raise PlanError(f"{self.file}: {self._at(key)} is missing")
        return found

    def find(self, key: str) -> "Node | None":
        """Give a member; None when it is absent or null."""
        if not isinstance(self.value, dict):
            raise self.refusal("an object")
        value: object = self.value.get(key)
        return None if value is None else Node(self.file, self._at(key), value)

    def list(self) -> list["Node"]:
        """Give the elements of an array."""
        if not isinstance(self.value, list):
            raise self.refusal("an array")
        return [Node(self.file, f"{self.place}[{number}]", value) for number, value in enumerate(self.value)]

    def number(self) -> float:
        """Give a finite number."""
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            try:
                number = float(self.value)
            except OverflowError:
                number = math.inf
            if math.isfinite(number):
                return number
        raise self.refusal("a number")

    def integer(self) -> int:
        """Give a whole number."""
        number = self.number()
        if number != int(number):
            raise self.refusal("a whole number")
        return int(number)

    def number_or_nan(self) -> float:
        """Give a number, or NaN for null, which is how JSON writes "leave it as it is"."""
        return math.nan if self.value is None else self.number()

    def text(self) -> str:
        """Give a string."""
        if not isinstance(self.value, str):
            raise self.refusal("a string")
        return self.value

    def flag(self) -> bool:
        """Give true or false."""
        if not isinstance(self.value, bool):
            raise self.refusal("true or false")
        return self.value

    def lonlat(self) -> tuple[float, float]:
        """Give longitude and latitude of an array that begins with latitude and longitude."""
        place = self.list()
        if len(place) < 2:
            raise self.refusal("latitude and longitude")
        lat, lon = place[0].number(), place[1].number()
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise self.refusal("latitude and longitude in degrees")
        return lon, lat

    def refusal(self, expected: str) -> PlanError:
        """Make the error that says what came and what was expected."""
        return PlanError(f"{self.file}: {self.place}: expected {expected}, received {_short(self.value)}")

    def _at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key


def read_json(path: Path) -> Node:
    """Read a JSON file; PlanError says in which line it breaks off."""
    text = read_text(path)
    try:
        return Node(path, "", json.loads(text))
    except json.JSONDecodeError as error:
        raise PlanError(f"{path}: line {error.lineno}: not valid JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise PlanError(f"{path}: not a JSON document that can be read: {error}") from error


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
