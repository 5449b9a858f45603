"""A MAVLink telemetry log (.tlog) as columns.

Each record is the ground station's clock, microseconds since 1970 as a big-endian 64-bit number, and one
MAVLink frame, version 1 or 2. Layouts are pymavlink's ardupilotmega definitions; frames whose checksum
fails are dropped.
"""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pymavlink.dialects.v20 import ardupilotmega

from ingest.logs.chain import follow_chain
from ingest.logs.columns import fixed_list, text_column
from missions.errors import LogError

Bytes = NDArray[np.uint8]
Index = NDArray[np.int64]

_V1, _V2 = 0xFE, 0xFD
_CLOCK_BYTES = 8
_SIGNED, _SIGNATURE_BYTES = 0x01, 13


@dataclass(frozen=True)
class Frames:
    """MAVLink frames in a file, one element each, shape (N,)."""

    start: Index  # of the record: the clock's first byte
    end: Index
    payload: Index
    length: Index
    message: Index
    system: Bytes
    component: Bytes


def read_tlog(path: Path, types: set[str] | None = None) -> tuple[dict[str, pa.Table], int]:
    """Read a telemetry log into one table per message type.

    Parameters
    ----------
    path : Path
        A .tlog file, whole or damaged.
    types : set of str, optional
        The message types wanted; all by default.

    Returns
    -------
    tables : dict of Table
        By message name: `time_utc` (the ground station's clock), `system`, `component`, then the message's
        fields with their units in the metadata. Rows in the order of the file.
    lost_bytes : int
        How many bytes belonged to no sound record.

    Raises
    ------
    LogError
        The file cannot be read or holds no MAVLink frame.
    """
    try:
        data = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from error
    frames = _candidates(data)
    chain = follow_chain(frames.start, frames.end, 0, len(data))
    lost = chain.lost_bytes
    tables: dict[str, pa.Table] = {}
    for message in np.unique(frames.message[chain.keep]):
        layout = _layouts()[int(message)]
        chosen = np.flatnonzero(chain.keep & (frames.message == message))
        sound = _checksum_holds(data, frames, chosen, layout.crc_extra)
        lost += int((frames.end - frames.start)[chosen[~sound]].sum())
        chosen = chosen[sound]
        if len(chosen) and (types is None or layout.name in types):
            tables[layout.name] = _table(data, frames, chosen, layout)
    if not tables and types is None:
        raise LogError(f"{path}: no telemetry log: among {len(data)} bytes there is no sound MAVLink frame")
    return tables, lost


@dataclass(frozen=True)
class _Layout:
    name: str
    crc_extra: int
    dtype: np.dtype[np.void]
    fields: tuple[str, ...]
    texts: frozenset[str]
    units: dict[str, str]


@functools.cache
def _layouts() -> dict[int, _Layout]:
    return {int(number): _layout(message) for number, message in ardupilotmega.mavlink_map.items()}


def _layout(message: Any) -> _Layout:
    codes = bytes(message.native_format).decode("ascii").lstrip("<")
    fields: list[tuple[str, str]] = []
    texts: set[str] = set()
    for name, code, length in zip(message.ordered_fieldnames, codes, message.array_lengths, strict=True):
        if code == "c":
            texts.add(name)
            fields.append((name, f"S{max(length, 1)}"))
        else:
            fields.append((name, f"{length}<{code}" if length else f"<{code}"))
    return _Layout(
        name=message.msgname,
        crc_extra=int(message.crc_extra),
        dtype=np.dtype(fields),
        fields=tuple(message.fieldnames),
        texts=frozenset(texts),
        units=dict(message.fieldunits_by_name),
    )


def _candidates(data: Bytes) -> Frames:
    """Find everything that looks like a record: a clock of this age, a frame head and a known message."""
    magic = np.flatnonzero((data == _V1) | (data == _V2))
    magic = magic[(magic >= _CLOCK_BYTES) & (magic + 12 <= len(data))]
    # The clock's two highest bytes lie between 00 03 (the year 1996) and 00 0e (the year 2101).
    clock_high = data[magic - _CLOCK_BYTES + 1]
    magic = magic[(data[magic - _CLOCK_BYTES] == 0) & (clock_high >= 0x03) & (clock_high <= 0x0E)]
    second = data[magic] == _V2
    head = np.where(second, 10, 6)
    length = data[magic + 1].astype(np.int64)
    low, middle, high = (data[magic + i].astype(np.int64) for i in (7, 8, 9))
    message = np.where(second, low | middle << 8 | high << 16, data[magic + 5])
    signed = second & ((data[magic + 2] & _SIGNED) != 0)
    end = magic + head + length + 2 + np.where(signed, _SIGNATURE_BYTES, 0)
    known = np.isin(message, np.fromiter(_layouts(), dtype=np.int64)) & (end <= len(data))
    return Frames(
        start=(magic - _CLOCK_BYTES)[known],
        end=end[known],
        payload=(magic + head)[known],
        length=length[known],
        message=message[known],
        system=data[magic + np.where(second, 5, 3)][known],
        component=data[magic + np.where(second, 6, 4)][known],
    )


def _checksum_holds(data: Bytes, frames: Frames, chosen: Index, extra: int) -> NDArray[np.bool_]:
    """Check many frames of one message type at once: CRC-16/MCRF4XX of head, payload and the type's extra."""
    sound = np.zeros(len(chosen), dtype=bool)
    start = frames.start[chosen] + _CLOCK_BYTES + 1
    covered = frames.payload[chosen] + frames.length[chosen] - start
    for size in np.unique(covered):
        same = covered == size
        block = np.lib.stride_tricks.sliding_window_view(data, int(size) + 2)[start[same]]
        crc = np.full(len(block), 0xFFFF, dtype=np.uint16)
        for i in range(int(size)):
            crc = _crc_step(crc, block[:, i])
        crc = _crc_step(crc, np.full(len(block), extra, dtype=np.uint8))
        stated = block[:, -2].astype(np.uint16) | (block[:, -1].astype(np.uint16) << 8)
        sound[same] = crc == stated
    return sound


def _crc_step(crc: NDArray[np.uint16], byte: Bytes) -> NDArray[np.uint16]:
    return np.bitwise_xor(crc >> 8, _crc_table()[(crc ^ byte) & 0xFF], dtype=np.uint16)


@functools.cache
def _crc_table() -> NDArray[np.uint16]:
    table = list(range(256))
    for _ in range(8):
        table = [(entry >> 1) ^ (0x8408 if entry & 1 else 0) for entry in table]
    return np.array(table, dtype=np.uint16)


def _table(data: Bytes, frames: Frames, chosen: Index, layout: _Layout) -> pa.Table:
    size = layout.dtype.itemsize
    rows = np.zeros((len(chosen), size), dtype=np.uint8)  # version 2 leaves out zeros at the end of a payload
    lengths = np.minimum(frames.length[chosen], size)
    for length in np.unique(lengths):
        if length:
            same = lengths == length
            windows = np.lib.stride_tricks.sliding_window_view(data, int(length))
            rows[same, : int(length)] = windows[frames.payload[chosen][same]]
    records = rows.view(layout.dtype)[:, 0]
    clock = np.lib.stride_tricks.sliding_window_view(data, _CLOCK_BYTES)[frames.start[chosen]]
    micros = np.ascontiguousarray(clock).view(">i8")[:, 0].astype(np.int64)
    columns: dict[str, tuple[pa.Array, str]] = {
        "time_utc": (pa.array(micros, pa.timestamp("us", "UTC")), ""),
        "system": (pa.array(frames.system[chosen]), ""),
        "component": (pa.array(frames.component[chosen]), ""),
    }
    for name in layout.fields:
        column = np.ascontiguousarray(records[name])
        if name in layout.texts:
            array = text_column(column)
        else:
            array = pa.array(column) if column.ndim == 1 else fixed_list(column)
        columns[name] = (array, layout.units.get(name, ""))
    fields = [
        pa.field(name, array.type, metadata={"unit": unit} if unit else None)
        for name, (array, unit) in columns.items()
    ]
    return pa.Table.from_arrays([array for array, _ in columns.values()], schema=pa.schema(fields))
