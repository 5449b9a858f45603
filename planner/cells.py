"""An area cut into cells with a line direction of their own, where that saves time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from planner.legs import Pace, leg_s
from planner.scan import bulges, corners_of, edges_of, longest_directions
from planner.sweep import COARSE, FINE, Sweep, sweep

Array = NDArray[np.float64]

EVEN_DEG = tuple(np.arange(0.0, 180.0, 6.0).tolist())
"""Directions that are always looked at, beside those of the longest edges."""
_WORTH_S = 4.0
"""What a cut must save, beyond the way from one cell to the other."""
_LONG_EDGE = 3.0
"""Along an edge of so many spacings a strip of its own is looked at."""
_CRUMB = 0.05
"""Pieces smaller than this share of a squared spacing are no cells."""
_MOST_CUTS = 32
"""Cuts along the longest edges are looked at, so many at most."""
_CLOSE_LOOKS = 2


@dataclass(frozen=True, eq=False)
class Search:
    """What stays the same while cuts are looked for.

    Attributes
    ----------
    free : (F, 4)
        Edges of what may be flown over.
    """

    free: Array
    spacing_m: float
    pace: Pace

    @property
    def way_s(self) -> float:
        """Seconds that the way from one cell to the next takes, about."""
        return leg_s(self.spacing_m, 0.0, (*self.pace[:2], 0.0, 0.0))

    def ranked(
        self, area: BaseGeometry, directions_deg: Iterable[float], edges: int, steps: int
    ) -> list[Sweep]:
        """Sweep an area in some directions and along its longest edges; the quickest sweep first."""
        need = edges_of(area)
        directions = sorted({*directions_deg, *longest_directions(need, edges)})
        tried = [sweep(need, self.free, each, self.spacing_m, self.pace, steps) for each in directions]
        return sorted(tried, key=lambda each: each.seconds)


def sweep_cells(area: BaseGeometry, search: Search) -> list[Sweep]:
    """Sweep an area in one direction, or cut it where that pays, and each piece again."""
    whole = search.ranked(area, EVEN_DEG, 8, FINE)[0]
    cut = _best_cut(area, whole, search)
    if cut is None:
        return [whole]
    return [each for cell in cut for each in sweep_cells(cell, search)]


def _best_cut(area: BaseGeometry, whole: Sweep, search: Search) -> list[Polygon] | None:
    """Cut that saves most: a quick look at all, a close one at the best of them."""
    looks: dict[int, tuple[float, list[Polygon]]] = {}
    for cells in _cuts(area, whole.direction_deg, search.spacing_m):
        seconds = sum(search.ranked(cell, [whole.direction_deg], 2, COARSE)[0].seconds for cell in cells)
        looks.setdefault(round(cells[0].area), (seconds + search.way_s * (len(cells) - 1), cells))
    best, least = None, whole.seconds - _WORTH_S
    for _, cells in sorted(looks.values(), key=lambda look: look[0])[:_CLOSE_LOOKS]:
        seconds = sum(search.ranked(cell, EVEN_DEG[::2], 6, FINE)[0].seconds for cell in cells)
        seconds += search.way_s * (len(cells) - 1)
        if seconds < least:
            best, least = cells, seconds
    return best


def _cuts(area: BaseGeometry, direction_deg: float, spacing_m: float) -> Iterator[list[Polygon]]:
    """Cells that one straight cut makes: the one that is cut off, and the rest.

    Cuts run through the corners that bulge into the area, along their edges and along the lines; and beside
    long edges, one or two spacings away.
    """
    angle = np.radians(direction_deg)
    lines: list[tuple[Array, Array, Array]] = []
    for points, before, after in corners_of(area):
        inwards_there = bulges(before, after)
        for point, one, other, bulge in zip(points, before, after, inwards_there, strict=True):
            length = float(np.hypot(*other))
            if length > _LONG_EDGE * spacing_m:
                inwards = np.array([other[1], -other[0]]) / length
                middle = point + other / 2
                lines += [(middle + far * spacing_m * inwards, other, middle) for far in (1.0, 2.0)]
            if bulge:
                along = (one, other, length * np.array([np.sin(angle), np.cos(angle)]))
                lines += [(point, each, point) for each in along]
    lines.sort(key=lambda line: -float(np.hypot(*line[1])))
    for start, along, anchor in lines[:_MOST_CUTS]:
        for cell in _beside(area, start, along, anchor):
            rest = [
                part
                for part in shapely.get_parts(area.difference(cell))
                if isinstance(part, Polygon) and part.area > _CRUMB * spacing_m**2
            ]
            if rest and cell.area > _CRUMB * spacing_m**2:
                yield [cell, *rest]


def _beside(area: BaseGeometry, start: Array, along: Array, anchor: Array) -> list[Polygon]:
    """Pieces of an area, on either side of a line, that reach a place."""
    west, south, east, north = area.bounds
    far = 2.0 * (east - west + north - south)
    ahead = far * along / np.hypot(*along)
    left = np.array([-ahead[1], ahead[0]])
    halves = shapely.polygons(
        [[start - ahead, start + ahead, start + ahead + side, start - ahead + side] for side in (left, -left)]
    )
    pieces = shapely.get_parts(shapely.intersection(area, halves))
    near = shapely.dwithin(pieces, shapely.Point(anchor), 0.01)
    return [piece for piece in pieces[near] if isinstance(piece, Polygon)]
