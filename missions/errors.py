"""What can go wrong, by the room it goes wrong in. Messages name what came, what was expected, and where."""

from geo.errors import GeoError, TianmuError


class MissionError(TianmuError):
    """The mission folder, its settings or its input files cannot be used."""


class PlanError(TianmuError):
    """No plan can be made, or a plan cannot be read."""


class LinkError(TianmuError):
    """The aircraft cannot be reached, refuses, or answers something else than was agreed."""


class LogError(TianmuError):
    """A flight log cannot be read."""


class PhotoError(TianmuError):
    """A photo cannot be read or located."""


class ExportError(TianmuError):
    """Something must not or cannot leave the mission folder."""


class RegisterError(TianmuError):
    """The case register cannot be read or written."""


__all__ = [
    "ExportError",
    "GeoError",
    "LinkError",
    "LogError",
    "MissionError",
    "PhotoError",
    "PlanError",
    "RegisterError",
    "TianmuError",
]
