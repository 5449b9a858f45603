"""Work over many photos, in parallel, committed in shards."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TypeVar

import cv2
import pyarrow as pa
import pyarrow.parquet as pq

from missions.progress import Progress, silent
from missions.workspace import atomic_write

T = TypeVar("T")
R = TypeVar("R")


def map_to_table(
    task: Callable[[T], pa.Table],
    items: Sequence[T],
    *,
    schema: pa.Schema,
    work: Path,
    workers: int | None = None,
    progress: Progress = silent,
    shard_size: int = 100,
) -> pa.Table:
    """Run a task over all items and lay its tables one after another, in the order of the items.

    Every `shard_size` items the result is written to work/shards, so that a killed run goes on after its last
    shard. The result does not depend on the number of workers, nor on who finished first.

    Parameters
    ----------
    task : picklable function
        Gives a table with the columns of `schema` for one item.
    workers : int, optional
        Processes; as many as there are processors by default, none of its own for 1.
    """
    shards = work / "shards"
    shards.mkdir(parents=True, exist_ok=True)
    parts: list[pa.Table] = []
    with _pool(workers, len(items)) as pool:
        for number, first in enumerate(range(0, len(items), shard_size)):
            path = shards / f"{number:05d}.parquet"
            batch = items[first : first + shard_size]
            if not path.exists():
                tables: list[pa.Table] = []
                for table in run_ordered(task, batch, pool):
                    tables.append(table)
                    progress(first + len(tables), len(items))
                sink = pa.BufferOutputStream()
                pq.write_table(pa.concat_tables([schema.empty_table(), *tables]), sink)
                atomic_write(path, sink.getvalue().to_pybytes())
            parts.append(pq.read_table(path, schema=schema))
            progress(min(first + shard_size, len(items)), len(items))
    return pa.concat_tables([schema.empty_table(), *parts])


def map_ordered(
    task: Callable[[T], R], items: Sequence[T], *, workers: int | None = None, progress: Progress = silent
) -> list[R]:
    """Run a picklable task over all items in parallel; results in the order of the items."""
    results: list[R] = []
    with _pool(workers, len(items)) as pool:
        for result in run_ordered(task, items, pool):
            results.append(result)
            progress(len(results), len(items))
    return results


def run_ordered(task: Callable[[T], R], items: Sequence[T], pool: Executor | None):
    """Yield the task's results in the order of the items, from the pool or, without one, from here."""
    yield from (map(task, items) if pool is None else pool.map(task, items))


def _pool(workers: int | None, items: int) -> AbstractContextManager[Executor | None]:
    count = min(workers or os.cpu_count() or 1, items)
    if count <= 1:
        return nullcontext(None)
    # A forked child inherits the locks of its parent's threads (Arrow, GDAL); a fresh one does not.
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    return ProcessPoolExecutor(count, mp_context=context, initializer=_one_thread)


def _one_thread() -> None:
    """Keep OpenCV from starting a thread per processor inside every worker."""
    cv2.setNumThreads(1)
