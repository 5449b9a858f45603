import importlib
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from missions.engine import map_ordered, map_to_table

# Tasks that run in other processes must be importable there, so they live in a module of their own.
TASKS = '''
import os
import time
from pathlib import Path

import pyarrow as pa

SCHEMA = pa.schema([("item", pa.int32()), ("text", pa.string())])


def rows(item):
    """Later items are done sooner, so that the order of finishing is not the order of the items."""
    time.sleep(0.002 * (item % 7 == 0))
    texts = [f"{item}.{n}" for n in range(item % 3)]
    return pa.table({"item": [item] * len(texts), "text": texts}, schema=SCHEMA)


def rows_logged(item, log):
    with Path(log).open("a") as file:
        file.write(f"{item}\\n")
    return rows(item)


def rows_killed(item, log, fatal):
    if item == fatal:
        os.kill(os.getpid(), 9)
    return rows_logged(item, log)


def square(item):
    time.sleep(0.01 if item == 0 else 0.0)
    return item * item


def fails(item):
    if item == 5:
        raise ValueError("item 5 is bad")
    return rows(item)
'''

ITEMS = list(range(53))


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    (tmp_path / "engine_tasks.py").write_text(TASKS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "engine_tasks", raising=False)
    return importlib.import_module("engine_tasks")


def run(tasks: ModuleType, work: Path, workers: int, shard_size: int = 10) -> pa.Table:
    return map_to_table(
        tasks.rows, ITEMS, schema=tasks.SCHEMA, work=work, workers=workers, shard_size=shard_size
    )


def as_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes()


def shards(work: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((work / "shards").iterdir())}


def test_one_worker_and_two_give_the_same_bytes(tasks: ModuleType, tmp_path: Path) -> None:
    one, two = run(tasks, tmp_path / "one", 1), run(tasks, tmp_path / "two", 2)
    assert as_bytes(one) == as_bytes(two)
    assert shards(tmp_path / "one") == shards(tmp_path / "two")
    assert one.column("item").to_pylist() == [item for item in ITEMS for _ in range(item % 3)]
    assert one.schema.equals(tasks.SCHEMA)
    assert list(shards(tmp_path / "one")) == [f"{number:05d}.parquet" for number in range(6)]


def test_the_table_does_not_depend_on_the_shards(tasks: ModuleType, tmp_path: Path) -> None:
    small, large = run(tasks, tmp_path / "small", 1, shard_size=4), run(tasks, tmp_path / "large", 1, 1000)
    assert small.equals(large)


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_after_a_shard_goes_on_from_there(tasks: ModuleType, tmp_path: Path, workers: int) -> None:
    """A process that is really killed (SIGKILL) at item 37 of 53, with shards of 10."""
    work, log = tmp_path / "work", tmp_path / "log"
    script = (
        "import functools, sys; from pathlib import Path; import engine_tasks as t\n"
        "from missions.engine import map_to_table\n"
        "if __name__ == '__main__':\n"
        f"    task = functools.partial(t.rows_killed, log={str(log)!r}, fatal=37)\n"
        f"    map_to_table(task, list(range(53)), schema=t.SCHEMA, work=Path({str(work)!r}),"
        f" workers={workers}, shard_size=10)\n"
    )
    (tmp_path / "run_engine.py").write_text(script)
    project = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(project)])}
    killed = subprocess.run(
        [sys.executable, str(tmp_path / "run_engine.py")], env=environment, capture_output=True, timeout=120
    )
    # With one worker the whole process dies; with two a worker does, and the pool says so.
    assert killed.returncode == (-signal.SIGKILL if workers == 1 else 1)
    if workers == 2:
        assert b"BrokenProcessPool" in killed.stderr
    assert list(shards(work)) == ["00000.parquet", "00001.parquet", "00002.parquet"]
    log.unlink()

    resumed = map_to_table(
        partial(tasks.rows_logged, log=str(log)),
        ITEMS,
        schema=tasks.SCHEMA,
        work=work,
        workers=1,
        shard_size=10,
    )
    assert sorted(map(int, log.read_text().split())) == list(range(30, 53))
    assert as_bytes(resumed) == as_bytes(run(tasks, tmp_path / "clean", 1))
    assert shards(work) == shards(tmp_path / "clean")


def test_half_written_shard_is_not_taken_for_one(tasks: ModuleType, tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "shards").mkdir(parents=True)
    (work / "shards" / ".00001.parquet.part").write_bytes(b"PAR1 half")
    assert run(tasks, work, 1).equals(run(tasks, tmp_path / "clean", 1))


def test_progress_counts_up_to_all(tasks: ModuleType, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    map_to_table(
        tasks.rows,
        ITEMS,
        schema=tasks.SCHEMA,
        work=tmp_path / "work",
        workers=1,
        progress=lambda done, total: seen.append((done, total)),
        shard_size=10,
    )
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (53, 53)


def test_nothing_to_do_gives_an_empty_table(tasks: ModuleType, tmp_path: Path) -> None:
    table = map_to_table(tasks.rows, [], schema=tasks.SCHEMA, work=tmp_path / "work", workers=2)
    assert table.num_rows == 0
    assert table.schema.equals(tasks.SCHEMA)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_fault_of_the_task_comes_through(tasks: ModuleType, tmp_path: Path, workers: int) -> None:
    with pytest.raises(ValueError, match="item 5"):
        map_to_table(tasks.fails, ITEMS, schema=tasks.SCHEMA, work=tmp_path / "work", workers=workers)


def test_map_ordered_keeps_the_order(tasks: ModuleType) -> None:
    assert map_ordered(tasks.square, ITEMS, workers=2) == [item * item for item in ITEMS]
