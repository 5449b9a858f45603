"""Small drawings as inline SVG: text, ticks, and numbers short enough for a page with hundreds of them."""

import html
import math
from collections.abc import Iterable, Sequence

INK = "#1c2321"
FAINT = "#8a9690"


def drawing(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """Return an <svg> that scales with the page, its title for readers of screens."""
    return (
        f'<svg viewBox="0 0 {number(width)} {number(height)}" role="img" font-size="12" '
        f'font-family="system-ui, sans-serif"><title>{html.escape(title)}</title>{"".join(parts)}</svg>'
    )


def path(points: Sequence[tuple[float, float]], style: str, *, closed: bool = False) -> str:
    """Return a line through points, or the area that it encloses."""
    way = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return f'<path d="M{way}{"Z" if closed else ""}" {style}/>'


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    """Return a straight line."""
    return f'<path d="M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}" {style}/>'


def box(x: float, y: float, width: float, height: float, style: str, hint: str = "") -> str:
    """Return a rectangle; its hint shows under the mouse."""
    inside = f"<title>{html.escape(hint)}</title>" if hint else ""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}" '
        f"{style}>{inside}</rect>"
    )


def text(x: float, y: float, words: str, style: str = f'fill="{INK}"') -> str:
    """Return words that begin at a place, unless the style anchors them otherwise."""
    return f'<text x="{number(x)}" y="{number(y)}" {style}>{html.escape(words)}</text>'


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from low to high, at most so many, a step of 1, 2 or 5 apart."""
    span = max(high - low, 1e-9)
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(k * power for k in (1, 2, 5, 10) if span / (k * power) <= most)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def number(value: float) -> str:
    """Write a number with one decimal at most."""
    return f"{round(value, 1):g}"
