"""Write KML 2.2 that the OGC schema, and so Google Earth on the web, accepts.

simplekml has built the tree of features; what it leaves to chance is settled here.  The texts are put back by
lxml, which escapes every one (simplekml escapes some and not others); elements are put in the order of the
schema; ids become valid and repeatable.
"""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from itertools import pairwise
from operator import itemgetter
from pathlib import Path

from lxml import etree

from geo.errors import GeoError
from geo.kml.document import KmlDocument
from geo.kml.tree import Element, local_name

_FILE_NAME = re.compile(r"files/[A-Za-z0-9_-][A-Za-z0-9._-]*\Z")
_IMAGE_SOURCE = re.compile(r"""src=["'](files/[^"']*)["']""")
_NOT_NAME = re.compile(r"[^A-Za-z0-9._-]")

# Every sequence of the schema (ogckml22.xsd) that we write is in this one order.
_SCHEMA_ORDER = (
    "name", "visibility", "open", "address", "Snippet", "description", "LookAt", "styleUrl", "Style",
    "ExtendedData",
    "color", "colorMode", "scale", "heading", "drawOrder", "Icon", "hotSpot", "width", "fill", "outline",
    "IconStyle", "LabelStyle", "LineStyle", "PolyStyle", "BalloonStyle",
    "extrude", "tessellate", "altitude", "altitudeMode", "coordinates", "outerBoundaryIs", "innerBoundaryIs",
    "LatLonBox", "north", "south", "east", "west", "rotation", "href", "displayName", "value",
)  # fmt: skip
_RANK = {name: rank for rank, name in enumerate(_SCHEMA_ORDER)}
_LAST = len(_SCHEMA_ORDER)  # features and geometries: behind everything else, in the order they were added


def kml_bytes(document: KmlDocument) -> bytes:
    """Return the document as UTF-8 XML; the same content always gives the same bytes."""
    return _xml_bytes(_settled_tree(document))


def write_kml(path: Path, document: KmlDocument) -> None:
    """Write a .kml file."""
    path.write_bytes(kml_bytes(document))


def write_kmz(path: Path, document: KmlDocument, files: Mapping[str, bytes | Path]) -> None:
    """Write a .kmz file: doc.kml first, then the files in the order of their names, all dated 1980-01-01.

    Parameters
    ----------
    path : Path
        The file to write.
    document : KmlDocument
        What to write.
    files : mapping
        Name inside the KMZ (``files/`` and an ASCII name, because some programs unpack with another code
        page) to content or to the file to copy.

    Raises
    ------
    GeoError
        A name is not of that form, or the document refers to a file that is not there.
    """
    for name in files:
        if not _FILE_NAME.match(name):
            raise GeoError(
                f"{path}: {name!r} cannot be the name of a file in a KMZ; expected files/<ASCII name>"
            )
    root = _settled_tree(document)
    missing = sorted(_referenced_files(root) - set(files))
    if missing:
        raise GeoError(f"{path}: the document shows {missing[0]!r} but the file is not among those given")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zip_entry("doc.kml", zipfile.ZIP_DEFLATED), _xml_bytes(root))
        for name in sorted(files):
            content = files[name]
            data = content.read_bytes() if isinstance(content, Path) else content
            archive.writestr(zip_entry(name, zipfile.ZIP_STORED), data)  # images do not shrink again
    path.write_bytes(buffer.getvalue())


def _xml_bytes(root: Element) -> bytes:
    etree.indent(root, space=" ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def zip_entry(name: str, compression: int) -> zipfile.ZipInfo:
    """Give the directory entry of an archive that has the same bytes whenever and wherever it is written."""
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = compression
    entry.create_system = 3  # the same on Windows as on Unix
    entry.external_attr = 0o644 << 16
    return entry


def _referenced_files(root: Element) -> set[str]:
    found: set[str] = set()
    for element in root.iter():
        text = element.text or ""
        if local_name(element) == "description":
            found.update(_IMAGE_SOURCE.findall(text))
        elif local_name(element) == "href" and text.startswith("files/"):
            found.add(text)
    return found


def _settled_tree(document: KmlDocument) -> Element:
    rendered = document.render()
    root = etree.fromstring(rendered.text.encode(), etree.XMLParser(huge_tree=True, resolve_entities=False))
    _put_texts_back(root, rendered.texts)
    _name_and_gather_styles(root, rendered.styles, rendered.ids)
    _put_in_schema_order(root)
    etree.cleanup_namespaces(root)
    return root


def _put_texts_back(root: Element, texts: Sequence[str]) -> None:
    for element in root.iter():
        if element.text and element.text.startswith("text:"):
            element.text = texts[int(element.text.removeprefix("text:"))]
        name = element.get("name")
        if name is not None:
            element.set("name", texts[int(name.removeprefix("text:"))])


def _name_and_gather_styles(root: Element, styles: Mapping[str, str], features: Mapping[str, str]) -> None:
    """Give valid ids, the same on every run, and move the shared styles to the document's head."""
    taken: set[str] = set()
    ids = {old: _valid_id(f"style-{key}", taken) for old, key in styles.items()}
    ids.update({old: _valid_id(wanted, taken) for old, wanted in features.items()})
    document = root[0]
    for element in list(root.iter()):
        old = element.get("id", "")
        element.attrib.pop("id", "")
        if old in ids:
            element.set("id", ids[old])
        if local_name(element) == "styleUrl" and element.text:
            element.text = "#" + ids[element.text.removeprefix("#")]
        if local_name(element) == "Style":
            document.append(element)


def _valid_id(wanted: str, taken: set[str]) -> str:
    """Return an xs:ID (an ASCII name without spaces that starts with a letter) that nobody has yet."""
    base = _NOT_NAME.sub("_", wanted)
    if not base or not (base[0].isalpha() or base[0] == "_"):
        base = f"_{base}"
    candidate, number = base, 1
    while candidate in taken:
        number += 1
        candidate = f"{base}-{number}"
    taken.add(candidate)
    return candidate


def _put_in_schema_order(root: Element) -> None:
    for element in root.iter():
        ranked = [(_RANK.get(local_name(child), _LAST), child) for child in element]
        if all(before[0] <= after[0] for before, after in pairwise(ranked)):
            continue
        # Only what goes to the head is moved: lxml takes quadratic time to move a folder of many features.
        head = sorted((pair for pair in ranked if pair[0] < _LAST), key=itemgetter(0))
        for place, (_, child) in enumerate(head):
            if element[place] is not child:
                element.insert(place, child)
