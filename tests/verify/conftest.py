"""Suspects as detect would have found them."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest

from missions import Mission
from missions.records import SUSPECTS, write_table


@pytest.fixture
def suspect() -> Callable[..., None]:
    """Write detect/suspects.parquet and a chip for each suspect; every row may override any column."""

    def write(root: Path, *rows: dict[str, object]) -> None:
        folder = Mission(root).dir("detect")
        (folder / "chips").mkdir(parents=True, exist_ok=True)
        table: list[dict[str, object]] = []
        for rank, row in enumerate(rows, start=1):
            name = str(row.get("suspect", f"T{rank:05d}"))
            chip = np.full((64, 64, 3), rank % 255, dtype=np.uint8)
            (folder / "chips" / f"{name}.jpg").write_bytes(cv2.imencode(".jpg", chip)[1].tobytes())
            table.append(
                {
                    "suspect": name, "rank": rank, "lon": 100.2, "lat": 25.6, "alt_amsl_m": 2000.5,
                    "se_m": 1.234,
                    "score": 0.9, "flowers": 12, "radius_m": 0.8, "colour": "red", "reasons": "red, round",
                    "plot": "Pond field", "chip": f"chips/{name}.jpg", "photo": "S01/00001",
                    "px": 10.0, "py": 20.0,
                    "photos": ["S01/00001", "S01/00002"], "photos_covering": 3, **row,
                }
            )  # fmt: skip
        write_table(folder / "suspects.parquet", pa.Table.from_pylist(table, schema=SUSPECTS))

    return write
