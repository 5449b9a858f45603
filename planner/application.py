"""What goes into the application for permission to fly, drawn from the mission and its plan."""

import datetime
from collections.abc import Sequence
from itertools import groupby

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from missions import Ground, Mission
from missions.catalogue import AircraftModel
from missions.records import Plan, Site, Sortie
from planner.prepare import Task
from planner.terrain import heights_above_ground
from planner.track import track_of
from report import AircraftClass, FlightApplication, FlightDay, Route

Array = NDArray[np.float64]

_CLASSES: tuple[tuple[AircraftClass, float, float], ...] = (
    ("light", 4.0, 7.0),
    ("small", 15.0, 25.0),
    ("medium", np.inf, 150.0),
    ("large", np.inf, np.inf),
)
"""Largest empty and take-off masses, kg: article 62 of order 761 (2023)."""
_MICRO_EMPTY_KG = 0.25
_MOST_CORNERS = 24
"""So many corners of an area a person can still type into a form."""


def flight_application(mission: Mission, task: Task, plan: Plan) -> FlightApplication:
    """Gather what the thirteen items of article 27 ask for and the mission knows."""
    settings, ground = mission.settings, task.ground
    used = {sortie.site for sortie in plan.sorties}
    return FlightApplication(
        mission=plan.mission,
        applicant=settings.application,
        aircraft=task.aircraft,
        aircraft_class=aircraft_class(task.aircraft),
        count=settings.aircraft.count,
        sites=[site for site in plan.sites if site.name in used],
        rally=[*plan.rally, *(site for site in plan.sites if site.name not in used)],
        days=_days(plan.sorties),
        utc_offset_h=settings.schedule.utc_offset_h,
        routes=[_route(sortie) for sortie in plan.sorties],
        flight_s=plan.flight_s,
        path_m=plan.path_m,
        speed_m_s=max(sortie.speed_m_s for sortie in plan.sorties),
        highest_agl_m=max(_highest_agl_m(sortie, ground) for sortie in plan.sorties),
        ceiling_agl_m=plan.airspace.ceiling_agl_m if plan.airspace else settings.survey.max_height_agl_m,
        approval=settings.airspace.approval,
        farthest_m=max(_farthest_m(sortie, plan.site(sortie.site), ground) for sortie in plan.sorties),
        reserve_pct=settings.battery.reserve_pct,
        no_fly_margin_m=settings.airspace.no_fly_margin_m,
        airspace=_airspace(plan, ground, settings.airspace.corridor_m),
    )


def aircraft_class(aircraft: AircraftModel) -> AircraftClass | None:
    """Class by mass after article 62; None where the catalogue states no masses.

    The article asks light and small aircraft for more than their masses, and micro aircraft for a speed, a
    height and a radio power that no catalogue here states.
    """
    empty, mtow = aircraft.empty_kg, aircraft.mtow_kg
    if empty is None or mtow is None:
        return None
    if empty < _MICRO_EMPTY_KG:
        return "micro"
    return next(name for name, most_empty, most in _CLASSES if empty <= most_empty and mtow <= most)


def _days(sorties: Sequence[Sortie]) -> list[FlightDay]:
    timed = sorted(
        (sortie.takeoff, sortie.takeoff + datetime.timedelta(seconds=sortie.flight_s))
        for sortie in sorties
        if sortie.takeoff is not None
    )
    days: list[FlightDay] = []
    for _, group in groupby(timed, key=lambda flight: flight[0].date()):
        flights = list(group)
        days.append(FlightDay(flights[0][0], max(landing for _, landing in flights), len(flights)))
    return days


def _route(sortie: Sortie) -> Route:
    landing = sortie.takeoff and sortie.takeoff + datetime.timedelta(seconds=sortie.flight_s)
    work = [number for number, point in enumerate(sortie.path) if point.kind in ("start", "end")] or [0, -1]
    return Route(
        name=sortie.name,
        site=sortie.site,
        takeoff=sortie.takeoff,
        landing=landing,
        path_m=sortie.path_m,
        points=[(point.lon, point.lat, point.alt_amsl_m) for point in sortie.path],
        work=(work[0], work[-1]),
    )


def _highest_agl_m(sortie: Sortie, ground: Ground) -> float:
    return float(np.nanmax(heights_above_ground(track_of(sortie, ground), ground.terrain)))


def _farthest_m(sortie: Sortie, site: Site, ground: Ground) -> float:
    places = track_of(sortie, ground)[:, :2]
    return float(np.max(np.linalg.norm(places - ground.frame.to_enu([(site.lon, site.lat)]), axis=1)))


def _airspace(plan: Plan, ground: Ground, corridor_m: float) -> list[list[tuple[float, float]]]:
    """Outlines of the allowed air, longitude and latitude; of the ways flown where the plan has none."""
    if plan.airspace:
        air: BaseGeometry = ground.frame.geometry_to_enu(shape(plan.airspace.allowed))
    else:
        lines = [shapely.LineString(track_of(sortie, ground)[:, :2]) for sortie in plan.sorties]
        air = shapely.union_all(shapely.buffer(np.array(lines), corridor_m))
    outlines = [outline(part) for part in shapely.get_parts(air) if isinstance(part, Polygon)]
    return [
        [(float(lon), float(lat)) for lon, lat in ground.frame.to_lonlat(ring.exterior.coords)[:-1].tolist()]
        for ring in outlines
    ]


def outline(area: Polygon) -> Polygon:
    """Give a polygon without holes and with few corners that holds all of an area, as tight as can be."""
    for tolerance_m in (5.0, 10.0, 20.0, 40.0, 80.0):
        wider = Polygon(area.exterior).buffer(tolerance_m, join_style="mitre")
        # GEOS may leave a ring by up to twice the tolerance where the ring begins.
        simple = wider.simplify(0.49 * tolerance_m)
        if isinstance(simple, Polygon) and len(simple.exterior.coords) <= _MOST_CORNERS + 1:
            return Polygon(simple.exterior)
    return area.convex_hull if isinstance(area.convex_hull, Polygon) else area
