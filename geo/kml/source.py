"""Open XML that strangers made, alone or in a ZIP archive, without trusting it.

A document type declaration is refused before any parser sees it (entities can blow up memory or fetch other
files), and archives are read only up to a limit, whatever their directory claims.
"""

import lzma
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from lxml import etree

from geo.errors import GeoError
from geo.kml.tree import Element

MAX_KML_BYTES = 64 * 2**20  # a county's 20,000 points take about 20 MB
MAX_KMZ_BYTES = 2 * 2**30

_BROKEN_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError,
    NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip

Choice = Callable[[Sequence[str]], str | None]
"""Tells which member of an archive to read, by their names; None where it is not there."""


def xml_root(path: Path, member_of: Choice, expected: str) -> Element:
    """Read the outermost element of an XML file, or of one member of a ZIP archive.

    Parameters
    ----------
    path
        The file; what it is, is told by its content, not by its suffix.
    member_of
        Chooses the member where the file is an archive.
    expected
        What an archive without that member lacks, for the message: "doc.kml".

    Raises
    ------
    GeoError
        The file cannot be read, is no XML, is cut off, has entities, or is larger than this reader accepts.
    """
    data = _content(path, member_of, expected)
    _refuse_doctype(path, data)
    return _parse(path, data)


def _content(path: Path, member_of: Choice, expected: str) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(4)
        size = path.stat().st_size
        if head.startswith(b"PK"):
            return _member(path, size, member_of, expected)
        if size > MAX_KML_BYTES:
            raise GeoError(
                f"{path}: {size / 2**20:.0f} MB of XML; this reader takes {MAX_KML_BYTES // 2**20} MB"
            )
        return path.read_bytes()
    except OSError as error:
        raise GeoError(f"{path}: cannot be read ({error.strerror})") from error


def _member(path: Path, size: int, member_of: Choice, expected: str) -> bytes:
    if size > MAX_KMZ_BYTES:
        raise GeoError(
            f"{path}: {size / 2**30:.1f} GB; this reader takes KMZ files up to {MAX_KMZ_BYTES // 2**30} GB"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            name = member_of(archive.namelist())
            if name is None:
                raise GeoError(f"{path}: a ZIP archive without {expected}")
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
