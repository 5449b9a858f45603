"""Printed pages: the typst templates of this folder filled with data, as PDF.

Data reach a template as values, never as markup, so that no plot's name can be taken for typst code. The
fonts come with the package weblate-fonts (SIL Open Font License): Source Sans 3 for Latin letters, Kurinto
Sans SC for Chinese. Fonts of the system are not looked at, so that a page is the same wherever it is made.
"""

import base64
import json
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

import typst


def pdf_bytes(template: str, data: Mapping[str, object]) -> bytes:
    """Fill a template of this folder with JSON-able data.

    Parameters
    ----------
    template : str
        File name, as in "crew_sheet.typ".
    data : mapping
        What the template finds as ``json(bytes(sys.inputs.data))``; pictures are the texts of SVG files.

    Returns
    -------
    bytes
        A PDF file without a date; the same input gives the same bytes.
    """
    source = (resources.files("report") / template).read_bytes()
    filled = {"data": json.dumps(data, ensure_ascii=False)}
    page = typst.compile(source, font_paths=_fonts(), format="pdf", sys_inputs=filled, timestamp=0)
    assert isinstance(page, bytes)
    return page


def framed_jpeg(jpeg: bytes, width_px: int, height_px: int) -> str:
    """Put a JPEG picture into the text of an SVG file, which is what `pdf_bytes` takes."""
    picture = base64.b64encode(jpeg).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width_px} {height_px}">'
        f'<image width="{width_px}" height="{height_px}" href="data:image/jpeg;base64,{picture}"/></svg>'
    )


def standalone(inline_svg: str) -> str:
    """Turn an <svg> that is part of a web page into the text of an SVG file."""
    return inline_svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def printable(text: str) -> str:
    """Leave out what no page can show and XML forbids: control characters and halves of characters."""
    return "".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in text)


def shortened(text: str, widest: int) -> str:
    """Cut a text to a width in Latin letters, of which a Chinese one takes two; an ellipsis says so."""
    clean, width = printable(text), 0
    for number, sign in enumerate(clean):
        width += 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        if width > widest:
            return clean[: max(0, number - 1)] + "…"
    return clean


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    folder = resources.files("weblate_fonts") / "static" / "weblate_fonts"
    paths = [str(folder / "source-sans" / "ttf"), str(folder / "kurinto" / "ttf")]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)
