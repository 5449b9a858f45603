"""How long work tells how far it is."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with (done, total); must be cheap."""


def silent(done: int, total: int) -> None:
    """Tell nobody."""
