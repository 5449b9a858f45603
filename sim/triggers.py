"""The truth of every exposure: where the camera really was, and what it wrote into the photo.

One table per sortie, outside the mission folder. The practice camera draws its photos from it, the final
comparison reads it, and nothing else may.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from missions.errors import LogError
from missions.workspace import atomic_write

TRIGGERS_FILE = "triggers.parquet"

TRIGGERS = pa.schema(
    [
        ("index", pa.int32()),  # 1 for the first exposure since the aircraft was switched on, as in CAM's Img
        ("time_utc", pa.timestamp("us", "UTC")),  # true time of the exposure
        ("lon", pa.float64()),  # true place of the camera, WGS 84
        ("lat", pa.float64()),
        ("alt_amsl_m", pa.float64()),  # EGM96
        ("yaw_deg", pa.float64()),  # true attitude of the aircraft's body: heading from true north,
        ("pitch_deg", pa.float64()),  # nose up,
        ("roll_deg", pa.float64()),  # right side down; a gimballed camera does not follow the last two
        ("exif_lon", pa.float64()),  # what the photo's EXIF says: the last GNSS fix before the exposure
        ("exif_lat", pa.float64()),
        ("exif_alt_m", pa.float64()),  # above mean sea level
        (
            "exif_time",
            pa.string(),
        ),  # camera's clock: "2026:04:18 02:15:04.370", SubSecTime behind the point
        ("file", pa.string()),  # "DSC00001.JPG"
    ]
)


def triggers_path(truth: Path, sortie: str) -> Path:
    """Say where the table of a sortie is in the folder of truths."""
    return truth / sortie / TRIGGERS_FILE


def write_triggers(path: Path, rows: list[dict[str, object]]) -> None:
    """Write the table whole; its folder is made when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, TRIGGERS), sink)
    atomic_write(path, sink.getvalue().to_pybytes())


def read_triggers(path: Path) -> pa.Table:
    """Read the table of a sortie.

    Raises
    ------
    LogError
        When it is absent or not a table of triggers.
    """
    try:
        return pq.read_table(path, schema=TRIGGERS)
    except FileNotFoundError as error:
        raise LogError(f"{path}: no triggers there; the practice aircraft writes them as it flies") from error
    except (OSError, pa.ArrowInvalid) as error:
        raise LogError(f"{path}: expected the practice aircraft's table of triggers: {error}") from error
