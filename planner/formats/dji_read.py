"""Reads DJI's waylines back: the executable waylines.wpml of a .kmz, and the areas of its template.kml.

Heights of mode WGS84 are above the ellipsoid and become heights above sea level (EGM96). Action groups become
the MAVLink items that do the same; what has no such item is set aside.
"""

import math
from collections.abc import Sequence
from pathlib import Path

from geo.errors import GeoError
from geo.geoid import egm96_undulation
from geo.kml import read_kml, xml_root
from geo.kml.tree import Element, children, local_name, text_within
from missions.errors import PlanError
from planner.formats.dji_wpml import WAYLINES
from planner.formats.missionfile import MarkedArea, MissionFile, Place, Route
from planner.items import (
    DO_CHANGE_SPEED,
    DO_MOUNT_CONTROL,
    DO_SET_CAM_TRIGG_DIST,
    FRAME_GLOBAL,
    FRAME_GLOBAL_RELATIVE_ALT,
    FRAME_GLOBAL_TERRAIN_ALT,
    FRAME_MISSION,
    IMAGE_START_CAPTURE,
    IMAGE_STOP_CAPTURE,
    NAV_LAND,
    NAV_RETURN_TO_LAUNCH,
    NAV_WAYPOINT,
    MissionItem,
)

_FRAMES = {
    "relativeToStartPoint": FRAME_GLOBAL_RELATIVE_ALT,
    "WGS84": FRAME_GLOBAL,
    "realTimeFollowSurface": FRAME_GLOBAL_TERRAIN_ALT,
}
_AT_THE_END = {
    "goHome": (MissionItem(NAV_RETURN_TO_LAUNCH, FRAME_MISSION),),
    "autoLand": (MissionItem(NAV_LAND, FRAME_GLOBAL_RELATIVE_ALT),),
    "noAction": (),
    "gotoFirstWaypoint": (),
}
_MOUNT_MAVLINK_TARGETING = 2.0


def read_wpml_file(path: Path) -> MissionFile:
    """Read a .kmz of DJI's waylines; each wayline is a route, named by its number.

    Raises
    ------
    PlanError
        The file is no such archive, or its waylines lack something; the message names the waypoint.
    """
    try:
        root = xml_root(path, _waylines_member, f"{WAYLINES}, DJI's executable waylines, inside")
        return _mission_file(path, root)
    except GeoError as error:
        raise PlanError(str(error)) from error


def _waylines_member(names: Sequence[str]) -> str | None:
    return next((name for name in names if name == WAYLINES), None)


def _mission_file(path: Path, root: Element) -> MissionFile:
    reader = _Reader(path)
    folders = [element for element in root.iter() if local_name(element) == "Folder"]
    if not folders:
        raise PlanError(f"{path}: {WAYLINES} has no Folder, and so no wayline")
    config = next((element for element in root.iter() if local_name(element) == "missionConfig"), root)
    finish = reader.text(config, "finishAction", "missionConfig")
    if finish not in _AT_THE_END:
        raise PlanError(f"{path}: finishAction: expected {', '.join(_AT_THE_END)}, received {finish[:40]!r}")
    routes = [reader.route(folder, _AT_THE_END[finish]) for folder in folders]
    return MissionFile(
        routes=tuple(routes),
        areas=tuple(_areas(path, reader.set_aside)),
        home=reader.home(config),
        set_aside=tuple(dict.fromkeys(reader.set_aside)),
    )


def _areas(path: Path, set_aside: list[str]) -> list[MarkedArea]:
    """Outlines of mapping templates; waypoint templates have none."""
    try:
        features = read_kml(path)
    except GeoError as error:  # the aircraft flies the waylines all the same
        set_aside.append(f"the template: {error}")
        return []
    return [
        MarkedArea(feature.name or f"area {number}", "template", feature.geometry)
        for number, feature in enumerate(features, start=1)
        if feature.geometry.geom_type in ("Polygon", "LineString") and not feature.problem
    ]


class _Reader:
    """Reads one file and remembers what it had to set aside."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.set_aside: list[str] = []

    def home(self, config: Element) -> Place | None:
        """Give the reference take-off point of an executable file; few have one."""
        if next(children(config, "takeOffRefPoint"), None) is None:
            return None
        words = self.text(config, "takeOffRefPoint", "missionConfig").split(",")
        lat, lon, ellipsoid_m = (self._number_of(word, "takeOffRefPoint") for word in (words + ["", ""])[:3])
        self._check_place(lon, lat, "takeOffRefPoint")
        return Place(lon, lat, ellipsoid_m - float(egm96_undulation([(lon, lat)])[0]))

    def route(self, folder: Element, at_the_end: Sequence[MissionItem]) -> Route:
        """Read one wayline."""
        name = self.text(folder, "waylineId", "Folder")
        where = f"wayline {name}"
        mode = self.text(folder, "executeHeightMode", where)
        if mode not in _FRAMES:
            raise self._error(f"{where}: executeHeightMode", ", ".join(_FRAMES), mode)
        items = [
            MissionItem(
                DO_CHANGE_SPEED,
                FRAME_MISSION,
                1.0,
                self._number(folder, "autoFlightSpeed", where),
                -1.0,
            )
        ]
        placemarks = list(children(folder, "Placemark"))
        stops: dict[int, list[MissionItem]] = {}
        for number, placemark in enumerate(placemarks):
            at = f"{where}, waypoint {number}"
            if (index := self._number(placemark, "index", at)) != number:
                raise self._error(f"{at}: index", str(number), f"{index:g}")
            items.append(self._waypoint(placemark, _FRAMES[mode], at))
            for group in children(placemark, "actionGroup"):
                items += self._actions(group, number, stops, at)
            items += stops.pop(number, [])
        if not placemarks:
            raise PlanError(f"{self._path}: {where} has no waypoints")
        items += [item for late in stops.values() for item in late]
        return Route(f"{self._path.stem}-{name}", (*items, *at_the_end))

    def _waypoint(self, placemark: Element, frame: int, at: str) -> MissionItem:
        point = next(children(placemark, "Point"), placemark)
        words = self.text(point, "coordinates", at).split(",")
        lon, lat = (self._number_of(word, f"{at}: coordinates") for word in (words + [""])[:2])
        self._check_place(lon, lat, at)
        height_m = self._number(placemark, "executeHeight", at)
        if frame == FRAME_GLOBAL:
            height_m -= float(egm96_undulation([(lon, lat)])[0])
        return MissionItem(NAV_WAYPOINT, frame, lon_deg=lon, lat_deg=lat, z_m=height_m)

    def _actions(
        self, group: Element, number: int, stops: dict[int, list[MissionItem]], at: str
    ) -> list[MissionItem]:
        """Read an action group; what must be undone at its last waypoint goes to `stops`."""
        trigger = next(children(group, "actionTrigger"), group)
        kind = self.text(trigger, "actionTriggerType", at)
        last = self._number(group, "actionGroupEndIndex", at)
        items: list[MissionItem] = []
        for action in children(group, "action"):
            func = self.text(action, "actionActuatorFunc", at)
            every = {"multipleDistance": _by_distance, "multipleTiming": _by_time}.get(kind)
            if func == "takePhoto" and every is not None:
                start, stop = every(self._number(trigger, "actionTriggerParam", at))
                items.append(start)
                stops.setdefault(max(int(last), number), []).append(stop)
            elif func == "takePhoto" and kind == "reachPoint":
                items.append(MissionItem(IMAGE_START_CAPTURE, FRAME_MISSION, param3=1.0))
            elif func == "gimbalRotate":
                param = next(children(action, "actionActuatorFuncParam"), action)
                pitch_deg = self._number(param, "gimbalPitchRotateAngle", at)
                items.append(
                    MissionItem(DO_MOUNT_CONTROL, FRAME_MISSION, pitch_deg, z_m=_MOUNT_MAVLINK_TARGETING)
                )
            else:
                self.set_aside.append(f"{at}: the action {func[:40]} ({kind[:40]})")
        return items

    def text(self, parent: Element, name: str, where: str) -> str:
        """Give the text of a child element; PlanError when it is not there."""
        child = next(children(parent, name), None)
        if child is None:
            raise PlanError(f"{self._path}: {where}: <{name}> is missing")
        return text_within(child)

    def _number(self, parent: Element, name: str, where: str) -> float:
        return self._number_of(self.text(parent, name, where), f"{where}: {name}")

    def _number_of(self, text: str, where: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self._error(where, "a number", text)
        return number

    def _check_place(self, lon: float, lat: float, where: str) -> None:
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise self._error(where, "longitude and latitude in degrees", f"{lon:g}, {lat:g}")

    def _error(self, where: str, expected: str, received: str) -> PlanError:
        return PlanError(f"{self._path}: {where}: expected {expected}, received {received[:40]!r}")


_Pair = tuple[MissionItem, MissionItem]


def _by_distance(metres: float) -> _Pair:
    return (
        MissionItem(DO_SET_CAM_TRIGG_DIST, FRAME_MISSION, metres, param3=1.0),
        MissionItem(DO_SET_CAM_TRIGG_DIST, FRAME_MISSION),
    )


def _by_time(seconds: float) -> _Pair:
    return (
        MissionItem(IMAGE_START_CAPTURE, FRAME_MISSION, param2=seconds),
        MissionItem(IMAGE_STOP_CAPTURE, FRAME_MISSION),
    )
