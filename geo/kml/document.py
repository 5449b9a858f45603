"""Build a KML document: styles, folders, placemarks and overlays, kept in simplekml's objects.

Every text goes in as a token, an ASCII word that stands for it, because simplekml escapes some texts and not
others and treats ``<![CDATA[`` inside a name as markup.  `geo.kml.write` puts the texts back.
"""

import html
import math
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import simplekml
from shapely.coords import CoordinateSequence
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry, BaseMultipartGeometry
from shapely.geometry.polygon import orient
from simplekml.featgeom import Feature, Geometry

from geo.errors import GeoError

AltitudeMode = Literal["ground", "amsl", "relative"]

_ALTITUDE_MODES = {"ground": "clampToGround", "amsl": "absolute", "relative": "relativeToGround"}
_LONLAT_DECIMALS = 8  # a millimetre
_ALTITUDE_DECIMALS = 3

# What XML 1.0 cannot carry: control characters, surrogates, the two non-characters.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# simplekml renders through class attributes, so only one document can be rendered at a time.
_RENDER_LOCK = threading.Lock()


class Html(str):
    """A description that is HTML already; a plain `str` is taken as text and escaped."""


class KmlFolder:
    """A folder of a `KmlDocument`; made by `KmlDocument.folder` or `KmlFolder.folder`."""

    def __init__(self, document: "KmlDocument", container: simplekml.Folder | simplekml.Document) -> None:
        self._document = document
        self._container = container

    def folder(
        self, name: str, *, visible: bool = True, open: bool = False, description: str = ""
    ) -> "KmlFolder":
        """Add a folder.

        Parameters
        ----------
        name : str
            Any text.
        visible : bool
            Whether the layer is switched on when the file is opened.  Google Earth shows a feature when the
            feature itself is visible, so what is put into an invisible folder is made invisible too.
        open : bool
            Whether the folder is unfolded in the list.
        description : str
            Text, or `Html`.
        """
        container = self._container.newfolder(
            name=self._document.token(name),
            visibility=int(visible and self._container.visibility != 0),
            open=int(open),
        )
        self._describe(container, description)
        return KmlFolder(self._document, container)

    def placemark(
        self,
        name: str,
        geometry: BaseGeometry,
        *,
        style: str | None = None,
        description: str = "",
        properties: Mapping[str, object] | None = None,
        id: str | None = None,
        altitude: AltitudeMode = "ground",
    ) -> None:
        """Add a placemark.

        Parameters
        ----------
        name : str
            Any text.
        geometry : shapely geometry
            Degrees lon, lat (WGS 84), and metres where it has a third coordinate.
        style : str, optional
            The key of a style declared with `KmlDocument.style`.
        description : str
            The balloon: text, or `Html`.
        properties : mapping, optional
            Written as untyped ExtendedData; None values are left out.
        id : str, optional
            Kept as the placemark's id, with what xs:ID does not allow replaced; a repeated id gets a number.
        altitude : {"ground", "amsl", "relative"}
            What the third coordinate means: nothing, metres above mean sea level (EGM96), or above ground.

        Raises
        ------
        GeoError
            The geometry is empty, has coordinates that are not degrees, or the style was never declared.
        """
        feature = _add_geometry(self._container, geometry, name, altitude)
        feature.name = self._document.token(name)
        if style is not None:
            feature.style = self._document.declared_style(style)
        if self._container.visibility == 0:
            feature.visibility = 0
        self._describe(feature, description)
        for key, value in (properties or {}).items():
            if value is not None:
                feature.extendeddata.newdata(
                    name=self._document.token(key), value=self._document.token(_plain(value))
                )
        if id is not None:
            self._document.keep_id(feature.placemark.id, id)

    def ground_overlay(
        self, name: str, href: str, bounds_lonlat: tuple[float, float, float, float], *, description: str = ""
    ) -> None:
        """Lay an image on the ground, its rows along parallels and its columns along meridians.

        Parameters
        ----------
        name : str
            Any text.
        href : str
            The image's name inside the KMZ, such as ``files/coverage.png``.
        bounds_lonlat : (west, south, east, north)
            Degrees, of the image's outer edges.
        description : str
            Text, or `Html`.
        """
        west, south, east, north = (round(float(value), _LONLAT_DECIMALS) for value in bounds_lonlat)
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise GeoError(
                f"overlay {name!r}: bounds {bounds_lonlat} are not (west, south, east, north) in degrees"
            )
        overlay = self._container.newgroundoverlay(name=self._document.token(name))
        overlay.icon.href = self._document.token(href)
        overlay.latlonbox.north, overlay.latlonbox.south = north, south
        overlay.latlonbox.east, overlay.latlonbox.west = east, west
        if self._container.visibility == 0:
            overlay.visibility = 0
        self._describe(overlay, description)

    def _describe(self, feature: Feature | Geometry, description: str) -> None:
        if not description:
            return
        markup = description if isinstance(description, Html) else _text_as_html(description)
        feature.description = self._document.token(markup)
        # Without this Google Earth prints the head of the description under every name in its list.
        feature.snippet.content, feature.snippet.maxlines = "", 0


class KmlDocument(KmlFolder):
    """A KML document: declare styles, add folders and placemarks, then `write_kml` or `write_kmz` it.

    Parameters
    ----------
    name : str
        Any text.
    description : str
        Text, or `Html`.
    """

    def __init__(self, name: str, description: str = "") -> None:
        self._texts: list[str] = []
        self._styles: dict[str, simplekml.Style] = {}
        self._ids: dict[str, str] = {}
        self._kml = simplekml.Kml(name=self.token(name), open=1)
        super().__init__(self, self._kml.document)
        self._describe(self._container, description)

    def style(
        self,
        key: str,
        *,
        line: str | None = None,
        line_width: float = 2.0,
        fill: str | None = None,
        fill_opacity: float = 0.35,
        icon: str | None = None,
        icon_colour: str = "#ffffff",
        icon_scale: float = 1.0,
        label_scale: float = 1.0,
    ) -> None:
        """Declare a style that placemarks refer to by its key.

        Parameters
        ----------
        key : str
            Becomes the style's id.
        line, fill : str, optional
            ``#rrggbb``; a polygon without `fill` is drawn as its outline.
        line_width : float
            Pixels.
        fill_opacity : float
            0 to 1.
        icon : str, optional
            The icon's name inside the KMZ; Google Earth multiplies its pixels with `icon_colour`.
        icon_colour : str
            ``#rrggbb``.
        icon_scale, label_scale : float
            1 is the usual size, 0 hides.

        Raises
        ------
        GeoError
            The key is taken, or a colour is not ``#rrggbb``.
        """
        if key in self._styles:
            raise GeoError(f"style {key!r} is declared twice")
        style = simplekml.Style()
        if line is not None:
            style.linestyle.color = _kml_colour(line)
            style.linestyle.width = line_width
        style.polystyle.fill = int(fill is not None)
        if fill is not None:
            style.polystyle.color = _kml_colour(fill, fill_opacity)
        style.polystyle.outline = int(line is not None)
        if icon is not None:
            style.iconstyle.color = _kml_colour(icon_colour)
            style.iconstyle.scale = icon_scale
            style.iconstyle.icon.href = self.token(icon)
        style.labelstyle.scale = label_scale
        self._styles[key] = style

    def token(self, text: str) -> str:
        """Keep a text and return the ASCII word that stands for it until the tree is lxml's."""
        self._texts.append(_NOT_XML.sub("", text))
        return f"text:{len(self._texts) - 1}"

    def keep_id(self, simplekml_id: str, wanted: str) -> None:
        """Note which id a feature is to have."""
        self._ids[simplekml_id] = wanted

    def declared_style(self, key: str) -> simplekml.Style:
        """Return a declared style, or raise `GeoError`."""
        if key not in self._styles:
            raise GeoError(f"style {key!r} was not declared; declared are {sorted(self._styles)}")
        return self._styles[key]

    def render(self) -> "Rendered":
        """Let simplekml write its tree; `geo.kml.write` makes a KML document of it."""
        with _RENDER_LOCK:
            text = self._kml.kml(format=False)
        return Rendered(text, self._texts, {style.id: key for key, style in self._styles.items()}, self._ids)


@dataclass(frozen=True)
class Rendered:
    """A document as simplekml writes it.

    Attributes
    ----------
    text : str
        XML in which every text is a token.
    texts : list of str
        What the tokens stand for.
    styles : dict of str to str
        simplekml's id of a style, to its key.
    ids : dict of str to str
        simplekml's id of a feature, to the id it should have.
    """

    text: str
    texts: list[str]
    styles: dict[str, str]
    ids: dict[str, str]


def _add_geometry(
    container: simplekml.Folder | simplekml.Document,
    geometry: BaseGeometry,
    name: str,
    altitude: AltitudeMode,
) -> Geometry:
    """Add a feature with this geometry to a simplekml container, and return it."""
    parts = [part for part in _parts(geometry) if not part.is_empty]
    if not parts:
        raise GeoError(f"placemark {name!r}: its geometry is empty")
    if len(parts) == 1:
        return _add_part(container, parts[0], name, altitude)
    together = container.newmultigeometry()
    for part in parts:
        _add_part(together, part, name, altitude)
    return together


def _parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    if isinstance(geometry, BaseMultipartGeometry):
        return [leaf for part in geometry.geoms for leaf in _parts(part)]
    return [geometry]


def _add_part(
    container: simplekml.Folder | simplekml.Document | simplekml.MultiGeometry,
    part: BaseGeometry,
    name: str,
    altitude: AltitudeMode,
) -> Geometry:
    if isinstance(part, Point):
        shape = container.newpoint(coords=_coordinates(part.coords, name))
    elif isinstance(part, LineString):
        shape = container.newlinestring(coords=_coordinates(part.coords, name))
        # A line on the ground follows it instead of cutting through a hill.
        shape.tessellate = int(altitude == "ground")
    elif isinstance(part, Polygon):
        wound = orient(part)  # outer ring counter-clockwise, holes clockwise; shapely's rings are closed
        shape = container.newpolygon(
            outerboundaryis=_coordinates(wound.exterior.coords, name),
            innerboundaryis=[_coordinates(ring.coords, name) for ring in wound.interiors],
        )
        shape.tessellate = int(altitude == "ground")
    else:
        raise GeoError(f"placemark {name!r}: a {part.geom_type} cannot be written as KML")
    shape.altitudemode = _ALTITUDE_MODES[altitude]
    return shape


def _coordinates(coords: CoordinateSequence, name: str) -> list[tuple[str, str, str]]:
    written: list[tuple[str, str, str]] = []
    for lon, lat, *rest in coords:
        height = rest[0] if rest else 0.0
        if not (-180 <= lon <= 180 and -90 <= lat <= 90 and math.isfinite(height)):
            raise GeoError(
                f"placemark {name!r}: ({lon}, {lat}, {height}) is not a place in degrees lon, lat and metres"
            )
        written.append(
            (
                _number(lon, _LONLAT_DECIMALS),
                _number(lat, _LONLAT_DECIMALS),
                _number(height, _ALTITUDE_DECIMALS),
            )
        )
    return written


def _number(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    return str(value)


def _text_as_html(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _kml_colour(colour: str, opacity: float = 1.0) -> str:
    """Turn ``#rrggbb`` into KML's aabbggrr."""
    match = re.fullmatch(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", colour)
    if match is None:
        raise GeoError(f"{colour!r} is not a colour; expected #rrggbb")
    red, green, blue = (part.lower() for part in match.groups())
    return f"{round(255 * opacity):02x}{blue}{green}{red}"
