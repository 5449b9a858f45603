"""DJI's waylines, a .kmz for DJI Pilot 2 and FlightHub: wpmz/template.kml and wpmz/waylines.wpml.

Element by element as DJI describes them (DJI Cloud API, DJI WPML: Template.kml, Waylines.wpml, Common
Elements), in the order of a file that DJI Pilot 2 wrote itself (WPML 1.0.6). The template is of type
"waypoint", so what Pilot shows and what the aircraft flies are the same points.

Heights. In the template they are relative to the take-off point or above sea level (EGM96), with
`ellipsoidHeight` beside them; the executable waylines know no sea level: their mode WGS84 is the height above
the ellipsoid, so the undulation of the geoid is added there. Where heights are relative, `ellipsoidHeight`
holds the relative height too, as Pilot 2 itself writes it. `takeOffRefPoint` is latitude, longitude and
ellipsoidal height of the site, and its height above ground is 0.

Pilot 2 takes 2 to 65535 waypoints; a Phantom 4 RTK flies no waylines at all (its app reads plan.kml).
"""

import math
import zipfile
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from geo.frames import LocalFrame
from geo.geoid import egm96_undulation
from geo.kml import zip_entry
from geo.kml.tree import Element
from missions.catalogue import AircraftModel, CameraModel, camera_model
from missions.errors import PlanError
from missions.records import PathPoint, Plan, Site, Sortie

TEMPLATE, WAYLINES = "wpmz/template.kml", "wpmz/waylines.wpml"

_KML, _WPML = "http://www.opengis.net/kml/2.2", "http://www.dji.com/wpmz/1.0.6"
_SPELLED = {"relative": ("relativeToStartPoint", "relativeToStartPoint"), "amsl": ("EGM96", "WGS84")}
"""heightMode of the template and executeHeightMode of the waylines, by `Plan.height_frame`."""
_WITHOUT_REFERENCE_POINT = (60, 89)
"""M300 and M350 take no takeOffRefPoint."""
_STOP, _FLY_ON = "toPointAndStopWithDiscontinuityCurvature", "coordinateTurn"
_LONGEST_CUT_M = 5.0
"""How far before a point of a transect the aircraft may begin to climb or descend to the next one."""
_NADIR_DEG = -90.0
_MOST_TRANSITIONAL_M_S = 15.0


@dataclass(frozen=True)
class _Flight:
    """Everything that a file says of its sortie."""

    plan: Plan
    sortie: Sortie
    site: Site
    drone: tuple[int, int]
    camera: CameraModel


@dataclass(frozen=True)
class _Heights:
    """The heights of one point: in the template, above the ellipsoid, and as they are flown."""

    template_m: float
    ellipsoid_m: float
    execute_m: float


@dataclass(frozen=True)
class _Waypoint:
    point: PathPoint
    heights: _Heights
    damping_m: float
    """0 where the aircraft stops."""
    groups: tuple[Element, ...]


def write_wpml_file(path: Path, plan: Plan, sortie: Sortie, aircraft: AircraftModel) -> None:
    """Write one sortie; the same plan gives the same bytes, so it carries no time of writing.

    Raises
    ------
    PlanError
        The aircraft flies no waylines, the plan's heights count from the terrain, or there are more points
        than the controller takes.
    """
    if aircraft.wpml_drone is None:
        raise PlanError(f"{sortie.name}: the {aircraft.name} flies no waylines (WPML)")
    if plan.height_frame not in _SPELLED:
        raise PlanError(
            f'{sortie.name}: DJI\'s waylines take heights as "relative" or "amsl", and '
            f'airspace.height_frame is "{plan.height_frame}"'
        )
    # The aircraft climbs to the first point and comes home from the last one by itself.
    points = [point for point in sortie.path if point.kind != "land"]
    if not 2 <= len(points) <= aircraft.max_items:
        raise PlanError(
            f"{sortie.name}: {len(points)} waypoints; the controller of the {aircraft.name} takes 2 to "
            f"{aircraft.max_items}"
        )
    flight = _Flight(plan, sortie, plan.site(sortie.site), aircraft.wpml_drone, camera_model(plan.camera))
    waypoints = _waypoints(points, flight)
    files = {
        TEMPLATE: _document(_template(flight, waypoints)),
        WAYLINES: _document(_waylines(flight, waypoints)),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(zip_entry(name, zipfile.ZIP_DEFLATED), data)


def _waypoints(points: Sequence[PathPoint], flight: _Flight) -> list[_Waypoint]:
    height_of = _height_rule(flight.plan, flight.site)
    frame = LocalFrame(flight.site.lon, flight.site.lat)
    lonlat = [(point.lon, point.lat) for point in points]
    legs = frame.distance_m(frame.to_enu(lonlat[:-1]), frame.to_enu(lonlat[1:])).tolist()
    groups = _action_groups(points, flight.sortie, flight.camera)
    return [
        _Waypoint(
            point,
            height_of(point),
            round(min(_LONGEST_CUT_M, 0.4 * min(legs[i - 1 : i + 1])), 2) if point.kind == "follow" else 0.0,
            tuple(groups.get(i, ())),
        )
        for i, point in enumerate(points)
    ]


def _height_rule(plan: Plan, site: Site) -> Callable[[PathPoint], _Heights]:
    def relative(point: PathPoint) -> _Heights:
        height_m = point.alt_amsl_m - site.alt_amsl_m
        return _Heights(height_m, height_m, height_m)

    def amsl(point: PathPoint) -> _Heights:
        ellipsoid_m = point.alt_amsl_m + _undulation_m(point)
        return _Heights(point.alt_amsl_m, ellipsoid_m, ellipsoid_m)

    return {"relative": relative, "amsl": amsl}[plan.height_frame]


def _undulation_m(place: PathPoint | Site) -> float:
    return float(egm96_undulation([(place.lon, place.lat)])[0])


def _action_groups(
    points: Sequence[PathPoint], sortie: Sortie, camera: CameraModel
) -> dict[int, list[Element]]:
    """Turn the gimbal where a transect wants another pitch; take photos by distance along each transect."""
    starts = [i for i, point in enumerate(points) if point.kind == "start"]
    ends = [i for i, point in enumerate(points) if point.kind == "end"]
    groups: dict[int, list[Element]] = {}
    number = 0

    def add(first: int, last: int, trigger: Element, action: Element) -> None:
        nonlocal number
        group = _w(
            "actionGroup",
            _w("actionGroupId", number),
            _w("actionGroupStartIndex", first),
            _w("actionGroupEndIndex", last),
            _w("actionGroupMode", "sequence"),
            trigger,
            action,
        )
        groups.setdefault(first, []).append(group)
        number += 1

    pitch_deg: float | None = None
    for start, end in zip(starts, ends, strict=True):
        wanted_deg = _pitch_deg(points[start])
        if wanted_deg != pitch_deg:
            turn_at = 0 if pitch_deg is None else start
            reached = _w("actionTrigger", _w("actionTriggerType", "reachPoint"))
            add(turn_at, turn_at, reached, _gimbal_action(wanted_deg))
            pitch_deg = wanted_deg
        every = _w(
            "actionTrigger",
            _w("actionTriggerType", "multipleDistance"),
            _w("actionTriggerParam", sortie.trigger_from(points[start])),
        )
        add(start, end, every, _photo_action(camera))
    return groups


def _pitch_deg(point: PathPoint) -> float:
    return _NADIR_DEG if point.camera_pitch_deg is None else point.camera_pitch_deg


def _gimbal_action(pitch_deg: float) -> Element:
    return _w(
        "action",
        _w("actionId", 0),
        _w("actionActuatorFunc", "gimbalRotate"),
        _w(
            "actionActuatorFuncParam",
            _w("gimbalHeadingYawBase", "north"),
            _w("gimbalRotateMode", "absoluteAngle"),
            _w("gimbalPitchRotateEnable", 1),
            _w("gimbalPitchRotateAngle", pitch_deg),
            _w("gimbalRollRotateEnable", 0),
            _w("gimbalRollRotateAngle", 0),
            _w("gimbalYawRotateEnable", 0),
            _w("gimbalYawRotateAngle", 0),
            _w("gimbalRotateTimeEnable", 0),
            _w("gimbalRotateTime", 0),
            _w("payloadPositionIndex", 0),
        ),
    )


def _photo_action(camera: CameraModel) -> Element:
    parameters = [_w("fileSuffix", ""), _w("payloadPositionIndex", 0)]
    if camera.wpml_lens is not None:
        parameters += [_w("payloadLensIndex", camera.wpml_lens), _w("useGlobalPayloadLensIndex", 0)]
    return _w(
        "action",
        _w("actionId", 0),
        _w("actionActuatorFunc", "takePhoto"),
        _w("actionActuatorFuncParam", *parameters),
    )


def _template(flight: _Flight, waypoints: Sequence[_Waypoint]) -> list[Element]:
    """Give the contents of template.kml's Document."""
    sortie, site, lens = flight.sortie, flight.site, flight.camera.wpml_lens
    config = _mission_config(flight)
    if flight.drone[0] not in _WITHOUT_REFERENCE_POINT:
        height_m = site.alt_amsl_m + _undulation_m(site)
        place = f"{site.lat:.7f},{site.lon:.7f},{height_m:.2f}"
        speed_at = _index(config, "globalTransitionalSpeed")
        config[speed_at:speed_at] = [_w("takeOffRefPoint", place), _w("takeOffRefPointAGLHeight", 0)]
    payload = [_w("payloadPositionIndex", 0)]
    if lens is not None:
        payload.append(_w("imageFormat", lens))
    folder = _k(
        "Folder",
        _w("templateType", "waypoint"),
        _w("templateId", 0),
        _w(
            "waylineCoordinateSysParam",
            _w("coordinateMode", "WGS84"),
            _w("heightMode", _SPELLED[flight.plan.height_frame][0]),
            _w("positioningType", "GPS"),
        ),
        _w("autoFlightSpeed", sortie.speed_m_s),
        _w("globalHeight", round(sortie.path[0].alt_amsl_m - site.alt_amsl_m, 2)),
        _w("caliFlightEnable", 0),
        _w("gimbalPitchMode", "manual"),
        _w("globalWaypointHeadingParam", *_heading(None)),
        _w("globalWaypointTurnMode", _STOP),
        _w("globalUseStraightLine", 1),
        *(_template_placemark(index, waypoint) for index, waypoint in enumerate(waypoints)),
        _w("payloadParam", *payload),
    )
    return [config, folder]


def _template_placemark(index: int, waypoint: _Waypoint) -> Element:
    return _k(
        "Placemark",
        _place(waypoint.point),
        _w("index", index),
        _w("ellipsoidHeight", round(waypoint.heights.ellipsoid_m, 2)),
        _w("height", round(waypoint.heights.template_m, 2)),
        _w("useGlobalHeight", 0),
        _w("useGlobalSpeed", 1),
        _w("useGlobalHeadingParam", 0),
        _w("waypointHeadingParam", *_heading(waypoint.point.yaw_deg)),
        _w("useGlobalTurnParam", 0),
        _turn(waypoint),
        _w("useStraightLine", 1),
        *map(deepcopy, waypoint.groups),
        _w("isRisky", 0),
    )


def _waylines(flight: _Flight, waypoints: Sequence[_Waypoint]) -> list[Element]:
    """Give the contents of waylines.wpml's Document."""
    sortie = flight.sortie
    config = _mission_config(flight)
    highest_m = max(point.alt_amsl_m for point in sortie.path) - flight.site.alt_amsl_m
    config.insert(_index(config, "globalTransitionalSpeed") + 1, _w("globalRTHHeight", math.ceil(highest_m)))
    folder = _k(
        "Folder",
        _w("templateId", 0),
        _w("executeHeightMode", _SPELLED[flight.plan.height_frame][1]),
        _w("waylineId", 0),
        _w("distance", sortie.path_m),
        _w("duration", sortie.flight_s),
        _w("autoFlightSpeed", sortie.speed_m_s),
        *(_wayline_placemark(index, waypoint, sortie) for index, waypoint in enumerate(waypoints)),
    )
    return [config, folder]


def _wayline_placemark(index: int, waypoint: _Waypoint, sortie: Sortie) -> Element:
    return _k(
        "Placemark",
        _place(waypoint.point),
        _w("index", index),
        _w("executeHeight", round(waypoint.heights.execute_m, 2)),
        _w("waypointSpeed", sortie.speed_m_s),
        _w("waypointHeadingParam", *_heading(waypoint.point.yaw_deg)),
        _turn(waypoint),
        _w("useStraightLine", 1),
        _w(
            "waypointGimbalHeadingParam",
            _w("waypointGimbalPitchAngle", 0),
            _w("waypointGimbalYawAngle", 0),
        ),
        *map(deepcopy, waypoint.groups),
        _w("isRisky", 0),
        _w("waypointWorkType", 0),
    )


def _mission_config(flight: _Flight) -> Element:
    sortie, drone, payload = flight.sortie, flight.drone, flight.camera.wpml_payload
    climb_m = min(max(sortie.path[0].alt_amsl_m - flight.site.alt_amsl_m, 1.2), 1500.0)
    config = _w(
        "missionConfig",
        _w("flyToWaylineMode", "safely"),
        _w("finishAction", "goHome"),
        _w("exitOnRCLost", "executeLostAction"),
        _w("executeRCLostAction", "goBack"),
        _w("takeOffSecurityHeight", round(climb_m, 2)),
        _w("globalTransitionalSpeed", min(sortie.speed_m_s, _MOST_TRANSITIONAL_M_S)),
        _w("droneInfo", _w("droneEnumValue", drone[0]), _w("droneSubEnumValue", drone[1])),
    )
    if payload is not None:
        config.append(
            _w(
                "payloadInfo",
                _w("payloadEnumValue", payload[0]),
                _w("payloadSubEnumValue", payload[1]),
                _w("payloadPositionIndex", 0),
            )
        )
    return config


def _heading(yaw_deg: float | None) -> Iterator[Element]:
    """Nose along the path, or, where the plan says where it must point, turning evenly to there."""
    yield _w("waypointHeadingMode", "followWayline" if yaw_deg is None else "smoothTransition")
    yield _w("waypointHeadingAngle", 0 if yaw_deg is None else round((yaw_deg + 180.0) % 360.0 - 180.0, 2))
    yield _w("waypointPoiPoint", "0.000000,0.000000,0.000000")
    yield _w("waypointHeadingAngleEnable", int(yaw_deg is not None))
    yield _w("waypointHeadingPathMode", "followBadArc")
    yield _w("waypointHeadingPoiIndex", 0)


def _turn(waypoint: _Waypoint) -> Element:
    return _w(
        "waypointTurnParam",
        _w("waypointTurnMode", _FLY_ON if waypoint.damping_m > 0 else _STOP),
        _w("waypointTurnDampingDist", waypoint.damping_m),
    )


def _place(point: PathPoint) -> Element:
    return _k("Point", _k("coordinates", f"{point.lon:.7f},{point.lat:.7f}"))


def _index(parent: Element, name: str) -> int:
    return [child.tag for child in parent].index(f"{{{_WPML}}}{name}")


def _document(contents: Sequence[Element]) -> bytes:
    root = etree.fromstring(f'<kml xmlns="{_KML}" xmlns:wpml="{_WPML}"/>')
    root.append(_k("Document", *contents))
    etree.indent(root, space=" ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def _w(name: str, *content: Element | str | float) -> Element:
    return _element(_WPML, name, content)


def _k(name: str, *content: Element | str | float) -> Element:
    return _element(_KML, name, content)


def _element(namespace: str, name: str, content: Sequence[Element | str | float]) -> Element:
    element = etree.Element(f"{{{namespace}}}{name}")
    for part in content:
        if isinstance(part, str):
            element.text = part
        elif isinstance(part, int | float):
            element.text = f"{part:.12g}"
        else:
            element.append(part)
    return element
