"""One self-contained HTML page: nothing to load, nothing that runs, prints on A4."""

import base64
import html
from collections.abc import Iterable, Sequence

from report.words import Language

# No script, no request to anywhere: also when a stranger's plot name got past the escaping.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

_STYLE = """
body { font: 16px/1.5 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif;
       color: #1c2321; background: #fff; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p.lead { font-size: 1.15rem; }
img { max-width: 100%; height: auto; border: 1px solid #cbd3cf; }
svg { display: block; width: 100%; height: auto; margin: .5rem 0; }
details { margin: .75rem 0; }
summary { cursor: pointer; font-weight: 600; }
.figures { display: flex; flex-wrap: wrap; gap: .25rem 2rem; margin: 1rem 0; }
.figures div { min-width: 7rem; }
.figures b { display: block; font-size: 1.25rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .35rem .75rem; border-bottom: 1px solid #dbe1de; white-space: nowrap; }
th.text, td.text { text-align: left; white-space: normal; }
th:first-child, td:first-child { padding-left: 0; }
th { font-weight: 600; border-bottom: 2px solid #8a9690; }
tr.bad td { background: #fdecea; }
footer { margin-top: 2rem; padding-top: .75rem; border-top: 1px solid #cbd3cf; color: #55605b;
         font-size: .9rem; }
@media print { body { margin: 0; max-width: none; font-size: 11pt; }
               h2, img, svg, tr { break-inside: avoid; } }
"""


def page(title: str, language: Language, body: Iterable[str], footer: Iterable[str] = ()) -> str:
    """Return a whole page from finished pieces of body, and paragraphs of footer text."""
    small = "".join(f"<p>{html.escape(text)}</p>" for text in footer)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{html.escape(title)}</h1>\n"
        + "\n".join(body)
        + f"\n<footer>{small}</footer>\n</body>\n</html>\n"
    )


def lead(text: str) -> str:
    """Return the page's first, larger paragraph."""
    return f'<p class="lead">{html.escape(text)}</p>'


def paragraph(text: str) -> str:
    """Return a paragraph of text."""
    return f"<p>{html.escape(text)}</p>"


def heading(text: str) -> str:
    """Return a heading inside the page."""
    return f"<h2>{html.escape(text)}</h2>"


def listing(items: Iterable[str]) -> str:
    """Return a list of texts."""
    return "<ul>" + "".join(f"<li>{html.escape(item)}</li>" for item in items) + "</ul>"


def details(summary: str, pieces: Iterable[str], *, opened: bool) -> str:
    """Return finished pieces that a click folds away under a summary."""
    state = " open" if opened else ""
    return f"<details{state}><summary>{html.escape(summary)}</summary>\n" + "\n".join(pieces) + "</details>"


def figures(values: Iterable[tuple[str, str]]) -> str:
    """Return the few figures that matter, each (what, value) large over its name."""
    cells = (f"<div><b>{html.escape(value)}</b>{html.escape(what)}</div>" for what, value in values)
    return f'<div class="figures">{"".join(cells)}</div>'


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    texts: int = 1,
    marked: Iterable[int] = (),
    colours: Sequence[str] = (),
) -> str:
    """Return a table; its first `texts` columns hold words, the others numbers.

    Rows whose number is in `marked` stand out. With `colours`, ``#rrggbb`` for each, rows begin with a
    swatch.
    """
    stand_out = set(marked)
    lines = [f"<tr>{_cells('th', header, texts)}</tr>"]
    for number, row in enumerate(rows):
        start = '<tr class="bad">' if number in stand_out else "<tr>"
        cells = _cells("td", row, texts)
        if colours:
            swatch = f'<td style="border-left: .6rem solid {colours[number]}; padding-left: .5rem"'
            cells = cells.replace("<td", swatch, 1)
        lines.append(f"{start}{cells}</tr>")
    return '<div class="wide"><table>\n' + "\n".join(lines) + "\n</table></div>"


def _cells(tag: str, cells: Sequence[str], texts: int) -> str:
    kinds = [' class="text"' if number < texts else "" for number in range(len(cells))]
    return "".join(
        f"<{tag}{kind}>{html.escape(cell)}</{tag}>" for kind, cell in zip(kinds, cells, strict=True)
    )


def picture(png: bytes, description: str) -> str:
    """Return a PNG picture that is part of the page."""
    data = base64.b64encode(png).decode()
    return f'<p><img src="data:image/png;base64,{data}" alt="{html.escape(description)}"></p>'
