"""What a mission gives the planner: areas, airspace, sites and rules in one local frame."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.terrain import Terrain
from missions import Mission
from missions.catalogue import AircraftModel, CameraModel
from missions.errors import PlanError
from missions.features import Area, Features, Plot
from missions.mission import Ground
from missions.records import Site
from planner.camerarate import INTERVAL_SHARE, survey_speed
from planner.flight import Performance
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

_ON_LINE_SHARE, _ON_WAY_SHARE = 0.05, 0.15
"""Departures from the height above ground that are allowed on transects and between them."""


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
    keep_out
        The same with their margin, in the frame: where no path may be.
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
    keep_out: BaseGeometry
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
    no_fly = _readable_no_fly(mission)
    work = surveyed(mission)
    ground = work.ground
    aircraft, camera_model = mission.aircraft_model(), mission.camera_model()
    eye = Eye(camera_model.camera(), settings.camera.mount_yaw_deg, ground.terrain, ground.frame)
    warnings = [*ground.warnings, *season_warnings(mission, ground), *work.warnings]
    problems = list(work.problems)

    on_line, on_way = _height_rules(mission, eye)
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

    airspace = Airspace.around(
        [ground.frame.geometry_to_enu(area.polygon) for area in no_fly],
        settings.airspace.no_fly_margin_m,
        work.closed_holes,
    )
    bases = _bases(mission, work.outlines, airspace, ground, warnings, problems)
    direction = settings.survey.line_direction_deg
    rules = SurveyRules(
        eye=eye,
        airspace=airspace,
        on_line=on_line,
        performance=performance,
        overlaps=overlaps,
        lean=lean(aircraft.kind, settings.camera.gimbal, performance.speed_m_s, wind.speed_m_s),
        margin_m=settings.survey.margin_m,
        direction_deg=direction,
        buffer_m=settings.airspace.buffer_m,
        cross_grid=settings.survey.cross_grid,
    )
    keep_out = [
        ground.frame.geometry_to_enu(area.polygon).buffer(settings.airspace.no_fly_margin_m)
        for area in no_fly
    ]
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
        keep_out=shapely.union_all(keep_out) if keep_out else Polygon(),
        bases=bases,
        sites=[_site(base, ground) for base in bases],
        rules=rules,
        router=Router(airspace, ground.terrain, on_line, on_way, performance),
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
    return replace(
        task,
        rules=replace(task.rules, performance=performance),
        router=replace(task.router, performance=performance),
    )


def _readable_no_fly(mission: Mission) -> list[Area]:
    found: Features[Area] = mission.no_fly()
    if found.rejected:
        faults = "; ".join(f"{entry.file}: {entry.reason}" for entry in found.rejected)
        raise PlanError(f"a keep-out area cannot be read, and a plan must not ignore it: {faults}")
    return found.items


def _height_rules(mission: Mission, eye: Eye) -> tuple[HeightRule, HeightRule]:
    """Heights over the ground below the aircraft that give the wanted GSD there.

    The GSD holds under the track; across the swath of a slope it is finer uphill and coarser downhill.
    """
    survey = mission.settings.survey
    focal_px = float(np.sqrt(eye.camera.fx_px * eye.camera.fy_px))
    height = survey.gsd_cm / 100.0 * focal_px
    ceiling = survey.max_height_agl_m
    if height > ceiling:
        raise PlanError(
            f"{survey.gsd_cm:g} cm/px needs {height:.0f} m above ground with this camera, above the "
            f"ceiling of {ceiling:g} m (survey.max_height_agl_m); at the ceiling the GSD is "
            f"{100 * ceiling / focal_px:.2f} cm/px"
        )
    height = min(height, ceiling / (1.0 + _ON_LINE_SHARE))
    on_way = min(_ON_WAY_SHARE * height, ceiling - height)
    return HeightRule(height, _ON_LINE_SHARE * height), HeightRule(height, on_way)


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
    rule = HeightRule(ring.height_agl_m, _ON_LINE_SHARE * ring.height_agl_m)
    if rule.agl_m + rule.tolerance_m > ceiling:
        raise PlanError(
            f"{asks} {ring.height_agl_m:g} m high, above the ceiling of {ceiling:g} m "
            f"(survey.max_height_agl_m); ring.height_agl_m may be {ceiling / (1.0 + _ON_LINE_SHARE):.0f}"
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
                Problem("mission.toml", f'site "{site.name}" lies in a no-fly area or its margin')
            )
        else:
            bases.append(Base(site.name, place, height))
    if not bases:
        reasons = "; ".join(problem.reason for problem in problems if problem.file == "mission.toml")
        raise PlanError(f"{mission.root / 'mission.toml'}: no take-off site can be used: {reasons}")
    return bases


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
