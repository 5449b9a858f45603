"""A small EXIF writer: the tags a survey camera writes, as one APP1 segment spliced into a JPEG.

Layout after the EXIF 2.32 standard (CIPA DC-008) and TIFF 6.0, little-endian.
"""

import struct
from dataclasses import dataclass
from fractions import Fraction

_BYTE, _ASCII, _SHORT, _LONG, _RATIONAL, _UNDEFINED = 1, 2, 3, 4, 5, 7


@dataclass(frozen=True)
class ExifTags:
    """What a photo says of itself.

    `time` is the camera's clock as "2026:04:18 02:15:04" and `subsec` its digits behind the point; `alt_m` is
    above mean sea level.
    """

    make: str
    model: str
    time: str
    subsec: str
    lon: float
    lat: float
    alt_m: float
    focal_mm: float
    width_px: int
    height_px: int


@dataclass(frozen=True)
class _Entry:
    tag: int
    kind: int
    count: int
    data: bytes


def with_exif(jpeg: bytes, tags: ExifTags) -> bytes:
    """Put the tags into a JPEG, right behind its first marker; the picture itself stays as it is."""
    body = b"Exif\x00\x00" + _tiff(tags)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def _tiff(tags: ExifTags) -> bytes:
    exif = [
        _rational(0x829A, [Fraction(1, 1250)]),  # ExposureTime
        _short(0x8827, [200]),  # PhotographicSensitivity
        _Entry(0x9000, _UNDEFINED, 4, b"0232"),  # ExifVersion
        _ascii(0x9003, tags.time),  # DateTimeOriginal
        _rational(0x920A, [Fraction(tags.focal_mm).limit_denominator(1000)]),  # FocalLength
        _ascii(0x9291, tags.subsec),  # SubSecTimeOriginal
        _long(0xA002, tags.width_px),  # PixelXDimension
        _long(0xA003, tags.height_px),  # PixelYDimension
    ]
    gps = [
        _Entry(0x0000, _BYTE, 4, bytes((2, 3, 0, 0))),  # GPSVersionID
        _ascii(0x0001, "N" if tags.lat >= 0 else "S"),
        _rational(0x0002, _sexagesimal(tags.lat)),
        _ascii(0x0003, "E" if tags.lon >= 0 else "W"),
        _rational(0x0004, _sexagesimal(tags.lon)),
        _Entry(
            0x0005, _BYTE, 1, bytes((0 if tags.alt_m >= 0 else 1,))
        ),  # GPSAltitudeRef: above or below the sea
        _rational(0x0006, [Fraction(round(abs(tags.alt_m) * 1000), 1000)]),
        _ascii(0x0012, "WGS-84"),
    ]
    image = [
        _ascii(0x010F, tags.make),
        _ascii(0x0110, tags.model),
        _short(0x0112, [1]),  # Orientation: as it is
        _ascii(0x0132, tags.time),
        _long(0x8769, 0),  # ExifIFD
        _long(0x8825, 0),  # GPSInfoIFD
    ]
    exif_at = 8 + _length(image)
    gps_at = exif_at + _length(exif)
    image[4], image[5] = _long(0x8769, exif_at), _long(0x8825, gps_at)
    header = struct.pack("<2sHI", b"II", 42, 8)
    return header + _directory(image, 8) + _directory(exif, exif_at) + _directory(gps, gps_at)


def _directory(entries: list[_Entry], start: int) -> bytes:
    """One image file directory with the values that do not fit into its entries behind it."""
    table = struct.pack("<H", len(entries))
    values = b""
    values_at = start + 2 + 12 * len(entries) + 4
    for entry in entries:
        if len(entry.data) <= 4:
            inline = entry.data.ljust(4, b"\x00")
        else:
            inline = struct.pack("<I", values_at + len(values))
            values += _padded(entry.data)
        table += struct.pack("<HHI", entry.tag, entry.kind, entry.count) + inline
    return table + struct.pack("<I", 0) + values


def _length(entries: list[_Entry]) -> int:
    return (
        2 + 12 * len(entries) + 4 + sum(len(_padded(entry.data)) for entry in entries if len(entry.data) > 4)
    )


def _padded(data: bytes) -> bytes:
    """Values start at even offsets."""
    return data + b"\x00" * (len(data) % 2)


def _ascii(tag: int, text: str) -> _Entry:
    data = text.encode("ascii", "replace") + b"\x00"
    return _Entry(tag, _ASCII, len(data), data)


def _short(tag: int, numbers: list[int]) -> _Entry:
    return _Entry(tag, _SHORT, len(numbers), struct.pack(f"<{len(numbers)}H", *numbers))


def _long(tag: int, number: int) -> _Entry:
    return _Entry(tag, _LONG, 1, struct.pack("<I", number))


def _rational(tag: int, numbers: list[Fraction]) -> _Entry:
    data = b"".join(struct.pack("<II", number.numerator, number.denominator) for number in numbers)
    return _Entry(tag, _RATIONAL, len(numbers), data)


def _sexagesimal(degrees: float) -> list[Fraction]:
    """Degrees, minutes and seconds to 0.3 mm on the ground."""
    ticks = round(abs(degrees) * 3600 * 100_000)
    whole, rest = divmod(ticks, 3600 * 100_000)
    minutes, seconds = divmod(rest, 60 * 100_000)
    return [Fraction(whole), Fraction(minutes), Fraction(seconds, 100_000)]
