import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from sim.exif import ExifTags, with_exif
from sim.logwriter import LogWriter

LON, LAT, GROUND_M, HEIGHT_M = 100.5, 24.2, 1500.0, 60.0
GPS_EPOCH_S, WEEK_S, LEAP_S = 315_964_800, 604_800, 18
BOOT_UTC_S = datetime(2026, 4, 18, 2, 0, tzinfo=UTC).timestamp()


@dataclass(frozen=True)
class Shot:
    boot_s: float
    lon: float
    lat: float
    yaw_deg: float
    roll_deg: float = 2.0


def fly(legs: int = 2, per_leg: int = 6, spacing_m: float = 13.0, speed_m_s: float = 8.0) -> list[Shot]:
    """Exposures of a small lawn-mower flight: legs to the north and back, 8 s for each turn, gusty speed."""
    draw = np.random.default_rng(3)
    shots: list[Shot] = []
    time_s = 20.0
    for leg in range(legs):
        for i in range(per_leg):
            north = spacing_m * (i if leg % 2 == 0 else per_leg - 1 - i)
            lat = LAT + math.degrees(north / 6_371_000)
            lon = LON + math.degrees(20.0 * leg / 6_371_000 / math.cos(math.radians(LAT)))
            shots.append(Shot(time_s, lon, lat, 0.0 if leg % 2 == 0 else 180.0))
            time_s += spacing_m / speed_m_s * draw.uniform(0.8, 1.25)
        time_s += 8.0
    return shots


def write_log(path: Path, shots: list[Shot], *, gps: bool = True, cam: bool = True) -> None:
    """A .BIN of the flight with GPS, POS and ATT at 5 Hz and a CAM for each shot."""
    path.parent.mkdir(parents=True, exist_ok=True)
    log = LogWriter(path, 1_000_000)
    times = np.arange(10.0, shots[-1].boot_s + 10.0, 0.2)
    lon = np.interp(times, [s.boot_s for s in shots], [s.lon for s in shots])
    lat = np.interp(times, [s.boot_s for s in shots], [s.lat for s in shots])
    messages: list[tuple[float, str, tuple[float, ...]]] = []
    for t, x, y in zip(times, lon, lat, strict=True):
        us, week_s = round(t * 1e6), BOOT_UTC_S + t - GPS_EPOCH_S + LEAP_S
        week, ms = int(week_s // WEEK_S), round(week_s % WEEK_S * 1000)
        alt = GROUND_M + HEIGHT_M
        near = min(shots, key=lambda s: abs(s.boot_s - t))
        if gps:
            messages.append((t, "GPS", (us, 0, 3, ms, week, 15, 0.7, y, x, alt, 8.0, 0.0, 0.0, 0.0, 1)))
            messages.append((t, "POS", (us, y, x, alt, HEIGHT_M, HEIGHT_M)))
        messages.append((t, "ATT", (us, 0.0, near.roll_deg, 0.0, -1.0, near.yaw_deg, near.yaw_deg, 0)))
    for i, s in enumerate(shots):
        if cam:
            place = (s.lat, s.lon) if gps else (0.0, 0.0)
            alt = GROUND_M + HEIGHT_M
            values = (round(s.boot_s * 1e6), 0, i, 0, 0, *place, alt, HEIGHT_M, alt)
            messages.append((s.boot_s, "CAM", (*values, s.roll_deg, -1.0, s.yaw_deg)))
    for _, name, values in sorted(messages, key=lambda m: m[0]):
        log.write(name, *values)
    log.close()


def photo_bytes(shot: Shot | None, *, clock_s: float = 0.0, size: tuple[int, int] = (320, 240)) -> bytes:
    """A small textured JPEG; with a shot, its EXIF has the shot's place and the camera's clock."""
    seed = 0 if shot is None else round(shot.boot_s * 1000)
    noise = np.random.default_rng(seed).integers(0, 255, (size[1] // 4, size[0] // 4, 3), dtype=np.uint8)
    jpeg = cv2.imencode(".jpg", cv2.resize(noise, size))[1].tobytes()
    if shot is None:
        return jpeg
    taken = datetime.fromtimestamp(BOOT_UTC_S + shot.boot_s + clock_s, UTC)
    tags = ExifTags(
        make="TEST",
        model="CAM-1",
        time=taken.strftime("%Y:%m:%d %H:%M:%S"),
        subsec=f"{taken.microsecond // 1000:03d}",
        lon=shot.lon,
        lat=shot.lat,
        alt_m=GROUND_M + HEIGHT_M,
        focal_mm=20.0,
        width_px=size[0],
        height_px=size[1],
    )
    return with_exif(jpeg, tags)


MISSION_TOML = """
[camera]
model = "tiny"
[terrain]
flat_alt_amsl_m = 1500.0
"""


@pytest.fixture(autouse=True)
def tiny_camera(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Let the catalogue know a camera of 320 x 240 px, so that tests decode small photos."""
    from missions import catalogue, mission

    known = catalogue.cameras()["sony-a6000-20mm"]
    tiny = known.model_copy(
        update={"key": "tiny", "width_px": 320, "height_px": 240, "exif_models": ("CAM-1",), "focal_mm": 20.0}
    )
    real = catalogue.camera_model
    monkeypatch.setattr(mission, "camera_model", lambda key: tiny if key == "tiny" else real(key))


@pytest.fixture
def flown(tmp_path: Path) -> Path:
    """A mission with one flight: a .BIN and a photo for each of its camera events, the clock 37.4 s fast."""
    root = tmp_path / "mission"
    shots = fly()
    write_log(root / "flights" / "S01" / "S01.BIN", shots)
    (root / "flights" / "S01" / "photos").mkdir()
    for i, shot in enumerate(shots, start=1):
        path = root / "flights" / "S01" / "photos" / f"DSC{i:05d}.JPG"
        path.write_bytes(photo_bytes(replace(shot, lon=shot.lon + 1e-5), clock_s=37.4))
    (root / "mission.toml").write_text(MISSION_TOML)
    return root
