"""The practice camera: poppies where geometry says, one ground for all photos, files like a camera's."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import exifread
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon

from geo.camera import Camera
from geo.frames import LocalFrame
from geo.pose import Pose
from geo.terrain import Grid, Terrain
from geo.view import View
from missions import Mission
from sim.camera import Exposure, encode, expose
from sim.exif import ExifTags, with_exif
from sim.landscape import Landscape, make_landscape
from sim.landscape_fields import Ground
from sim.render import render, render_photos
from sim.render_objects import COLOUR, EAST, FLOWER, KIND, NORTH, OBJECT_COLUMNS, REACH, A, B, X, Y
from sim.triggers import write_triggers

FRAME = LocalFrame(100.2, 25.6)
FX = 5106.0  # as the a6000 with 20 mm: 1.5 cm/px from 76.6 m
FIELD = Ground("Field", Polygon([(-60, -50), (60, -50), (60, 50), (-60, 50)]), False)


def hill() -> Terrain:
    n, e = np.mgrid[-40:41, -40:41] * 10.0
    return Terrain(
        Grid(1800 + 0.12 * e - 0.2 * n + 4 * np.sin(e / 60) * np.cos(n / 45), -400.0, -400.0, 10.0)
    )


@pytest.fixture(scope="module")
def land() -> Landscape:
    return make_landscape(FRAME, hill(), [FIELD], seed=3, margin_m=60.0)


def view_over(
    place: np.ndarray, terrain: Terrain, yaw: float, pitch: float, roll: float, size=(900, 600)
) -> View:
    """A view whose middle looks at a place, from 76.6 m above it."""
    camera = Camera(*size, FX, FX, (size[0] - 1) / 2, (size[1] - 1) / 2)
    ground = terrain.height_at(place[None, :])[0]
    view = View(
        camera, Pose.from_body(*map(float, place), float(ground) + 76.6, yaw, pitch, roll), terrain, FRAME
    )
    middle = view.ground_points([[camera.cx_px, camera.cy_px]])[0, :2]
    shifted = place + (place - middle)
    pose = replace(view.pose, east_m=float(shifted[0]), north_m=float(shifted[1]))
    return View(camera, pose, terrain, FRAME)


def with_objects(land: Landscape, objects: np.ndarray) -> Landscape:
    return replace(land, objects=objects)


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(0, 0, 0), (37, 4, -6), (141, -8, 2), (262, 10, 9)])
def test_a_flower_is_where_its_place_projects_to(
    land: Landscape, yaw: float, pitch: float, roll: float
) -> None:
    terrain = hill()
    places = np.array([[3.21, -7.9], [5.6, -6.3], [0.4, -10.2], [7.3, -9.9]])
    view = view_over(np.array([4.0, -8.0]), terrain, yaw, pitch, roll)
    bare = render(view, with_objects(land, np.zeros((0, OBJECT_COLUMNS)))).astype(float)
    truth = view.pixels(np.column_stack([places, terrain.height_at(places)]))
    for place, expected in zip(places, truth, strict=True):
        flower = np.zeros((1, OBJECT_COLUMNS))
        flower[0, [KIND, EAST, NORTH, REACH, A, B, X, Y]] = (FLOWER, *place, 0.06, 0.05, 1.0, 0.35, 4)
        flower[0, COLOUR : COLOUR + 3] = (230, 10, 230)
        change = np.abs(render(view, with_objects(land, flower)).astype(float) - bare).sum(axis=2)
        assert change.sum() > 1000
        rows, cols = np.mgrid[0 : change.shape[0], 0 : change.shape[1]]
        blob = change > 0.3 * change.max()
        found = np.array([cols[blob].mean(), rows[blob].mean()])
        assert np.hypot(*(found - expected)) < 1.0


def test_every_planted_flower_shows_in_its_colour(land: Landscape) -> None:
    """The landscape's own flowers, through lens and sensor, are redder than green where they stand."""
    terrain = hill()
    seen = 0
    for plot in land.planted:
        if plot.colour not in ("red", "pink", "purple", "mauve"):
            continue
        view = view_over(plot.centre, terrain, 20.0, 2.0, -3.0, size=(640, 480))
        image = expose(render(view, land), Exposure(seed=1)).astype(float)
        px = view.pixels(np.column_stack([plot.enu_m, terrain.height_at(plot.enu_m)]))
        inside = (px > 3).all(axis=1) & (px[:, 0] < 636) & (px[:, 1] < 476) & (plot.flowers > 0)
        for x, y in np.round(px[inside]).astype(int):
            patch = image[y - 2 : y + 3, x - 2 : x + 3]
            magenta = patch[..., 2] - patch[..., 1]
            assert magenta.max() > 15
            seen += 1
    assert seen >= 5


def test_overlapping_photos_show_one_ground(land: Landscape) -> None:
    terrain = hill()
    first = view_over(np.array([0.0, 0.0]), terrain, 10.0, 3.0, 2.0)
    second = view_over(np.array([1.5, -1.0]), terrain, 205.0, -4.0, 5.0)
    places = np.random.default_rng(0).uniform(-2.5, 2.5, (4000, 2))
    points = np.column_stack([places, terrain.height_at(places)])
    shades = []
    for view in (first, second):
        image = cv2.GaussianBlur(render(view, land), (0, 0), 1.5).astype(np.float32)
        px = view.pixels(points).astype(np.float32)
        inside = (px > 2).all(axis=1) & (px[:, 0] < 897) & (px[:, 1] < 597)
        assert inside.mean() > 0.9
        shades.append(
            cv2.remap(image, px[:, 0].reshape(-1, 1), px[:, 1].reshape(-1, 1), cv2.INTER_LINEAR)[:, 0]
        )
    contrast = shades[0].std(axis=0).mean()
    assert contrast > 4
    assert np.median(np.abs(shades[0] - shades[1])) < 0.35 * contrast
    assert np.corrcoef(shades[0][:, 1], shades[1][:, 1])[0, 1] > 0.9


def test_beyond_the_terrain_is_haze(land: Landscape) -> None:
    terrain = hill()
    view = View(
        Camera(320, 240, 300, 300, 160, 120), Pose.from_body(380.0, 0.0, 1950.0, 0, 0, 0), terrain, FRAME
    )
    image = render(view, land)
    assert (image[:, -20:] == 176).all()
    assert image[:, 20].std() > 3


def test_the_sensor_darkens_corners_and_repeats_itself() -> None:
    grey = np.full((400, 600, 3), 128, np.uint8)
    exposure = Exposure(noise=2.0, vignette=0.2, seed=7)
    photo = expose(grey, exposure).astype(float)
    assert photo[195:205, 295:305].mean() == pytest.approx(128, abs=1.5)
    assert photo[:8, :8].mean() == pytest.approx(128 * 0.8, abs=3)
    assert photo[150:250, 250:350].std() == pytest.approx(2.0, rel=0.2)
    assert np.array_equal(photo, expose(grey, exposure))
    assert not np.array_equal(photo, expose(grey, Exposure(noise=2.0, vignette=0.2, seed=8)))


@settings(max_examples=60, deadline=None)
@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    alt=st.floats(-400, 9000),
    millis=st.integers(0, 999),
)
def test_exifread_reads_what_we_write(lon: float, lat: float, alt: float, millis: int) -> None:
    jpeg = encode(np.zeros((16, 24, 3), np.uint8))
    tags = ExifTags("SONY", "ILCE-6000", "2026:04:18 02:15:04", f"{millis:03d}", lon, lat, alt, 20.0, 24, 16)
    spliced = with_exif(jpeg, tags)
    assert cv2.imdecode(np.frombuffer(spliced, np.uint8), cv2.IMREAD_COLOR).shape == (16, 24, 3)
    read = exifread.process_file(io.BytesIO(spliced), details=False)
    assert str(read["Image Make"]) == "SONY"
    assert str(read["Image Model"]) == "ILCE-6000"
    assert str(read["EXIF DateTimeOriginal"]) == "2026:04:18 02:15:04"
    assert str(read["EXIF SubSecTimeOriginal"]) == f"{millis:03d}"
    assert float(read["EXIF FocalLength"].values[0]) == 20.0
    assert (read["EXIF ExifImageWidth"].values[0], read["EXIF ExifImageLength"].values[0]) == (24, 16)
    assert degrees(read, "GPSLatitude", "S") == pytest.approx(lat, abs=1e-8)
    assert degrees(read, "GPSLongitude", "W") == pytest.approx(lon, abs=1e-8)
    sign = -1 if read["GPS GPSAltitudeRef"].values[0] == 1 else 1
    assert sign * float(read["GPS GPSAltitude"].values[0]) == pytest.approx(alt, abs=0.001)


def degrees(read: dict, name: str, negative: str) -> float:
    d, m, s = (float(value) for value in read[f"GPS {name}"].values)
    return (d + m / 60 + s / 3600) * (-1 if str(read[f"GPS {name}Ref"]) == negative else 1)


def test_photos_do_not_depend_on_the_number_of_workers(hillside: Path, tmp_path: Path) -> None:
    plots = json.loads((hillside / "plots.geojson").read_text())
    plots["features"] = plots["features"][:1]
    (hillside / "plots.geojson").write_text(json.dumps(plots))
    settings_file = hillside / "mission.toml"
    settings_file.write_text(settings_file.read_text().replace("sony-a6000-20mm", "picam-v2-1640"))
    mission, truth = Mission(hillside), tmp_path / "truth"
    triggers = truth / "S01" / "triggers.parquet"
    write_triggers(triggers, exposures(mission))

    seen: list[tuple[int, int]] = []
    one = render_photos(
        mission,
        triggers,
        tmp_path / "one",
        truth=truth,
        seed=4,
        workers=1,
        progress=lambda *now: seen.append(now),
    )
    two = render_photos(mission, triggers, tmp_path / "two", truth=truth, seed=4, workers=2)
    assert [path.name for path in one] == ["DSC00001.JPG", "DSC00002.JPG"]
    assert seen == [(0, 2), (1, 2), (2, 2)]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    assert one[0].read_bytes() != one[1].read_bytes()
    image = cv2.imread(str(one[0]))
    assert image.shape == (1232, 1640, 3)
    assert image.std() > 10

    one[0].write_bytes(b"left alone")
    kept = one[1].stat().st_mtime_ns
    render_photos(mission, triggers, tmp_path / "one", truth=truth, seed=4, workers=1)
    assert one[0].read_bytes() == b"left alone"
    assert one[1].stat().st_mtime_ns == kept


def exposures(mission: Mission) -> list[dict[str, object]]:
    ground = mission.ground()
    middle = mission.plots().items[0].polygon.centroid
    height = float(ground.terrain.height_at(ground.frame.to_enu([[middle.x, middle.y]]))[0])
    return [
        {
            "index": number,
            "time_utc": datetime(2026, 4, 18, 2, 15, number, tzinfo=UTC),
            "lon": middle.x + 1e-4 * number,
            "lat": middle.y,
            "alt_amsl_m": height + 40.0,
            "yaw_deg": 30.0 * number,
            "pitch_deg": 2.0,
            "roll_deg": -1.0,
            "exif_lon": middle.x,
            "exif_lat": middle.y,
            "exif_alt_m": height + 41.0,
            "exif_time": "2026:04:18 02:15:04.370",
            "file": f"DSC{number:05d}.JPG",
        }
        for number in (1, 2)
    ]
