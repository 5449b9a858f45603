"""Tables that other programs open: GeoJSON and CSV, with the same bytes for the same content."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence

import shapely
from shapely.geometry.base import BaseGeometry

# What GDAL itself writes: WGS 84 in longitude, latitude order, as RFC 7946 demands.
_WGS84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
_DECIMALS = 8  # a millimetre


def geojson_bytes(name: str, features: Iterable[tuple[BaseGeometry, Mapping[str, object]]]) -> bytes:
    """Return a GeoJSON FeatureCollection (RFC 7946), one feature a line.

    Parameters
    ----------
    name : str
        The layer's name.
    features : iterable of (geometry, properties)
        Geometries in degrees lon, lat (WGS 84); properties of JSON types.
    """
    lines = [
        _json({"type": "Feature", "properties": dict(properties), "geometry": _geometry(geometry)})
        for geometry, properties in features
    ]
    head = f'{{"type": "FeatureCollection", "name": {_json(name)}, "crs": {_json(_WGS84)}, "features": ['
    return (head + ("\n" + ",\n".join(lines) if lines else "") + "\n]}\n").encode()


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV table that Excel and WPS open with the right characters: UTF-8 with a byte order mark.

    A text that a spreadsheet would take for a formula gets an apostrophe in front; None is an empty cell.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _geometry(geometry: BaseGeometry) -> object:
    # Outer rings counter-clockwise as RFC 7946 wants: the other way round than shapely's normal form.
    wound = shapely.reverse(shapely.normalize(geometry))
    return json.loads(shapely.to_geojson(wound), parse_float=lambda number: round(float(number), _DECIMALS))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _cell(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
