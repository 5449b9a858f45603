import datetime
import io
import zipfile
from dataclasses import replace

import docx
import pypdf
import pytest

from missions.catalogue import aircraft_model
from missions.records import Site
from missions.settings import ApplicationSettings
from report import (
    FlightApplication,
    FlightDay,
    Route,
    application_docx,
    application_paper,
    application_pdf,
)
from report.application import degrees_minutes_seconds

CHINA = datetime.timezone(datetime.timedelta(hours=8))
TITLES = "一二三四五六七八九十"
FLOOR = Site(name="Threshing floor", lon=100.2002243, lat=25.6000624, alt_amsl_m=1821.2)
YARD = Site(name="School yard", lon=100.19, lat=25.61, alt_amsl_m=1830)
FULL = ApplicationSettings(**{name: f"<{name}>" for name in ApplicationSettings.model_fields})


def application(**changes: object) -> FlightApplication:
    takeoff = datetime.datetime(2027, 3, 1, 9, 20, tzinfo=CHINA)
    landing = takeoff + datetime.timedelta(minutes=15)
    points = [(100.2, 25.6, 1880.0), (100.21, 25.6, 1900.0), (100.21, 25.61, 1910.0), (100.2, 25.6, 1821.0)]
    whole = FlightApplication(
        mission="Hill county",
        applicant=ApplicationSettings(organisation="Anti-drug office", phone="0872 555 0100"),
        aircraft=aircraft_model("dji-m350"),
        aircraft_class="small",
        count=2,
        sites=(FLOOR,),
        rally=(YARD,),
        days=(FlightDay(takeoff, landing, 1),),
        utc_offset_h=8.0,
        routes=(Route("S01", "Threshing floor", takeoff, landing, 4830.0, points, (1, 2)),),
        flight_s=900.0,
        path_m=4830.0,
        speed_m_s=8.0,
        highest_agl_m=64.0,
        ceiling_agl_m=120.0,
        approval=None,
        farthest_m=1400.0,
        reserve_pct=25.0,
        no_fly_margin_m=10.0,
        airspace=(((100.19, 25.59), (100.22, 25.59), (100.22, 25.62)),),
    )
    return replace(whole, **changes)


def words_of(changed: FlightApplication, language: str = "zh") -> str:
    document = docx.Document(io.BytesIO(application_docx(application_paper(changed), language)))
    cells = [cell.text for row in document.tables[0].rows for cell in row.cells]
    return "\n".join([*cells, *(paragraph.text for paragraph in document.paragraphs)])


def test_word_opens_it_and_finds_the_thirteen_items() -> None:
    written = application_docx(application_paper(application()), "zh")
    document = docx.Document(io.BytesIO(written))
    titles = [row.cells[0].text for row in document.tables[0].rows]
    assert len(titles) == 13
    assert [title[: title.index("）") + 1] for title in titles] == [
        *(f"（{sign}）" for sign in TITLES),
        *(f"（十{sign}）" for sign in "一二三"),
    ]
    assert "Anti-drug office" in document.tables[0].rows[0].cells[1].text
    assert "空机重量（含电池）、最大起飞重量：6.47 千克、9.2 千克" in document.tables[0].rows[1].cells[1].text
    assert "2027年03月01日 09:20 至 09:35，1 架次" in document.tables[0].rows[5].cells[1].text


def test_both_files_are_the_same_twice_and_carry_no_time() -> None:
    paper = application_paper(application())
    written = application_docx(paper, "zh")
    assert written == application_docx(paper, "zh")
    assert {part.date_time[:3] for part in zipfile.ZipFile(io.BytesIO(written)).infolist()} == {(1980, 1, 1)}
    assert application_pdf(paper, "zh") == application_pdf(paper, "zh")


def test_the_pdf_says_the_same() -> None:
    pdf = application_pdf(application_paper(application()), "en")
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    for expected in ("Anti-drug office", "（十三）", "小型", "13. Whatever else", "E100°12′00.8″"):
        assert expected in text, expected


def test_blanks_are_marked_and_named() -> None:
    paper = application_paper(application())
    blanks = paper.blanks()
    assert "application.pilot" in blanks
    assert "application.organisation" not in blanks
    assert "schedule.first_day" not in blanks
    assert words_of(application()).count("【待填：") == len(blanks)
    assert application_paper(application(applicant=FULL)).blanks() == []
    assert "【" not in words_of(application(applicant=FULL))


@pytest.mark.parametrize("name", FULL.model_dump())
def test_every_setting_comes_onto_the_paper(name: str) -> None:
    assert f"<{name}>" in words_of(application(applicant=FULL))


def test_what_nothing_tells_is_asked_for() -> None:
    bare = application(
        aircraft=aircraft_model("mfd-crosswind-vtol"), aircraft_class=None, rally=(), days=(),
    )  # fmt: skip
    blanks = application_paper(bare).blanks()
    assert {"schedule.first_day", "a second place under [[sites]]"} <= set(blanks)
    assert "empty_kg and mtow_kg of the aircraft" in blanks
    text = words_of(bare)
    assert "无法判断类别" in text
    assert "截止时间：待定" in text


def test_the_notes_follow_class_and_height() -> None:
    text = words_of(application())
    assert "按重量属小型" in text
    assert "适飞空域内飞行无需申请（第三十一条）" in text
    assert "2027年02月28日 12:00" in text  # the day before the first flight
    assert "不超过 120 米；真高" in text
    high = words_of(application(highest_agl_m=120.4, approval="2027-17"))
    assert "须经批准" in high
    assert "2027-17" in high
    assert "该类别没有适飞空域" in words_of(application(aircraft_class="medium"))


def test_english_is_only_a_gloss() -> None:
    assert "9. Ability to communicate" not in words_of(application(), "zh")
    glossed = words_of(application(), "en")
    assert "9. Ability to communicate" in glossed
    assert "（九）通信、导航和被监视能力" in glossed


@pytest.mark.parametrize("name", ['#eval("x")', "<w:t>", "]]>&", "$x$", "\x00\x0b", "打谷场", "x" * 500])
def test_names_are_only_names(name: str) -> None:
    hostile = application(
        mission=name,
        applicant=ApplicationSettings(**dict.fromkeys(ApplicationSettings.model_fields, name)),
        sites=(FLOOR.model_copy(update={"name": name}),),
        routes=(replace(application().routes[0], name=name, site=name),),
        approval=name,
    )
    assert words_of(hostile, "en").count(name.replace("\x00\x0b", "  ")) > 20
    pdf = application_pdf(application_paper(hostile), "en")
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    if name.startswith("#eval"):
        assert name in text


def test_many_routes_are_left_to_the_file_beside() -> None:
    route = application().routes[0]
    few = words_of(application())
    assert f"{degrees_minutes_seconds(100.2, 25.6)} 1821 m" in few
    many = words_of(application(routes=[replace(route, name=f"S{number:03d}") for number in range(400)]))
    assert "plan.kml" in many
    assert many.count("1910 m") == 400
    assert "1821 m" not in many


@pytest.mark.parametrize(
    ("lon", "lat", "shown"),
    [
        (100.2002243, 25.6000624, "E100°12′00.8″ N25°36′00.2″"),
        (-0.5, -33.25, "W0°30′00.0″ S33°15′00.0″"),
        (99.99999999, 1 - 1e-7, "E100°00′00.0″ N1°00′00.0″"),  # never 60 seconds
    ],
)
def test_places_in_degrees_minutes_seconds(lon: float, lat: float, shown: str) -> None:
    assert degrees_minutes_seconds(lon, lat) == shown
