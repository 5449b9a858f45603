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
HASHES = ".hashes.json"
"""Size, time and SHA-256 of every input: a memory, not a result. With times in the manifests, work done again
would end with other bytes."""
_CODE = {".py", ".toml", ".xz", ".txt", ".json", ".npz", ".typ"}  # figures and models decide as code does
_HOUSE = ("geo", "missions", "report", "planner", "ingest", "detect", "proof", "verify", "sim", "tianmu")
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
    stored = _read_json(target / MANIFEST)
    sources = _hashed(mission.root, inputs, verify)
    wanted = {
        "stage": name,
        "code": code_version(),
        "settings": json.loads(json.dumps(settings, sort_keys=True, default=str)),
        "inputs": sources,
    }
    fingerprint = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
    work = mission.root / f".{name}.work"
    if stored.get("fingerprint") == fingerprint and _outputs_whole(target, stored, verify):
        shutil.rmtree(_replaced(work), ignore_errors=True)
        return StageResult(stored["summary"], skipped=True)

    summary: Summary
    sealed = _read_json(work / MANIFEST)
    if sealed.get("fingerprint") == fingerprint:  # killed when only the renaming was left
        summary = sealed["summary"]
    else:
        _claim(work, fingerprint)
        summary = json.loads(json.dumps(build(work)))
        _seal(work, {"fingerprint": fingerprint, **wanted, "summary": summary})
    _put_in_place(work, target)
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
    """Version of the installed code: the release, and a digest of our own sources and data."""
    digest = hashlib.sha256()
    house = Path(__file__).parent.parent
    for package in _HOUSE:
        for source in sorted(path for path in (house / package).rglob("*") if path.suffix in _CODE):
            digest.update(source.relative_to(house).as_posix().encode())
            digest.update(source.read_bytes())
    return f"{metadata.version('tianmu')}+{digest.hexdigest()[:12]}"


def _hashed(root: Path, inputs: Iterable[Path], verify: bool) -> dict[str, str]:
    """Give the SHA-256 of each input; one whose size and time are as remembered is not read again."""
    known = _read_json(root / HASHES)
    remembered = dict(known)
    sources: dict[str, str] = {}
    for path in sorted(set(inputs)):
        key = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        try:
            state = path.stat()
        except FileNotFoundError:
            sources[key] = "absent"
            continue
        before = known.get(key, {})
        now = {"size": state.st_size, "mtime_ns": state.st_mtime_ns}
        trusted = not verify and {**before, **now} == before
        sources[key] = before["sha256"] if trusted else _sha256(path)
        remembered[key] = {**now, "sha256": sources[key]}
    if remembered != known:
        atomic_write(root / HASHES, json.dumps(remembered, indent=1, sort_keys=True).encode())
    return sources


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_json(path: Path) -> Summary:
    try:
        return json.loads(path.read_bytes())
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


def _seal(work: Path, manifest: Summary) -> None:
    """Sync everything and write the manifest: from here on the work is done, whatever happens."""
    shutil.rmtree(work / "shards", ignore_errors=True)
    outputs: dict[str, Summary] = {}
    for path in sorted(path for path in work.rglob("*") if path.is_file()):
        if path.name == MANIFEST or path.name.startswith("."):
            continue  # our mark, and what a kill left half written
        with path.open("rb") as file:
            os.fsync(file.fileno())
        outputs[path.relative_to(work).as_posix()] = {"size": path.stat().st_size, "sha256": _sha256(path)}
    atomic_write(
        work / MANIFEST, json.dumps({**manifest, "outputs": outputs}, indent=1, sort_keys=True).encode()
    )


def _put_in_place(work: Path, target: Path) -> None:
    """Let sealed work take the place of the stage's folder; each step may be the last before a kill."""
    for leftover in work.rglob(".*"):
        leftover.unlink()
    old = _replaced(work)
    if target.exists():
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
    work.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _replaced(work: Path) -> Path:
    """Where the stage's former folder goes for the moment of the exchange."""
    return work.with_name(f"{work.name}.old")
