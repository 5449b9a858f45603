"""Real photos, from an empty mission to the KMZ, as a user would type it."""

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest


def new_mission(tianmu: Callable, folder: Path, photos: Path, camera: str | None = None) -> Path:
    made = tianmu("new", folder)
    assert made.code == 0, made.words
    for file in photos.iterdir():
        shutil.copy(file, folder / "flights")
    if camera:
        settings = folder / "mission.toml"
        settings.write_text(re.sub(r'# model = "dji-m3e".*', f'model = "{camera}"', settings.read_text()))
    return folder


@pytest.mark.slow
def test_brighton_photos_are_located_from_exif_and_xmp(
    tmp_path: Path, tianmu_data: Path, tianmu: Callable
) -> None:
    mission = new_mission(tianmu, tmp_path / "brighton", tianmu_data / "photos" / "brighton")
    code, summaries, errors = tianmu("run", mission, "--json")
    assert code in (0, 3), errors
    assert summaries["ingest"]["photos"] == summaries["ingest"]["located"] == 12
    assert summaries["proof"]["coverage"] > 0.95
    assert (mission / "proof" / "coverage.tif").is_file()
    with zipfile.ZipFile(mission / "export" / "suspects.kmz") as kmz:
        assert kmz.namelist()[0] == "doc.kml"

    code, again, errors = tianmu("run", mission, "--json")
    assert all(summary["skipped"] for summary in again.values()), errors


@pytest.mark.slow
def test_cuav_photos_without_exif_are_located_by_name_and_tlog(
    tmp_path: Path, tianmu_data: Path, tianmu: Callable
) -> None:
    mission = new_mission(
        tianmu, tmp_path / "cuav", tianmu_data / "photos" / "cuav2018", camera="picam-v2-1640"
    )
    code, summaries, errors = tianmu("run", mission, "--json")
    assert code in (0, 3), errors
    assert summaries["ingest"]["photos"] == summaries["ingest"]["located"] == 18
    assert (mission / "export" / "suspects.kmz").is_file()
