"""A mission sent, read back and found to be the same: the only thing that an aircraft may be armed on."""

from collections.abc import Sequence

from planner.link.compare import Difference, Firmware, differences
from planner.link.exchange import Exchange, Peer
from planner.link.mavlink import Message
from planner.link.missionprotocol import Download, Upload

_PATIENCE_S = 30.0
_PATIENCE_PER_ITEM_S = 1.0
"""A whole transfer may take this long, with all repetitions: 30 items within a minute."""

_ATTEMPTS = 3

_SHOWN = 3
"""How many differences an error message names."""


class VerifiedUpload(Exchange):
    """Upload, download and compare, again from the beginning where a lossy link spoiled it, until time is up.

    Attributes
    ----------
    error
        When it failed: why, and whether the aircraft may hold a part of the mission.
    """

    listens = Upload.listens | Download.listens

    def __init__(self, items: Sequence[Message], peer: Peer, firmware: Firmware) -> None:
        super().__init__()
        self._items = items
        self._peer = peer
        self._firmware: Firmware = firmware
        self._upload = Upload(items, peer)
        self._download: Download | None = None
        self._touched = False
        self._attempt = 0
        self._ends = 0.0

    def start(self, now: float) -> Sequence[Message]:  # noqa: D102
        self._ends = now + _PATIENCE_S + _PATIENCE_PER_ITEM_S * len(self._items)
        return self._begin(now)

    def receive(self, message: Message, now: float) -> Sequence[Message]:  # noqa: D102
        if self.done:
            return []
        if message.get_type() in self._current.listens:
            return self._follow(self._current.receive(message, now), now)
        if message.get_type().startswith("MISSION_REQUEST"):
            # While we read back, the aircraft asks for items: a late MISSION_COUNT made it begin again, and
            # it gives nothing back before it has them all.
            return self._upload.item_for(message)
        return []

    def tick(self, now: float) -> Sequence[Message]:  # noqa: D102
        if now < self._ends:
            return self._follow(self._current.tick(now), now)
        self._give_up(
            f"no verified mission within {self._patience_s:.0f} s, {self._current.state}: "
            "the link is slow or loses too much"
        )
        return []

    @property
    def _current(self) -> Upload | Download:
        return self._download or self._upload

    @property
    def _patience_s(self) -> float:
        return _PATIENCE_S + _PATIENCE_PER_ITEM_S * len(self._items)

    def _begin(self, now: float) -> Sequence[Message]:
        self._attempt += 1
        self._download = None
        self._upload = Upload(self._items, self._peer)
        return self._follow(self._upload.start(now), now)

    def _follow(self, messages: Sequence[Message], now: float) -> Sequence[Message]:
        """Go on to the next step where the current one has ended."""
        current = self._current
        self._touched = self._touched or self._upload.started
        if current.done:
            return [*messages, *self._next_step(current, now)]
        self.deadline = min(current.deadline, self._ends)
        return messages

    def _next_step(self, ended: Upload | Download, now: float) -> Sequence[Message]:
        if ended.error is None and isinstance(ended, Upload):
            self._download = Download(self._peer)
            return self._follow(self._download.start(now), now)
        found = differences(self._items, ended.items, self._firmware) if isinstance(ended, Download) else []
        problem = ended.error or _told(found)
        if not problem:
            self.finish()
            return []
        if self._attempt < _ATTEMPTS and not (isinstance(ended, Upload) and ended.refused):
            return self._begin(now)
        self._give_up(problem)
        return []

    def _give_up(self, reason: str) -> None:
        warning = "; the aircraft may now hold a part of the new mission and a part of the old one"
        self.fail(reason + (warning if self._touched else ""))


def _told(found: Sequence[Difference]) -> str:
    if not found:
        return ""
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"the aircraft holds another mission than was sent: {'; '.join(map(str, found[:_SHOWN]))}{more}"
