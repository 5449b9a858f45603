import datetime
import io
from dataclasses import replace

import cv2
import numpy as np
import pypdf
import pytest

from report import CrewSheet, Near, crew_sheet_pdf, svg
from report.typeset import printable, shortened

HOSTILE = [
    '#eval("x")',
    "$ sum $",
    "<w:t>&amp;</w:t>",
    '"#{panic()}"',
    "*b* _i_ `c` // d /* e",
    "\\u{41} \\",
    "= heading\n- list",
    "\x00\x0b\x7f",
    "]#[",
    "名" * 90,
    "W" * 300,
    "",
]


def sheet(**changes: object) -> CrewSheet:
    picture = cv2.imencode(".jpg", np.full((71, 80, 3), 200, np.uint8))[1].tobytes()
    whole = CrewSheet(
        mission="Hill county",
        name="S07",
        site="Threshing floor",
        lon=100.2002243,
        lat=25.6000624,
        alt_amsl_m=1821.2,
        aircraft="Holybro X650",
        aircraft_number=2,
        aircraft_count=3,
        takeoff=datetime.datetime(2027, 3, 1, 9, 20, tzinfo=datetime.timezone(datetime.timedelta(hours=8))),
        flight_s=880.0,
        path_m=4830.0,
        photos=80,
        plots=("Upper terrace", "Pond field"),
        file="S07.plan",
        battery_wh=222.0,
        energy_wh=129.0,
        landing_pct=42.0,
        reserve_pct=25.0,
        turn_home_pct=33.0,
        agl_m=(59.2, 64.4),
        amsl_m=(1817.0, 1925.0),
        ceiling_agl_m=120.0,
        approval=None,
        return_height_m=65.0,
        speed_m_s=8.0,
        wind_m_s=3.0,
        wind_from_deg=25.0,
        trigger_m=31.4,
        overlaps_pct=(30.0, 40.0),
        gsd_cm=1.2,
        camera="Sony a6000",
        exposure_s=0.00075,
        near_no_fly=(Near("Power station", 10.0, 11.0),),
        no_fly_on_return=(),
        emergency=(Near("School yard", 275.0, 1234.0, (100.19, 25.6)),),
        phone="0872 555 0100",
        traffic_control="128.5 MHz",
        profile_svg=svg.drawing(960, 150, "profile", [svg.text(10, 20, "4.68 km"), svg.text(9, 40, "航程")]),
        map_jpeg=picture,
        map_size_px=(80, 71),
    )
    return replace(whole, **changes)


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def test_the_page_says_what_the_crew_must_know() -> None:
    (page,) = pages(crew_sheet_pdf(sheet(), "en"))
    for text in (
        "S07",
        "Threshing floor",
        "lon 100.200224",
        "lat 25.600062",
        "1821 m above sea level",
        "Upper terrace, Pond field",
        "aircraft 2 of 3",
        "2027-03-01",
        "09:20 – 09:34",
        "14.7 min",
        "4.83 km",
        "42 %",
        "33 %",
        "59–64 m",
        "1817–1925 m",
        "120 m",
        "129 of 222 Wh",
        "3 m/s from 025°",
        "every 31.4 m (3.9 s)",
        "1/1600 s or shorter",  # 1/1333 s lies between two stops
        "40 % front, 30 % side",
        "11 m at 010°",
        "1.23 km at 275°",
        "lon 100.190000",
        "0872 555 0100",
        "128.5 MHz",
        "4.68 km",
        "航程",
        "Before take-off",
        "In the air",
        "After landing",
    ):
        assert text in page, text


def test_the_page_speaks_chinese() -> None:
    (page,) = pages(crew_sheet_pdf(sheet(site="打谷场", no_fly_on_return=("水电站",)), "zh"))
    for text in (
        "打谷场",
        "起飞前",
        "返航高度",
        "电量降到此值立即返航",
        "直线返航可能穿过：水电站",
        "经度 100.200224",
    ):
        assert text in page, text


def test_the_same_sheet_is_the_same_file() -> None:
    first, second = crew_sheet_pdf(sheet(), "zh"), crew_sheet_pdf(sheet(), "zh")
    assert first == second
    assert b"CreationDate" not in first
    assert crew_sheet_pdf(sheet(photos=81), "zh") != first


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_only_names_and_the_page_stays_one(name: str, language: str) -> None:
    near = tuple(Near(name, 1.0, 10_000.0 * number, (0.0, 0.0)) for number in range(30))
    hostile = sheet(
        mission=name, site=name, aircraft=name, plots=(name,) * 40, camera=name, phone=name,
        traffic_control=name, approval=name,
        near_no_fly=near, no_fly_on_return=(name,) * 30, emergency=near, landing_pct=10.0,
    )  # fmt: skip
    (page,) = pages(crew_sheet_pdf(hostile, language))
    if name.startswith("#eval"):
        assert page.count('#eval("x")') > 5


def test_what_is_not_known_is_left_to_the_hand() -> None:
    bare = sheet(
        takeoff=None, near_no_fly=(), emergency=(), phone=None, traffic_control=None, aircraft_count=1,
    )  # fmt: skip
    (page,) = pages(crew_sheet_pdf(bare, "en"))
    assert "____ : ____" in page
    assert "none known within 3 km" in page
    assert "only the site itself: Threshing floor" in page
    assert "aircraft 2 of" not in page


def test_dangers_stand_out_in_words() -> None:
    calm = "".join(pages(crew_sheet_pdf(sheet(), "en")))
    assert "straight way home" not in calm
    assert "below the reserve" not in calm
    (page,) = pages(crew_sheet_pdf(sheet(landing_pct=20.4, no_fly_on_return=("Mill", "Dam")), "en"))
    assert "A straight way home can cross: Mill, Dam" in page
    assert "lands with 20 %, below the reserve of 25 %" in page


@pytest.mark.parametrize(
    ("text", "widest", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("地块地块", 6, "地块…"),
        ("", 4, ""),
        ("a\nb", 5, "a b"),
    ],
)
def test_texts_are_cut_to_a_width(text: str, widest: int, shown: str) -> None:
    assert shortened(text, widest) == shown


def test_printable_keeps_letters_and_drops_what_xml_forbids() -> None:
    assert printable("上梯田 é 🌸 <b>") == "上梯田 é 🌸 <b>"
    assert printable("a\x00\x1b\ud800\u202eb") == "a    b"
