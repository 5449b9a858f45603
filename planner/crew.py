"""What the crew of a sortie must know, drawn from the plan and its ground."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from missions import Ground, Mission
from missions.records import Plan, Site, Sortie
from planner.formats import file_to_load
from planner.prepare import Task
from planner.track import track_of
from report import CrewSheet, Near, SortieMaps, profile_svg, sortie_colour

Array = NDArray[np.float64]

_NEAR_M = 3_000.0
"""No-fly areas farther away are not worth a line."""
_HOMEWARD = 100, 40
"""Places along the path from which the straight way home is looked at, and places along each of these."""
_PROFILE_SIZE = 700.0, 112.0
_BLUR_PX = 0.5
"""How far the picture may move on the sensor while the shutter is open."""


def crew_sheets(mission: Mission, task: Task, plan: Plan) -> Iterator[CrewSheet]:
    """Yield the sheet of every sortie of a plan."""
    surroundings = Surroundings(task)
    maps = SortieMaps(
        plan, mission.plots().items, task.no_fly, task.ground, mission.settings.mission.language
    )
    for sortie in plan.sorties:
        yield _sheet(mission, task, plan, sortie, surroundings, maps)


class Surroundings:
    """The no-fly areas of a mission in its frame, ready to be asked what is near."""

    def __init__(self, task: Task) -> None:
        self._names = [area.name for area in task.no_fly]
        self._shapes: list[BaseGeometry] = [
            task.ground.frame.geometry_to_enu(area.polygon) for area in task.no_fly
        ]
        self._tree = STRtree(self._shapes)

    def near(self, path: shapely.LineString, ground: Ground) -> list[Near]:
        """No-fly areas within 3 km of a path, the nearest first, with the bearing from the path."""
        found: list[Near] = []
        for index in self._tree.query(path, predicate="dwithin", distance=_NEAR_M).tolist():
            way = shapely.get_coordinates(shapely.shortest_line(path, self._shapes[index]))
            found.append(_near(self._names[index], way[0], way[1], ground))
        return sorted(found, key=lambda near: (near.distance_m, near.name))

    def crossed(self, lines: Array) -> list[str]:
        """Names of the areas that any of (N, 2, 2) straight lines crosses."""
        touched = self._tree.query(shapely.linestrings(lines), predicate="intersects")[1]
        return [self._names[index] for index in sorted(set(touched.tolist()))]


def _sheet(
    mission: Mission, task: Task, plan: Plan, sortie: Sortie, surroundings: Surroundings, maps: SortieMaps
) -> CrewSheet:
    settings, ground, aircraft, site = mission.settings, task.ground, task.aircraft, plan.site(sortie.site)
    track_m = track_of(sortie, ground)
    path = shapely.LineString(track_m[:, :2])
    home = _homeward(sortie, site, ground)
    ceiling_m = plan.airspace.ceiling_agl_m if plan.airspace else settings.survey.max_height_agl_m
    photo_agl_m = _photo_heights(sortie, ground)
    return CrewSheet(
        mission=plan.mission,
        name=sortie.name,
        site=site.name,
        lon=site.lon,
        lat=site.lat,
        alt_amsl_m=site.alt_amsl_m,
        aircraft=aircraft.name,
        aircraft_number=sortie.aircraft,
        aircraft_count=settings.aircraft.count,
        takeoff=sortie.takeoff,
        flight_s=sortie.flight_s,
        path_m=sortie.path_m,
        photos=len(sortie.photos),
        plots=sortie.plots,
        file=file_to_load(sortie, aircraft),
        battery_wh=aircraft.battery_wh,
        energy_wh=sortie.energy_wh,
        landing_pct=100.0 - sortie.battery_pct,
        reserve_pct=settings.battery.reserve_pct,
        turn_home_pct=math.ceil(settings.battery.reserve_pct + (sortie.home_pct or 0.0)),
        agl_m=(float(np.nanmin(photo_agl_m)), float(np.nanmax(photo_agl_m))),
        amsl_m=(float(np.min(track_m[:, 2])), float(np.max(track_m[:, 2]))),
        ceiling_agl_m=ceiling_m,
        approval=settings.airspace.approval,
        return_height_m=_return_height_m(home, site, ground, settings.airspace.clearance_m),
        speed_m_s=sortie.speed_m_s,
        wind_m_s=settings.wind.speed_m_s,
        wind_from_deg=settings.wind.from_deg,
        trigger_m=sortie.trigger_m,
        overlaps_pct=settings.survey.overlaps_pct,
        gsd_cm=plan.gsd_cm,
        camera=mission.camera_model().name,
        exposure_s=_BLUR_PX * plan.gsd_cm / 100.0 / sortie.speed_m_s,
        near_no_fly=surroundings.near(path, ground),
        no_fly_on_return=surroundings.crossed(home),
        emergency=_emergency(plan, site, ground),
        phone=settings.application.phone,
        traffic_control=settings.application.communication,
        profile_svg=profile_svg(
            sortie,
            ground,
            settings.mission.language,
            colour=sortie_colour(plan, sortie),
            ceiling_agl_m=ceiling_m,
            size=_PROFILE_SIZE,
        ),
        map_jpeg=maps.jpeg(sortie),
        map_size_px=maps.size_px,
    )


def _photo_heights(sortie: Sortie, ground: Ground) -> Array:
    """Heights above the ground below at the photos, or along the path where none are taken, metres."""
    places = sortie.photos or sortie.path
    below = ground.terrain.height_at(ground.frame.to_enu([(place.lon, place.lat) for place in places]))
    return np.array([place.alt_amsl_m for place in places]) - below


def _homeward(sortie: Sortie, site: Site, ground: Ground) -> Array:
    """Straight ways home from places along the path, (N, 2, 2)."""
    points = track_of(sortie, ground)[:, :2]
    places = shapely.get_coordinates(
        shapely.line_interpolate_point(
            shapely.LineString(points), np.linspace(0.0, 1.0, _HOMEWARD[0]), normalized=True
        )
    )
    base = ground.frame.to_enu([(site.lon, site.lat)])
    return np.stack((places, np.broadcast_to(base, places.shape)), axis=1)


def _return_height_m(home: Array, site: Site, ground: Ground, clearance_m: float) -> float:
    """Height above the site that clears the ground on every straight way home, in steps of five metres."""
    share = np.linspace(0.0, 1.0, _HOMEWARD[1])[None, :, None]
    places = home[:, :1] + share * (home[:, 1:] - home[:, :1])
    highest = float(np.nanmax(ground.terrain.height_at(places.reshape(-1, 2))))
    return 5.0 * math.ceil((highest + clearance_m - site.alt_amsl_m) / 5.0)


def _emergency(plan: Plan, site: Site, ground: Ground) -> Sequence[Near]:
    """Places to land at but the sortie's own site, from there, the nearest first."""
    places = [*plan.rally, *(other for other in plan.sites if other.name != site.name)]
    base = ground.frame.to_enu([(site.lon, site.lat)])[0]
    found = [
        _near(
            place.name,
            base,
            ground.frame.to_enu([(place.lon, place.lat)])[0],
            ground,
            (place.lon, place.lat),
        )
        for place in places
    ]
    return sorted(found, key=lambda near: (near.distance_m, near.name))


def _near(
    name: str, here_m: Array, there_m: Array, ground: Ground, lonlat: tuple[float, float] | None = None
) -> Near:
    frame = ground.frame
    bearing, distance = frame.bearing_deg([here_m], [there_m])[0], frame.distance_m([here_m], [there_m])[0]
    return Near(name, float(bearing), float(distance), lonlat)
