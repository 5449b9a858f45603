"""ArduPilot's DataFlash log (.BIN) as columns.

The file describes itself: FMT records give every message type's length, field types and names. Field types
and scales are those of ArduPilot's LogStructure.h; values come out as pymavlink's DFReader gives them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingest.logs.chain import follow_chain
from ingest.logs.columns import fixed_list, text_column
from missions.errors import LogError

Bytes = NDArray[np.uint8]

_HEAD = (0xA3, 0x95)
_FMT, _FMT_LENGTH = 128, 89
# Field type: numpy type, divisor (exact where a factor such as 1e-7 is not).
_FIELDS: dict[str, tuple[str, float | None]] = {
    "a": ("<32i2", None),
    "b": ("i1", None),
    "B": ("u1", None),
    "g": ("<f2", None),
    "h": ("<i2", None),
    "H": ("<u2", None),
    "i": ("<i4", None),
    "I": ("<u4", None),
    "f": ("<f4", None),
    "d": ("<f8", None),
    "n": ("S4", None),
    "N": ("S16", None),
    "Z": ("S64", None),
    "c": ("<i2", 100.0),
    "C": ("<u2", 100.0),
    "e": ("<i4", 100.0),
    "E": ("<u4", 100.0),
    "L": ("<i4", 1e7),
    "M": ("u1", None),
    "q": ("<i8", None),
    "Q": ("<u8", None),
}
_PREFIXES = {1.0: "", 0.1: "d", 0.01: "c", 0.001: "m", 1e-6: "µ", 1e-9: "n"}


@dataclass(frozen=True)
class Format:
    """One FMT record: a message type's layout."""

    kind: int
    name: str
    length: int
    types: str
    labels: tuple[str, ...]

    @property
    def dtype(self) -> np.dtype[np.void]:
        """The record, its three-byte head included, as a numpy structure."""
        fields = [(f"f{i}", _FIELDS[c][0]) for i, c in enumerate(self.types)]
        return np.dtype([("head", "V3"), *fields])


def read_dataflash(path: Path, types: set[str] | None = None) -> tuple[dict[str, pa.Table], int]:
    """Read a log into one table per message type.

    Parameters
    ----------
    path : Path
        A .BIN file, whole or damaged.
    types : set of str, optional
        The message types wanted; all by default.

    Returns
    -------
    tables : dict of Table
        By message name, rows in the order of the file. A field's unit stands in its metadata under `unit`.
    lost_bytes : int
        How many bytes belonged to no record.

    Raises
    ------
    LogError
        The file cannot be read or holds no format descriptions.
    """
    try:
        data = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from error
    heads = np.flatnonzero((data[:-2] == _HEAD[0]) & (data[1:-1] == _HEAD[1]))
    formats = _read_formats(data, heads)
    if not formats:
        raise LogError(
            f"{path}: no DataFlash log: among {len(data)} bytes there is no FMT record, "
            "expected them at the beginning"
        )
    lengths = np.zeros(256, dtype=np.int64)
    for kind, form in formats.items():
        lengths[kind] = form.length
    kinds = data[heads + 2]
    fits = (lengths[kinds] > 0) & (heads + lengths[kinds] <= len(data))
    starts, kinds = heads[fits], kinds[fits]
    chain = follow_chain(starts, starts + lengths[kinds], 0, len(data))
    starts, kinds = starts[chain.keep], kinds[chain.keep]
    units = _read_units(data, starts, kinds, formats)
    tables: dict[str, pa.Table] = {}
    for kind, form in formats.items():
        if types is not None and form.name not in types:
            continue
        rows = _rows(data, starts[kinds == kind], form)
        if len(rows):
            name = form.name if form.name not in tables else f"{form.name}_{kind}"
            tables[name] = _table(rows, form, units.get(kind, ()))
    return tables, chain.lost_bytes


def _read_formats(data: Bytes, heads: NDArray[np.int64]) -> dict[int, Format]:
    """Read the FMT records; where a type is described twice the first description stands."""
    places = heads[(data[heads + 2] == _FMT) & (heads + _FMT_LENGTH <= len(data))]
    own = Format(_FMT, "FMT", _FMT_LENGTH, "BBnNZ", ("Type", "Length", "Name", "Format", "Columns"))
    formats: dict[int, Format] = {}
    for row in _rows(data, places, own):
        name, types, labels = (_ascii(row[field]) for field in ("f2", "f3", "f4"))
        columns = tuple(labels.split(",")) if labels else ()
        kind, length = int(row["f0"]), int(row["f1"])
        if kind in formats or not name or len(columns) != len(types) or any(c not in _FIELDS for c in types):
            continue
        form = Format(kind, name, length, types, _distinct(columns))
        if form.dtype.itemsize == length:
            formats[kind] = form
    return formats


def _read_units(
    data: Bytes, starts: NDArray[np.int64], kinds: NDArray[np.uint8], formats: dict[int, Format]
) -> dict[int, tuple[str, ...]]:
    """Read each field's unit, with its SI prefix, from UNIT, MULT and FMTU."""
    by_name = {form.name: kind for kind, form in formats.items()}
    named = {
        name: _rows(data, starts[kinds == by_name[name]], formats[by_name[name]])
        for name in ("UNIT", "MULT", "FMTU")
        if name in by_name
    }
    if len(named) < 3 or any(formats[by_name[n]].types[1:3] != t for n, t in _UNIT_LAYOUT.items()):
        return {}
    names = {chr(int(row["f1"]) & 0x7F): _ascii(row["f2"]) for row in named["UNIT"]}
    factors = {chr(int(row["f1"]) & 0x7F): float(row["f2"]) for row in named["MULT"]}
    units: dict[int, tuple[str, ...]] = {}
    for row in named["FMTU"]:
        kind = int(row["f1"])
        if kind not in formats:
            continue
        letters = (_ascii(row["f2"]), _ascii(row["f3"]))
        if all(len(word) == len(formats[kind].types) for word in letters):
            units[kind] = tuple(
                _unit(names.get(unit, ""), factors.get(factor), _FIELDS[c][1])
                for c, unit, factor in zip(formats[kind].types, *letters, strict=True)
            )
    return units


_UNIT_LAYOUT = {"UNIT": "bZ", "MULT": "bd", "FMTU": "BN"}


def _unit(name: str, factor: float | None, divisor: float | None) -> str:
    # A field whose type carries its own scale is already in the plain unit.
    if not name or divisor is not None or not factor:
        return name
    prefix = next((p for value, p in _PREFIXES.items() if abs(factor / value - 1) < 1e-6), None)
    return f"{factor:.4g} {name}" if prefix is None else prefix + name


def _rows(data: Bytes, places: NDArray[np.int64], form: Format) -> NDArray[np.void]:
    if not len(places):
        return np.empty(0, dtype=form.dtype)
    windows = np.lib.stride_tricks.sliding_window_view(data, form.length)
    return np.ascontiguousarray(windows[places]).view(form.dtype)[:, 0]


def _table(rows: NDArray[np.void], form: Format, units: tuple[str, ...]) -> pa.Table:
    arrays: list[pa.Array] = []
    fields: list[pa.Field] = []
    for i, (letter, label) in enumerate(zip(form.types, form.labels, strict=True)):
        column = np.ascontiguousarray(rows[f"f{i}"])
        divisor = _FIELDS[letter][1]
        if letter == "a":
            array = fixed_list(column)
        elif letter == "Z" and form.name == "FILE":
            # pieces of a file, zero bytes included, not words
            array = pa.array(column.view("V64").tolist(), pa.binary())
        elif letter in "nNZ":
            array = text_column(column)
        else:
            array = pa.array(column if divisor is None else column / divisor)
        arrays.append(array)
        unit = units[i] if i < len(units) else ""
        fields.append(pa.field(label, array.type, metadata={"unit": unit} if unit else None))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _ascii(value: bytes) -> str:
    text = bytes(value).split(b"\x00")[0]
    return text.decode("ascii") if text.isascii() else ""


def _distinct(labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(x if labels.index(x) == i else f"{x}_{i}" for i, x in enumerate(labels))
