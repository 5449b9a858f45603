"""What neighbouring real photos, laid on the ground by their poses, say of those poses.

No ground truth is needed: the same tree seen in two photos must come to lie in one place. The distance
between its two places is the relative error of the two poses, on average about 1.4 times that of one.
"""

import re
import shutil
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from geo.imagery import decode_jpeg, read_metadata
from ingest import ingest
from ingest.neighbours import find_features, match_points
from missions import Mission
from missions.records import PHOTOS, photo_view, read_table

pytestmark = pytest.mark.slow


def located(tmp_path: Path, photos: Path, settings: str = "") -> tuple[Mission, dict]:
    shutil.copytree(photos, tmp_path / "flights")
    (tmp_path / "mission.toml").write_text(settings)
    mission = Mission(tmp_path)
    return mission, ingest(mission).summary


@cache
def ties(folder: Path) -> dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]:
    """Pixels from the image centre, in each of two neighbouring photos, of what both show; by their names."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".jpg")
    features = []
    for file in files:
        metadata = read_metadata(file)
        grey = cv2.cvtColor(decode_jpeg(file, 4 if metadata.width_px > 2000 else 2), cv2.COLOR_BGR2GRAY)
        features.append(find_features(grey, (metadata.width_px, metadata.height_px)))
    found: dict[tuple[str, str], tuple[np.ndarray, np.ndarray]] = {}
    for (first, f), (second, g) in pairwise(zip(files, features, strict=True)):
        a, b = match_points(f, g)
        if len(a) < 20:
            continue
        _, inliers = cv2.findHomography(a, b, cv2.RANSAC, 6 * f.scale)
        good = inliers[:, 0].astype(bool)
        if good.sum() >= 20:
            found[first.stem, second.stem] = a[good], b[good]
    return found


def distances(mission: Mission, photos: Path) -> list[float]:
    """For each pair of neighbours: median distance, metres, between the two places of what both show."""
    ground = mission.ground()
    rows = read_table(mission.dir("ingest") / "photos.parquet", PHOTOS).to_pylist()
    views = {row["photo"]: photo_view(row, ground.frame, ground.terrain) for row in rows}
    apart: list[float] = []
    for (first, second), (a, b) in ties(photos).items():
        centre = np.array([rows[0]["width_px"] - 1, rows[0]["height_px"] - 1]) / 2
        gap = views[first].ground_points(a + centre) - views[second].ground_points(b + centre)
        apart.append(float(np.median(np.hypot(gap[:, 0], gap[:, 1]))))
    return apart


@pytest.fixture(scope="module")
def brighton(tmp_path_factory: pytest.TempPathFactory, tianmu_data: Path) -> tuple[Mission, dict]:
    return located(tmp_path_factory.mktemp("brighton"), tianmu_data / "photos" / "brighton")


def test_brighton_is_located_from_its_headers(brighton: tuple[Mission, dict]) -> None:
    _, summary = brighton
    assert (summary["photos"], summary["located"], summary["rejected"]) == (12, 12, [])
    assert 1.6 < summary["gsd_cm"] < 1.8


def test_brighton_photos_whose_headers_are_turned_by_180_degrees_are_found(
    brighton: tuple[Mission, dict],
) -> None:
    mission, summary = brighton
    rows = read_table(mission.dir("ingest") / "photos.parquet", PHOTOS).to_pylist()
    turned = [row["photo"] for row in rows if "turned" in row["pose_source"]]
    assert turned == [f"DJI_00{number}" for number in range(24, 30)]
    assert any("180" in warning for warning in summary["warnings"])
    # All twelve images have their top to the north-east: no leg's pixels are turned against the other's.
    assert all(30 < row["yaw_deg"] < 60 for row in rows)


def test_brighton_neighbours_agree(brighton: tuple[Mission, dict], tianmu_data: Path) -> None:
    # Measured: 0.6 to 1.6 m along the legs, 2.1 and 3.6 m at the turn (0023 to 0025), median 0.94 m. A yaw
    # wrong by 180 degrees, or positions one photo off, would be 13 m and more.
    mission, _ = brighton
    apart = distances(mission, tianmu_data / "photos" / "brighton")
    assert len(apart) >= 8
    assert np.median(apart) < 1.2
    assert max(apart) < 5.0


CUAV = '[camera]\nmodel = "{camera}"\n{more}\n'


def cuav(tmp_path: Path, data: Path, more: str = "") -> list[float]:
    from missions.catalogue import cameras

    key = next(key for key, camera in cameras().items() if camera.width_px == 1640)
    settings = CUAV.format(camera=key, more=more)
    mission, summary = located(tmp_path, data / "photos" / "cuav2018", settings)
    assert (summary["photos"], summary["located"]) == (18, 18)
    assert summary["sources"] == {"log track": 18}
    rows = read_table(mission.dir("ingest") / "photos.parquet", PHOTOS).to_pylist()
    assert all(re.match("2018-08-05 01:00:[45]", str(row["time_utc"])) for row in rows)
    return distances(mission, data / "photos" / "cuav2018")


def test_cuav_photos_are_placed_by_their_names_on_the_track(tmp_path: Path, tianmu_data: Path) -> None:
    # Measured: median 2.3 m over 15 pairs, up to 8 m where the aircraft rolls quickly: these photos' clock is
    # 0.3 s ahead of the telemetry's.
    apart = cuav(tmp_path, tianmu_data)
    assert len(apart) >= 12
    assert np.median(apart) < 3.5


def test_cuav_photos_agree_better_with_clock_and_mount_set_right(tmp_path: Path, tianmu_data: Path) -> None:
    # Measured: median 0.64 m, at most 3.0 m. The offset that makes neighbours agree best is -0.3 s; 0.2 s to
    # either side the median is twice that. The image's top points to the aircraft's nose: the other way round
    # nothing agrees.
    right = cuav(tmp_path / "right", tianmu_data, "time_offset_s = -0.3")
    assert len(right) >= 12
    assert np.median(right) < 1.2
    turned = cuav(tmp_path / "turned", tianmu_data, "time_offset_s = -0.3\nmount_yaw_deg = 180")
    assert np.median(turned) > 5 * np.median(right)
