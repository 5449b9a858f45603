"""The stages after the flight: nothing twice, nothing lost by a kill, and bad files among good ones."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

STAGES = ("plan", "ingest", "detect", "proof", "export")

pytestmark = pytest.mark.slow


def digests(mission: Path) -> dict[str, str]:
    """Digest of every file of every stage."""
    return {
        path.relative_to(mission).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for stage in STAGES
        for path in sorted((mission / stage).rglob("*"))
        if path.is_file()
    }


def test_a_second_run_does_nothing_and_says_so(mission: Path, tianmu: Callable) -> None:
    first = tianmu("run", mission, "--json")
    assert first.code in (0, 3), first.words
    assert first.json["ingest"]["located"] == first.json["ingest"]["photos"] > 10
    assert first.json["proof"]["coverage"] >= 0.99
    before = digests(mission)
    times = {path: (mission / path).stat().st_mtime_ns for path in before}

    second = tianmu("run", mission, "--json")
    assert second.code == first.code
    assert all(summary["skipped"] for summary in second.json.values())
    assert "nothing was due" in second.words
    assert digests(mission) == before
    assert {path: (mission / path).stat().st_mtime_ns for path in before} == times

    verified = tianmu("run", mission, "--verify", "--json")
    assert all(summary["skipped"] for summary in verified.json.values())


@pytest.fixture(scope="module")
def reference(flown: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a run that nobody disturbs ends with, on one worker."""
    folder = tmp_path_factory.mktemp("reference") / "mission"
    shutil.copytree(flown, folder)
    shutil.rmtree(folder / "plan")
    subprocess.run(
        [sys.executable, "-m", "tianmu", "run", str(folder), "--workers", "1"],
        check=False,
        capture_output=True,
        timeout=600,
    )
    return digests(folder)


@pytest.mark.parametrize("stage", STAGES)
def test_killed_in_any_stage_and_run_again_ends_with_the_same_bytes(
    stage: str, mission: Path, reference: dict[str, str], tianmu: Callable
) -> None:
    shutil.rmtree(mission / "plan")
    process = subprocess.Popen(
        [sys.executable, "-m", "tianmu", "run", str(mission)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    work = mission / f".{stage}.work"
    while process.poll() is None and not work.exists():
        time.sleep(0.01)
    assert process.poll() is None, f"{stage} was over before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (mission / stage).exists(), f"{stage} was killed too late to show anything"

    again = tianmu("run", mission, "--json")
    assert again.code in (0, 3), again.words
    assert digests(mission) == reference
    assert not list(mission.glob(".*.work*"))


def test_bad_files_among_good_ones_are_named_and_the_rest_goes_on(mission: Path, tianmu: Callable) -> None:
    photos = sorted(mission.glob("flights/*/photos/*.JPG"))
    photos[0].write_bytes(photos[0].read_bytes()[: photos[0].stat().st_size // 2])
    (mission / "flights" / "empty.jpg").write_bytes(b"")
    log = next(mission.glob("flights/*/*.BIN"))
    log.write_bytes(log.read_bytes()[: int(log.stat().st_size * 0.9)])

    result = tianmu("run", mission, "--json")
    assert result.code == 3, result.words
    reasons = {entry["file"]: entry["reason"] for entry in result.json["ingest"]["rejected"]}
    assert any(photos[0].name in file for file in reasons), reasons
    assert any("empty.jpg" in file for file in reasons), reasons
    assert all(reason for reason in reasons.values())
    assert result.json["ingest"]["located"] >= len(photos) * 0.7
    assert (mission / "export" / "suspects.kmz").is_file()


def test_photos_without_any_position_are_set_aside(mission: Path, tianmu: Callable) -> None:
    import cv2
    import numpy as np

    stray = mission / "flights" / "stray.jpg"
    cv2.imwrite(str(stray), np.random.default_rng(1).integers(0, 255, (400, 600, 3)).astype(np.uint8))
    result = tianmu("ingest", mission, "--json")
    assert result.code == 3, result.words
    rejected = {Path(entry["file"]).name: entry["reason"] for entry in result.json["rejected"]}
    assert set(rejected) == {"stray.jpg"}
    assert "position" in rejected["stray.jpg"] or "place" in rejected["stray.jpg"]
