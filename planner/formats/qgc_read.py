"""Reads QGroundControl's .plan files (docs.qgroundcontrol.com, developer guide, Plan File Format).

Surveys and corridor scans keep the items they were flown with, and these are taken as they stand. Structure
scans and landing patterns do not: QGroundControl works their paths out when it opens the file, so here they
are set aside, with the area where they have one.
"""

from pathlib import Path

from shapely import LineString, Polygon

from planner.fence import CircleFence, Fence, RallyPoint
from planner.formats.checked import Node, read_json
from planner.formats.missionfile import MarkedArea, MissionFile, Place, Route
from planner.items import FRAME_MISSION, NAV_LAST, MissionItem

_TRANSECTS = {"survey": (4, 5), "CorridorScan": (2, 3)}
"""Complex items that keep their items, and the versions that do."""


def read_plan_file(path: Path) -> MissionFile:
    """Read a .plan file.

    Returns
    -------
    MissionFile
        With one route, named after the file.

    Raises
    ------
    PlanError
        The file is no plan, is of a version that this reader does not know, or lacks something; the message
        names the place in the file.
    """
    document = read_json(path)
    if document["fileType"].text() != "Plan":
        raise document["fileType"].refusal('"Plan"')
    _expect_version(document, 1)
    mission = document["mission"]
    _expect_version(mission, 2)
    items: list[MissionItem] = []
    areas: list[MarkedArea] = []
    set_aside: list[str] = []
    for node in mission["items"].list():
        kind = node["type"].text()
        if kind == "SimpleItem":
            items.append(_simple_item(node))
        elif kind == "ComplexItem":
            items += _complex_item(node, areas, set_aside)
        else:
            raise node["type"].refusal('"SimpleItem" or "ComplexItem"')
    return MissionFile(
        routes=(Route(path.stem, tuple(items)),),
        home=_home(mission),
        areas=tuple(areas),
        fences=tuple(_fences(document, set_aside)),
        rally=tuple(_rally(document)),
        set_aside=tuple(set_aside),
    )


def _expect_version(node: Node, *known: int) -> None:
    version = node["version"]
    if version.integer() not in known:
        raise version.refusal(f"version {' or '.join(map(str, known))}")


def _simple_item(node: Node) -> MissionItem:
    params = node["params"].list()
    if len(params) != 7:
        raise node["params"].refusal("seven parameters")
    command, frame = node["command"].integer(), node["frame"].integer()
    param1, param2, param3, param4, x, y, z = (param.number_or_nan() for param in params)
    has_place = command <= NAV_LAST and frame != FRAME_MISSION
    if has_place and (abs(x) > 90 or abs(y) > 180):  # NaN is "here", as in a take-off
        raise node["params"].refusal("latitude and longitude in degrees")
    return MissionItem(command, frame, param1, param2, param3, param4, lon_deg=y, lat_deg=x, z_m=z)


def _complex_item(node: Node, areas: list[MarkedArea], set_aside: list[str]) -> list[MissionItem]:
    kind = node["complexItemType"].text()
    name = f"{kind} {len(areas) + 1}"
    if kind in _TRANSECTS:
        _expect_version(node, *_TRANSECTS[kind])
        if kind == "survey":
            direction_deg = node["angle"].number()
            areas.append(MarkedArea(name, kind, _polygon(node["polygon"]), direction_deg % 360.0))
        else:
            areas.append(MarkedArea(name, kind, _line(node["polyline"])))
        inner = node["TransectStyleComplexItem"]
        if inner.find("version") is not None:  # the very first files had none
            _expect_version(inner, 1, 2)
        return [_simple_item(item) for item in inner["Items"].list()]
    if outline := node.find("polygon"):
        areas.append(MarkedArea(name, kind, _polygon(outline)))
    set_aside.append(f"{node.place}: the path of a {kind} is not in the file; QGroundControl works it out")
    return []


def _home(mission: Node) -> Place:
    node = mission["plannedHomePosition"]
    lon, lat = node.lonlat()
    height = node.list()[2:3]
    return Place(lon, lat, height[0].number() if height and height[0].value is not None else None)


def _fences(document: Node, set_aside: list[str]) -> list[Fence | CircleFence]:
    node = document.find("geoFence")
    if node is None:
        return []
    if node["version"].integer() == 1:  # a single outline; QGroundControl skips it too
        if (outline := node.find("polygon")) and outline.list():
            set_aside.append(f"{node.place}: fences of version 1 are not read; save the plan again")
        return []
    _expect_version(node, 2)
    polygons: list[Fence | CircleFence] = [
        Fence(_polygon(entry["polygon"]), entry["inclusion"].flag()) for entry in node["polygons"].list()
    ]
    return polygons + [_circle(entry) for entry in node["circles"].list()]


def _circle(node: Node) -> CircleFence:
    lon, lat = node["circle"]["center"].lonlat()
    radius = node["circle"]["radius"]
    if radius.number() <= 0:
        raise radius.refusal("a radius above 0")
    return CircleFence(lon, lat, radius.number(), node["inclusion"].flag())


def _rally(document: Node) -> list[RallyPoint]:
    node = document.find("rallyPoints")
    if node is None or node["version"].integer() == 1:
        return []
    _expect_version(node, 2)
    points: list[RallyPoint] = []
    for entry in node["points"].list():
        if len(entry.list()) != 3:
            raise entry.refusal("latitude, longitude and height")
        points.append(RallyPoint(*entry.lonlat(), entry.list()[2].number()))
    return points


def _polygon(node: Node) -> Polygon:
    corners = [corner.lonlat() for corner in node.list()]
    if len(set(corners)) < 3:
        raise node.refusal("at least three different corners")
    return Polygon(corners)


def _line(node: Node) -> LineString:
    points = [point.lonlat() for point in node.list()]
    if len(set(points)) < 2:
        raise node.refusal("at least two different points")
    return LineString(points)
