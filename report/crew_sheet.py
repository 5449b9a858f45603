"""How the sheet of paper looks that a crew takes along on a sortie: one A4 page."""

import datetime
import io
from collections.abc import Sequence
from dataclasses import dataclass

import segno

from report.typeset import framed_jpeg, pdf_bytes, shortened, standalone
from report.words import Language, Words

_WIDEST_NAME = 34
_SHOWN = 3
"""How many no-fly areas and emergency points the page has room for, the nearest first."""


@dataclass(frozen=True)
class Near:
    """Something to keep in mind: where it lies, true bearing and distance."""

    name: str
    bearing_deg: float
    distance_m: float
    lonlat: tuple[float, float] | None = None


@dataclass(frozen=True)
class CrewSheet:
    """What a crew must know of its sortie.

    Attributes
    ----------
    aircraft_number, aircraft_count
        Which of how many aircraft flies it.
    takeoff
        Local time; None where no day is set.
    landing_pct, turn_home_pct
        Charge left at landing as planned, and charge at which to break off.
    agl_m, amsl_m
        Lowest and highest while the camera is on, above ground; of the whole path, above the sea.
    return_height_m
        Above the site: clear of the ground on any straight way home.
    exposure_s
        Longest exposure that keeps the photos sharp.
    near_no_fly
        From the path, the nearest first.
    no_fly_on_return
        Areas that a straight way home would cross.
    emergency
        Places to land at, from the site, the nearest first.
    traffic_control
        How air traffic control is reached.
    profile_svg
        The flight from the side.
    map_jpeg, map_size_px
        Picture of the sortie, its width and height.
    """

    mission: str
    name: str
    site: str
    lon: float
    lat: float
    alt_amsl_m: float
    aircraft: str
    aircraft_number: int
    aircraft_count: int
    takeoff: datetime.datetime | None
    flight_s: float
    path_m: float
    photos: int
    plots: Sequence[str]
    file: str
    battery_wh: float
    energy_wh: float
    landing_pct: float
    reserve_pct: float
    turn_home_pct: float
    agl_m: tuple[float, float]
    amsl_m: tuple[float, float]
    ceiling_agl_m: float
    approval: str | None
    return_height_m: float
    speed_m_s: float
    wind_m_s: float
    wind_from_deg: float
    trigger_m: float
    overlaps_pct: tuple[float, float]
    gsd_cm: float
    camera: str
    exposure_s: float
    near_no_fly: Sequence[Near]
    no_fly_on_return: Sequence[str]
    emergency: Sequence[Near]
    phone: str | None
    traffic_control: str | None
    profile_svg: str
    map_jpeg: bytes
    map_size_px: tuple[int, int]


def crew_sheet_pdf(sheet: CrewSheet, language: Language) -> bytes:
    """Return the page as a PDF file."""
    words = Words(language)
    return pdf_bytes(
        "crew_sheet.typ",
        {
            "language": language,
            "title": words("crew_title", sortie=sheet.name, mission=shortened(sheet.mission, 80)),
            "name": shortened(sheet.name, 10),
            "site": shortened(sheet.site, _WIDEST_NAME),
            "place": words("crew_place", lon=sheet.lon, lat=sheet.lat, alt=sheet.alt_amsl_m),
            "plots": words("crew_plots", plots=shortened(words.listed(sheet.plots), 66)),
            "mission": f"{shortened(sheet.mission, 40)} · {_aircraft(sheet, words)}",
            "qr": _place_code(sheet),
            "tiles": _tiles(sheet, words),
            "cautions": _cautions(sheet, words),
            "map": framed_jpeg(sheet.map_jpeg, *sheet.map_size_px),
            "profile": standalone(sheet.profile_svg),
            "facts": [part(sheet, words) for part in (_flight, _camera, _no_fly, _emergency)],
            "checks": [_checks(sheet, part, words) for part in ("before", "aloft", "after")],
            "footer": words("crew_footer"),
        },
    )


def _aircraft(sheet: CrewSheet, words: Words) -> str:
    name = shortened(sheet.aircraft, 36)
    if sheet.aircraft_count == 1:
        return name
    return words("crew_aircraft", name=name, number=sheet.aircraft_number, count=sheet.aircraft_count)


def _place_code(sheet: CrewSheet) -> str:
    """QR code of the site as a geo: link (RFC 5870), which counts latitude first."""
    picture = io.BytesIO()
    code = segno.make(f"geo:{sheet.lat:.6f},{sheet.lon:.6f}", error="m")
    code.save(picture, kind="svg", omitsize=True, border=1)
    return picture.getvalue().decode()


def _tiles(sheet: CrewSheet, words: Words) -> list[tuple[str, str]]:
    """The figures that decide, in the order in which a crew needs them."""
    return [
        _when(sheet, words),
        (words("time"), words("minutes", value=sheet.flight_s / 60)),
        (words("length"), words("km", value=sheet.path_m / 1000)),
        (words("photos"), f"{sheet.photos}"),
        (words("crew_landing"), f"{sheet.landing_pct:.0f} %"),
        (words("crew_turn_home"), f"{sheet.turn_home_pct:.0f} %"),
        (words("crew_agl"), words("crew_span", low=sheet.agl_m[0], high=sheet.agl_m[1])),
        (words("crew_return_height"), words("crew_height", height=sheet.return_height_m)),
    ]


def _when(sheet: CrewSheet, words: Words) -> tuple[str, str]:
    if sheet.takeoff is None:
        return words("crew_takeoff"), "____ : ____"
    landing = sheet.takeoff + datetime.timedelta(seconds=sheet.flight_s)
    return words("crew_day", day=sheet.takeoff), f"{sheet.takeoff:%H:%M} – {landing:%H:%M}"


def _cautions(sheet: CrewSheet, words: Words) -> list[str]:
    cautions: list[str] = []
    if sheet.no_fly_on_return:
        names = [shortened(name, _WIDEST_NAME) for name in sheet.no_fly_on_return[:_SHOWN]]
        cautions.append(words("crew_no_fly_on_return", names=words.listed(names)))
    if sheet.landing_pct < sheet.reserve_pct:
        cautions.append(words("crew_below_reserve", landing=sheet.landing_pct, reserve=sheet.reserve_pct))
    return cautions


def _flight(sheet: CrewSheet, words: Words) -> dict[str, object]:
    ceiling = words("crew_height", height=sheet.ceiling_agl_m)
    if sheet.approval:
        ceiling = words("crew_approved", ceiling=ceiling, approval=shortened(sheet.approval, 20))
    return {
        "title": words("crew_flight"),
        "names": False,
        "rows": [
            (words("crew_file"), sheet.file),
            (words("crew_speed"), f"{sheet.speed_m_s:g} m/s"),
            (words("crew_wind"), words("crew_wind_from", speed=sheet.wind_m_s, bearing=sheet.wind_from_deg)),
            (words("crew_amsl"), words("crew_span", low=sheet.amsl_m[0], high=sheet.amsl_m[1])),
            (words("crew_ceiling"), ceiling),
            (words("battery"), words("crew_energy", energy=sheet.energy_wh, full=sheet.battery_wh)),
            (words("crew_reserve"), f"{sheet.reserve_pct:.0f} %"),
        ],
    }


def _camera(sheet: CrewSheet, words: Words) -> dict[str, object]:
    side, front = sheet.overlaps_pct
    return {
        "title": words("crew_camera"),
        "names": False,
        "rows": [
            ("", shortened(sheet.camera, 40)),
            (
                words("crew_trigger"),
                words("crew_every", distance=sheet.trigger_m, seconds=sheet.trigger_m / sheet.speed_m_s),
            ),
            (words("crew_exposure"), words("crew_at_most", exposure=_stop(sheet.exposure_s))),
            (words("crew_focus"), words("crew_infinity")),
            (words("crew_gsd"), words("crew_centimetres", gsd=sheet.gsd_cm)),
            (words("crew_overlap"), words("crew_overlaps", front=front, side=side)),
        ],
    }


def _stop(exposure_s: float) -> str:
    """The next shorter exposure that cameras can be set to, in thirds of a stop."""
    stops = (
        30,
        60,
        100,
        125,
        160,
        200,
        250,
        320,
        400,
        500,
        640,
        800,
        1000,
        1250,
        1600,
        2000,
        2500,
        3200,
        4000,
    )
    return f"1/{next((stop for stop in stops if 1 / stop <= exposure_s), 8000)} s"


def _no_fly(sheet: CrewSheet, words: Words) -> dict[str, object]:
    rows = [_placed(near, words) for near in sheet.near_no_fly[:_SHOWN]] or [("", words("crew_no_no_fly"))]
    return {"title": words("crew_no_fly_near"), "names": True, "rows": rows}


def _emergency(sheet: CrewSheet, words: Words) -> dict[str, object]:
    rows: list[tuple[str, str]] = []
    for near in sheet.emergency[:_SHOWN]:
        rows.append(_placed(near, words))
        if near.lonlat:
            rows.append(("", words("crew_lonlat", lon=near.lonlat[0], lat=near.lonlat[1])))
    rows.append(("", words("crew_home" if rows else "crew_only_home", site=shortened(sheet.site, 24))))
    calls = (("crew_phone", sheet.phone), ("crew_control", sheet.traffic_control))
    rows += [(words(key), shortened(number, 24)) for key, number in calls if number]
    return {"title": words("crew_emergency"), "names": True, "rows": rows}


def _placed(near: Near, words: Words) -> tuple[str, str]:
    where = words("crew_near", distance=words.distance(near.distance_m), bearing=near.bearing_deg)
    return shortened(near.name, 18), where


def _checks(sheet: CrewSheet, part: str, words: Words) -> dict[str, object]:
    text = words(
        f"crew_{part}_list",
        file=sheet.file,
        photos=sheet.photos,
        height=sheet.return_height_m,
        turn_home=sheet.turn_home_pct,
        sortie=sheet.name,
    )
    return {"title": words(f"crew_{part}"), "items": text.split("\n")}
