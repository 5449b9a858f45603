"""From flights in metres to the sorties of plan.json."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geo.frames import LocalFrame
from missions.records import Aim, PathPoint, PlannedPhoto, Site, Sortie
from planner.course import angles_to
from planner.flight import Performance
from planner.predict import Eye
from planner.router import Visit
from planner.sorties import Flight

Array = NDArray[np.float64]

_LONLAT_DECIMALS = 7
"""One centimetre, and what MAVLink carries."""
_ALT_DECIMALS = 2


def sortie_of(
    flight: Flight, name: str, site: Site, eye: Eye, performance: Performance, trigger_m: float
) -> Sortie:
    """Write one flight down as a sortie with its path and its photos."""
    photos = [photo for visit in flight.visits for photo in _photos(visit, eye, trigger_m)]
    return Sortie(
        name=name,
        site=site.name,
        plots=tuple(dict.fromkeys(visit.plot for visit in flight.visits)),
        speed_m_s=performance.speed_m_s,
        trigger_m=trigger_m,
        path=tuple(_path(flight, site, eye)),
        photos=tuple(photos),
        path_m=round(flight.effort.path_m, 1),
        flight_s=round(flight.effort.seconds, 1),
        energy_wh=round(flight.effort.energy_wh, 2),
        battery_pct=round(100.0 * flight.effort.energy_wh / performance.aircraft.battery_wh, 1),
    )


def _path(flight: Flight, site: Site, eye: Eye) -> list[PathPoint]:
    def points(kind: str, at_m: Array, plot: str | None = None) -> list[PathPoint]:
        if len(at_m) == 0:
            return []
        lonlat = np.round(eye.frame.to_lonlat(at_m[:, :2]), _LONLAT_DECIMALS)
        amsl = np.round(at_m[:, 2], _ALT_DECIMALS)
        agl = np.round(amsl - eye.terrain.height_at(at_m[:, :2]), _ALT_DECIMALS)
        return [
            PathPoint.model_validate(
                {"lon": lon, "lat": lat, "alt_amsl_m": up, "alt_agl_m": above, "kind": kind, "plot": plot}
            )
            for lon, lat, up, above in np.column_stack((lonlat, amsl, agl)).tolist()
        ]

    path = points("takeoff", flight.ways[0][:1])
    for way, visit in zip(flight.ways[:-1], flight.visits, strict=True):
        path += points("transit", way[1:-1])
        path += points("transit", visit.run_in_m, visit.plot)
        line = points("start", visit.line_m[:1], visit.plot)
        line += points("follow", visit.line_m[1:-1], visit.plot)
        line += points("end", visit.line_m[-1:], visit.plot)
        path += _aimed(line, visit, eye.frame)
    path += points("transit", flight.ways[-1][1:])
    landing = PathPoint(lon=site.lon, lat=site.lat, alt_amsl_m=site.alt_amsl_m, alt_agl_m=0.0, kind="land")
    return [*path, landing]


def _aimed(line: Sequence[PathPoint], visit: Visit, frame: LocalFrame) -> Sequence[PathPoint]:
    """Add to the points of a line where nose and camera look on the way to each of them."""
    course = visit.transect.course
    if course is None or course.oblique is None:
        return line
    aims_m = course.aims_along(visit.line_m, course.oblique)
    lonlat = np.round(frame.to_lonlat(aims_m[:, :2]), _LONLAT_DECIMALS).tolist()
    aimed: list[PathPoint] = []
    for point, place_m, aim_m, (lon, lat) in zip(line, visit.line_m, aims_m, lonlat, strict=True):
        yaw_deg, pitch_deg = angles_to(place_m, aim_m, frame)
        looks = {
            "yaw_deg": round(yaw_deg, 2),
            "camera_pitch_deg": round(pitch_deg, 2),
            "aim": Aim(lon=lon, lat=lat, alt_amsl_m=round(float(aim_m[2]), _ALT_DECIMALS)),
            "trigger_m": course.trigger_m if point.kind == "start" else None,
        }
        aimed.append(point.model_copy(update=looks))
    return aimed


def _photos(visit: Visit, eye: Eye, trigger_m: float) -> list[PlannedPhoto]:
    course = visit.transect.course
    poses = course.poses(visit.line_m, eye) if course else eye.poses(visit.line_m, trigger_m)
    lonlat = eye.frame.to_lonlat([(pose.east_m, pose.north_m) for pose in poses]).tolist()
    return [
        PlannedPhoto(
            lon=round(lon, _LONLAT_DECIMALS),
            lat=round(lat, _LONLAT_DECIMALS),
            alt_amsl_m=round(pose.alt_amsl_m, _ALT_DECIMALS),
            yaw_deg=round(pose.yaw_deg, 2),
            pitch_deg=round(pose.pitch_deg, 2),
            roll_deg=round(pose.roll_deg, 2),
            plot=visit.plot,
        )
        for (lon, lat), pose in zip(lonlat, poses, strict=True)
    ]
