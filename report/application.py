"""How a flight application reads: the thirteen items of article 27, in Chinese, explained in English."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from missions.catalogue import AircraftModel
from missions.records import Site
from missions.settings import ApplicationSettings
from report.typeset import printable
from report.words import Words

AircraftClass = Literal["micro", "light", "small", "medium", "large"]
LonLat = tuple[float, float]

_FREE_CEILING_M = 120.0
"""True height above which all airspace is controlled (article 19)."""
_MOST_ROUTE_POINTS = 1500
"""With more, the routes are left to plan.kml: nobody reads hundreds of pages of coordinates."""


@dataclass(frozen=True)
class FlightDay:
    """When flying begins and ends on one day, local time."""

    first: datetime.datetime
    last: datetime.datetime
    sorties: int


@dataclass(frozen=True)
class Route:
    """The path of one sortie: points as longitude, latitude and metres AMSL, and which of them are work."""

    name: str
    site: str
    takeoff: datetime.datetime | None
    landing: datetime.datetime | None
    path_m: float
    points: Sequence[tuple[float, float, float]]
    work: tuple[int, int]


@dataclass(frozen=True)
class FlightApplication:
    """What is known of a flight activity.

    Attributes
    ----------
    flight_s, path_m
        Of all routes.
    highest_agl_m
        Greatest true height along all paths.
    farthest_m
        Greatest distance of any path from its site.
    airspace
        Rings of corners, longitude and latitude, each around one connected area.
    """

    mission: str
    applicant: ApplicationSettings
    aircraft: AircraftModel
    aircraft_class: AircraftClass | None
    count: int
    sites: Sequence[Site]
    rally: Sequence[Site]
    days: Sequence[FlightDay]
    utc_offset_h: float
    routes: Sequence[Route]
    flight_s: float
    path_m: float
    speed_m_s: float
    highest_agl_m: float
    ceiling_agl_m: float
    approval: str | None
    farthest_m: float
    reserve_pct: float
    no_fly_margin_m: float
    airspace: Sequence[Sequence[LonLat]]


@dataclass(frozen=True)
class Text:
    """The same in both languages; the English is a gloss."""

    chinese: str
    english: str


@dataclass(frozen=True)
class Entry:
    """One answer, or where nothing is known what a person must enter in its place.

    Attributes
    ----------
    missing
        The key that would have answered it, as in "application.phone"; "" where it is answered.
    """

    label: Text
    answer: Text
    missing: str = ""


@dataclass(frozen=True)
class Item:
    """One of the thirteen."""

    title: Text
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Line:
    """A sentence, and figures after it that need no translation."""

    words: Text
    figures: str = ""


@dataclass(frozen=True)
class Annex:
    """A title and its lines."""

    title: Text
    lines: Sequence[Line]


@dataclass(frozen=True)
class Paper:
    """The whole application in words, ready to be set."""

    title: Text
    lead: Sequence[Text]
    items: Sequence[Item]
    notes: Annex
    signature: Text
    annexes: Sequence[Annex]

    def blanks(self) -> list[str]:
        """What is left open, as keys."""
        return [entry.missing for item in self.items for entry in item.entries if entry.missing]


def application_paper(application: FlightApplication) -> Paper:
    """Put an application into words."""
    items = (
        _applicant(application),
        _aircraft(application),
        _task(application),
        _places(application),
        [_asked("communication", application)],
        [_times(application)],
        _routes(application),
        [_asked("frequency", application)],
        [_asked("surveillance", application)],
        [_asked("transponder", application)],
        _emergency(application),
        [_asked("support", application)],
        _other(application),
    )
    return Paper(
        title=_text("app_title"),
        lead=[_text("app_draft"), _text("app_mission", mission=printable(application.mission))],
        items=[Item(_text(f"app_item_{number}"), entries) for number, entries in enumerate(items, start=1)],
        notes=Annex(_text("app_notes"), _notes(application)),
        signature=_text("app_signature"),
        annexes=[_corners(application), _route_list(application)],
    )


def _applicant(application: FlightApplication) -> list[Entry]:
    keys = ("organisation", "contact", "phone", "pilot", "licence", "operating_certificate", "insurance")
    return [_asked(key, application) for key in keys]


def _aircraft(application: FlightApplication) -> list[Entry]:
    model = application.aircraft
    kind = application.aircraft_class
    masses = None
    if model.empty_kg is not None and model.mtow_kg is not None:
        masses = _text("app_masses", empty=model.empty_kg, mtow=model.mtow_kg)
    return [
        _known("model", _same(model.name)),
        _known("kind", _text(f"app_kind_{model.kind}")),
        _entry("class", _text(f"app_class_{kind}") if kind else None, "empty_kg and mtow_kg of the aircraft"),
        _known("count", _text("app_aircraft_count", count=application.count)),
        _entry("mass", masses, "empty_kg and mtow_kg of the aircraft"),
        _known(
            "performance",
            _text(
                "app_performance_values",
                cruise=model.cruise_m_s,
                climb=model.max_climb_m_s,
                descent=model.max_descent_m_s,
                battery=model.battery_wh,
                minutes=60 * model.battery_wh / model.cruise_w,
            ),
        ),
        _asked("registration", application),
    ]


def _task(application: FlightApplication) -> list[Entry]:
    return [
        _asked("purpose", application),
        _known("automatic", _text("app_automatic_values")),
        _asked("flight_mode", application, farthest=_distance(application.farthest_m)),
        _asked("task_approval", application),
    ]


def _places(application: FlightApplication) -> list[Entry]:
    rally = None
    if application.rally:
        rally = _joined([_place(place) for place in application.rally])
    elif len(application.sites) > 1:
        rally = _text("app_also_sites")
    return [
        _known("sites", _joined([_place(site) for site in application.sites])),
        _entry("rally", rally, "a second place under [[sites]]"),
    ]


def _times(application: FlightApplication) -> Entry:
    days = [
        _text("app_window", first=day.first, last=day.last, sorties=day.sorties) for day in application.days
    ]
    label = _text("app_windows", offset=application.utc_offset_h)
    if days:
        return Entry(label, _joined(days))
    hint = _text("app_windows_hint", minutes=application.flight_s / 60, sorties=len(application.routes))
    return Entry(label, _text("app_blank", hint=hint), "schedule.first_day")


def _routes(application: FlightApplication) -> list[Entry]:
    heights = [alt for route in application.routes for _, _, alt in route.points]
    ceiling = application.ceiling_agl_m
    return [
        _known(
            "routes",
            _text("app_routes_values", sorties=len(application.routes), path=_distance(application.path_m)),
        ),
        _known(
            "heights",
            _text(
                "app_heights_values",
                highest=application.highest_agl_m,
                ceiling=ceiling,
                low=min(heights),
                high=max(heights),
            ),
        ),
        _known("speed", _text("app_speed_values", speed=application.speed_m_s)),
        _known("airspace", _text("app_airspace_values", parts=len(application.airspace), ceiling=ceiling)),
        _known("entry", _text("app_entry_values")),
    ]


def _emergency(application: FlightApplication) -> list[Entry]:
    values = _text(
        "app_emergency_values", reserve=application.reserve_pct, margin=application.no_fly_margin_m
    )
    return [_asked("emergency", application), _known("emergency_plan", values)]


def _other(application: FlightApplication) -> list[Entry]:
    entries = [_asked("other", application)]
    if application.approval:
        entries.append(_known("approval", _same(application.approval)))
    return entries


def _notes(application: FlightApplication) -> list[Line]:
    """What the articles say of this plan; whether an application is due remains a person's judgement."""
    kind = application.aircraft_class
    notes = [
        _text("app_note_class", kind=_text(f"app_class_{kind}")) if kind else _text("app_note_class_unknown")
    ]
    height = "app_note_low" if application.highest_agl_m <= _FREE_CEILING_M else "app_note_high"
    notes.append(_text(height, highest=application.highest_agl_m))
    notes.append(_text("app_note_always" if kind in ("medium", "large") else "app_note_free"))
    notes.append(_text("app_note_lost"))
    deadline = _text("app_deadline_open")
    if application.days:
        day_before = application.days[0].first.date() - datetime.timedelta(days=1)
        deadline = _text("app_deadline_day", day=day_before)
    notes.append(_text("app_note_deadline", deadline=deadline))
    return [Line(note) for note in notes]


def _corners(application: FlightApplication) -> Annex:
    lines = [
        Line(_text("app_area", number=number), "; ".join(degrees_minutes_seconds(*corner) for corner in ring))
        for number, ring in enumerate(application.airspace, start=1)
    ]
    return Annex(_text("app_annex_airspace"), lines)


def _route_list(application: FlightApplication) -> Annex:
    few = sum(len(route.points) for route in application.routes) <= _MOST_ROUTE_POINTS
    lines = [] if few else [Line(_text("app_routes_in_file"))]
    for route in application.routes:
        heights = [alt for _, _, alt in route.points]
        head = _text(
            "app_route",
            name=printable(route.name),
            site=printable(route.site),
            when=_route_times(route),
            low=min(heights),
            high=max(heights),
            path=_distance(route.path_m),
        )
        points = route.points if few else [route.points[index] for index in route.work]
        places = "; ".join(f"{degrees_minutes_seconds(lon, lat)} {alt:.0f} m" for lon, lat, alt in points)
        lines.append(Line(head, places))
    return Annex(_text("app_annex_routes"), lines)


def _route_times(route: Route) -> Text:
    if route.takeoff is None or route.landing is None:
        return _text("app_route_open")
    return _text("app_route_times", first=route.takeoff, last=route.landing)


def degrees_minutes_seconds(lon: float, lat: float) -> str:
    """Write a place as air traffic control reads it, to a tenth of a second (3 m)."""
    return f"{_sexagesimal(lon, 'EW')} {_sexagesimal(lat, 'NS')}"


def _sexagesimal(angle_deg: float, sides: str) -> str:
    tenths = round(abs(angle_deg) * 36_000)
    minutes, seconds = divmod(tenths, 600)
    return f"{sides[angle_deg < 0]}{minutes // 60}°{minutes % 60:02d}′{seconds / 10:04.1f}″"


def _place(site: Site) -> Text:
    where = degrees_minutes_seconds(site.lon, site.lat)
    return _text("app_place", name=printable(site.name), where=where, alt=site.alt_amsl_m)


def _asked(key: str, application: FlightApplication, **hint_values: Text) -> Entry:
    """An answer that only mission.toml can give."""
    value: str | None = getattr(application.applicant, key)
    return _entry(key, _same(value) if value else None, f"application.{key}", **hint_values)


def _known(key: str, answer: Text) -> Entry:
    return Entry(_text(f"app_{key}"), answer)


def _entry(key: str, answer: Text | None, source: str, **hint_values: Text) -> Entry:
    if answer is not None:
        return _known(key, answer)
    blank = _text("app_blank", hint=_text(f"app_{key}_hint", **hint_values))
    return Entry(_text(f"app_{key}"), blank, source)


def _text(key: str, **values: object) -> Text:
    """A phrase in both languages; values that are texts are put in in the phrase's own."""

    def of(language: Literal["zh", "en"]) -> str:
        chosen = {
            name: (value.chinese if language == "zh" else value.english) if isinstance(value, Text) else value
            for name, value in values.items()
        }
        return Words(language)(key, **chosen)

    return Text(of("zh"), of("en"))


def _distance(metres: float) -> Text:
    return Text(Words("zh").distance(metres), Words("en").distance(metres))


def _same(words: str) -> Text:
    return Text(printable(words), printable(words))


def _joined(texts: Sequence[Text]) -> Text:
    return Text("；".join(text.chinese for text in texts), "; ".join(text.english for text in texts))
