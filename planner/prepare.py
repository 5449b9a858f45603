"""What a mission gives the planner: areas, airspace, sites and rules in one local frame."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.terrain import Terrain
from missions import Mission
from missions.catalogue import AircraftModel, CameraModel
from missions.errors import PlanError
from missions.features import Area, Features, Plot
from missions.mission import Ground
from missions.records import Site
from planner.airspace import Bounds, barrier_between_m, free_places
from planner.camerarate import INTERVAL_SHARE, survey_speed
from planner.flight import Performance
from planner.heights import Heights, check_frame, height_warnings, heights_for, under_obstacles
from planner.predict import Eye
from planner.problem import Problem
from planner.reach import half_angles, lean
from planner.ring import Cluster, RingRules, clusters_of
from planner.router import Router
from planner.season import season_warnings
from planner.sorties import Base, Limits
from planner.survey import SurveyRules
from planner.surveyed import surveyed
from planner.terrain import HeightRule
from planner.transit import Airspace

T = TypeVar("T")
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Task:
    """Everything that planning needs, in metres of the local frame.

    Attributes
    ----------
    areas
        Plots by name, the strips of corridors among them.
    centre_lines
        Of the strips, by the same names.
    clusters
        Buildings to look at from all sides.
    no_fly
        Keep-out areas as they were given, longitude and latitude.
    bounds
        Where the aircraft may be, in the frame.
    trigger_m
        Longest trigger distance over level ground.
    """

    ground: Ground
    aircraft: AircraftModel
    camera: CameraModel
    areas: dict[str, Polygon | MultiPolygon]
    centre_lines: Mapping[str, BaseGeometry]
    clusters: list[Cluster]
    ring_rules: RingRules | None
    no_fly: list[Area]
    bounds: Bounds
    heights: Heights
    bases: list[Base]
    sites: list[Site]
    rules: SurveyRules
    router: Router
    limits: Limits
    trigger_m: float
    warnings: list[str] = field(default_factory=list[str])
    problems: list[Problem] = field(default_factory=list[Problem])

    @property
    def built_up(self) -> list[Plot]:
        """What the rings go around, as plots to show."""
        frame = self.ground.frame
        return [Plot(group.name, frame.geometry_to_lonlat(group.hull)) for group in self.clusters]

    @property
    def no_fly_enu(self) -> BaseGeometry:
        """Keep-out areas without their margin, in the frame."""
        return shapely.union_all([self.ground.frame.geometry_to_enu(area.polygon) for area in self.no_fly])


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
    no_fly = _all_readable(mission.no_fly(), "a keep-out area")
    obstacles = _all_readable(mission.obstacles(), "an obstacle")
    passages = _all_readable(mission.transit(), "a line or area for ways (transit.*)")
    work = surveyed(mission)
    ground = work.ground
    aircraft, camera_model = mission.aircraft_model(), mission.camera_model()
    eye = Eye(camera_model.camera(), settings.camera.mount_yaw_deg, ground.terrain, ground.frame)
    warnings = [*ground.warnings, *season_warnings(mission, ground), *work.warnings]
    problems = list(work.problems)

    kind = ground.terrain.kind
    check_frame(settings.airspace.height_frame, aircraft)
    heights = heights_for(settings.survey, settings.airspace, eye.camera, kind)
    on_line = heights.on_line
    tangents = half_angles(eye.camera, eye.mount_yaw_deg)
    side_pct, front_pct = settings.survey.overlaps_pct
    overlaps = (side_pct / 100.0, front_pct / 100.0)
    trigger_m = 2.0 * tangents[1] * (on_line.agl_m - on_line.tolerance_m) * (1.0 - overlaps[1])
    speed_m_s, slower = survey_speed(
        settings.survey.speed_m_s or aircraft.cruise_m_s, trigger_m, overlaps[1], aircraft, camera_model
    )
    warnings += slower
    wind = settings.wind
    performance = Performance.in_wind(aircraft, speed_m_s, wind.speed_m_s, wind.from_deg)
    eye = replace(eye, carrier=performance, gimbal=settings.camera.gimbal)

    heights = heights.for_aircraft(performance)
    tall = [obstacle for obstacle in obstacles if heights.stands_in_the_way(obstacle)]
    warnings += height_warnings(heights, settings.survey.max_height_agl_m, kind, tall)
    closed = [*(area.polygon for area in no_fly), *(obstacle.geometry for obstacle in tall)]
    bounds = Bounds.of(
        settings.airspace,
        list(work.outlines.values()),
        [ground.frame.to_enu([(site.lon, site.lat)])[0] for site in settings.sites],
        [ground.frame.geometry_to_enu(passage.geometry) for passage in passages],
        [ground.frame.geometry_to_enu(shape) for shape in closed],
        work.closed_holes,
    )
    airspace = bounds.airspace()
    places = {name: free_places(area, airspace) for name, area in work.outlines.items()}
    if tall and not any(len(free) for free in places.values()):
        raise PlanError(under_obstacles(heights, tall))
    plots_m = np.vstack(list(places.values()))
    bases = _bases(mission, work.outlines, airspace, ground, plots_m, warnings, problems)
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
        cross_grid=settings.survey.cross_grid,
    )
    usable_wh = aircraft.battery_wh * (1.0 - settings.battery.reserve_pct / 100.0)
    return Task(
        ground=ground,
        aircraft=aircraft,
        camera=camera_model,
        areas=work.areas,
        centre_lines=work.centre_lines,
        clusters=clusters_of(work.houses, settings.ring.distance_m),
        ring_rules=_ring_rules(mission, eye, overlaps[1], speed_m_s) if work.houses else None,
        no_fly=no_fly,
        bounds=bounds,
        heights=heights,
        bases=bases,
        sites=[_site(base, ground) for base in bases],
        rules=rules,
        router=Router(airspace, ground.terrain, heights.on_line, heights.on_way, performance),
        limits=Limits(usable_wh, aircraft.max_items),
        trigger_m=trigger_m,
        warnings=warnings,
        problems=problems,
    )


def slowed(task: Task, trigger_m: float) -> Task:
    """Give the same task at a speed at which the camera keeps up with a trigger distance."""
    performance = task.router.performance
    speed_m_s, warnings = survey_speed(
        performance.speed_m_s, trigger_m, task.rules.overlaps[1], task.aircraft, task.camera
    )
    if not warnings:
        return task
    task.warnings.extend(warnings)
    performance = replace(performance, speed_m_s=speed_m_s)
    eye = replace(task.rules.eye, carrier=performance)
    return replace(
        task,
        rules=replace(task.rules, performance=performance, eye=eye),
        router=replace(task.router, performance=performance),
    )


def _all_readable(found: Features[T], what: str) -> list[T]:
    if found.rejected:
        faults = "; ".join(f"{entry.file}: {entry.reason}" for entry in found.rejected)
        raise PlanError(f"{what} cannot be read, and a plan must not ignore it: {faults}")
    return found.items


def _ring_rules(mission: Mission, eye: Eye, overlap: float, speed_m_s: float) -> RingRules:
    """Settle how rings are flown; PlanError when aircraft or camera cannot, or they are too high."""
    ring, ceiling = mission.settings.ring, mission.settings.survey.max_height_agl_m
    aircraft, camera = mission.aircraft_model(), mission.camera_model()
    asks = f"{mission.root}: buildings.* asks for oblique photos from a ring"
    if not mission.settings.camera.gimbal:
        raise PlanError(
            f"{asks}, and camera.gimbal is false: set it to true if a gimbal can pitch the camera to "
            f"{ring.pitch_deg:g} degrees, or take buildings.* out of the folder"
        )
    if aircraft.kind != "multirotor":
        raise PlanError(
            f"{asks}, which only a multirotor can fly sideways; the {aircraft.name} is a {aircraft.kind}"
        )
    share = mission.settings.survey.height_tolerance_pct / 100.0
    rule = HeightRule(
        ring.height_agl_m,
        share * ring.height_agl_m,
        floor_m=mission.settings.airspace.clearance_m,
        ceiling_m=ceiling,
    )
    if ring.height_agl_m * (1.0 + share) > ceiling:
        raise PlanError(
            f"{asks} {ring.height_agl_m:g} m high, above the ceiling of {ceiling:g} m "
            f"(survey.max_height_agl_m); ring.height_agl_m may be {ceiling / (1.0 + share):.0f}"
        )
    return RingRules(
        distance_m=ring.distance_m,
        rule=rule,
        pitch_deg=ring.pitch_deg,
        across=half_angles(eye.camera, eye.mount_yaw_deg)[0],
        overlap=overlap,
        speed_m_s=speed_m_s,
        interval_s=camera.min_interval_s / INTERVAL_SHARE,
    )


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
    """Take the allowed place nearest to the middle of all plots, on the border of the first that has any."""
    middle = np.array(shapely.GeometryCollection(list(areas.values())).centroid.coords[0])
    for name, area in areas.items():
        border = shapely.get_coordinates(shapely.segmentize(area.boundary, 10.0))
        border = border[airspace.is_free(np.asarray(shapely.points(border), dtype=object))]
        if len(border):
            place = border[int(np.argmin(np.linalg.norm(border - middle, axis=1)))]
            return Base(f"edge of {name}", place, float(terrain.height_at([place])[0]))
    raise PlanError(
        f"no take-off site is given, and no place at the border of {', '.join(areas)} is outside the no-fly "
        "areas; name one under [[sites]]"
    )


def _site(base: Base, ground: Ground) -> Site:
    lon, lat = np.round(ground.frame.to_lonlat([base.place_m])[0], 7).tolist()
    return Site(name=base.name, lon=lon, lat=lat, alt_amsl_m=round(base.ground_amsl_m, 2))
