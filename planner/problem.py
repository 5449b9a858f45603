"""What could not be planned."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Something that could not be planned, and why."""

    file: str
    reason: str
