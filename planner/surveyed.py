"""What is to be surveyed: plots, corridors and buildings in the local frame, the unusable ones set aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.terrain import Terrain
from missions import Mission
from missions.errors import PlanError
from missions.features import Building, Plot, stated_name, unique_name
from missions.mission import Ground
from planner.problem import Problem
from planner.ring import House

_LEAST_AREA_M2 = 1.0
_SHARED_M2 = 10.0
"""Plots that share less than this were drawn along a common border."""
_USUAL_HEIGHT_M = 6.0
"""Of buildings whose height nobody states. An estimate: two storeys."""


@dataclass(frozen=True, eq=False)
class Surveyed:
    """Plots, corridors and buildings, metres of the local frame.

    Attributes
    ----------
    areas
        Plots by name, the strips of corridors among them.
    centre_lines
        Of the strips, by the same names.
    """

    ground: Ground
    areas: dict[str, Polygon | MultiPolygon]
    centre_lines: Mapping[str, BaseGeometry]
    houses: list[House]
    warnings: list[str] = field(default_factory=list[str])
    problems: list[Problem] = field(default_factory=list[Problem])

    @property
    def outlines(self) -> dict[str, Polygon | MultiPolygon]:
        """All that is surveyed, by name."""
        return {**self.areas, **{house.name: house.outline for house in self.houses}}

    @property
    def closed_holes(self) -> list[Polygon]:
        """Holes of plots, which are not to be flown over, unless a plot or a building lies in them.

        What a corridor goes around is no hole.
        """
        plots = [area for name, area in self.areas.items() if name not in self.centre_lines]
        rings = [ring for area in plots for part in shapely.get_parts(area) for ring in part.interiors]
        return [
            hole
            for hole in map(Polygon, rings)
            if not any(hole.intersection(area).area > _LEAST_AREA_M2 for area in self.outlines.values())
        ]


def surveyed(mission: Mission) -> Surveyed:
    """Read what is to be surveyed, with a warning for plots that share ground or a name.

    Raises
    ------
    PlanError
        When nothing of it can be surveyed.
    """
    plots, buildings = mission.plots(), mission.buildings()
    rejected = [*plots.rejected, *buildings.rejected]
    problems = [Problem(entry.file, entry.reason) for entry in rejected]
    if not plots.items and not buildings.items:
        raise PlanError(_nothing(mission, problems))
    ground = mission.ground()
    areas: dict[str, Polygon | MultiPolygon] = {}
    for plot in plots.items:
        area = ground.frame.geometry_to_enu(plot.polygon)
        if reason := _unusable(area, ground.terrain):
            problems.append(Problem(f'plot "{plot.name}"', reason))
        else:
            areas[plot.name] = area
    houses: list[House] = []
    for building in buildings.items:
        house = _house(building, ground, {*areas, *(house.name for house in houses)})
        if reason := _unusable(house.outline, ground.terrain):
            problems.append(Problem(f'building "{building.name}"', reason))
        else:
            houses.append(house)
    if not areas and not houses:
        raise PlanError(_nothing(mission, problems))
    centre_lines = {
        name: ground.frame.geometry_to_enu(line)
        for name, line in mission.centre_lines().items()
        if name in areas
    }
    warnings = [*_namesakes(plots.items), *_shared(areas)]
    return Surveyed(ground, areas, centre_lines, houses, warnings, problems)


def forbidden(area: BaseGeometry, no_fly: BaseGeometry) -> str:
    """Say why nothing of an area can be flown over or seen from beside it."""
    border = shapely.points(shapely.get_coordinates(shapely.segmentize(area, 5.0)))
    farthest_m = float(np.max(shapely.distance(border, no_fly), initial=0.0))
    if farthest_m < 1.0:
        return "all of it lies inside the no-fly areas themselves"
    return (
        "all of it lies in no-fly areas and their margin; an airspace.no_fly_margin_m below "
        f"{farthest_m:.0f} m would leave some of it"
    )


def _nothing(mission: Mission, problems: list[Problem]) -> str:
    reasons = "; ".join(f"{problem.file}: {problem.reason}" for problem in problems)
    return f"{mission.root}: no plots to plan for{': ' + reasons if reasons else '; add plots.geojson'}"


def _unusable(area: Polygon | MultiPolygon, terrain: Terrain) -> str | None:
    """Why an area cannot be surveyed."""
    if area.area < _LEAST_AREA_M2:
        return f"its area is {area.area:.2f} m2, and {_LEAST_AREA_M2:g} m2 is the least; redraw it"
    if not terrain.covers(area):
        return f"the terrain has no heights for {_without_heights(area, terrain)} of it"
    return None


def _without_heights(area: Polygon | MultiPolygon, terrain: Terrain) -> str:
    places = shapely.get_coordinates(shapely.segmentize(area, max(1.0, area.length / 200.0)))
    lost = float(np.isnan(terrain.height_at(places)).mean())
    return "all" if lost == 1.0 else f"{max(lost, 0.01):.0%}"


def _house(building: Building, ground: Ground, taken: set[str]) -> House:
    outline = ground.frame.geometry_to_enu(building.polygon)
    height_m = building.height_m or _USUAL_HEIGHT_M
    stands_at = float(np.median(ground.terrain.height_at(shapely.get_coordinates(outline))))
    return House(unique_name(building.name, taken), outline, height_m, stands_at + height_m)


def _namesakes(plots: Sequence[Plot]) -> list[str]:
    """Say what plots are called whose name another has already."""
    called: dict[str, list[str]] = {}
    for plot in plots:
        name = stated_name(plot.properties)
        if name is not None and name != plot.name:
            called.setdefault(name, []).append(f'"{plot.name}"')
    return [
        f'{len(others) + 1} plots are of the name "{name}"; the plan calls the others {", ".join(others)}'
        for name, others in called.items()
    ]


def _shared(areas: dict[str, Polygon | MultiPolygon]) -> list[str]:
    """Say which plots lie on each other: what they share is surveyed twice."""
    names, shapes = list(areas), list(areas.values())
    found = shapely.STRtree(shapes).query(np.array(shapes, dtype=object), predicate="intersects")
    said: list[str] = []
    for one, other in sorted((one, other) for one, other in found.T.tolist() if one < other):
        shared = shapes[one].intersection(shapes[other]).area
        if shared > _SHARED_M2:
            said.append(
                f'plots "{names[one]}" and "{names[other]}" share {shared / 1e4:.2f} ha, which is surveyed '
                "twice; cut it from one of them"
            )
    return said
