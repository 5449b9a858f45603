"""The telemetry log: every packet of a link, received and sent, as ground stations keep it."""

import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

_FLUSH_S = 1.0


class Tlog:
    """Writes a .tlog: each packet after its time, microseconds of UTC as 8 bytes, big-endian.

    Packets come from two threads, the link's reader and whoever sends. The file is written as the flight goes
    on, because that of a flight which broke off is worth most.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        """Begin a new file; FileExistsError where there is one."""
        self._file = path.open("xb")
        self._lock = threading.Lock()
        self._clock = clock
        self._flushed = 0.0

    def write(self, packet: bytes) -> None:
        """Append one packet with the present time; after `close` it is dropped."""
        now = self._clock()
        with self._lock:
            if self._file.closed:
                return
            self._file.write(struct.pack(">Q", round(now * 1e6)) + packet)
            if now - self._flushed > _FLUSH_S:
                self._file.flush()
                self._flushed = now

    def close(self) -> None:
        """Write what is left."""
        with self._lock:
            self._file.close()
