"""A path around a building from which a pitched camera looks at its walls, roofs and courtyards."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.terrain import Terrain
from missions.errors import PlanError
from planner.course import Course, Oblique
from planner.lines import Transect
from planner.sorties import Block
from planner.terrain import HeightRule
from planner.transit import Airspace

Array = NDArray[np.float64]

_SLACK = 0.1
"""Share of the distance that the path may keep more than asked, to have fewer corners."""
_MITRE_LIMIT = 1.5
_LEAST_ARC_M = 10.0
_LEAST_FREE = 0.5
"""Share of the ring that must be outside of what is blocked; less is no look from all sides."""
_LEAST_DISTANCE_M = 5.0


@dataclass(frozen=True, eq=False)
class House:
    """A building in the local frame, metres.

    Attributes
    ----------
    top_amsl_m
        Height of its roof, taken as flat.
    """

    name: str
    outline: Polygon | MultiPolygon
    height_m: float
    top_amsl_m: float


@dataclass(frozen=True, eq=False)
class Cluster:
    """Buildings too near to each other for a path between them."""

    houses: tuple[House, ...]

    @property
    def name(self) -> str:
        """Names of all its buildings."""
        return " + ".join(house.name for house in self.houses)

    @property
    def hull(self) -> Polygon:
        """What the ring goes around: buildings and the yards between them."""
        return Polygon(
            shapely.get_coordinates(shapely.union_all([house.outline for house in self.houses]).convex_hull)
        )

    @property
    def height_m(self) -> float:
        """Of the highest building."""
        return max(house.height_m for house in self.houses)


@dataclass(frozen=True)
class RingRules:
    """Where a ring runs and how its camera looks.

    Attributes
    ----------
    distance_m
        Least distance from the walls, seen from above.
    rule
        Height above ground.
    pitch_deg
        Of the camera, negative downwards.
    across
        Tangent of the camera's half angle of view along the path.
    overlap
        Share of a photo that the next one shows again, at the walls.
    speed_m_s, interval_s
        Speed flown, and time that the camera surely needs between photos.
    """

    distance_m: float
    rule: HeightRule
    pitch_deg: float
    across: float
    overlap: float
    speed_m_s: float
    interval_s: float

    @property
    def ahead_m(self) -> float:
        """Distance, seen from above, at which the line of sight meets level ground."""
        return self.rule.agl_m / float(np.tan(np.radians(-self.pitch_deg)))

    def spacing_m(self, height_m: float) -> float:
        """Longest distance between photos that keeps the overlap at the top of a wall."""
        down = np.radians(-self.pitch_deg)
        above = self.rule.agl_m - self.rule.tolerance_m - height_m
        deep = self.distance_m * np.cos(down) + above * np.sin(down)
        return float(2.0 * self.across * deep * (1.0 - self.overlap))


def clusters_of(houses: Sequence[House], distance_m: float) -> list[Cluster]:
    """Put buildings together between which no path keeps the distance from both, however many."""
    groups = [Cluster((house,)) for house in houses]
    while True:
        hulls = [group.hull for group in groups]
        near = [
            (one, other)
            for one, hull in enumerate(hulls)
            for other in range(one + 1, len(hulls))
            if hull.distance(hulls[other]) < 2.0 * distance_m
        ]
        if not near:
            return groups
        one, other = near[0]
        groups[one] = Cluster(groups[one].houses + groups.pop(other).houses)


def ring_blocks(
    clusters: Sequence[Cluster], rules: RingRules, airspace: Airspace, terrain: Terrain
) -> tuple[list[Block], list[tuple[str, str]]]:
    """Lay the rings around all clusters; also the names of those that get none, with the reason."""
    blocks: list[Block] = []
    problems: list[tuple[str, str]] = []
    for cluster in clusters:
        try:
            blocks.append(Block(cluster.name, ring_around(cluster, rules, airspace, terrain)))
        except PlanError as error:
            problems.append((cluster.name, str(error)))
    return blocks, problems


def ring_around(cluster: Cluster, rules: RingRules, airspace: Airspace, terrain: Terrain) -> list[Transect]:
    """Lay the path around a cluster: one closed transect, or the arcs of it that are free.

    The path is the outline of the convex hull moved out by the distance. It is flown in pieces no longer than
    half the distance to what is looked at; along each the camera looks at the place straight ahead of the
    piece's middle where the line of sight of the wanted pitch meets level ground.

    Raises
    ------
    PlanError
        When the path has no room, the camera is below the roofs, or it cannot take photos fast enough; with
        the number that would work.
    """
    trigger_m = _trigger(cluster, rules)
    path = _path(cluster.hull, rules.distance_m)
    free = _free(path, airspace)
    if sum(arc.length for arc in free) < _LEAST_FREE * path.length:
        raise PlanError(_no_room(cluster.hull, rules.distance_m, airspace))
    middle = np.array(cluster.hull.centroid.coords[0])
    return [Transect.along(_course(arc, middle, rules, trigger_m, terrain)) for arc in free]


def _trigger(cluster: Cluster, rules: RingRules) -> float:
    lowest = rules.rule.agl_m - rules.rule.tolerance_m
    if cluster.height_m >= lowest:
        raise PlanError(
            f"its {cluster.height_m:g} m are not below a camera {lowest:g} m above ground; ring.height_agl_m "
            f"must be above {cluster.height_m * rules.rule.agl_m / lowest:.0f}"
        )
    spacing = rules.spacing_m(cluster.height_m)
    fastest = spacing / rules.interval_s
    if rules.speed_m_s > fastest:
        raise PlanError(
            f"the overlap at its walls needs a photo every {spacing:.1f} m, too often for the camera at "
            f"{rules.speed_m_s:g} m/s; survey.speed_m_s must be at most {np.floor(10 * fastest) / 10:g}"
        )
    return float(np.floor(10.0 * spacing) / 10.0)


def _path(hull: BaseGeometry, distance_m: float) -> LineString:
    """Closed line that keeps the distance all around, with few corners."""
    slack = _SLACK * distance_m
    around = hull.simplify(slack).buffer(distance_m + slack, join_style="mitre", mitre_limit=_MITRE_LIMIT)
    return LineString(shapely.get_coordinates(around))


def _free(path: LineString, airspace: Airspace) -> list[LineString]:
    if airspace.is_free([path])[0]:
        return [path]
    left = shapely.line_merge(path.difference(airspace.blocked.buffer(1.0)))
    return [arc for arc in shapely.get_parts(left) if arc.length >= _LEAST_ARC_M]


def _no_room(hull: BaseGeometry, distance_m: float, airspace: Airspace) -> str:
    trials = np.arange(np.ceil(distance_m) - 1.0, _LEAST_DISTANCE_M - 0.5, -1.0)
    fits = next((d for d in trials.tolist() if airspace.is_free([_path(hull, d)])[0]), None)
    works = f"ring.distance_m = {fits:g} would be free" if fits else "no shorter distance is free either"
    return f"no room for a ring {distance_m:g} m from its walls: no-fly areas are in the way; {works}"


def _course(arc: LineString, middle_m: Array, rules: RingRules, trigger_m: float, terrain: Terrain) -> Course:
    corners = _in_pieces(shapely.get_coordinates(arc), rules.ahead_m / 2.0)
    halfway = (corners[1:] + corners[:-1]) / 2.0
    along = np.diff(corners, axis=0)
    aside = np.column_stack((-along[:, 1], along[:, 0])) / np.linalg.norm(along, axis=1)[:, None]
    inwards = np.sign(np.sum(aside * (middle_m - halfway), axis=1))[:, None] * aside
    heights = terrain.height_at(halfway)
    if np.isnan(heights).any():
        raise PlanError("its ring leaves the terrain; give a terrain.tif that reaches farther")
    # At the height of the ground below the path the line of sight has the wanted pitch.
    aims = np.column_stack((halfway + rules.ahead_m * inwards, heights))
    return Course(corners, trigger_m, Oblique(aims, rules.rule))


def _in_pieces(corners_m: Array, longest_m: float) -> Array:
    """Cut each side in equal pieces, none longer than `longest_m`."""
    cut = shapely.segmentize(shapely.LineString(corners_m), longest_m)
    return shapely.get_coordinates(cut)
