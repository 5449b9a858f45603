"""What a mission gives the planner: areas, airspace, sites and rules in one local frame."""

from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geo.terrain import Terrain
from missions import Mission
from missions.catalogue import AircraftModel
from missions.errors import PlanError
from missions.features import Area, Features, Plot
from missions.mission import Ground
from missions.records import Site
from planner.airspace import Bounds, barrier_between_m, free_places
from planner.flight import Performance
from planner.heights import Heights, check_frame, height_warnings, heights_for, under_obstacles
from planner.predict import Eye
from planner.reach import half_angles, lean
from planner.router import Router
from planner.season import season_warnings
from planner.sorties import Base, Limits
from planner.survey import SurveyRules
from planner.transit import Airspace

T = TypeVar("T")
Array = NDArray[np.float64]

_INTERVAL_SHARE = 0.9
"""Share of the camera's fastest rate that is planned for: gusts and a slope make photos come sooner."""


@dataclass(frozen=True)
class Problem:
    """Something that could not be planned, and why."""

    file: str
    reason: str


@dataclass(frozen=True, eq=False)
class Task:
    """Everything that planning needs, in metres of the local frame.

    Attributes
    ----------
    areas
        Plots by name.
    no_fly
        Keep-out areas as they were given, longitude and latitude.
    bounds
        Where the aircraft may be, in the frame.
    lowest_agl_m
        Height above ground below which no line may be, however steep its plot.
    trigger_m
        Longest trigger distance over level ground.
    """

    ground: Ground
    aircraft: AircraftModel
    areas: dict[str, Polygon | MultiPolygon]
    no_fly: list[Area]
    bounds: Bounds
    heights: Heights
    lowest_agl_m: float
    bases: list[Base]
    sites: list[Site]
    rules: SurveyRules
    router: Router
    limits: Limits
    trigger_m: float
    warnings: list[str] = field(default_factory=list[str])
    problems: list[Problem] = field(default_factory=list[Problem])


def prepare(mission: Mission) -> Task:
    """Read a mission's inputs and settle heights, speed, airspace and sites.

    Raises
    ------
    MissionError
        When a setting or an input makes the whole mission unusable.
    PlanError
        When no plot, no site, no height or no wind is left to plan with, or a keep-out area cannot be read.
    """
    settings = mission.settings
    plots, no_fly = mission.plots(), _all_readable(mission.no_fly(), "a keep-out area")
    obstacles = _all_readable(mission.obstacles(), "an obstacle")
    passages = _all_readable(mission.transit(), "a line or area for ways (transit.*)")
    if not plots.items:
        reasons = "; ".join(f"{entry.file}: {entry.reason}" for entry in plots.rejected)
        raise PlanError(
            f"{mission.root}: no plots to plan for{': ' + reasons if reasons else '; add plots.geojson'}"
        )
    ground = mission.ground()
    aircraft, camera_model = mission.aircraft_model(), mission.camera_model()
    eye = Eye(camera_model.camera(), settings.camera.mount_yaw_deg, ground.terrain, ground.frame)
    warnings = [*ground.warnings, *season_warnings(mission, ground)]
    problems = [Problem(entry.file, entry.reason) for entry in plots.rejected]

    kind = ground.terrain.kind
    check_frame(settings.airspace.height_frame, aircraft)
    heights = heights_for(settings.survey, settings.airspace, eye.camera, kind)
    on_line = heights.on_line
    tangents = half_angles(eye.camera, eye.mount_yaw_deg)
    side_pct, front_pct = settings.survey.overlaps_pct
    overlaps = (side_pct / 100.0, front_pct / 100.0)
    trigger_m = 2.0 * tangents[1] * (on_line.agl_m - on_line.tolerance_m) * (1.0 - overlaps[1])
    fastest = _INTERVAL_SHARE * trigger_m / camera_model.min_interval_s
    wanted = settings.survey.speed_m_s or aircraft.cruise_m_s
    if wanted > fastest:
        warnings.append(
            f"speed lowered from {wanted:g} to {fastest:.1f} m/s: the {camera_model.name} takes a photo "
            f"every {camera_model.min_interval_s:g} s and the front overlap needs one every {trigger_m:.1f} m"
        )
    wind = settings.wind
    performance = Performance.in_wind(aircraft, round(min(wanted, fastest), 1), wind.speed_m_s, wind.from_deg)
    eye = replace(eye, carrier=performance, gimbal=settings.camera.gimbal)

    areas = _areas(plots, ground, problems)
    heights = heights.for_aircraft(performance)
    tall = [obstacle for obstacle in obstacles if heights.stands_in_the_way(obstacle)]
    warnings += height_warnings(heights, settings.survey.max_height_agl_m, kind, tall)
    closed = [*(area.polygon for area in no_fly), *(obstacle.geometry for obstacle in tall)]
    bounds = Bounds.of(
        settings.airspace,
        list(areas.values()),
        [ground.frame.to_enu([(site.lon, site.lat)])[0] for site in settings.sites],
        [ground.frame.geometry_to_enu(passage.geometry) for passage in passages],
        [ground.frame.geometry_to_enu(shape) for shape in closed],
    )
    airspace = bounds.airspace()
    places = {name: free_places(area, airspace) for name, area in areas.items()}
    if tall and not any(len(free) for free in places.values()):
        raise PlanError(under_obstacles(heights, tall))
    bases = _bases(mission, areas, airspace, ground, np.vstack(list(places.values())), warnings, problems)
    problems += _shut_in(places, bases, airspace)
    direction = settings.survey.line_direction_deg
    rules = SurveyRules(
        eye=eye,
        airspace=airspace,
        on_line=heights.on_line,
        performance=performance,
        overlaps=overlaps,
        lean=lean(aircraft.kind, settings.camera.gimbal, performance.speed_m_s, wind.speed_m_s),
        margin_m=settings.survey.margin_m,
        direction_deg=direction,
        buffer_m=settings.airspace.buffer_m,
    )
    usable_wh = aircraft.battery_wh * (1.0 - settings.battery.reserve_pct / 100.0)
    return Task(
        ground=ground,
        aircraft=aircraft,
        areas=areas,
        no_fly=no_fly,
        bounds=bounds,
        heights=heights,
        lowest_agl_m=heights.lowest_agl_m(obstacles),
        bases=bases,
        sites=[_site(base, ground) for base in bases],
        rules=rules,
        router=Router(airspace, ground.terrain, heights.on_line, heights.on_way, performance),
        limits=Limits(usable_wh, aircraft.max_items),
        trigger_m=trigger_m,
        warnings=warnings,
        problems=problems,
    )


def _all_readable(found: Features[T], what: str) -> list[T]:
    if found.rejected:
        faults = "; ".join(f"{entry.file}: {entry.reason}" for entry in found.rejected)
        raise PlanError(f"{what} cannot be read, and a plan must not ignore it: {faults}")
    return found.items


def _areas(
    plots: Features[Plot], ground: Ground, problems: list[Problem]
) -> dict[str, Polygon | MultiPolygon]:
    areas: dict[str, Polygon | MultiPolygon] = {}
    for plot in plots.items:
        area = ground.frame.geometry_to_enu(plot.polygon)
        if area.area < 1.0:
            problems.append(Problem(f'plot "{plot.name}"', f"its area is {area.area:.2f} m2"))
        elif not ground.terrain.covers(area):
            problems.append(Problem(f'plot "{plot.name}"', "the terrain has no heights for all of it"))
        else:
            areas[plot.name] = area
    if not areas:
        raise PlanError(f"no plot can be planned: {'; '.join(f'{p.file}: {p.reason}' for p in problems)}")
    return areas


def _bases(
    mission: Mission,
    areas: dict[str, Polygon | MultiPolygon],
    airspace: Airspace,
    ground: Ground,
    plots_m: Array,
    warnings: list[str],
    problems: list[Problem],
) -> list[Base]:
    if not mission.settings.sites:
        base = _base_beside(areas, airspace, ground.terrain)
        lon, lat = ground.frame.to_lonlat([base.place_m])[0]
        warnings.append(
            f"no take-off site is given: {base.name} ({lon:.6f}, {lat:.6f}) is taken; name yours "
            "under [[sites]]"
        )
        return [base]
    bases: list[Base] = []
    for site in mission.settings.sites:
        place = ground.frame.to_enu([(site.lon, site.lat)])[0]
        height = float(ground.terrain.height_at([place])[0])
        if np.isnan(height):
            problems.append(Problem("mission.toml", f'site "{site.name}" lies outside the terrain'))
        elif not airspace.is_free([shapely.Point(place)])[0]:
            problems.append(
                Problem(
                    "mission.toml",
                    f'site "{site.name}" lies in a no-fly area or its margin, '
                    f"{airspace.depth_m(place):.0f} m from where it may be",
                )
            )
        elif (barrier := barrier_between_m(airspace, place[None], plots_m)) is not None:
            problems.append(
                Problem(
                    "mission.toml",
                    f'site "{site.name}": no way leads from it to any plot, {barrier:.0f} m of what is not '
                    "allowed are in between",
                )
            )
        else:
            bases.append(Base(site.name, place, height))
    if not bases:
        reasons = "; ".join(problem.reason for problem in problems if problem.file == "mission.toml")
        raise PlanError(f"{mission.root / 'mission.toml'}: no take-off site can be used: {reasons}")
    return bases


def _shut_in(places: dict[str, Array], bases: list[Base], airspace: Airspace) -> list[Problem]:
    """Plots that no way leads to from any site."""
    sites_m = np.array([base.place_m for base in bases])
    barriers = {name: barrier_between_m(airspace, free, sites_m) for name, free in places.items()}
    return [
        Problem(
            f'plot "{name}"',
            f"no way leads to it from any site, {barrier:.0f} m of what is not allowed are in between",
        )
        for name, barrier in barriers.items()
        if barrier is not None
    ]


def _base_beside(areas: dict[str, Polygon | MultiPolygon], airspace: Airspace, terrain: Terrain) -> Base:
    """Take the allowed place on the first plot's border that is nearest to the middle of all plots."""
    name, area = next(iter(areas.items()))
    border = shapely.get_coordinates(shapely.segmentize(area.boundary, 10.0))
    border = border[airspace.is_free(np.asarray(shapely.points(border), dtype=object))]
    if len(border) == 0:
        raise PlanError(
            f'no take-off site is given, and no place at the border of "{name}" is outside the no-fly areas'
        )
    middle = np.array(shapely.GeometryCollection(list(areas.values())).centroid.coords[0])
    place = border[int(np.argmin(np.linalg.norm(border - middle, axis=1)))]
    return Base(f"edge of {name}", place, float(terrain.height_at([place])[0]))


def _site(base: Base, ground: Ground) -> Site:
    lon, lat = np.round(ground.frame.to_lonlat([base.place_m])[0], 7).tolist()
    return Site(name=base.name, lon=lon, lat=lat, alt_amsl_m=round(base.ground_amsl_m, 2))
