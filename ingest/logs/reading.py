"""Any log as tables, its format told from its content."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from ingest.logs.dataflash import read_dataflash
from ingest.logs.tlog import read_tlog
from missions.errors import LogError

LOG_SUFFIXES = {".bin", ".tlog"}
_DATAFLASH_HEAD = b"\xa3\x95"


def read_log(path: Path, types: Iterable[str] | None = None) -> dict[str, pa.Table]:
    """Read a flight log into columns.

    Parameters
    ----------
    path : Path
        An ArduPilot DataFlash log (.BIN) or a MAVLink telemetry log (.tlog), whole or damaged.
    types : iterable of str, optional
        Names of the messages wanted, such as "GPS" or "ATTITUDE"; all by default.

    Returns
    -------
    dict of Table
        By message name, with the log's own field names, values in the field's unit where its type carries a
        scale, and units in the schema's metadata.

    Raises
    ------
    LogError
        The file is empty, cannot be read, or is of no known format.
    """
    tables, _ = read_log_counting(path, types)
    return tables


def read_log_counting(path: Path, types: Iterable[str] | None = None) -> tuple[dict[str, pa.Table], int]:
    """Read as `read_log` does, and count the bytes that belong to no sound record."""
    wanted = None if types is None else set(types)
    if is_dataflash(path):
        return read_dataflash(path, wanted)
    return read_tlog(path, wanted)


def is_dataflash(path: Path) -> bool:
    """Tell a DataFlash log from anything else by its first bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from error
    if not head:
        raise LogError(f"{path}: the log is empty (0 bytes)")
    return head.startswith(_DATAFLASH_HEAD) or (path.suffix.lower() == ".bin" and _DATAFLASH_HEAD in head)
