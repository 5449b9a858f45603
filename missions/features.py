"""Reading plots, no-fly areas and target points from whatever people have."""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import geopandas
import openpyxl
import pyogrio
import shapely
from openpyxl.utils.exceptions import InvalidFileException
from pyogrio.errors import DataSourceError, FeatureError
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from geo.errors import GeoError
from geo.kml import read_kml
from missions.errors import MissionError

T = TypeVar("T")
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
        folded = {key.lower(): value for key, value in self.properties.items()}
        for key in keys:
            value = folded.get(key)
            if value is not None and value == value and str(value).strip():
                return str(value).strip()
        return None


LON_NAMES = ("lon", "lng", "long", "longitude", "x", "经度")
LAT_NAMES = ("lat", "latitude", "y", "纬度")
NAME_NAMES = ("name", "名称", "编号", "id", "code")
PRIORITY_NAMES = ("priority", "优先级")
HEIGHT_NAMES = ("height_m", "height", "高度")

_AREAS = ("Polygon", "MultiPolygon")
_LINES = ("LineString", "MultiLineString")
_POINTS = ("Point", "MultiPoint")


def read_plots(paths: Iterable[Path]) -> Features[Plot]:
    """Read plots; a self-crossing, empty or misplaced one is set aside with its reason."""
    items: list[Plot] = []
    rejected: list[Rejected] = []
    for raw in _read_all(paths, rejected):
        polygon = _polygon(raw, rejected)
        if polygon is None:
            continue
        name = _unique(raw.text(*NAME_NAMES) or f"Plot {len(items) + 1}", {plot.name for plot in items})
        try:
            priority = float(raw.text(*PRIORITY_NAMES) or 1.0)
        except ValueError:
            rejected.append(Rejected(raw.where, f"priority {raw.text(*PRIORITY_NAMES)!r} is not a number"))
            continue
        items.append(Plot(name, polygon, priority, raw.properties))
    return Features(items, rejected)


def read_areas(paths: Iterable[Path]) -> Features[Area]:
    """Read areas; a self-crossing, empty or misplaced one is set aside with its reason."""
    items: list[Area] = []
    rejected: list[Rejected] = []
    for raw in _read_all(paths, rejected):
        polygon = _polygon(raw, rejected)
        if polygon is not None:
            items.append(Area(raw.text(*NAME_NAMES) or f"Area {len(items) + 1}", polygon))
    return Features(items, rejected)


def read_passages(paths: Iterable[Path]) -> Features[Passage]:
    """Read lines and areas that ways may use; an empty or misplaced one is set aside with its reason."""
    items: list[Passage] = []
    rejected: list[Rejected] = []
    for raw in _read_all(paths, rejected):
        geometry = _geometry(raw, (*_LINES, *_AREAS), "a line or a polygon", rejected)
        if geometry is not None:
            items.append(Passage(raw.text(*NAME_NAMES) or f"Passage {len(items) + 1}", geometry))
    return Features(items, rejected)


def read_obstacles(paths: Iterable[Path]) -> Features[Obstacle]:
    """Read obstacles; one without a place or a height is set aside with its reason."""
    items: list[Obstacle] = []
    rejected: list[Rejected] = []
    for raw in _read_all(paths, rejected):
        geometry = _geometry(raw, (*_POINTS, *_LINES, *_AREAS), "a point, a line or a polygon", rejected)
        if geometry is None:
            continue
        try:
            height_m = float(raw.text(*HEIGHT_NAMES) or "")
        except ValueError:
            height_m = math.nan
        if not 0.0 < height_m < math.inf:
            given = raw.text(*HEIGHT_NAMES) or "nothing"
            reason = f"expected its height above ground in metres as {HEIGHT_NAMES[0]}, received {given}"
            rejected.append(Rejected(raw.where, reason))
            continue
        items.append(Obstacle(raw.text(*NAME_NAMES) or f"Obstacle {len(items) + 1}", geometry, height_m))
    return Features(items, rejected)


def read_targets(paths: Iterable[Path]) -> Features[Target]:
    """Read target points; of an outline its inner point is taken."""
    items: list[Target] = []
    rejected: list[Rejected] = []
    for raw in _read_all(paths, rejected):
        if raw.geometry is None or raw.geometry.is_empty:
            rejected.append(Rejected(raw.where, "has no place"))
            continue
        point = raw.geometry if raw.geometry.geom_type == "Point" else raw.geometry.representative_point()
        lon, lat = shapely.get_coordinates(point)[0]
        if not _on_earth(point):
            rejected.append(Rejected(raw.where, f"{lon}, {lat} is no longitude, latitude in degrees"))
            continue
        items.append(Target(raw.text(*NAME_NAMES) or f"Target {len(items) + 1}", lon, lat, raw.properties))
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


def _polygon(raw: _Raw, rejected: list[Rejected]) -> Polygon | MultiPolygon | None:
    geometry = _geometry(raw, _AREAS, "a polygon", rejected)
    assert geometry is None or isinstance(geometry, Polygon | MultiPolygon)
    return geometry


def _geometry(
    raw: _Raw, kinds: Sequence[str], expected: str, rejected: list[Rejected]
) -> BaseGeometry | None:
    """Give a feature's geometry if it is of one of the kinds and can be used; else say why not."""
    geometry = raw.geometry
    if geometry is None or geometry.is_empty:
        reason = "has no outline"
    elif geometry.geom_type not in kinds:
        reason = f"expected {expected}, received a {geometry.geom_type}"
    elif not _on_earth(geometry):
        reason = f"{geometry.bounds} are no longitudes and latitudes in degrees"
    elif not geometry.is_valid:
        reason = f"the outline crosses itself ({explain_validity(geometry)}); redraw it there"
    else:
        return shapely.force_2d(geometry)
    rejected.append(Rejected(raw.where, reason))
    return None


def _on_earth(geometry: BaseGeometry) -> bool:
    west, south, east, north = geometry.bounds
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90


def _unique(name: str, taken: set[str]) -> str:
    number, candidate = 2, name
    while candidate in taken:
        candidate, number = f"{name} ({number})", number + 1
    return candidate
