"""The memory card of the aircraft: numbered logs, and how MAVLink lists and fetches them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mav

CHUNK_BYTES = 90


class LogCard:
    """A folder of logs 00000001.BIN, 00000002.BIN ...

    Parameters
    ----------
    folder : Path
        Made when it is not there; logs already in it stay.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def next_path(self) -> Path:
        """Name the next log."""
        return self._path(max(self.numbers(), default=0) + 1)

    def numbers(self) -> list[int]:
        """Numbers of the logs there are, in order."""
        return sorted(int(path.stem) for path in self._folder.glob("*.BIN") if path.stem.isdigit())

    def entries(self, first: int, last: int) -> Iterator[Any]:
        """Answer LOG_REQUEST_LIST with LOG_ENTRY messages; an empty card answers with one of zeros."""
        numbers = self.numbers()
        if not numbers:
            yield mav.MAVLink_log_entry_message(0, 0, 0, 0, 0)
        for number in numbers:
            if first <= number <= last:
                state = self._path(number).stat()
                yield mav.MAVLink_log_entry_message(
                    number, len(numbers), numbers[-1], int(state.st_mtime), state.st_size
                )

    def data(self, number: int, offset: int, count: int) -> Iterator[Any]:
        """Give the LOG_DATA messages that answer LOG_REQUEST_DATA.

        A message of fewer than 90 bytes, or of none, is the last of the log.
        """
        path = self._path(number)
        if not path.exists():
            return
        with path.open("rb") as file:
            file.seek(offset)
            end = offset + count
            while offset < end:
                chunk = file.read(min(CHUNK_BYTES, end - offset))
                padded = list(chunk.ljust(CHUNK_BYTES, b"\0"))
                yield mav.MAVLink_log_data_message(number, offset, len(chunk), padded)
                offset += len(chunk)
                if len(chunk) < CHUNK_BYTES:
                    return

    def erase(self) -> None:
        """Delete all logs."""
        for number in self.numbers():
            self._path(number).unlink()

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08d}.BIN"


def stamp(path: Path, time_utc_s: float) -> None:
    """Date a log by the aircraft's clock instead of this computer's."""
    os.utime(path, (time_utc_s, time_utc_s))
