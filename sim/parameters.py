"""The parameters of the practice aircraft: the names, types and dialogue of ArduPilot Copter."""

import math
import struct
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mav

_TYPES = {
    "int8": (mav.MAV_PARAM_TYPE_INT8, -128, 127),
    "int16": (mav.MAV_PARAM_TYPE_INT16, -32768, 32767),
    "int32": (mav.MAV_PARAM_TYPE_INT32, -(2**31), 2**31 - 1),
}
_NO_INDEX = 65535


class Parameters:
    """Named values; floats are kept in single precision, integers are rounded and clamped to their type.

    Parameters
    ----------
    changes : mapping
        Values that differ from the stored defaults.
    """

    def __init__(self, changes: Mapping[str, float]) -> None:
        self._defaults, self._types = _read_defaults()
        self._values = dict(self._defaults)
        for name, value in changes.items():
            self.set(name, value)

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def set(self, name: str, value: float) -> None:
        """Change a value; KeyError for a name that does not exist."""
        if self._types[name] == "float":
            self._values[name] = struct.unpack("<f", struct.pack("<f", value))[0]
        else:
            _, least, most = _TYPES[self._types[name]]
            self._values[name] = float(max(least, min(most, round(value))))

    def table(self) -> Iterator[tuple[str, float, float]]:
        """Give name, value and default of each, in order of name."""
        for name, value in self._values.items():
            yield name, value, self._defaults[name]

    def receive(self, message: Any) -> list[Any]:
        """Answer a PARAM message; unknown names get no answer, as from ArduPilot."""
        match message.get_type():
            case "PARAM_REQUEST_LIST":
                return [self._value(name, index) for index, name in enumerate(self._values)]
            case "PARAM_REQUEST_READ" if message.param_index >= 0:
                names = list(self._values)
                if message.param_index < len(names):
                    return [self._value(names[message.param_index], message.param_index)]
            case "PARAM_REQUEST_READ" if message.param_id in self._values:
                return [self._value(message.param_id, _NO_INDEX)]
            case "PARAM_SET" if message.param_id in self._values:
                if math.isfinite(message.param_value):
                    self.set(message.param_id, message.param_value)
                return [self._value(message.param_id, _NO_INDEX)]
            case _:
                pass
        return []

    def _value(self, name: str, index: int) -> Any:
        kind = self._types[name]
        number = mav.MAV_PARAM_TYPE_REAL32 if kind == "float" else _TYPES[kind][0]
        return mav.MAVLink_param_value_message(
            name.encode(), self._values[name], number, len(self._values), index
        )


def _read_defaults() -> tuple[dict[str, float], dict[str, str]]:
    text = (resources.files("sim") / "copter_parameters.txt").read_text(encoding="utf-8")
    rows = [line.split() for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value, _ in rows}, {name: kind for name, _, kind in rows}
