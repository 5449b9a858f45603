"""Photos as files: their pixels, and what their headers say about camera, place, time and attitude.

Pixels come in the order in which they are stored: an EXIF orientation flag is reported, never applied,
because cameras, footprints and windows all count stored pixels.
"""

import contextlib
import io
import logging
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Literal

import exifread
import numpy as np
import simplejpeg
from lxml import etree
from numpy.typing import NDArray

from geo.errors import GeoError

_MAX_PIXELS = 400_000_000  # a 150 Mpx camera exists, a 400 Mpx JPEG is a trap
_DJI_NAMESPACE = "http://www.dji.com/drone-dji/1.0/"
_XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\x00"
# Start of scan, end of image; markers that carry no length (ITU T.81, table B.1).
_SOS, _EOI = 0xDA, 0xD9
_BARE_MARKERS = {0x01, *range(0xD0, 0xD9)}
_FRAME_MARKERS = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

logging.getLogger("exifread").setLevel(logging.CRITICAL)  # its warnings about odd tags are not ours to print


class ImageError(GeoError):
    """A photo that is not there, not whole, or not a photo."""


@dataclass(frozen=True)
class PhotoMetadata:
    """What a photo's headers say; `None` where they say nothing.

    Angles are degrees as DJI writes them: yaw clockwise from true north, pitch 0 level and -90 down, gimbal
    roll about the line of sight. `alt_m` is EXIF's GPS altitude, whose datum depends on the maker.
    `dewarp` is (fx, fy, cx, cy, k1, k2, p1, p2, k3) with (cx, cy) relative to the image centre, in pixels.
    """

    width_px: int
    height_px: int
    orientation: int = 1
    make: str = ""
    model: str = ""
    focal_mm: float | None = None
    focal_35mm: float | None = None
    taken_local: datetime | None = None
    """The camera's own clock, without time zone."""
    taken_step_s: float = 1.0
    """Resolution of `taken_local`."""
    taken_utc_offset_s: float | None = None
    """Offset of the camera's clock from UTC, where the photo states one (EXIF OffsetTimeOriginal)."""
    gps_utc: datetime | None = None
    """UTC of the position, without time zone (EXIF GPSDateStamp and GPSTimeStamp)."""
    lon: float | None = None
    lat: float | None = None
    alt_m: float | None = None
    relative_alt_m: float | None = None
    gimbal_yaw_deg: float | None = None
    gimbal_pitch_deg: float | None = None
    gimbal_roll_deg: float | None = None
    flight_yaw_deg: float | None = None
    flight_pitch_deg: float | None = None
    flight_roll_deg: float | None = None
    rtk_flag: int | None = None
    rtk_std_m: tuple[float, float, float] | None = None
    """Standard deviations of longitude, latitude and height, metres."""
    dewarp: tuple[float, ...] | None = None
    notes: tuple[str, ...] = ()
    """What in the headers could not be read."""


def decode_jpeg(path: Path, scale: Literal[1, 2, 4, 8] = 1) -> NDArray[np.uint8]:
    """Decode a JPEG's pixels.

    Parameters
    ----------
    path : Path
        The file.
    scale : {1, 2, 4, 8}
        The image comes reduced by this factor, in the DCT domain: side lengths are rounded up.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        Blue, green, red, in stored pixel order.

    Raises
    ------
    ImageError
        The file cannot be read, is not a JPEG, is cut off, or its data are damaged.
    """
    data = _read_bytes(path)
    with io.BytesIO(data) as stream:
        segments = list(_segments(stream, path))
    width, height = _frame_size(segments, path)
    start_of_scan = segments[-1].end
    # Inside compressed data 0xFF is always followed by 0x00 or a restart marker, so this is the real end;
    # decoders fill whatever is missing with grey and say nothing.
    if data.find(b"\xff\xd9", start_of_scan) < 0:
        raise ImageError(
            f"{path}: the JPEG is cut off: {len(data)} bytes and no end-of-image marker; "
            "copy it from the card again"
        )
    # the decoder picks the smallest DCT scale whose image is at least this large; 0 is full size
    rows, columns = (-(-height // scale), -(-width // scale)) if scale > 1 else (0, 0)
    try:
        image = _decode(data, rows, columns)
    except ValueError as error:
        raise ImageError(f"{path}: the JPEG's data are damaged: {error}") from error
    return np.asarray(image, dtype=np.uint8)


def _decode(data: bytes, rows: int, columns: int) -> Any:
    try:
        return simplejpeg.decode_jpeg(data, "BGR", min_height=rows, min_width=columns)
    except ValueError as error:
        if "extraneous bytes before marker" not in str(error):
            raise
        # padding that some cameras write between segments: no pixel is lost
        return simplejpeg.decode_jpeg(data, "BGR", min_height=rows, min_width=columns, strict=False)


def read_metadata(path: Path) -> PhotoMetadata:
    """Read a JPEG's size, EXIF and DJI's XMP without decoding its pixels.

    Raises
    ------
    ImageError
        The file cannot be read or is not a JPEG. Unreadable EXIF or XMP is only noted in `notes`.
    """
    try:
        with path.open("rb") as stream:
            segments = list(_segments(stream, path))
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror}") from error
    width, height = _frame_size(segments, path)
    notes: list[str] = []
    values = _from_exif(segments, notes) | _from_xmp(segments, notes)
    return PhotoMetadata(width_px=width, height_px=height, notes=tuple(notes), **values)


@dataclass(frozen=True)
class _Segment:
    marker: int
    payload: bytes
    end: int  # offset of the byte after the segment


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror}") from error


def _segments(stream: BinaryIO, path: Path) -> Iterator[_Segment]:
    """Walk a JPEG's segments up to and including the first start of scan."""
    head = stream.read(2)
    if not head:
        raise ImageError(f"{path}: the file is empty (0 bytes)")
    if head != b"\xff\xd8":
        raise ImageError(f"{path}: not a JPEG: it starts with {head.hex(' ')}, expected ff d8")
    while True:
        byte = stream.read(1)
        while byte == b"\xff":  # a marker may be preceded by any number of fill bytes
            marker = stream.read(1)
            if marker != b"\xff":
                break
        else:
            marker = b""
        if byte != b"\xff" or not marker:
            raise ImageError(
                f"{path}: the JPEG's header is cut off or damaged at byte {stream.tell()}; copy it again"
            )
        kind = marker[0]
        if kind in _BARE_MARKERS:
            continue
        length = stream.read(2)
        size = struct.unpack(">H", length)[0] - 2 if len(length) == 2 else -1
        payload = stream.read(size) if size >= 0 else b""
        if size < 0 or len(payload) < size or kind == _EOI:
            raise ImageError(
                f"{path}: the JPEG is cut off in its header, at byte {stream.tell()}; copy it again"
            )
        yield _Segment(kind, payload, stream.tell())
        if kind == _SOS:
            return


def _frame_size(segments: list[_Segment], path: Path) -> tuple[int, int]:
    for segment in segments:
        if segment.marker in _FRAME_MARKERS and len(segment.payload) >= 5:
            height, width = struct.unpack(">HH", segment.payload[1:5])
            if 0 < width * height <= _MAX_PIXELS:
                return width, height
            raise ImageError(f"{path}: a JPEG of {width} x {height} px is not a survey photo")
    raise ImageError(f"{path}: the JPEG has no frame header")


def _from_exif(segments: list[_Segment], notes: list[str]) -> dict[str, Any]:
    exif = [s for s in segments if s.marker == 0xE1 and s.payload.startswith(b"Exif\x00")]
    if not exif:
        return {}
    payload = exif[0].payload
    jpeg = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + b"\xff\xd9"
    try:
        tags = exifread.process_file(io.BytesIO(jpeg), details=False, extract_thumbnail=False)
    except Exception as error:  # exifread documents no exceptions and raises many kinds on damaged headers
        notes.append(f"EXIF cannot be read: {type(error).__name__}: {error}")
        return {}
    values: dict[str, Any] = {
        "make": _text(tags.get("Image Make")),
        "model": _text(tags.get("Image Model")),
        "orientation": int(_number(tags.get("Image Orientation")) or 1),
        "focal_mm": _positive(_number(tags.get("EXIF FocalLength"))),
        "focal_35mm": _positive(_number(tags.get("EXIF FocalLengthIn35mmFilm"))),
        "taken_utc_offset_s": _utc_offset(_text(tags.get("EXIF OffsetTimeOriginal"))),
        "gps_utc": _gps_time(tags),
    }
    values |= _taken(tags)
    lon = _degrees(tags.get("GPS GPSLongitude"), _text(tags.get("GPS GPSLongitudeRef")), "EW", 180)
    lat = _degrees(tags.get("GPS GPSLatitude"), _text(tags.get("GPS GPSLatitudeRef")), "NS", 90)
    # A receiver without a fix writes 0, 0: a place in the Gulf of Guinea where nobody surveys.
    if lon is not None and lat is not None and (lon, lat) != (0.0, 0.0):
        values |= {"lon": lon, "lat": lat}
    altitude = _number(tags.get("GPS GPSAltitude"))
    if altitude is not None:
        below = _number(tags.get("GPS GPSAltitudeRef")) == 1
        values["alt_m"] = -altitude if below else altitude
    return values


def _from_xmp(segments: list[_Segment], notes: list[str]) -> dict[str, Any]:
    for segment in segments:
        if segment.marker == 0xE1 and segment.payload.startswith(_XMP_HEADER):
            packet = segment.payload
            break
    else:
        return {}
    start, end = packet.find(b"<x:xmpmeta"), packet.find(b"</x:xmpmeta>")
    if start < 0 or end < 0:
        notes.append("XMP holds no complete xmpmeta element")
        return {}
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(packet[start : end + len(b"</x:xmpmeta>")], parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        notes.append(f"XMP cannot be read: {error}")
        return {}
    text: dict[str, str] = {}
    prefix = f"{{{_DJI_NAMESPACE}}}"
    for element in root.iter(etree.Element):
        if str(element.tag).startswith(prefix) and element.text:
            text[str(element.tag)[len(prefix) :]] = element.text
        text |= {
            str(k)[len(prefix) :]: str(v) for k, v in element.attrib.items() if str(k).startswith(prefix)
        }
    return _dji_values(text, notes)


def _dji_values(text: dict[str, str], notes: list[str]) -> dict[str, Any]:
    """Translate DJI's keys; the EXIF position stands, except where XMP alone has one."""
    names = {
        "RelativeAltitude": "relative_alt_m",
        "AbsoluteAltitude": "alt_m",
        "GimbalYawDegree": "gimbal_yaw_deg",
        "GimbalPitchDegree": "gimbal_pitch_deg",
        "GimbalRollDegree": "gimbal_roll_deg",
        "FlightYawDegree": "flight_yaw_deg",
        "FlightPitchDegree": "flight_pitch_deg",
        "FlightRollDegree": "flight_roll_deg",
    }
    values: dict[str, Any] = {}
    for key, name in names.items():
        if key in text:
            number = _float(text[key])
            if number is None:
                notes.append(f"XMP {key} is {text[key]!r}, expected a number")
            else:
                values[name] = number
    flag = _float(text.get("RtkFlag", ""))
    if flag is not None:
        values["rtk_flag"] = int(flag)
    deviations = [_float(text.get(key, "")) for key in ("RtkStdLon", "RtkStdLat", "RtkStdHgt")]
    if all(d is not None for d in deviations):
        values["rtk_std_m"] = tuple(deviations)
    if "DewarpData" in text:  # "2021-05-01;fx,fy,cx,cy,k1,k2,p1,p2,k3"
        numbers = [_float(part) for part in text["DewarpData"].split(";")[-1].split(",")]
        if len(numbers) == 9 and all(n is not None for n in numbers):
            values["dewarp"] = tuple(numbers)
        else:
            notes.append(f"XMP DewarpData is {text['DewarpData'][:80]!r}, expected a date and nine numbers")
    return values


def _text(tag: object) -> str:
    return "" if tag is None else str(tag).replace("\x00", "").strip()


def _number(tag: Any) -> float | None:
    """Give a tag's first value; rationals with a zero denominator count as absent."""
    try:
        value = tag.values[0] if isinstance(tag.values, list) else tag.values
        return _finite(float(value))
    except (AttributeError, IndexError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None


def _degrees(tag: Any, reference: str, letters: str, limit: int) -> float | None:
    try:
        parts = [float(value) for value in tag.values]
    except (AttributeError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    if len(parts) != 3 or reference[:1].upper() not in tuple(letters):
        return None
    value = parts[0] + parts[1] / 60 + parts[2] / 3600
    if not 0 <= value <= limit:
        return None
    return -value if reference[:1].upper() == letters[1] else value


def _taken(tags: dict[str, Any]) -> dict[str, Any]:
    text = _text(tags.get("EXIF DateTimeOriginal")) or _text(tags.get("Image DateTime"))
    try:
        taken = datetime.strptime(text[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return {}
    fraction = _text(tags.get("EXIF SubSecTimeOriginal")) or _text(tags.get("EXIF SubSecTime"))
    if fraction.isdecimal() and fraction.isascii():
        seconds = int(fraction[:6]) / 10 ** len(fraction[:6])
        return {"taken_local": taken + timedelta(seconds=seconds), "taken_step_s": 10.0 ** -len(fraction[:6])}
    return {"taken_local": taken}


def _gps_time(tags: dict[str, Any]) -> datetime | None:
    with contextlib.suppress(AttributeError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        date = datetime.strptime(_text(tags.get("GPS GPSDate")), "%Y:%m:%d")
        hours, minutes, seconds = (float(value) for value in tags["GPS GPSTimeStamp"].values)
        return date + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return None


def _utc_offset(text: str) -> float | None:
    match = re.fullmatch(r"([+-])(\d\d):(\d\d)", text)
    if match is None:
        return None
    seconds = int(match[2]) * 3600.0 + int(match[3]) * 60.0
    return -seconds if match[1] == "-" else seconds


def _float(text: str) -> float | None:
    try:
        return _finite(float(text))
    except ValueError:
        return None


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _positive(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None
