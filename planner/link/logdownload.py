"""The aircraft's latest log, over LOG_REQUEST_LIST and LOG_REQUEST_DATA.

ArduPilot ignores a request while it still answers the one before, and sends nothing of a log while armed. So
data is asked for in windows, and what got lost of a window is asked for when the link has fallen silent.
"""

from collections.abc import Sequence

from planner.link.exchange import TIMEOUT_S, Exchange, Peer, Retry
from planner.link.mavlink import Message, mavlink

_CHUNK = 90
"""Bytes of a log in one LOG_DATA."""

_WINDOW = 240 * _CHUNK
"""Bytes asked for at once. Linux keeps some 270 packets of this size for a UDP reader that is busy."""

_EVERYTHING = 0xFFFF


class LogDownload(Exchange):
    """Fetch the latest log.

    Attributes
    ----------
    data
        The log's bytes; None where the aircraft has no logs or does not offer them.
    size
        What the aircraft says the log's size is; 0 before it has said so.
    received
        Bytes that are complete from the beginning.
    """

    listens = frozenset({"LOG_ENTRY", "LOG_DATA"})

    def __init__(self, peer: Peer) -> None:
        super().__init__()
        self.data: bytes | None = None
        self.size = 0
        self.received = 0
        self._peer = peer
        self._id = _EVERYTHING
        self._buffer = bytearray()
        self._missing: set[int] = set()  # offsets of the current window's chunks
        self._window_end = 0
        self._asked_until = 0
        self._retry = Retry(TIMEOUT_S)

    def start(self, now: float) -> Sequence[Message]:  # noqa: D102
        self._retry.start(now)
        self.deadline = self._retry.deadline
        return [self._list()]

    def receive(self, message: Message, now: float) -> Sequence[Message]:  # noqa: D102
        if self.done:
            return []
        if message.get_type() == "LOG_ENTRY":
            return self._listed(message, now) if not self.size else []
        return self._take(message, now) if self.size and message.id == self._id else []

    def tick(self, now: float) -> Sequence[Message]:  # noqa: D102
        if self._retry.exhausted:
            if self.size:
                self.fail(f"log {self._id} broke off at byte {self.received} of {self.size}")
            else:
                self.finish()  # an aircraft that offers no logs does not answer
            return []
        self._retry.again(now)
        self.deadline = self._retry.deadline
        return [self._request() if self.size else self._list()]

    def _listed(self, entry: Message, now: float) -> Sequence[Message]:
        self._id = entry.last_log_num
        if entry.num_logs == 0 or (entry.id == self._id and entry.size == 0):
            self.finish()
            return []
        if entry.id != self._id:
            return []  # the list runs up to the last; should that one get lost, it is asked for by its number
        self.size = entry.size
        self._buffer = bytearray(self.size)
        return self._next_window(now)

    def _take(self, piece: Message, now: float) -> Sequence[Message]:
        if piece.ofs not in self._missing:
            return []
        self._missing.discard(piece.ofs)
        end = piece.ofs + piece.count
        self._buffer[piece.ofs : end] = bytes(piece.data[: piece.count])
        if piece.count < _CHUNK and end < self.size:
            self._ends_at(end)
        self._retry.start(now)
        self.deadline = self._retry.deadline
        if not self._missing:
            self.received = min(self._window_end, self.size)
            return self._next_window(now)
        # The last piece of the answer: what is missing of it got lost.
        return [self._request()] if end >= self._asked_until else []

    def _ends_at(self, end: int) -> None:
        """Believe a short piece: the log ends there, before the size that was listed."""
        self.size = end
        del self._buffer[end:]
        self._missing = {offset for offset in self._missing if offset < end}

    def _next_window(self, now: float) -> Sequence[Message]:
        if self.received >= self.size:
            self.data = bytes(self._buffer)
            self.finish()
            return [mavlink.MAVLink_log_request_end_message(self._peer.system, self._peer.component)]
        self._window_end = self.received + _WINDOW
        self._missing = set(range(self.received, min(self._window_end, self.size), _CHUNK))
        self._retry.start(now)
        self.deadline = self._retry.deadline
        return [self._request()]

    def _request(self) -> Message:
        """Ask for the first gap."""
        first = end = min(self._missing)
        while end in self._missing:
            end += _CHUNK
        self._asked_until = min(end, self.size)
        return mavlink.MAVLink_log_request_data_message(
            self._peer.system, self._peer.component, self._id, first, end - first
        )

    def _list(self) -> Message:
        first = 0 if self._id == _EVERYTHING else self._id
        return mavlink.MAVLink_log_request_list_message(
            self._peer.system, self._peer.component, first, self._id
        )
