"""A small painted ground, photos taken of it with known poses, and the mission they belong to."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest
import shapely
from numpy.typing import NDArray

from geo.camera import Camera
from geo.frames import LocalFrame
from geo.pose import Pose
from geo.terrain import Terrain
from geo.view import View
from missions import Mission
from missions.records import PHOTOS, TILES, write_table

LON, LAT, GROUND_M = 103.7, 36.05, 1500.0
GSD_CM = 1.5
PETALS = {
    "white": (248, 250, 250),
    "pink": (190, 150, 240),
    "purple": (140, 60, 125),
    "red": (45, 35, 205),
}


def meadow(height: int, width: int, seed: int = 1) -> NDArray[np.uint8]:
    """Green ground of leaves, lit and in shade, with grain at several scales."""
    rng = np.random.default_rng(seed)
    leaf = np.array([55.0, 120.0, 95.0])
    light = np.zeros((height, width))
    for cell, depth in ((3, 0.25), (12, 0.2), (80, 0.15)):
        grain = rng.normal(size=(height // cell + 2, width // cell + 2))
        light += depth * cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(leaf * (1.0 + light[..., None]), 0, 255).astype(np.uint8)


def flower(image: NDArray[np.uint8], x: float, y: float, colour: str) -> None:
    """Put a round flower of 8 cm with a pale capsule on an image."""
    fine = 8
    centre = (round(x * 2**fine), round(y * 2**fine))
    radius = 4.0 / GSD_CM
    cv2.circle(image, centre, round(radius * 2**fine), PETALS[colour], -1, cv2.LINE_AA, fine)
    cv2.circle(image, centre, round(0.2 * radius * 2**fine), (110, 170, 160), -1, cv2.LINE_AA, fine)


def flowers_around(image: NDArray[np.uint8], x: float, y: float, colour: str, count: int = 7) -> None:
    """Put a plot of flowers, half a metre apart, around a pixel."""
    for i in range(count):
        turn = 2.4 * i  # the golden angle spreads them evenly
        away = 28.0 * np.sqrt(i)
        flower(image, x + away * np.cos(turn), y + away * np.sin(turn), colour)


@dataclass
class Survey:
    """A mission whose photos are taken of one painted ground, 45 m square, at `GSD_CM`."""

    root: Path
    ground: NDArray[np.uint8] = field(default_factory=lambda: meadow(3000, 3000))
    views: list[View] = field(default_factory=list[View])
    frame: LocalFrame = field(default_factory=lambda: LocalFrame(LON, LAT))
    origin_m: float = -22.5

    def ground_px(self, east_m: float, north_m: float) -> tuple[float, float]:
        return (east_m - self.origin_m) * 100 / GSD_CM, (-self.origin_m - north_m) * 100 / GSD_CM

    def plant(self, east_m: float, north_m: float, colour: str, count: int = 7) -> None:
        flowers_around(self.ground, *self.ground_px(east_m, north_m), colour, count)

    def photo(self, east_m: float, north_m: float, yaw_deg: float = 0.0) -> View:
        """Take a photo straight down from the height that gives `GSD_CM`, and remember it."""
        size = (900, 600)
        camera = Camera(size[0], size[1], 1500.0, 1500.0, (size[0] - 1) / 2, (size[1] - 1) / 2)
        pose = Pose(east_m, north_m, GROUND_M + 1500.0 * GSD_CM / 100, yaw_deg, -90.0, 0.0)
        view = View(camera, pose, Terrain.flat(GROUND_M), self.frame)
        corners = np.array([[0.0, 0.0], [size[0] - 1.0, 0.0], [0.0, size[1] - 1.0]])
        seen = np.array([self.ground_px(e, n) for e, n, _ in view.ground_points(corners)])
        turn = cv2.getAffineTransform(seen.astype(np.float32), corners.astype(np.float32))
        image = cv2.warpAffine(self.ground, turn, size, flags=cv2.INTER_LINEAR)
        folder = self.root / "flights" / "S01"
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"DSC{len(self.views):05d}.JPG"), image, [cv2.IMWRITE_JPEG_QUALITY, 95])
        self.views.append(view)
        return view

    def mission(self, **errors: float) -> Mission:
        """Write the tables that ingest would have written for the photos taken so far."""
        (self.root / "mission.toml").write_text(f"[terrain]\nflat_alt_amsl_m = {GROUND_M}\nse_alt_m = 1.0\n")
        square = shapely.box(-30, -30, 30, 30)
        plot = {
            "type": "Feature",
            "properties": {"name": "Hollow"},
            "geometry": shapely.geometry.mapping(self.frame.geometry_to_lonlat(square)),
        }
        plots = {"type": "FeatureCollection", "features": [plot]}
        (self.root / "plots.geojson").write_text(json.dumps(plots))
        ingest = self.root / "ingest"
        ingest.mkdir(exist_ok=True)
        write_table(ingest / "photos.parquet", self._photos(errors))
        write_table(ingest / "tiles.parquet", self._tiles())
        return Mission(self.root)

    def _photos(self, errors: dict[str, float]) -> pa.Table:
        rows: list[dict[str, object]] = []
        for number, view in enumerate(self.views):
            camera, pose, focal = view.camera, view.pose, view.camera.fx_px
            lon, lat = self.frame.to_lonlat([[pose.east_m, pose.north_m]])[0]
            name = f"S01/DSC{number:05d}"
            rows.append(
                {name: 0.0 for name in PHOTOS.names if PHOTOS.field(name).type == pa.float64()}
                | {"photo": name, "file": f"flights/{name}.JPG", "flight": "S01", "lon": lon, "lat": lat}
                | {"alt_amsl_m": pose.alt_amsl_m, "yaw_deg": pose.yaw_deg, "pitch_deg": -90.0}
                | {"width_px": camera.width_px, "height_px": camera.height_px, "gsd_cm": GSD_CM}
                | {"fx_px": focal, "fy_px": focal}
                | {"cx_px": camera.cx_px, "cy_px": camera.cy_px, "camera": "test", "pose_source": "test"}
                | {"se_xy_m": 0.5, "se_alt_m": 1.0, "se_tilt_deg": 0.5, "se_yaw_deg": 1.0, "se_m": 1.0}
                | errors
                | {"geometry": shapely.to_wkb(self.frame.geometry_to_lonlat(view.footprint()))}
            )
        return pa.Table.from_pylist(rows, schema=PHOTOS)

    def _tiles(self) -> pa.Table:
        rows: list[dict[str, object]] = []
        for number, view in enumerate(self.views):
            width, height = view.camera.width_px, view.camera.height_px
            name = f"S01/DSC{number:05d}"
            for x in range(0, width, 300):
                rows.append(
                    {"tile": len(rows), "photo": name, "file": f"flights/{name}.JPG"}
                    | {"x_px": x, "y_px": 0, "width_px": min(300, width - x), "height_px": height}
                    | {"lon": LON, "lat": LAT, "gsd_cm": GSD_CM}
                )
        return pa.Table.from_pylist(rows, schema=TILES)


@pytest.fixture
def survey(tmp_path: Path) -> Survey:
    return Survey(tmp_path)


@pytest.fixture
def paint() -> Callable[..., None]:
    return flowers_around


@pytest.fixture
def green() -> Callable[..., NDArray[np.uint8]]:
    return meadow
