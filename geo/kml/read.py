"""Read KML and KMZ files that strangers made: hostile, old, half valid or plain wrong.

Nothing here trusts the file: `geo.kml.source` opens it.  Namespaces are ignored because real files use old
ones, wrong ones or none, and validity is never demanded: Google Earth itself writes files that the schema
refuses.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import shapely
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
)
from shapely.geometry.base import BaseGeometry

from geo.errors import GeoError
from geo.kml.source import xml_root
from geo.kml.tree import Element, children, local_name, text_within

_GEOMETRIES = {"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"}
_NOT_SHAPES = {"Track", "MultiTrack", "Model"}
_FOLDERS = {"Folder", "Document"}
_NOTHING = GeometryCollection()
_SPACED_COMMA = re.compile(r"\s*,\s*")


@dataclass(frozen=True)
class KmlFeature:
    """One placemark (or link) of a KML file.

    Attributes
    ----------
    name, description : str
        As written; the description may be HTML from a stranger.
    geometry : shapely geometry
        Degrees lon, lat, two-dimensional; empty when `problem` says why.
    geometry_z : shapely geometry
        The same with the third coordinate, metres as `altitude_mode` counts them; 0 where none is written.
    altitude_mode : str
        "clampToGround", "relativeToGround", "absolute", or what else the file says.
    properties : dict of str to str
        ExtendedData, typed and untyped.
    folder : str
        Names of the enclosing folders, joined by ``/``.
    id : str
        The placemark's id, or "".
    line : int
        Line of the file it starts in.
    problem : str
        Why this feature cannot be used, or "".
    """

    name: str
    geometry: BaseGeometry
    properties: dict[str, str]
    geometry_z: BaseGeometry = _NOTHING
    altitude_mode: str = "clampToGround"
    folder: str = ""
    id: str = ""
    description: str = ""
    line: int = 0
    problem: str = ""


def read_kml(path: Path) -> list[KmlFeature]:
    """Read every placemark of a .kml or .kmz file.

    Parameters
    ----------
    path : Path
        The file; what it is, is told by its content, not by its suffix.

    Returns
    -------
    list of KmlFeature
        In the order of the file.  Placemarks without a usable shape (gx:Track, models, broken coordinates)
        and network links stand among them with their `problem`.

    Raises
    ------
    GeoError
        The file cannot be read, is no KML, is cut off, has entities, or is larger than this reader accepts.
    """
    root = xml_root(path, _main_document, "a .kml file inside; expected doc.kml")
    if local_name(root) != "kml" and local_name(root) not in _FOLDERS | {"Placemark"}:
        raise GeoError(f"{path}: the outermost element is <{local_name(root)}>; expected <kml>")
    return [
        _feature(element) for element in root.iter() if local_name(element) in {"Placemark", "NetworkLink"}
    ]


def _main_document(names: Sequence[str]) -> str | None:
    """Choose doc.kml, or the first one where a program named it otherwise."""
    found = [name for name in names if name.lower().endswith(".kml")]
    return next((name for name in found if name.lower() == "doc.kml"), found[0] if found else None)


def _child_text(element: Element, name: str) -> str:
    child = next(children(element, name), None)
    return text_within(child) if child is not None else ""


def _feature(element: Element) -> KmlFeature:
    folders = [
        _child_text(ancestor, "name")
        for ancestor in element.iterancestors()
        if local_name(ancestor) == "Folder"
    ]
    geometry, problem = _usable_geometry(element)
    return KmlFeature(
        name=_child_text(element, "name"),
        geometry=shapely.force_2d(geometry),
        properties=_properties(element),
        geometry_z=geometry,
        altitude_mode=_altitude_mode(element),
        folder="/".join(reversed(folders)),
        id=element.get("id", ""),
        description=_child_text(element, "description"),
        line=element.sourceline or 0,
        problem=problem,
    )


def _altitude_mode(element: Element) -> str:
    modes = (text_within(part) for part in element.iter() if local_name(part) == "altitudeMode")
    return next(modes, "clampToGround")


def _usable_geometry(element: Element) -> tuple[BaseGeometry, str]:
    if local_name(element) == "NetworkLink":
        hrefs = [href for link in children(element, "Link", "Url") for href in children(link, "href")]
        target = ", ".join(text_within(href) for href in hrefs) or "nothing"
        return _NOTHING, f"a link to {target}, which is not followed; use the file it points to"
    shape = next(children(element, *_GEOMETRIES), None)
    if shape is None:
        other = next(children(element, *_NOT_SHAPES), None)
        return _NOTHING, f"a {local_name(other)}, not a shape" if other is not None else "has no geometry"
    try:
        return _geometry(shape), ""
    except ValueError as error:
        return _NOTHING, str(error)


def _geometry(element: Element) -> BaseGeometry:
    """Build a geometry; ValueError says what is wrong with it."""
    build = _BUILDERS.get(local_name(element))
    if build is None:
        raise ValueError(f"a {local_name(element)} among its geometries, which is not a shape")
    return build(element)


def _point(element: Element) -> Point:
    coordinates = _coordinates(element, "Point", 1)
    return Point(coordinates[0])


def _line(element: Element) -> LineString:
    return LineString(_coordinates(element, "LineString", 2))


def _ring(element: Element) -> Polygon:
    return Polygon(_ring_coordinates(element))


def _polygon(element: Element) -> Polygon:
    outer = [
        ring for border in children(element, "outerBoundaryIs") for ring in children(border, "LinearRing")
    ]
    inner = [
        ring for border in children(element, "innerBoundaryIs") for ring in children(border, "LinearRing")
    ]
    if len(outer) != 1:
        raise ValueError(f"a Polygon with {len(outer)} outer boundaries; expected one")
    return Polygon(_ring_coordinates(outer[0]), [_ring_coordinates(ring) for ring in inner])


def _multi(element: Element) -> BaseGeometry:
    parts = [_geometry(child) for child in children(element, *_GEOMETRIES, *_NOT_SHAPES)]
    if not parts:
        raise ValueError("a MultiGeometry with nothing in it")
    polygons = [part for part in parts if isinstance(part, Polygon)]
    lines = [part for part in parts if isinstance(part, LineString)]
    points = [part for part in parts if isinstance(part, Point)]
    if len(polygons) == len(parts):
        return MultiPolygon(polygons)
    if len(lines) == len(parts):
        return MultiLineString(lines)
    if len(points) == len(parts):
        return MultiPoint(points)
    return GeometryCollection(parts)


_BUILDERS: dict[str, Callable[[Element], BaseGeometry]] = {
    "Point": _point,
    "LineString": _line,
    "LinearRing": _ring,
    "Polygon": _polygon,
    "MultiGeometry": _multi,
}


def _ring_coordinates(element: Element) -> list[tuple[float, float, float]]:
    ring = _coordinates(element, "LinearRing", 3)
    different = len({place[:2] for place in ring})
    if different < 3:
        raise ValueError(f"a ring of {different} different points; expected at least three")
    return ring


def _coordinates(element: Element, what: str, least: int) -> list[tuple[float, float, float]]:
    """Parse ``lon,lat[,height] lon,lat[,height] ...``, where people put blanks around the commas too."""
    words = _SPACED_COMMA.sub(",", _child_text(element, "coordinates")).split()
    if len(words) < least:
        raise ValueError(f"a {what} of {len(words)} points; expected at least {least}")
    return [_place(word) for word in words]


def _place(word: str) -> tuple[float, float, float]:
    parts = word.split(",")
    try:
        lon, lat = (float(part) for part in parts[:2])
    except ValueError:
        raise ValueError(f"coordinate {word[:60]!r}; expected lon,lat or lon,lat,height") from None
    if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f"coordinate {word[:60]!r} is not lon,lat in degrees (is it lat,lon?)")
    return lon, lat, _height(parts[2]) if len(parts) > 2 else 0.0


def _height(text: str) -> float:
    """Read a third coordinate; 0 where it is no number, because places are worth having without it."""
    try:
        height = float(text)
    except ValueError:
        return 0.0
    return height if math.isfinite(height) else 0.0


def _properties(element: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for extended in children(element, "ExtendedData"):
        for data in children(extended, "Data"):
            found[data.get("name", "")] = _child_text(data, "value")
        for schema in children(extended, "SchemaData"):
            for data in children(schema, "SimpleData"):
                found[data.get("name", "")] = text_within(data)
    return found
