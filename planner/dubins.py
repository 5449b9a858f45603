"""Shortest paths of bounded curvature from pose to pose: how an aircraft that cannot stop gets about.

A shortest path consists of three pieces, each a left turn (L), a right turn (R) of the smallest radius, or
straight (S), in one of six words. A pose is a place (2,) and a heading as a unit vector (2,), both east and
north in the local frame.

Sources: L. E. Dubins, On curves of minimal length with a constraint on average curvature, American Journal of
Mathematics 79 (1957) 497-516, for the six words; A. M. Shkel and V. Lumelsky, Classification of the Dubins
set, Robotics and Autonomous Systems 34 (2001) 179-202, for their lengths in a frame of unit radius.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

WORDS = ("LSL", "LSR", "LRL", "RSR", "RSL", "RLR")
_FULL_TURN = 2.0 * np.pi
_ROUND_OFF = 1e-6
"""Turns that fall short of a full one by less than this many radians, and straights of less than this many
radii, are round-off of none at all."""


@dataclass(frozen=True, eq=False)
class DubinsPath:
    """One path of bounded curvature.

    Attributes
    ----------
    start_m, heading : (2,)
        The pose it begins with.
    radius_m
        Of its turns.
    word
        One of `WORDS`.
    pieces_m : (3,)
        Lengths of the pieces along the path.
    """

    start_m: Array
    heading: Array
    radius_m: float
    word: str
    pieces_m: Array

    @property
    def length_m(self) -> float:
        """Length of the whole path."""
        return float(max(0.0, self.pieces_m.sum()))

    def points(self, chord_m: float = 0.5) -> Array:
        """Give points (N, 2) along the path, between which straight lines leave it by at most `chord_m`.

        The ends of each piece are among them, so straight pieces have none between. The first point is the
        start; a path of no length is that point alone.
        """
        step = 2.0 * np.arccos(1.0 - min(chord_m / self.radius_m, 0.5))
        place, heading = self.start_m, self.heading
        points = [place[None]]
        for piece, length in zip(self.word, self.pieces_m, strict=True):
            if piece == "S":
                arc = place[None] + length * heading
                place = arc[-1]
            else:
                side = 1.0 if piece == "L" else -1.0
                angle = length / self.radius_m
                steps = max(1, int(np.ceil(abs(angle) / step)))
                turned = np.linspace(0.0, angle, steps + 1)[1:, None]
                left = side * np.array([-heading[1], heading[0]])
                arc = place + self.radius_m * (np.sin(turned) * heading + (1.0 - np.cos(turned)) * left)
                place, heading = arc[-1], np.cos(angle) * heading + np.sin(angle) * left
            if abs(length) > _ROUND_OFF * self.radius_m:
                points.append(arc)
        return np.vstack(points)


def pieces_m(start_m: Array, heading: Array, end_m: Array, end_heading: Array, radius_m: float) -> Array:
    """Lengths of the three pieces of each word.

    Parameters
    ----------
    start_m, heading, end_m, end_heading : (..., 2)
        Poses; their shapes are broadcast, so that (N, 1, 2) and (1, M, 2) give all pairs.
    radius_m
        Smallest radius of a turn, above 0.

    Returns
    -------
    (..., 6, 3) metres in the order of `WORDS`; inf where a word does not lead from one pose to the other. A
    turn may be negative by round-off (a millionth of a radius), never more.
    """
    offset = (end_m - start_m) / radius_m
    along = np.sum(offset * heading, axis=-1)
    left = heading[..., 0] * offset[..., 1] - heading[..., 1] * offset[..., 0]
    cosine = np.sum(heading * end_heading, axis=-1)
    sine = heading[..., 0] * end_heading[..., 1] - heading[..., 1] * end_heading[..., 0]
    # What begins with a right turn is the mirror image of what begins with a left one.
    words = [*_left_words(along, left, cosine, sine), *_left_words(along, -left, cosine, -sine)]
    return radius_m * np.stack(words, axis=-2)


def lengths_m(start_m: Array, heading: Array, end_m: Array, end_heading: Array, radius_m: float) -> Array:
    """Lengths (...) of the shortest paths between poses; parameters as for `pieces_m`."""
    totals = pieces_m(start_m, heading, end_m, end_heading, radius_m).sum(axis=-1)
    return np.maximum(0.0, totals.min(axis=-1))


def paths(
    start_m: Array, heading: Array, end_m: Array, end_heading: Array, radius_m: float
) -> list[DubinsPath]:
    """All words' paths from one pose to another, shortest first; all arrays (2,)."""
    pieces = pieces_m(start_m, heading, end_m, end_heading, radius_m)
    totals = pieces.sum(axis=-1)
    return [
        DubinsPath(start_m, heading, radius_m, WORDS[number], pieces[number])
        for number in np.argsort(totals, kind="stable")
        if np.isfinite(totals[number])
    ]


def shortest_path(
    start_m: Array, heading: Array, end_m: Array, end_heading: Array, radius_m: float
) -> DubinsPath:
    """Give the shortest path from one pose to another; all arrays (2,). There always is one."""
    return paths(start_m, heading, end_m, end_heading, radius_m)[0]


def _left_words(x: Array, y: Array, cosine: Array, sine: Array) -> tuple[Array, Array, Array]:
    """Pieces (..., 3) of LSL, LSR and LRL with unit radius.

    The start is the origin with heading +x; the end is (x, y) with its heading's cosine and sine. The centre
    of the first turn is (0, 1); (u, v) is the way from there to the centre of the last.
    """
    heading = np.arctan2(sine, cosine)

    u, v = x - sine, y - 1.0 + cosine
    apart = np.hypot(u, v)
    # With one centre for both turns there is but one turn.
    first = np.where(apart > _ROUND_OFF, _turn(np.arctan2(v, u)), 0.0)
    straight = np.where(apart > _ROUND_OFF, apart, 0.0)
    same_side = np.stack((first, straight, _turn(heading - first)), axis=-1)

    beside = np.arccos(np.minimum(apart / 4.0, 1.0))
    first = _turn(np.arctan2(v, u) + beside + np.pi / 2.0)
    middle = np.pi + 2.0 * beside
    three_turns = np.stack((first, middle, _turn(heading - first + middle)), axis=-1)
    three_turns[apart > 4.0] = np.inf

    u, v = x + sine, y - 1.0 - cosine
    apart = np.hypot(u, v)
    straight = np.sqrt(np.maximum(0.0, apart**2 - 4.0))
    first = _turn(np.arctan2(v, u) + np.arctan2(2.0, straight))
    across = np.stack((first, straight, _turn(first - heading)), axis=-1)
    across[apart < 2.0 - _ROUND_OFF] = np.inf
    return same_side, across, three_turns


def _turn(angle: Array) -> Array:
    """Bring an angle into a full turn; what lacks but round-off of it is no turn."""
    return (angle + _ROUND_OFF) % _FULL_TURN - _ROUND_OFF
