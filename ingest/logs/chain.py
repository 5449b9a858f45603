"""Find the records of a log without reading them one by one.

A record starts with a signature that may also turn up inside other records, and says how long it is. So the
start of every true record is the end of the one before it, except where the file is damaged.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Chain:
    """Which candidates are records, and how many bytes between them belong to none."""

    keep: NDArray[np.bool_]
    lost_bytes: int


def follow_chain(starts: Index, ends: Index, first: int, last: int) -> Chain:
    """Pick the candidates that form an unbroken chain, going on after damage at the next sound record.

    Parameters
    ----------
    starts, ends : ndarray of int64, shape (N,)
        Where each candidate would start, ascending, and where the next record would start after it.
    first, last : int
        Where the records begin and where the file ends, in bytes.
    """
    count = len(starts)
    keep = np.ones(count, dtype=bool)
    if not count:
        return Chain(keep, last - first)
    follower = np.searchsorted(starts, ends)
    linked = (follower < count) & (starts[np.minimum(follower, count - 1)] == ends)
    breaks = np.flatnonzero(follower != np.arange(count) + 1)
    # everywhere else the next candidate is the next record
    breaks = np.union1d(breaks, np.flatnonzero(~linked))
    lost = int(starts[0]) - first
    current = 0
    while True:
        at = int(np.searchsorted(breaks, current))
        if at == len(breaks):
            break
        current = int(breaks[at])
        after = int(follower[current])
        if linked[current]:
            keep[current + 1 : after] = False
            current = after
            continue
        inner = np.flatnonzero(linked[current + 1 : after])
        if len(
            inner
        ):  # the record's end is no record, but something inside it leads to one: bytes went missing
            resume = current + 1 + int(inner[0])
            keep[current:resume] = False
            lost += int(starts[resume] - starts[current])
        else:
            resume = after
            keep[current + 1 : after] = False
            lost += (int(starts[after]) if after < count else last) - int(ends[current])
        if resume >= count:
            break
        current = resume
    return Chain(keep, lost)
