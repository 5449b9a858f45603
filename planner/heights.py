"""How high to fly: as the wanted GSD asks, over the ground and what stands on it, under the ceiling."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from geo.camera import Camera
from geo.frames import LocalFrame
from geo.terrain import Terrain
from missions.catalogue import AircraftModel
from missions.errors import PlanError
from missions.features import Obstacle
from missions.records import HeightFrame, Sortie
from missions.settings import AirspaceSettings, SurveySettings
from planner.flight import Performance
from planner.terrain import BetweenRule, Grade, HeightRule, heights_above_ground

FREE_CEILING_M = 120.0
"""True height above which the air is controlled (interim regulation on unmanned aircraft flight, in force
2024-01-01, article 19)."""
_WAY_SHARE = 0.15
"""How far a way may depart from the one with least climbing, as a share of the height, to save waypoints."""


_CANOPY_M = 30.0
"""What stands on the ground, at most, where the terrain may be the surface: tall trees. An estimate."""

_HAIR_M = 0.02
"""Of rounding that a height above ground may be off by."""

Kind = Literal["ground", "surface", "unknown"]


@dataclass(frozen=True)
class Heights:
    """Heights above ground of a survey.

    Attributes
    ----------
    on_line, on_way
        Rules along transects and between them; no way is lower than the lines may be.
    clearance_m
        Least height above ground and obstacles.
    gsd_cm
        What a photo from `on_line.agl_m` shows.
    """

    on_line: HeightRule
    on_way: HeightRule
    clearance_m: float
    gsd_cm: float

    def for_aircraft(self, performance: Performance) -> "Heights":
        """Give the same for an aircraft that climbs and sinks no steeper than at its speed over ground."""
        grade = grade_of(performance)
        on_line, on_way = self.on_line.with_grade(grade), self.on_way.with_grade(grade)
        return Heights(on_line, on_way, self.clearance_m, self.gsd_cm)

    def stands_in_the_way(self, obstacle: Obstacle) -> bool:
        """Whether an obstacle is too high to be flown over."""
        return obstacle.height_m + self.clearance_m > self.on_line.lowest_m


def heights_for(survey: SurveySettings, airspace: AirspaceSettings, camera: Camera, kind: Kind) -> Heights:
    """Settle the heights above ground that give the wanted GSD below the aircraft.

    The GSD holds under the track; across the swath of a slope it is finer uphill and coarser downhill.

    Raises
    ------
    PlanError
        When the ceiling is above what is free and no approval is stated, and when the GSD needs a height
        above the ceiling or below the clearance; with the GSD that would work.
    """
    ceiling = _ceiling_m(survey, airspace)
    clearance = airspace.clearance_m
    focal_px = float(np.sqrt(camera.fx_px * camera.fy_px))
    height = survey.gsd_cm / 100.0 * focal_px
    if height > ceiling:
        raise PlanError(
            f"{survey.gsd_cm:g} cm/px needs {height:.0f} m above ground with this camera, above the "
            f"ceiling of {ceiling:g} m (survey.max_height_agl_m); at the ceiling the GSD is "
            f"{100 * ceiling / focal_px:.2f} cm/px"
        )
    if height < clearance:
        raise PlanError(
            f"{survey.gsd_cm:g} cm/px needs {height:.1f} m above ground with this camera, below the "
            f"{clearance:g} m to keep from it (airspace.clearance_m); the finest GSD that keeps them is "
            f"{np.ceil(1e4 * clearance / focal_px) / 100:.2f} cm/px"
        )
    share = survey.height_tolerance_pct / 100.0
    height = min(height, ceiling / (1.0 + share))
    if height < clearance:
        raise PlanError(
            f"a ceiling of {ceiling:g} m (survey.max_height_agl_m) leaves no room above the {clearance:g} m "
            f"to keep from the ground (airspace.clearance_m) and {100 * share:g} % of tolerance; a "
            f"ceiling of {np.ceil(clearance * (1.0 + share)):.0f} m does"
        )
    on_line = HeightRule(height, share * height, floor_m=clearance, ceiling_m=ceiling)
    # Over a surface nobody knows how much higher the true height is, so ways stay low of the ceiling.
    room = 0.0 if kind == "ground" else _CANOPY_M
    way_ceiling = max(on_line.highest_m, ceiling - room)
    on_way = BetweenRule(height, _WAY_SHARE * height, floor_m=on_line.lowest_m, ceiling_m=way_ceiling)
    return Heights(on_line, on_way, clearance, 100.0 * height / focal_px)


def _ceiling_m(survey: SurveySettings, airspace: AirspaceSettings) -> float:
    ceiling = survey.max_height_agl_m
    if ceiling > FREE_CEILING_M and not (airspace.approval or "").strip():
        raise PlanError(
            f"survey.max_height_agl_m is {ceiling:g} m, and above {FREE_CEILING_M:g} m true height a flight "
            f"needs an approval: state its number as airspace.approval, or set {FREE_CEILING_M:g}"
        )
    return ceiling


def grade_of(performance: Performance) -> Grade:
    """Steepest gradients of an aircraft at its greatest speed over ground."""
    aircraft = performance.aircraft
    multirotor = aircraft.kind == "multirotor"
    wind = 0.0 if multirotor else float(np.hypot(*performance.wind_m_s))
    over_ground = performance.speed_m_s + wind
    return Grade(
        aircraft.max_climb_m_s / over_ground, aircraft.max_descent_m_s / over_ground, slows=multirotor
    )


def height_warnings(heights: Heights, ceiling_m: float, kind: Kind, tall: Sequence[Obstacle]) -> list[str]:
    """What crews must know about the heights: obstacles that are flown around, and an uncertain ground."""
    lowest, highest = heights.on_line.lowest_m, heights.on_way.highest_m
    warnings = [
        f'obstacle "{obstacle.name}" is {obstacle.height_m:g} m high and flown around: the lowest height of '
        f"{lowest:.0f} m leaves less than {heights.clearance_m:g} m above it (airspace.clearance_m); "
        f"{_flown_over(heights, obstacle)}"
        for obstacle in tall
    ]
    if kind != "ground":
        warnings.append(
            f"terrain.tif {'holds' if kind == 'surface' else 'may hold'} the surface: heights and clearance "
            f"count from roofs and tree tops. The plan flies up to {highest:.0f} m above them, so the true "
            f"height passes {ceiling_m:g} m where they are higher than {ceiling_m - highest:.0f} m"
        )
    return warnings


def under_obstacles(heights: Heights, tall: Sequence[Obstacle]) -> str:
    """Say why plots that lie under obstacles cannot be flown, and what would work."""
    highest = max(tall, key=lambda obstacle: obstacle.height_m)
    return (
        f"every plot lies under obstacles or in no-fly areas: {heights.gsd_cm:.2f} cm/px needs "
        f'{heights.on_line.agl_m:.0f} m above ground, and "{highest.name}" is {highest.height_m:g} m high, '
        f"with {heights.clearance_m:g} m to keep above it (airspace.clearance_m); "
        f"{_flown_over(heights, highest)}"
    )


def _flown_over(heights: Heights, obstacle: Obstacle) -> str:
    rule = heights.on_line
    needed = rule.agl_m * (obstacle.height_m + heights.clearance_m) / rule.lowest_m
    if needed * (1.0 + rule.tolerance_m / rule.agl_m) > rule.ceiling_m:
        return f"no height under the ceiling of {rule.ceiling_m:g} m leaves more"
    finest = np.ceil(100.0 * heights.gsd_cm * needed / rule.agl_m) / 100.0
    return f"from {finest:.2f} cm/px on it is flown over"


def height_problems(
    sortie: Sortie, heights: Heights, ceiling_m: float, terrain: Terrain, frame: LocalFrame
) -> list[str]:
    """Where a sortie's path, landing apart, is lower than the clearance or higher than the ceiling."""
    places = frame.to_enu([(point.lon, point.lat) for point in sortie.path[:-1]])
    points = np.column_stack((places, [point.alt_amsl_m for point in sortie.path[:-1]]))
    above = heights_above_ground(points, terrain)
    found: list[str] = []
    if above.min() < heights.clearance_m - _HAIR_M:
        found.append(
            f"it comes down to {above.min():.1f} m above ground, less than the {heights.clearance_m:g} m "
            "of airspace.clearance_m"
        )
    if above.max() > ceiling_m + _HAIR_M:
        found.append(
            f"it goes up to {above.max():.1f} m above ground, over the ceiling of {ceiling_m:g} m "
            "(survey.max_height_agl_m)"
        )
    return found


def check_frame(frame: HeightFrame, aircraft: AircraftModel) -> None:
    """Make sure that the controller takes heights in a frame.

    Raises
    ------
    PlanError
        For heights above the terrain on PX4, which takes none, and on DJI, whose waylines take them for its
        own mapping templates only.
    """
    if frame == "terrain" and aircraft.controller != "ardupilot":
        raise PlanError(
            f"the {aircraft.name} has a {aircraft.controller} controller, which takes no heights above the "
            'terrain (airspace.height_frame = "terrain"); use "amsl": '
            "the plan follows the terrain all the same"
        )
