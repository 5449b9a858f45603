"""In which order, and from which end, to fly along lines."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

_NO_WAY = 1e6
_LEAST = 1e-6
"""A smaller gain is rounding."""
_LONGEST_MOVED = 12
"""Pieces of so many lines are moved to another place."""


def order_lines(
    links: Array, along: Array, *, start: Array | None = None, end: Array | None = None, rounds: int = 400
) -> tuple[Counts, NDArray[np.bool_], float]:
    """Order lines, each flown once from either of its ends, so that the whole way is short.

    An iterated local search: moving and turning pieces of the order until nothing gets shorter, then again
    after a random exchange of two pieces (Or-opt and 2-opt with Martin, Otto and Felten's double bridge).

    Parameters
    ----------
    links : (2 N, 2 N)
        Cost from an end to an end; ends 2 k and 2 k + 1 are those of line k. Need not be symmetric.
    along : (N, 2)
        Cost of flying line k from its first end, and from its second.
    start, end : (2 N,), optional
        Cost from a given place to each end, and from each end to another given place. The way begins and
        ends anywhere by default.
    rounds : int
        How long to search; a count, so that the result never depends on the clock.

    Returns
    -------
    order : (N,)
        Numbers of the lines.
    turned : (N,)
        Whether each of them is flown from its second end.
    cost : float
    """
    lines = len(along)
    whole = np.zeros((2 * lines + 4, 2 * lines + 4))
    whole[: 2 * lines, : 2 * lines] = links
    # Two lines without length hold the beginning and the end.
    first, last = 2 * lines, 2 * lines + 2
    if start is not None:
        whole[first : first + 2, : 2 * lines] = start
    if end is not None:
        whole[: 2 * lines, last : last + 2] = np.asarray(end)[:, None]
    whole = np.where(np.isfinite(whole), whole, _NO_WAY)
    both = np.vstack((np.asarray(along, dtype=np.float64), np.zeros((2, 2))))
    order, turned, cost = _search(whole, both, rounds)
    return order[1:-1], turned[1:-1], cost


@njit(cache=True)
def _search(links: Array, along: Array, rounds: int) -> tuple[Counts, NDArray[np.bool_], float]:
    count = len(along)
    order, turned = _nearest_first(links, along)
    cost = _improve(order, turned, links, along)
    if count < 5:
        return order, turned, cost
    np.random.seed(1)
    for _ in range(rounds):
        new_order, new_turned = order.copy(), turned.copy()
        # Exchange two neighbouring pieces of up to eight lines.
        a = 1 + np.random.randint(count - 3)
        b = min(count - 2, a + 1 + np.random.randint(8))
        c = min(count - 1, b + 1 + np.random.randint(8))
        n = 0
        for k in range(b, c):
            new_order[a + n], new_turned[a + n] = order[k], turned[k]
            n += 1
        for k in range(a, b):
            new_order[a + n], new_turned[a + n] = order[k], turned[k]
            n += 1
        new_cost = _improve(new_order, new_turned, links, along)
        if new_cost <= cost + _LEAST:
            order, turned, cost = new_order, new_turned, new_cost
    return order, turned, cost


@njit(cache=True)
def _nearest_first(links: Array, along: Array) -> tuple[Counts, NDArray[np.bool_]]:
    """Begin with the first line, or with the nearest to the start, and always go on to the nearest end."""
    count = len(along)
    order = np.empty(count, np.int64)
    turned = np.zeros(count, np.bool_)
    left = np.ones(count, np.bool_)
    order[0], order[count - 1] = count - 2, count - 1
    left[count - 2] = left[count - 1] = False
    at = 2 * (count - 2)
    for n in range(1, count - 1):
        nearest, least = -1, np.inf
        for end in range(2 * (count - 2)):
            if left[end // 2] and links[at, end] < least:
                nearest, least = end, links[at, end]
        order[n], turned[n] = nearest // 2, nearest % 2 == 1
        left[nearest // 2] = False
        at = nearest ^ 1
    return order, turned


@njit(cache=True)
def _improve(order: Counts, turned: NDArray[np.bool_], links: Array, along: Array) -> float:
    """Take every move that makes the way shorter until there is none, in place."""
    count = len(order)
    entry, exit_ = np.empty(count, np.int64), np.empty(count, np.int64)
    forth, back = np.zeros(count), np.zeros(count)
    better = True
    while better:
        better = False
        _measure(order, turned, links, along, entry, exit_, forth, back)
        for i in range(1, count - 1):
            for j in range(i, count - 1):
                # Turn the piece from i to j round.
                change = (
                    links[exit_[i - 1], exit_[j]]
                    + links[entry[i], entry[j + 1]]
                    - links[exit_[i - 1], entry[i]]
                    - links[exit_[j], entry[j + 1]]
                    + (back[j] - back[i])
                    - (forth[j] - forth[i])
                    + along[order[i], 1 - int(turned[i])]
                    - along[order[i], int(turned[i])]
                )
                if change < -_LEAST:
                    _reverse(order, turned, i, j)
                    _measure(order, turned, links, along, entry, exit_, forth, back)
                    better = True
        for size in range(1, min(_LONGEST_MOVED, count - 2) + 1):
            for i in range(1, count - size):
                j = i + size - 1
                gap = (
                    links[exit_[i - 1], entry[j + 1]]
                    - links[exit_[i - 1], entry[i]]
                    - links[exit_[j], entry[j + 1]]
                )
                if gap > -_LEAST:
                    continue
                turning = (
                    (back[j] - back[i])
                    - (forth[j] - forth[i])
                    + along[order[i], 1 - int(turned[i])]
                    - along[order[i], int(turned[i])]
                )
                best, where, around = -_LEAST, -1, False
                for k in range(count - 1):
                    if i - 1 <= k <= j:
                        continue
                    old = links[exit_[k], entry[k + 1]]
                    same = gap + links[exit_[k], entry[i]] + links[exit_[j], entry[k + 1]] - old
                    if same < best:
                        best, where, around = same, k, False
                    other = gap + turning + links[exit_[k], exit_[j]] + links[entry[i], entry[k + 1]] - old
                    if other < best:
                        best, where, around = other, k, True
                if where >= 0:
                    if around:
                        _reverse(order, turned, i, j)
                    _move(order, turned, i, j, where)
                    _measure(order, turned, links, along, entry, exit_, forth, back)
                    better = True
    total = 0.0
    for n in range(count):
        total += along[order[n], int(turned[n])]
        if n + 1 < count:
            total += links[exit_[n], entry[n + 1]]
    return total


@njit(cache=True)
def _measure(
    order: Counts,
    turned: NDArray[np.bool_],
    links: Array,
    along: Array,
    entry: Counts,
    exit_: Counts,
    forth: Array,
    back: Array,
) -> None:
    """Ends of every line as it is flown, and running sums of the way forwards and backwards."""
    for n in range(len(order)):
        entry[n] = 2 * order[n] + int(turned[n])
        exit_[n] = entry[n] ^ 1
        if n > 0:
            forth[n] = forth[n - 1] + links[exit_[n - 1], entry[n]] + along[order[n], int(turned[n])]
            back[n] = back[n - 1] + links[entry[n], exit_[n - 1]] + along[order[n], 1 - int(turned[n])]


@njit(cache=True)
def _reverse(order: Counts, turned: NDArray[np.bool_], i: int, j: int) -> None:
    order[i : j + 1] = order[i : j + 1][::-1].copy()
    turned[i : j + 1] = ~turned[i : j + 1][::-1]


@njit(cache=True)
def _move(order: Counts, turned: NDArray[np.bool_], i: int, j: int, after: int) -> None:
    """Move the piece from i to j to behind the line that stands at `after`."""
    piece, piece_turned = order[i : j + 1].copy(), turned[i : j + 1].copy()
    size = j - i + 1
    if after < i:
        order[after + 1 + size : j + 1] = order[after + 1 : i].copy()
        turned[after + 1 + size : j + 1] = turned[after + 1 : i].copy()
        order[after + 1 : after + 1 + size] = piece
        turned[after + 1 : after + 1 + size] = piece_turned
    else:
        order[i : after - size + 1] = order[j + 1 : after + 1].copy()
        turned[i : after - size + 1] = turned[j + 1 : after + 1].copy()
        order[after - size + 1 : after + 1] = piece
        turned[after - size + 1 : after + 1] = piece_turned
