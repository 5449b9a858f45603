import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from missions import Mission, StageResult, run_stage
from missions.workspace import atomic_write


@pytest.fixture
def mission(tmp_path: Path) -> Mission:
    root = tmp_path / "mission"
    root.mkdir()
    (root / "mission.toml").write_text("")
    (root / "plots.csv").write_text("a")
    return Mission(root)


def build(work: Path) -> dict[str, Any]:
    """Write some files, one of them in a folder, and shards that are not part of the result."""
    (work / "chips").mkdir(exist_ok=True)
    (work / "shards").mkdir(exist_ok=True)
    atomic_write(work / "shards" / "00000.bin", b"shard")
    atomic_write(work / "table.bin", b"0123456789")
    atomic_write(work / "chips" / "one.bin", b"chip")
    return {"photos": 3, "coverage": 0.5}


def run(mission: Mission, builder: Callable[[Path], dict[str, Any]] = build, **options: Any) -> StageResult:
    inputs = [mission.root / "mission.toml", mission.root / "plots.csv", mission.root / "absent.csv"]
    settings = options.pop("settings", {"gsd_cm": 1.5})
    return run_stage(mission, "ingest", inputs=inputs, settings=settings, build=builder, **options)


def tree(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def never(work: Path) -> dict[str, Any]:
    raise AssertionError(f"built again in {work}")


# --- what a stage leaves ---


def test_stage_is_whole_and_says_what_it_read(mission: Mission) -> None:
    result = run(mission)
    assert result == StageResult({"photos": 3, "coverage": 0.5}, skipped=False)
    assert set(tree(mission.root)) == {
        ".hashes.json",
        "mission.toml",
        "plots.csv",
        "ingest/chips/one.bin",
        "ingest/manifest.json",
        "ingest/table.bin",
    }
    manifest = json.loads((mission.root / "ingest" / "manifest.json").read_bytes())
    # SHA-256 of "a".
    read = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    assert manifest["inputs"]["plots.csv"] == read
    assert manifest["inputs"]["absent.csv"] == "absent"
    assert manifest["settings"] == {"gsd_cm": 1.5}
    assert manifest["code"]
    assert set(manifest["outputs"]) == {"chips/one.bin", "table.bin"}


def test_unchanged_stage_is_skipped(mission: Mission) -> None:
    first = run(mission)
    before = tree(mission.root)
    second = run(mission, never)
    assert second == StageResult(first.summary, skipped=True)
    assert run(mission, never, verify=True).skipped
    assert tree(mission.root) == before


def touch_input(mission: Mission) -> None:
    (mission.root / "plots.csv").write_text("b")


def add_input(mission: Mission) -> None:
    (mission.root / "absent.csv").write_text("now here")


def lose_output(mission: Mission) -> None:
    (mission.root / "ingest" / "table.bin").unlink()


def cut_output(mission: Mission) -> None:
    (mission.root / "ingest" / "table.bin").write_bytes(b"01")


def spoil_manifest(mission: Mission) -> None:
    (mission.root / "ingest" / "manifest.json").write_text("{")


@pytest.mark.parametrize("change", [touch_input, add_input, lose_output, cut_output, spoil_manifest])
def test_changed_stage_is_built_again(mission: Mission, change: Callable[[Mission], None]) -> None:
    run(mission)
    change(mission)
    assert not run(mission).skipped
    assert (mission.root / "ingest" / "table.bin").read_bytes() == b"0123456789"
    assert run(mission, never).skipped


def test_changed_settings_build_again(mission: Mission) -> None:
    run(mission)
    assert not run(mission, settings={"gsd_cm": 1.6}).skipped


def test_time_alone_is_no_change(mission: Mission) -> None:
    run(mission)
    os.utime(mission.root / "plots.csv", ns=(1, 1))
    assert run(mission, never).skipped


def test_verify_finds_what_size_and_time_hide(mission: Mission) -> None:
    run(mission)
    source, output = mission.root / "plots.csv", mission.root / "ingest" / "table.bin"
    for path, data in ((source, b"z"), (output, b"9876543210")):
        stamp = path.stat().st_mtime_ns
        path.write_bytes(data)
        os.utime(path, ns=(stamp, stamp))
        assert run(mission, never).skipped
        assert not run(mission, verify=True).skipped


def test_files_of_an_older_run_do_not_stay(mission: Mission) -> None:
    def with_extra(work: Path) -> dict[str, Any]:
        atomic_write(work / "extra.bin", b"old")
        return build(work)

    run(mission, with_extra)
    touch_input(mission)
    run(mission)
    assert not (mission.root / "ingest" / "extra.bin").exists()


def test_failed_build_leaves_the_old_stage(mission: Mission) -> None:
    run(mission)
    before = tree(mission.root / "ingest")
    touch_input(mission)

    def fail(work: Path) -> dict[str, Any]:
        atomic_write(work / "table.bin", b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        run(mission, fail)
    assert tree(mission.root / "ingest") == before


def test_build_goes_on_where_it_was_killed(mission: Mission) -> None:
    def killed(work: Path) -> dict[str, Any]:
        (work / "shards").mkdir()
        atomic_write(work / "shards" / "00000.bin", b"shard")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(mission, killed)
    found: list[bool] = []

    def resumed(work: Path) -> dict[str, Any]:
        found.append((work / "shards" / "00000.bin").exists())
        return build(work)

    run(mission, resumed)
    assert found == [True]


def test_leftovers_of_other_inputs_are_not_taken_over(mission: Mission) -> None:
    def killed(work: Path) -> dict[str, Any]:
        atomic_write(work / "stale.bin", b"of the old plots")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(mission, killed)
    touch_input(mission)
    run(mission)
    assert not (mission.root / "ingest" / "stale.bin").exists()


# --- killed anywhere ---


class Killed(BaseException):
    """Stands for the power going off: nothing in the code may catch it."""


_events_left: list[int | None] = [None]
_watched: list[str] = [""]
_CHANGES = {
    "open",
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.link",
    "os.truncate",
    "shutil.rmtree",
}


def _count_down(event: str, arguments: tuple[Any, ...]) -> None:
    if _events_left[0] is None or event not in _CHANGES:
        return
    if not str(arguments[0]).startswith(_watched[0]):
        return
    if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
        return
    _events_left[0] -= 1
    if _events_left[0] < 0:
        raise Killed


@contextmanager
def killed_after(events: int, root: Path) -> Iterator[None]:
    """Raise Killed at the (events + 1)-th change that the block makes to files below `root`."""
    _watched[0], _events_left[0] = str(root), events
    try:
        yield
    finally:
        _events_left[0] = None


sys.addaudithook(_count_down)


@pytest.mark.parametrize("has_older_stage", [False, True])
def test_killed_anywhere_and_run_again_gives_the_same_bytes(mission: Mission, has_older_stage: bool) -> None:
    if has_older_stage:
        run(mission, settings={"gsd_cm": 9.0})
    start = mission.root.with_name("start")
    shutil.copytree(mission.root, start)
    run(mission)
    expected = tree(mission.root)

    kills = 0
    while True:
        shutil.rmtree(mission.root)
        shutil.copytree(start, mission.root)
        try:
            with killed_after(kills, mission.root):
                run(mission)
        except Killed:
            pass
        else:
            break
        kills += 1
        # The old stage, the new one, or none: never a mixture.
        stage = mission.root / "ingest"
        if stage.exists():
            found = {name: data for name, data in tree(stage).items() if name != ".fingerprint"}
            whole = {name.removeprefix("ingest/"): data for name, data in expected.items() if "/" in name}
            assert found == whole or found == tree(start / "ingest")
        run(mission)
        assert tree(mission.root) == expected, f"killed at change {kills}"
        assert run(mission, never).skipped
    assert kills > 10


def test_work_that_was_sealed_is_not_done_twice(mission: Mission) -> None:
    """Killed after the build has returned and its manifest is written, the stage is only put in place."""
    kills_after_seal = 0
    for kills in range(100):
        for leftover in mission.root.glob("*ingest*"):
            shutil.rmtree(leftover)
        try:
            with killed_after(kills, mission.root):
                run(mission)
        except Killed:
            if (mission.root / ".ingest.work" / "manifest.json").exists():
                kills_after_seal += 1
                run(mission, never)
        else:
            break
    assert kills_after_seal >= 2


# --- single files ---


def test_atomic_write_replaces_whole_files(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    atomic_write(path, b"one")
    atomic_write(path, b"two")
    assert tree(tmp_path) == {"plan.json": b"two"}


def test_killed_while_writing_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    atomic_write(path, b"one")
    for kills in range(2):
        with pytest.raises(Killed), killed_after(kills, tmp_path):
            atomic_write(path, b"two")
        assert path.read_bytes() == b"one"
