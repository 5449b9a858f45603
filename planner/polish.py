"""The last pass over a path: give up metres that coverage does not need, and fetch what is missing."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planner.legs import Pace, path_s
from planner.links import sees
from planner.swath import Ground, add, in_piece, unseen_near

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


LINK, FIRST, LAST, FIXED = 0, 1, 2, 3
"""What a corner of a path is: of a link, the beginning or end of a transect, or a place that was given."""

_CORE = 1.5
"""Ground along the inside of a transect, farther than so many spacings from its ends, stays covered."""
_ROUNDS = 12


@dataclass(frozen=True, eq=False)
class Path:
    """A path on its way to be polished.

    Attributes
    ----------
    corners : (N, 2)
    kinds : (N,)
        What each of them is.
    cores : (N, 2)
        Up to where the end of a transect may be drawn in.
    """

    corners: Array
    kinds: Counts
    cores: Array

    @classmethod
    def of(cls, corners: Array, kinds: Counts, spacing_m: float) -> "Path":
        """Make it from its corners: ends may be drawn in by a spacing and a half, or to the middle."""
        cores = corners.copy()
        begins = np.flatnonzero(kinds == FIRST)
        along = corners[begins + 1] - corners[begins]
        lengths = np.hypot(*along.T)
        cut = (np.minimum(_CORE * spacing_m, lengths / 2) / lengths)[:, None]
        cores[begins] += cut * along
        cores[begins + 1] -= cut * along
        return cls(corners, kinds, cores)

    @property
    def core_legs(self) -> Array:
        """Legs (K, 4) along the insides of the transects, which stay as they are."""
        begins = np.flatnonzero(self.kinds == FIRST)
        return np.hstack((self.cores[begins], self.cores[begins + 1]))

    @property
    def transects(self) -> Array:
        """Both ends (K, 2, 2) of each transect, as they are flown."""
        begins = np.flatnonzero(self.kinds == FIRST)
        return np.stack((self.corners[begins], self.corners[begins + 1]), axis=1)


def polished(path: Path, ground: Ground, walls: Array, price_s: float, pace: Pace) -> Path:
    """Move, drop and add corners as long as that saves more time than the ground it uncovers is worth.

    Parameters
    ----------
    walls : (E, 4)
        Edges that no leg may cross.
    price_s : float
        Seconds that a sample point left uncovered is reckoned at.
    """
    return Path(*_polish(path.corners, path.kinds, path.cores, ground, price_s, walls, pace))


@njit(cache=True)
def _worth(
    piece: Array,
    head: bool,
    tail: bool,
    ground: Ground,
    unseen: Counts,
    price: float,
    pace: Pace,
    limit: float,
) -> float:
    """Seconds along a piece of a path, and for each of the points that it leaves unseen."""
    points, radius = ground[0], ground[6] / 2
    total = path_s(piece, pace)
    for p in unseen:
        if total >= limit:
            break
        if not in_piece(points[p, 0], points[p, 1], piece, head, tail, radius):
            total += price
    return total


@njit(cache=True)
def _is_free(piece: Array, walls: Array) -> bool:
    for k in range(len(piece) - 1):
        ax, ay, bx, by = piece[k, 0], piece[k, 1], piece[k + 1, 0], piece[k + 1, 1]
        if (ax != bx or ay != by) and not sees(walls, ax, ay, bx, by):
            return False
    return True


@njit(cache=True)
def _polish(
    corners: Array, kinds: Counts, cores: Array, ground: Ground, price: float, walls: Array, pace: Pace
) -> tuple[Array, Counts, Array]:
    points = ground[0]
    room = 2 * len(corners) + 200
    xy, kind, core = np.empty((room, 2)), np.empty(room, np.int64), np.empty((room, 2))
    count = len(corners)
    xy[:count], kind[:count], core[:count] = corners, kinds, cores
    seen = np.zeros(len(points), np.int64)
    add(seen, 1, xy[:count], True, True, ground)
    found = np.empty(len(points), np.int64)
    fresh = np.ones(room, np.bool_)
    for _ in range(_ROUNDS):
        before = count
        changed = False
        k = 0
        while k < count:
            if fresh[k] and kind[k] != FIXED and count > 1:
                gone, moved = _improve_corner(
                    k, xy, kind, core, count, seen, ground, found, price, walls, pace
                )
                if gone > 0:
                    for m in range(k, count - gone):
                        xy[m], kind[m], fresh[m] = xy[m + gone], kind[m + gone], fresh[m + gone]
                        core[m] = core[m + gone]
                    count -= gone
                    fresh[max(0, k - 2) : min(room, k + 2)] = True
                    changed = True
                    continue
                fresh[k] = False
                if moved:
                    fresh[max(0, k - 2) : min(room, k + 3)] = True
                    changed = True
            k += 1
        for p in range(len(points)):
            if seen[p] == 0 and count < room:
                at = _insert(
                    points[p, 0], points[p, 1], xy, kind, count, seen, ground, found, price, walls, pace
                )
                if at >= 0:
                    for m in range(count, at, -1):
                        fresh[m], core[m] = fresh[m - 1], core[m - 1]
                    count += 1
                    fresh[max(0, at - 2) : min(room, at + 3)] = True
                    changed = True
        if not changed and count == before:
            break
    return xy[:count].copy(), kind[:count].copy(), core[:count].copy()


@njit(cache=True)
def _improve_corner(
    k: int,
    xy: Array,
    kind: Counts,
    core: Array,
    count: int,
    seen: Counts,
    ground: Ground,
    found: Counts,
    price: float,
    walls: Array,
    pace: Pace,
) -> tuple[int, bool]:
    """Move corner k to the best place near it; or tell how many corners from k on are better left out."""
    side = ground[6]
    low, high = max(0, k - 2), min(count, k + 3)
    head, tail = low == 0, high == count
    at = k - low
    piece = xy[low:high].copy()
    x, y = piece[at, 0], piece[at, 1]
    add(seen, -1, piece, head, tail, ground)
    # All that the links at this corner cover may change; of a transect only what lies near its end.
    west = at - 1 if at > 0 and kind[k] != LAST else at
    east = at + 1 if k + 1 < count and kind[k] != FIRST else at
    unseen = found[: unseen_near(piece[west : east + 1], 1.5 * side, seen, ground, found)]
    old = _worth(piece, head, tail, ground, unseen, price, pace, np.inf)
    best, moved = old - 1e-6, False
    bx, by = x, y
    trial = piece.copy()
    if kind[k] == LINK:
        shorter = np.vstack((piece[:at], piece[at + 1 :]))
        if _worth(shorter, head, tail, ground, unseen, price, pace, best) < best and _is_free(shorter, walls):
            add(seen, 1, shorter, head, tail, ground)
            return 1, False
        for n in range(32):
            size = side / 2 ** (1 + n // 8)
            trial[at, 0] = x + size * np.cos(n * np.pi / 4)
            trial[at, 1] = y + size * np.sin(n * np.pi / 4)
            new = _worth(trial, head, tail, ground, unseen, price, pace, best)
            if new < best and _is_free(trial, walls):
                best, bx, by, moved = new, trial[at, 0], trial[at, 1], True
    else:
        other = at + 1 if kind[k] == FIRST else at - 1
        dx, dy = piece[other, 0] - x, piece[other, 1] - y
        length = np.hypot(dx, dy)
        for n in range(12):
            size = side / 2 ** (2 + n // 2) * (1.0 if n % 2 == 0 else -1.0)
            # Ground farther in is not sampled, and an end never gives it up.
            if length < 1e-6 or size > min(
                length, (core[k, 0] - x) * dx / length + (core[k, 1] - y) * dy / length
            ):
                continue
            trial[at, 0], trial[at, 1] = x + size / length * dx, y + size / length * dy
            new = _worth(trial, head, tail, ground, unseen, price, pace, best)
            if new < best and _is_free(trial, walls):
                best, bx, by, moved = new, trial[at, 0], trial[at, 1], True
    piece[at, 0], piece[at, 1] = bx, by
    xy[k, 0], xy[k, 1] = bx, by
    add(seen, 1, piece, head, tail, ground)
    if kind[k] == FIRST and np.hypot(xy[k + 1, 0] - bx, xy[k + 1, 1] - by) <= 2 * _CORE * side:
        return _leave_out(k, xy, kind, count, seen, ground, found, price, walls, pace), moved
    return 0, moved


@njit(cache=True)
def _leave_out(
    k: int,
    xy: Array,
    kind: Counts,
    count: int,
    seen: Counts,
    ground: Ground,
    found: Counts,
    price: float,
    walls: Array,
    pace: Pace,
) -> int:
    """Leave out the short transect that begins at corner k if that pays: 2 corners less, or 0."""
    if count < 4:
        return 0
    side = ground[6]
    low, high = max(0, k - 2), min(count, k + 4)
    head, tail = low == 0, high == count
    piece = xy[low:high].copy()
    at = k - low
    shorter = np.vstack((piece[:at], piece[at + 2 :]))
    if not _is_free(shorter, walls):
        return 0
    add(seen, -1, piece, head, tail, ground)
    unseen = found[: unseen_near(piece, side, seen, ground, found)]
    old = _worth(piece, head, tail, ground, unseen, price, pace, np.inf)
    new = _worth(shorter, head, tail, ground, unseen, price, pace, old)
    if new < old - 1e-6:
        add(seen, 1, shorter, head, tail, ground)
        return 2
    add(seen, 1, piece, head, tail, ground)
    return 0


@njit(cache=True)
def _insert(
    px: float,
    py: float,
    xy: Array,
    kind: Counts,
    count: int,
    seen: Counts,
    ground: Ground,
    found: Counts,
    price: float,
    walls: Array,
    pace: Pace,
) -> int:
    """Put a corner near a point into the link where that pays most; before which corner, or -1."""
    side = ground[6]
    place = np.array([[px, py]])
    unseen = found[: unseen_near(place, 1.5 * side, seen, ground, found)]
    at, qx, qy = -1, px, py
    best = -1e-6
    for k in range(count + 1):
        if (k == 0 and kind[0] == FIXED) or (k == count and kind[count - 1] == FIXED):
            continue
        if 0 < k < count and kind[k - 1] == kind[k] == FIXED:
            continue
        if 0 < k < count and kind[k - 1] == FIRST and kind[k] == LAST:
            continue
        ux, uy = (xy[k - 1, 0], xy[k - 1, 1]) if k > 0 else (xy[0, 0], xy[0, 1])
        wx, wy = (xy[k, 0], xy[k, 1]) if k < count else (ux, uy)
        if (
            px < min(ux, wx) - 2.5 * side
            or px > max(ux, wx) + 2.5 * side
            or py < min(uy, wy) - 2.5 * side
            or py > max(uy, wy) + 2.5 * side
        ):
            continue
        low, high = max(0, k - 2), min(count, k + 2)
        head, tail = low == 0, high == count
        old_piece = xy[low:high]
        old = _worth(old_piece, head, tail, ground, unseen[:0], price, pace, np.inf) + len(unseen) * price
        new_piece = np.empty((high - low + 1, 2))
        new_piece[: k - low] = xy[low:k]
        new_piece[k - low + 1 :] = xy[k:high]
        mx, my = (ux, uy) if (ux - px) ** 2 + (uy - py) ** 2 < (wx - px) ** 2 + (wy - py) ** 2 else (wx, wy)
        far = np.hypot(px - mx, py - my)
        for n in range(4):
            # On the spot, or short of it by up to half a swath.
            back = min(1.0, 0.32 * n * side / 2 / far) if far > 0 else 0.0
            new_piece[k - low, 0], new_piece[k - low, 1] = px + back * (mx - px), py + back * (my - py)
            new = _worth(new_piece, head, tail, ground, unseen, price, pace, old + best)
            if new < old + best and _is_free(new_piece, walls):
                best, at, qx, qy = new - old, k, new_piece[k - low, 0], new_piece[k - low, 1]
    if at < 0:
        return at
    low, high = max(0, at - 2), min(count, at + 2)
    head, tail = low == 0, high == count
    old_piece = xy[low:high].copy()
    new_piece = np.empty((high - low + 1, 2))
    new_piece[: at - low] = xy[low:at]
    new_piece[at - low] = (qx, qy)
    new_piece[at - low + 1 :] = xy[at:high]
    # What the link covered until now counts too.
    add(seen, -1, old_piece, head, tail, ground)
    unseen = found[
        : unseen_near(new_piece[max(0, at - low - 1) : at - low + 2], 1.5 * side, seen, ground, found)
    ]
    old = _worth(old_piece, head, tail, ground, unseen, price, pace, np.inf)
    if _worth(new_piece, head, tail, ground, unseen, price, pace, old) > old - 1e-6:
        add(seen, 1, old_piece, head, tail, ground)
        return -1
    for m in range(count, at, -1):
        xy[m], kind[m] = xy[m - 1], kind[m - 1]
    xy[at, 0], xy[at, 1], kind[at] = qx, qy, LINK
    add(seen, 1, new_piece, head, tail, ground)
    return at
