"""When which aircraft flies: a bar for each flight, a row for each aircraft and day."""

import datetime
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from astral import Observer
from astral.sun import sun

from missions.records import Plan, Sortie
from report import svg
from report.planmap import sortie_colour
from report.words import Language, Words

_WIDTH, _ROW, _BAR = 960.0, 26.0, 16.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 130.0, 12.0, 8.0, 24.0
_LETTER = 7.0
_MOST_TICKS = 12
_STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440)
_NIGHT_STYLE = 'fill="#55605b" fill-opacity="0.16"'
_SWAP_STYLE = 'fill="#55605b" fill-opacity="0.45"'


@dataclass(frozen=True)
class _Bar:
    sortie: Sortie
    from_h: float
    to_h: float


@dataclass(frozen=True)
class _Row:
    """The flights of one aircraft on one day, in hours of local time or since the first take-off."""

    label: str
    bars: Sequence[_Bar]
    daylight_h: tuple[float, float] | None


def timeline_svg(plan: Plan, language: Language) -> str:
    """Return the flights of a plan over time as an <svg>.

    Where the plan gives take-off times, a row is a day of one aircraft in local time, what is left between
    two of its flights is shaded, and so is the night. Without them a row is an aircraft, and its flights
    stand one after another without the time between.
    """
    words = Words(language)
    rows = list(
        _days(plan, words) if all(sortie.takeoff for sortie in plan.sorties) else _orders(plan, words)
    )
    first = min(bar.from_h for row in rows for bar in row.bars)
    last = max(bar.to_h for row in rows for bar in row.bars)
    pad = 0.02 * (last - first)
    scale = _Scale(first - pad, last + pad)
    height = _TOP + _ROW * len(rows) + _BOTTOM
    parts = [_axis(scale, height)]
    for number, row in enumerate(rows):
        parts += _drawn_row(plan, row, _TOP + _ROW * number, scale, words)
    return svg.drawing(_WIDTH, height, words("timeline"), parts)


@dataclass(frozen=True)
class _Scale:
    from_h: float
    to_h: float

    def x(self, hour: float) -> float:
        share = (min(max(hour, self.from_h), self.to_h) - self.from_h) / (self.to_h - self.from_h)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _days(plan: Plan, words: Words) -> Iterator[_Row]:
    flights = [(sortie.takeoff, sortie) for sortie in plan.sorties if sortie.takeoff is not None]
    for day, aircraft in sorted({(takeoff.date(), sortie.aircraft) for takeoff, sortie in flights}):
        bars = [
            _Bar(sortie, (start := _hour(takeoff, day)), start + sortie.flight_s / 3600)
            for takeoff, sortie in flights
            if (takeoff.date(), sortie.aircraft) == (day, aircraft)
        ]
        bars.sort(key=lambda bar: bar.from_h)
        label = f"{day:%m-%d} {words('aircraft_number', number=aircraft)}"
        yield _Row(label, bars, _daylight(plan, bars[0].sortie, day))


def _orders(plan: Plan, words: Words) -> Iterator[_Row]:
    for aircraft in sorted({sortie.aircraft for sortie in plan.sorties}):
        bars: list[_Bar] = []
        for sortie in plan.sorties:
            if sortie.aircraft == aircraft:
                start = bars[-1].to_h if bars else 0.0
                bars.append(_Bar(sortie, start, start + sortie.flight_s / 3600))
        yield _Row(words("aircraft_number", number=aircraft), bars, None)


def _daylight(plan: Plan, sortie: Sortie, day: datetime.date) -> tuple[float, float] | None:
    """Hours of sunrise and sunset at a flight's site; None where the sun does not rise or set that day."""
    site = plan.site(sortie.site)
    assert sortie.takeoff is not None
    zone = sortie.takeoff.tzinfo or datetime.UTC
    try:
        times = sun(Observer(site.lat, site.lon), day, tzinfo=zone)
    except ValueError:
        return None
    return _hour(times["sunrise"], day), _hour(times["sunset"], day)


def _hour(time: datetime.datetime, day: datetime.date) -> float:
    midnight = datetime.datetime.combine(day, datetime.time(), tzinfo=time.tzinfo)
    return (time - midnight).total_seconds() / 3600


def _hours(scale: _Scale) -> list[float]:
    """Round times that fit under the bars."""
    span_min = 60 * (scale.to_h - scale.from_h)
    step = next((step for step in _STEPS_MIN if span_min / step <= _MOST_TICKS), _STEPS_MIN[-1])
    return [
        k * step / 60 for k in range(math.ceil(60 * scale.from_h / step), int(60 * scale.to_h / step) + 1)
    ]


def _axis(scale: _Scale, height: float) -> str:
    base = height - _BOTTOM
    parts: list[str] = []
    for hour in _hours(scale):
        x = scale.x(hour)
        parts.append(svg.line(x, _TOP, x, base + 4, 'stroke="#e4e8e6"'))
        minutes = round(60 * hour)
        label = f"{minutes // 60}:{minutes % 60:02d}"
        parts.append(svg.text(x, base + 17, label, f'fill="{svg.INK}" font-size="11" text-anchor="middle"'))
    return "".join(parts)


def _drawn_row(plan: Plan, row: _Row, top: float, scale: _Scale, words: Words) -> Iterator[str]:
    yield svg.text(4, top + 0.5 * _ROW + 4, row.label)
    if row.daylight_h is not None:
        for start, end in ((scale.from_h, row.daylight_h[0]), (row.daylight_h[1], scale.to_h)):
            if scale.x(end) > scale.x(start):
                yield svg.box(
                    scale.x(start), top, scale.x(end) - scale.x(start), _ROW, _NIGHT_STYLE, words("night")
                )
        for before, after in pairwise(row.bars):
            x = scale.x(before.to_h)
            middle = top + 0.5 * _ROW - 2
            kind = "battery_swap" if before.sortie.site == after.sortie.site else "move_site"
            yield svg.box(x, middle, scale.x(after.from_h) - x, 4, _SWAP_STYLE, words(kind))
    for bar in row.bars:
        yield from _drawn_bar(bar, sortie_colour(plan, bar.sortie), top + 0.5 * (_ROW - _BAR), scale, words)


def _drawn_bar(bar: _Bar, colour: str, top: float, scale: _Scale, words: Words) -> Iterator[str]:
    x = scale.x(bar.from_h)
    width = max(scale.x(bar.to_h) - x, 1.0)
    name = bar.sortie.name
    hint = f"{name}: {bar.sortie.site}, {words('minutes', value=bar.sortie.flight_s / 60)}"
    yield svg.box(x, top, width, _BAR, f'fill="{colour}" stroke="#fff"', hint)
    if width > _LETTER * len(name) + 4:
        style = 'fill="#fff" font-size="11" font-weight="600" text-anchor="middle"'
        yield svg.text(x + width / 2, top + 12, name, style)
