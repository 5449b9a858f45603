"""Reading plots, no-fly areas and target points from whatever people have."""

import csv
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import geopandas
import openpyxl
import pyogrio
import shapely
from openpyxl.utils.exceptions import InvalidFileException
from pyogrio.errors import DataSourceError, FeatureError
from shapely import LineString, MultiLineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from geo.errors import GeoError
from geo.frames import LocalFrame
from geo.kml import read_kml
from missions.errors import MissionError

T = TypeVar("T")
G = TypeVar("G", bound=BaseGeometry)
Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Rejected:
    """Something set aside: the file (and the feature in it) and the reason."""

    file: str
    reason: str


@dataclass(frozen=True)
class Features(Generic[T]):
    """What could be read, and what could not."""

    items: list[T]
    rejected: list[Rejected] = field(default_factory=list[Rejected])


@dataclass(frozen=True)
class Plot:
    """A priority plot, longitude and latitude."""

    name: str
    polygon: Polygon | MultiPolygon
    priority: float = 1.0
    properties: Properties = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Area:
    """A named area, longitude and latitude."""

    name: str
    polygon: Polygon | MultiPolygon


@dataclass(frozen=True)
class Passage:
    """Air that ways may use, longitude and latitude: an area, or a line to fly along."""

    name: str
    geometry: BaseGeometry


@dataclass(frozen=True)
class Obstacle:
    """Something that stands on the ground, longitude and latitude: a point, a line or an area."""

    name: str
    geometry: BaseGeometry
    height_m: float
    """Of its top above the ground."""


@dataclass(frozen=True)
class Corridor:
    """A river, a road or a border along which a strip is surveyed, longitude and latitude.

    Attributes
    ----------
    width_m
        Of the strip, half of it on either side; None leaves it to the mission.
    """

    name: str
    line: LineString | MultiLineString
    width_m: float | None = None
    priority: float = 1.0
    properties: Properties = field(default_factory=dict[str, Any])

    def strip(self, width_m: float) -> Polygon | MultiPolygon:
        """Give the strip along the line, longitude and latitude; `width_m` where the line states none."""
        frame = LocalFrame.around(self.line.bounds)
        half_m = (self.width_m or width_m) / 2.0
        strip = frame.geometry_to_enu(self.line).buffer(half_m, cap_style="flat", join_style="round")
        return frame.geometry_to_lonlat(strip)


@dataclass(frozen=True)
class Building:
    """The outline of a building, longitude and latitude; courtyards are its holes.

    Attributes
    ----------
    height_m
        Of the walls above the ground; None where nobody knows.
    """

    name: str
    polygon: Polygon | MultiPolygon
    height_m: float | None = None


@dataclass(frozen=True)
class Target:
    """A past find or a suspect sent down."""

    name: str
    lon: float
    lat: float
    properties: Properties = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class _Raw:
    """One feature as a file gives it."""

    where: str
    geometry: BaseGeometry | None
    properties: dict[str, Any]

    def text(self, *keys: str) -> str | None:
        """Give the first non-empty property among the keys, whatever their case."""
        return _first_text(self.properties, keys)


LON_NAMES = ("lon", "lng", "long", "longitude", "x", "经度")
LAT_NAMES = ("lat", "latitude", "y", "纬度")
NAME_NAMES = ("name", "名称", "编号", "id", "code")
PRIORITY_NAMES = ("priority", "优先级")
WIDTH_NAMES = ("width_m", "宽度")
HEIGHT_NAMES = ("height_m", "height", "高度")


def read_plots(paths: Iterable[Path]) -> Features[Plot]:
    """Read plots; a self-crossing, empty or misplaced one is set aside with its reason."""

    def plot(raw: _Raw, before: list[Plot]) -> Plot:
        return Plot(_free_name(raw, "Plot", before), _polygon(raw), _priority(raw), raw.properties)

    return _read_features(paths, plot)


def read_corridors(paths: Iterable[Path]) -> Features[Corridor]:
    """Read lines with an optional `width_m`; what is no line, or has no width, is set aside."""

    def corridor(raw: _Raw, before: list[Corridor]) -> Corridor:
        name = _free_name(raw, "Corridor", before)
        return Corridor(name, _line(raw), _metres(raw, WIDTH_NAMES), _priority(raw), raw.properties)

    return _read_features(paths, corridor)


def read_buildings(paths: Iterable[Path]) -> Features[Building]:
    """Read outlines with an optional `height_m`; a bad outline or height is set aside with its reason."""

    def building(raw: _Raw, before: list[Building]) -> Building:
        return Building(_free_name(raw, "Building", before), _polygon(raw), _metres(raw, HEIGHT_NAMES))

    return _read_features(paths, building)


def read_areas(paths: Iterable[Path]) -> Features[Area]:
    """Read areas; a self-crossing, empty or misplaced one is set aside with its reason."""

    def area(raw: _Raw, before: list[Area]) -> Area:
        return Area(raw.text(*NAME_NAMES) or f"Area {len(before) + 1}", _polygon(raw))

    return _read_features(paths, area)


def read_passages(paths: Iterable[Path]) -> Features[Passage]:
    """Read lines and areas that ways may use; an empty or misplaced one is set aside with its reason."""

    def passage(raw: _Raw, before: list[Passage]) -> Passage:
        shape = _shape(raw, (LineString, MultiLineString, Polygon, MultiPolygon), "a line or a polygon")
        return Passage(raw.text(*NAME_NAMES) or f"Passage {len(before) + 1}", shape)

    return _read_features(paths, passage)


def read_obstacles(paths: Iterable[Path]) -> Features[Obstacle]:
    """Read obstacles; one without a place or a height is set aside with its reason."""

    def obstacle(raw: _Raw, before: list[Obstacle]) -> Obstacle:
        shape = _shape(raw, (BaseGeometry,), "a point, a line or a polygon")
        height_m = _metres(raw, HEIGHT_NAMES)
        if height_m is None:
            raise MissionError(
                f"expected its height above ground in metres as {HEIGHT_NAMES[0]}, received nothing"
            )
        return Obstacle(raw.text(*NAME_NAMES) or f"Obstacle {len(before) + 1}", shape, height_m)

    return _read_features(paths, obstacle)


def read_targets(paths: Iterable[Path]) -> Features[Target]:
    """Read target points; of an outline its inner point is taken."""

    def target(raw: _Raw, before: list[Target]) -> Target:
        if raw.geometry is None or raw.geometry.is_empty:
            raise MissionError("has no place")
        point = raw.geometry if raw.geometry.geom_type == "Point" else raw.geometry.representative_point()
        lon, lat = shapely.get_coordinates(point)[0]
        if not _on_earth(point):
            raise MissionError(f"{lon}, {lat} is no longitude, latitude in degrees")
        return Target(raw.text(*NAME_NAMES) or f"Target {len(before) + 1}", lon, lat, raw.properties)

    return _read_features(paths, target)


def _read_features(paths: Iterable[Path], make: Callable[[_Raw, list[T]], T]) -> Features[T]:
    """Make something of every feature; what cannot be made is set aside with the reason."""
    items: list[T] = []
    rejected: list[Rejected] = []
    for raw in _read_all(paths, rejected):
        try:
            items.append(make(raw, items))
        except MissionError as error:
            rejected.append(Rejected(raw.where, str(error)))
    return Features(items, rejected)


def _read_all(paths: Iterable[Path], rejected: list[Rejected]) -> Iterable[_Raw]:
    for path in paths:
        try:
            yield from _read(path)
        except (MissionError, GeoError) as error:
            rejected.append(Rejected(path.name, str(error)))


def _read(path: Path) -> list[_Raw]:
    match path.suffix.lower():
        case ".kml" | ".kmz":
            return [
                _Raw(
                    f"{path.name}: {feature.name}",
                    feature.geometry,
                    {**feature.properties, "name": feature.name},
                )
                for feature in read_kml(path)
            ]
        case ".csv":
            return _rows(path, _csv_rows(path))
        case ".xlsx":
            return _rows(path, _xlsx_rows(path))
        case _:
            return _vector(path)


def _vector(path: Path) -> list[_Raw]:
    try:
        layers = [str(layer) for layer, kind in pyogrio.list_layers(path) if kind is not None]
        frames = [pyogrio.read_dataframe(path, layer=layer) for layer in layers]
    except (DataSourceError, FeatureError, ValueError) as error:
        raise MissionError(f"{path}: expected a vector file that GDAL can read: {error}") from error
    features: list[_Raw] = []
    for frame in frames:
        if not isinstance(frame, geopandas.GeoDataFrame):
            continue
        if frame.crs is None:
            raise MissionError(
                f"{path}: the file states no coordinate system; save it again with one (WGS 84)"
            )
        columns = [name for name in frame.columns if name != frame.geometry.name]
        for number, (geometry, row) in enumerate(
            zip(frame.to_crs("EPSG:4326").geometry, frame[columns].to_dict("records"), strict=True), start=1
        ):
            properties = {str(key): value for key, value in row.items()}
            features.append(_Raw(f"{path.name}: feature {number}", geometry, properties))
    return features


def _csv_rows(path: Path) -> list[dict[str, Any]]:
    for encoding in ("utf-8-sig", "gb18030"):  # what Excel and WPS write in China
        try:
            with path.open(encoding=encoding, newline="") as file:
                sample = file.read(4096)
                file.seek(0)
                delimiter = max(",;\t", key=sample.partition("\n")[0].count)
                return list(csv.DictReader(file, delimiter=delimiter))
        except UnicodeDecodeError:
            continue
        except (OSError, csv.Error) as error:
            raise MissionError(f"{path}: expected a CSV table: {error}") from error
    raise MissionError(f"{path}: expected a CSV table in UTF-8 or GB 18030")


def _xlsx_rows(path: Path) -> list[dict[str, Any]]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
    except (InvalidFileException, OSError, KeyError, ValueError) as error:
        raise MissionError(f"{path}: expected an Excel workbook (.xlsx): {error}") from error
    except Exception as error:  # zipfile, lxml and openpyxl's own: a foreign file may break in any of them
        raise MissionError(f"{path}: the workbook is damaged: {error}") from error
    header = [str(cell).strip() if cell is not None else "" for cell in rows[0]] if rows else []
    return [dict(zip(header, row, strict=False)) for row in rows[1:] if any(cell is not None for cell in row)]


def _rows(path: Path, rows: list[dict[str, Any]]) -> list[_Raw]:
    """Turn rows of a table with a longitude and a latitude column, or a WKT column, into features."""
    features: list[_Raw] = []
    for number, row in enumerate(rows, start=2):
        raw = _Raw(f"{path.name}: line {number}", None, {str(key): value for key, value in row.items()})
        features.append(_Raw(raw.where, _geometry_of_row(path, raw), raw.properties))
    return features


def _geometry_of_row(path: Path, raw: _Raw) -> BaseGeometry | None:
    if wkt := raw.text("wkt", "geometry"):
        return shapely.from_wkt(wkt, on_invalid="ignore")
    names = {str(name).lower() for name in raw.properties}
    if not (names & set(LON_NAMES) and names & set(LAT_NAMES)):
        raise MissionError(
            f"{path}: expected a column for longitude ({', '.join(LON_NAMES)}) and one for latitude "
            f"({', '.join(LAT_NAMES)}), or WKT; received {', '.join(raw.properties)}"
        )
    try:
        return shapely.Point(float(raw.text(*LON_NAMES) or ""), float(raw.text(*LAT_NAMES) or ""))
    except ValueError:
        return None


def _first_text(properties: Properties, keys: Sequence[str]) -> str | None:
    folded = {key.lower(): value for key, value in properties.items()}
    for key in keys:
        value = folded.get(key)
        if value is not None and value == value and str(value).strip():
            return str(value).strip()
    return None


def stated_name(properties: Properties) -> str | None:
    """Give the name that a feature states itself; its reader may have told it apart from others."""
    return _first_text(properties, NAME_NAMES)


def _free_name(raw: _Raw, kind: str, before: Sequence[Plot | Corridor | Building]) -> str:
    name = stated_name(raw.properties) or f"{kind} {len(before) + 1}"
    return unique_name(name, {feature.name for feature in before})


def _priority(raw: _Raw) -> float:
    text = raw.text(*PRIORITY_NAMES)
    try:
        return float(text or 1.0)
    except ValueError as error:
        raise MissionError(f"priority {text!r} is not a number") from error


def _metres(raw: _Raw, names: Sequence[str]) -> float | None:
    text = raw.text(*names)
    if text is None:
        return None
    try:
        metres = float(text)
    except ValueError:
        metres = math.nan
    if not 0 < metres < math.inf:
        raise MissionError(f"expected a number of metres above 0 as {names[0]}, received {text!r}")
    return metres


def _line(raw: _Raw) -> LineString | MultiLineString:
    return _shape(raw, (LineString, MultiLineString), "a line")


def _polygon(raw: _Raw) -> Polygon | MultiPolygon:
    return _shape(raw, (Polygon, MultiPolygon), "a polygon")


def _shape(raw: _Raw, kinds: tuple[type[G], ...], expected: str) -> G:
    """Give a feature's geometry, flat, if it is of one of the kinds and can be used."""
    geometry = raw.geometry
    if geometry is None or geometry.is_empty:
        raise MissionError("has no outline")
    if not isinstance(geometry, kinds):
        raise MissionError(f"expected {expected}, received a {geometry.geom_type}")
    if not _on_earth(geometry):
        raise MissionError(f"{geometry.bounds} are no longitudes and latitudes in degrees")
    if not geometry.is_valid and geometry.length == 0:
        raise MissionError("all points of it are the same")
    if not geometry.is_valid:
        raise MissionError(f"the outline crosses itself ({explain_validity(geometry)}); redraw it there")
    return shapely.force_2d(geometry)


def _on_earth(geometry: BaseGeometry) -> bool:
    west, south, east, north = geometry.bounds
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90


def unique_name(name: str, taken: set[str]) -> str:
    """Give a name that is not taken yet: with a number behind it where it is."""
    number, candidate = 2, name
    while candidate in taken:
        candidate, number = f"{name} ({number})", number + 1
    return candidate
