"""Read KML and KMZ files that strangers made: hostile, old, half valid or plain wrong.

Nothing here trusts the file.  A document type declaration is refused before any parser sees it (entities
can blow up memory or fetch other files), archives are read only up to a limit, namespaces are ignored because
real files use old ones, wrong ones or none, and validity is never demanded: Google Earth itself writes files
that the schema refuses.
"""

import lzma
import math
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lxml import etree
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
from geo.kml.tree import Element, children, local_name, text_within

MAX_KML_BYTES = 64 * 2**20  # a county's 20,000 points take about 20 MB
MAX_KMZ_BYTES = 2 * 2**30

_GEOMETRIES = {"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"}
_NOT_SHAPES = {"Track", "MultiTrack", "Model"}
_FOLDERS = {"Folder", "Document"}
_BROKEN_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError,
    NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip
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
    data = _kml_of(path)
    _refuse_doctype(path, data)
    root = _parse(path, data)
    if local_name(root) != "kml" and local_name(root) not in _FOLDERS | {"Placemark"}:
        raise GeoError(f"{path}: the outermost element is <{local_name(root)}>; expected <kml>")
    return [
        _feature(element) for element in root.iter() if local_name(element) in {"Placemark", "NetworkLink"}
    ]


def _kml_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(4)
        size = path.stat().st_size
        if head.startswith(b"PK"):
            return _kml_in_kmz(path, size)
        if size > MAX_KML_BYTES:
            raise GeoError(
                f"{path}: {size / 2**20:.0f} MB of KML; this reader takes {MAX_KML_BYTES // 2**20} MB"
            )
        return path.read_bytes()
    except OSError as error:
        raise GeoError(f"{path}: cannot be read ({error.strerror})") from error


def _kml_in_kmz(path: Path, size: int) -> bytes:
    if size > MAX_KMZ_BYTES:
        raise GeoError(
            f"{path}: {size / 2**30:.1f} GB; this reader takes KMZ files up to {MAX_KMZ_BYTES // 2**30} GB"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".kml")]
            if not names:
                raise GeoError(f"{path}: a ZIP archive without a .kml file inside; expected doc.kml")
            # The main document is doc.kml, or the first one where a program named it otherwise.
            name = next((name for name in names if name.lower() == "doc.kml"), names[0])
            with archive.open(name) as entry:
                data = entry.read(MAX_KML_BYTES + 1)  # whatever the directory claims about its size
    except _BROKEN_ARCHIVE as error:
        raise GeoError(
            f"{path}: the KMZ archive is damaged or encrypted ({error}); ask for it again"
        ) from error
    if len(data) > MAX_KML_BYTES:
        raise GeoError(f"{path}: {name} unpacks to more than {MAX_KML_BYTES // 2**20} MB; refused")
    return data


def _refuse_doctype(path: Path, data: bytes) -> None:
    """Look past declaration, comments and blanks: what follows must be the first element."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")):
        # UTF-16: dropping the zero bytes leaves the ASCII of the prologue readable.
        text = data.replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    else:
        text = data.removeprefix(b"\xef\xbb\xbf")
    at = 0
    while True:
        while text[at : at + 1].isspace():
            at += 1
        ends = {b"<?": b"?>", b"<!--": b"-->"}
        end = next((end for start, end in ends.items() if text.startswith(start, at)), None)
        if end is None:
            break
        closing = text.find(end, at + 2)
        if closing < 0:
            raise GeoError(f"{path}: not XML; a <? or <!-- at its head is never closed")
        at = closing + len(end)
    if text.startswith(b"<!", at):
        raise _has_entities(path)


def _has_entities(path: Path) -> GeoError:
    return GeoError(
        f"{path}: has a document type declaration (<!DOCTYPE ...>), which can hide entities and is refused; "
        "open the file in Google Earth, save it again as KML, and use that"
    )


def _parse(path: Path, data: bytes) -> Element:
    if not data.strip():
        raise GeoError(f"{path}: empty; expected KML")
    parser = _parser(recover=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if not all(entry.type_name == "NS_ERR_UNDEFINED_NAMESPACE" for entry in parser.error_log):
            raise GeoError(f"{path}: not a complete XML document ({error})") from error
        # <gx:Track> where nobody said what gx is: common, harmless, and lxml can go on.
        root = etree.fromstring(data, _parser(recover=True))
    if root.getroottree().docinfo.internalDTD is not None:
        raise _has_entities(path)
    return root


def _parser(recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
    )


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
        geometry=geometry,
        properties=_properties(element),
        folder="/".join(reversed(folders)),
        id=element.get("id", ""),
        description=_child_text(element, "description"),
        line=element.sourceline or 0,
        problem=problem,
    )


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


def _ring_coordinates(element: Element) -> list[tuple[float, float]]:
    ring = _coordinates(element, "LinearRing", 3)
    if len(set(ring)) < 3:
        raise ValueError(f"a ring of {len(set(ring))} different points; expected at least three")
    return ring


def _coordinates(element: Element, what: str, least: int) -> list[tuple[float, float]]:
    """Parse ``lon,lat[,height] lon,lat[,height] ...``, where people put blanks around the commas too."""
    words = _SPACED_COMMA.sub(",", _child_text(element, "coordinates")).split()
    if len(words) < least:
        raise ValueError(f"a {what} of {len(words)} points; expected at least {least}")
    return [_place(word) for word in words]


def _place(word: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in word.split(",")[:2])
    except ValueError:
        raise ValueError(f"coordinate {word[:60]!r}; expected lon,lat or lon,lat,height") from None
    if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f"coordinate {word[:60]!r} is not lon,lat in degrees (is it lat,lon?)")
    return lon, lat


def _properties(element: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for extended in children(element, "ExtendedData"):
        for data in children(extended, "Data"):
            found[data.get("name", "")] = _child_text(data, "value")
        for schema in children(extended, "SchemaData"):
            for data in children(schema, "SimpleData"):
                found[data.get("name", "")] = text_within(data)
    return found
