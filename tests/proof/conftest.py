"""Photos as ingest would have located them, made from nothing but a pose."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
import shapely

from missions import Mission
from missions.records import PHOTOS, write_table

# A camera of 4000 x 3000 pixels whose footprint on level ground is (4/3 h) by h for a height h.
CAMERA = {
    "width_px": 4000, "height_px": 3000, "fx_px": 3000.0, "fy_px": 3000.0, "cx_px": 1999.5, "cy_px": 1499.5,
    "k1": 0.0, "k2": 0.0, "p1": 0.0, "p2": 0.0, "k3": 0.0,
}  # fmt: skip
ERRORS = {"se_xy_m": 1.0, "se_alt_m": 0.0, "se_tilt_deg": 0.0, "se_yaw_deg": 0.0}


@pytest.fixture
def locate() -> Callable[..., None]:
    """Write ingest/photos.parquet: photos looking straight down at (lon, lat), their tops to the north."""

    def write(
        root: Path, places: Iterable[tuple[float, float]], alt_amsl_m: float, **columns: object
    ) -> None:
        rows = [
            {
                "photo": f"S01/{number:05d}", "file": f"flights/S01/{number:05d}.JPG", "flight": "S01",
                "time_utc": datetime(2024, 4, 1, tzinfo=UTC) + timedelta(seconds=number),
                "lon": lon, "lat": lat, "alt_amsl_m": alt_amsl_m,
                "yaw_deg": 0.0, "pitch_deg": -90.0, "roll_deg": 0.0,
                **CAMERA, **ERRORS, "camera": "test", "pose_source": "test", "gsd_cm": 1.0, "se_m": 1.0,
                "sharpness": 1.0, "geometry": shapely.Point(lon, lat).buffer(1e-5).wkb, **columns,
            }
            for number, (lon, lat) in enumerate(places)
        ]  # fmt: skip
        folder = Mission(root).dir("ingest")
        folder.mkdir(exist_ok=True)
        write_table(folder / "photos.parquet", pa.Table.from_pylist(rows, schema=PHOTOS))

    return write
