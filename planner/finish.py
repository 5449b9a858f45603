"""When a path is good enough: what it sees, and how it is polished until that is all."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from planner.legs import Pace, leg_s, path_s, straight_legs
from planner.links import Land
from planner.polish import Path, polished
from planner.scan import edges_of
from planner.swath import Ground, ground_of, sample_m2, swath_of

Array = NDArray[np.float64]

WANTED = 0.9996
"""Share of the area that must be seen before a path is taken."""
_DEARER, _PRICES = 1.25, 20
"""Ground left unseen gets dearer by this factor, so many times at most."""
_FETCH = 2.0
"""What is missing is fetched at so many times its price, about."""
_SMALL = 8.0
"""In small areas ground is as dear as if so many times what may be left unseen cost a link."""


@dataclass(frozen=True, eq=False)
class CoveragePath:
    """A path over an area.

    Attributes
    ----------
    line
        The whole path, metres.
    transects
        Its straight lines of survey, in the order and direction in which they are flown.
    turns
        Number of times the heading changes by more than 10 degrees.
    flight_s
        Seconds from rest to rest on each leg between turns; with `turn_radius_m`, at constant airspeed.
    coverage
        Share of what can be reached of the area, without no-fly areas, that lies in the swath.
    shut_in
        Parts of the area that no way leads to, because no-fly areas and holes surround them; mostly empty.
    """

    line: LineString
    transects: list[LineString]
    turns: int
    flight_s: float
    coverage: float
    shut_in: BaseGeometry

    @property
    def length_m(self) -> float:
        """Length of the whole path."""
        return self.line.length


@dataclass(frozen=True, eq=False)
class Polish:
    """A path polished at a price of unseen ground; `seconds` reckons with fetching what it still misses."""

    path: Path
    ground: Ground
    price_s_m2: float
    covered: CoveragePath
    seconds: float


@dataclass(frozen=True, eq=False)
class Task:
    """What paths are polished for."""

    target: BaseGeometry
    land: Land
    spacing_m: float
    pace: Pace

    @property
    def price_s_m2(self) -> float:
        """What ground left unseen is reckoned at, at first.

        A square as wide as half a swath costs as much as a link from line to line; and all that may be left
        unseen some of that too, however small the area.
        """
        link_s = leg_s(self.spacing_m, 0.0, (*self.pace[:2], 0.0, 0.0))
        return link_s / min((self.spacing_m / 2) ** 2, _SMALL * (1.0 - WANTED) * self.target.area)

    def polished(self, path: Path) -> Polish:
        """Polish a path at the first price."""
        ground = ground_of(edges_of(self.target), path.core_legs, self.spacing_m)
        return self._at(self.price_s_m2, path, ground)

    def completed(self, polish: Polish) -> CoveragePath:
        """Go on at growing prices until the path sees enough."""
        for _ in range(_PRICES):
            if polish.covered.coverage >= WANTED:
                break
            polish = self._at(_DEARER * polish.price_s_m2, polish.path, polish.ground)
        return polish.covered

    def _at(self, price_s_m2: float, path: Path, ground: Ground) -> Polish:
        price_s = price_s_m2 * sample_m2(self.spacing_m)
        path = polished(path, ground, self.land.walls, price_s, self.pace)
        covered = self.measured(path)
        missing_m2 = max(0.0, WANTED - covered.coverage) * self.target.area
        return Polish(path, ground, price_s_m2, covered, covered.flight_s + _FETCH * price_s_m2 * missing_m2)

    def seen(self, rows: Array) -> float:
        """Share of the target in the strips of some lines, square at their ends."""
        strips = [LineString(row).buffer(self.spacing_m / 2, cap_style="square") for row in rows]
        return 1.0 - self.target.difference(shapely.union_all(strips)).area / self.target.area

    def measured(self, path: Path) -> CoveragePath:
        """Measure a path as it is."""
        steps = np.hypot(*np.diff(path.corners, axis=0).T)
        corners = path.corners[np.concatenate(([True], steps > 1e-9))]
        if len(corners) == 1:
            corners = _short_line(corners[0], self.target, self.spacing_m)
        # An area that one place sees has no transect but the whole line.
        transects = corners[None] if len(corners) == 2 else path.transects
        missed = self.target.difference(swath_of(corners, self.spacing_m)).area
        return CoveragePath(
            LineString(corners),
            [LineString(transect) for transect in transects],
            len(straight_legs(corners)) - 1,
            path_s(corners, self.pace),
            1.0 - missed / self.target.area,
            self.land.shut_in,
        )


def _short_line(place: Array, target: BaseGeometry, spacing_m: float) -> Array:
    """A line through a place of an area that is smaller than a swath."""
    room = min(target.boundary.distance(shapely.Point(place)), 0.1 * spacing_m)
    return np.array([place, place + (0.5 * room, 0.0)])
