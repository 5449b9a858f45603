"""The flight application as a Word document, which an office can complete and print."""

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from report.application import Annex, Entry, Paper, Text
from report.words import Language

_LATIN, _CHINESE = "Times New Roman", "SimSun"  # what Word and WPS have wherever Chinese is written
_COLUMNS_MM = (48, 122)
_LONG_AGO = datetime(2024, 1, 1)
"""The day the regulation came into force: a time of writing would change the bytes."""


def application_docx(paper: Paper, language: Language) -> bytes:
    """Write the application, in Chinese, with an English gloss below where `language` is "en".

    Returns
    -------
    bytes
        A .docx file; the same input gives the same bytes.
    """
    document = docx.Document()
    _prepare(document, paper)
    glossed = language == "en"
    _write(document.add_paragraph(), paper.title, glossed, size=18, bold=True, centred=True)
    for text in paper.lead:
        _write(document.add_paragraph(), text, glossed, centred=True)
    table = document.add_table(len(paper.items), 2, style="Table Grid")
    table.autofit = False
    for column, width_mm in zip(table.columns, _COLUMNS_MM, strict=True):
        column.width = Mm(width_mm)
    # Every cell is asked for once: python-docx counts through the whole table for each of them.
    for item, row in zip(paper.items, table.rows, strict=True):
        title, answers = row.cells
        _write(title.paragraphs[0], item.title, glossed, bold=True)
        for number, entry in enumerate(item.entries):
            _answer(answers.add_paragraph() if number else answers.paragraphs[0], entry, glossed)
    _annex(document, paper.notes, glossed)
    _write(document.add_paragraph(), paper.signature, glossed)
    for annex in paper.annexes:
        _annex(document, annex, glossed)
    written = io.BytesIO()
    document.save(written)
    return _undated(written.getvalue())


def _prepare(document: Document, paper: Paper) -> None:
    properties = document.core_properties
    properties.title, properties.author, properties.comments = paper.title.chinese, "", ""
    properties.created = properties.modified = _LONG_AGO
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(18)
    style = document.styles["Normal"]
    assert isinstance(style, ParagraphStyle)
    style.font.name, style.font.size = _LATIN, Pt(10.5)
    for fonts in style.element.iter(qn("w:rFonts")):
        fonts.set(qn("w:eastAsia"), _CHINESE)
    style.paragraph_format.space_after = Pt(3)


def _answer(paragraph: Paragraph, entry: Entry, glossed: bool) -> None:
    paragraph.add_run(f"{entry.label.chinese}：").bold = True
    answer = paragraph.add_run(f"【{entry.answer.chinese}】" if entry.missing else entry.answer.chinese)
    if entry.missing:
        answer.font.highlight_color = WD_COLOR_INDEX.YELLOW
    if glossed:
        _gloss(paragraph, f"{entry.label.english}: {entry.answer.english}")


def _annex(document: Document, annex: Annex, glossed: bool) -> None:
    _write(document.add_paragraph(), annex.title, glossed, size=12, bold=True)
    for line in annex.lines:
        paragraph = document.add_paragraph()
        _write(paragraph, line.words, glossed)
        if line.figures:
            paragraph.add_run(f"\n{line.figures}")


def _write(
    paragraph: Paragraph,
    text: Text,
    glossed: bool,
    *,
    size: float | None = None,
    bold: bool = False,
    centred: bool = False,
) -> None:
    run = paragraph.add_run(text.chinese)
    run.bold = bold
    if size:
        run.font.size = Pt(size)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if glossed:
        _gloss(paragraph, text.english)


def _gloss(paragraph: Paragraph, english: str) -> None:
    gloss = paragraph.add_run(f"\n{english}")
    gloss.italic, gloss.font.size, gloss.font.color.rgb = True, Pt(8), RGBColor(0x55, 0x60, 0x5B)


def _undated(package: bytes) -> bytes:
    """Pack the parts again without the time at which they were packed."""
    again = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as parts, zipfile.ZipFile(again, "w") as packed:
        for name, part in _parts(parts):
            packed.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return again.getvalue()


def _parts(package: zipfile.ZipFile) -> Iterable[tuple[str, bytes]]:
    return ((name, package.read(name)) for name in package.namelist())
