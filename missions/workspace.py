"""The mission folder as a workspace: whole files or none, and no work done twice."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from missions.errors import MissionError

if TYPE_CHECKING:
    from missions.mission import Mission

MANIFEST = "manifest.json"
Summary = dict[str, Any]


@dataclass(frozen=True)
class StageResult:
    """What a stage says of itself, and whether it had anything to do."""

    summary: Summary
    skipped: bool


def run_stage(
    mission: "Mission",
    name: str,
    *,
    inputs: Iterable[Path],
    settings: Mapping[str, object],
    build: Callable[[Path], Summary],
    verify: bool = False,
) -> StageResult:
    """Make a stage's folder from its inputs, unless it is made from the very same already.

    Parameters
    ----------
    inputs : files the stage reads; a file that does not exist counts as such
    settings : JSON-able values the result depends on
    build : callable
        Receives a private folder that survives a kill (the same fingerprint finds the same folder again),
        writes the stage's files into it and returns a JSON-able summary.
    verify : bool
        Hash every input again and check the stage's own files, however unchanged they look.

    Returns
    -------
    StageResult
        With the stored summary and `skipped` where nothing had changed.
    """
    target = mission.dir(name)
    stored = _read_manifest(target)
    sources = _hashed(mission.root, inputs, {} if verify else stored.get("inputs", {}))
    wanted = {
        "stage": name,
        "code": code_version(),
        "settings": json.loads(json.dumps(settings, sort_keys=True, default=str)),
        "sources": {path: entry["sha256"] for path, entry in sources.items()},
    }
    fingerprint = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
    if stored.get("fingerprint") == fingerprint and _outputs_whole(target, stored, verify):
        return StageResult(stored["summary"], skipped=True)

    work = mission.root / f".{name}.work"
    _claim(work, fingerprint)
    summary = json.loads(json.dumps(build(work)))
    _finish(work, target, {"fingerprint": fingerprint, **wanted, "inputs": sources, "summary": summary})
    return StageResult(summary, skipped=False)


def atomic_write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: to a temporary name, synced, then renamed."""
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


@lru_cache(maxsize=1)
def code_version() -> str:
    """Version of the installed code: the release, and a digest of our own sources."""
    digest = hashlib.sha256()
    house = Path(__file__).parent.parent
    for package in (
        "geo",
        "missions",
        "report",
        "planner",
        "ingest",
        "detect",
        "proof",
        "verify",
        "sim",
        "tianmu",
    ):
        for source in sorted((house / package).rglob("*.py")):
            digest.update(source.relative_to(house).as_posix().encode())
            digest.update(source.read_bytes())
    return f"{metadata.version('tianmu')}+{digest.hexdigest()[:12]}"


def _hashed(root: Path, inputs: Iterable[Path], known: Mapping[str, Summary]) -> dict[str, Summary]:
    """Give size, time and SHA-256 of each input; one whose size and time are as known is not read again."""
    sources: dict[str, Summary] = {}
    for path in sorted(set(inputs)):
        key = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        try:
            state = path.stat()
        except FileNotFoundError:
            sources[key] = {"sha256": "absent"}
            continue
        before = known.get(key, {})
        unchanged = before.get("size") == state.st_size and before.get("mtime_ns") == state.st_mtime_ns
        sha256 = before["sha256"] if unchanged else _sha256(path)
        sources[key] = {"size": state.st_size, "mtime_ns": state.st_mtime_ns, "sha256": sha256}
    return sources


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_manifest(target: Path) -> Summary:
    try:
        return json.loads((target / MANIFEST).read_bytes())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def _outputs_whole(target: Path, stored: Summary, verify: bool) -> bool:
    for name, expected in stored.get("outputs", {}).items():
        path = target / name
        if not path.is_file() or path.stat().st_size != expected["size"]:
            return False
        if verify and _sha256(path) != expected["sha256"]:
            return False
    return True


def _claim(work: Path, fingerprint: str) -> None:
    """Take over what a killed run of the same fingerprint left, or begin afresh."""
    mark = work / ".fingerprint"
    if mark.is_file() and mark.read_text() == fingerprint:
        return
    if work.exists():
        shutil.rmtree(work)
    try:
        work.mkdir(parents=True)
        mark.write_text(fingerprint)
    except OSError as error:
        raise MissionError(f"{work.parent}: cannot write into the mission folder: {error}") from error


def _finish(work: Path, target: Path, manifest: Summary) -> None:
    """Sync everything, write the manifest, and put the folder in its place."""
    shutil.rmtree(work / "shards", ignore_errors=True)
    outputs: dict[str, Summary] = {}
    for path in sorted(
        p for p in work.rglob("*") if p.is_file() and p.name not in (".fingerprint", MANIFEST)
    ):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        outputs[path.relative_to(work).as_posix()] = {"size": path.stat().st_size, "sha256": _sha256(path)}
    atomic_write(
        work / MANIFEST, json.dumps({**manifest, "outputs": outputs}, indent=1, sort_keys=True).encode()
    )
    old = work.with_name(f"{work.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    work.rename(target)
    (target / ".fingerprint").unlink()
    shutil.rmtree(old, ignore_errors=True)
