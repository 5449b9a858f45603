from pathlib import Path

import cv2
import numpy as np

from missions import Mission
from missions.records import PathPoint, Plan, PlannedPhoto, PlotReport, Site, Sortie
from report import plan_html, plan_map_png


def made_up_plan(mission: Mission) -> Plan:
    plot = mission.plots().items[0]
    west, south, east, north = plot.polygon.bounds
    path = [
        PathPoint(lon=100.2002243, lat=25.6000624, alt_amsl_m=2000, kind="takeoff"),
        PathPoint(lon=west, lat=south, alt_amsl_m=2050, kind="start", plot=plot.name),
        PathPoint(lon=east, lat=south, alt_amsl_m=2050, kind="end", plot=plot.name),
        PathPoint(lon=east, lat=north, alt_amsl_m=2050, kind="start", plot=plot.name),
        PathPoint(lon=west, lat=north, alt_amsl_m=2050, kind="end", plot=plot.name),
        PathPoint(lon=100.2002243, lat=25.6000624, alt_amsl_m=2000, kind="land"),
    ]
    photo = PlannedPhoto(
        lon=west, lat=south, alt_amsl_m=2050, yaw_deg=90, pitch_deg=-90, roll_deg=0, plot=plot.name
    )
    sortie = Sortie(
        name="S01", site="Threshing floor", plots=(plot.name,), speed_m_s=8, trigger_m=20, path=tuple(path),
        photos=(photo,), path_m=1234.5, flight_s=321, energy_wh=50, battery_pct=40,
    )  # fmt: skip
    return Plan(
        mission="<b>Trial</b>", aircraft="holybro-x650", camera="sony-a6000-20mm", gsd_cm=1.5,
        height_agl_m=75, spacing_m=60, trigger_m=20,
        sites=(Site(name="Threshing floor", lon=100.2002243, lat=25.6000624, alt_amsl_m=2000),),
        sorties=(sortie,), plots=(PlotReport(name=plot.name, area_ha=1.5, coverage=0.99876),),
        path_m=1234.5, flight_s=321, photos=1, coverage=0.99876, in_no_fly_m=0,
    )  # fmt: skip


def test_the_page_holds_the_plan(hillside: Path) -> None:
    mission = Mission(hillside)
    plan = made_up_plan(mission)
    arguments = plan, mission.plots().items, mission.no_fly().items, mission.ground()
    page = plan_html(*arguments, "en")
    assert "<b>Trial" not in page
    for text in (
        "1.23 km",
        "5.3 min",
        "99.88 %",
        "40 %",
        "1.50 ha",
        "Threshing floor",
        "data:image/png;base64,",
    ):
        assert text in page
    assert plan_html(*arguments, "en") == page
    assert "架次" in plan_html(*arguments, "zh")


def test_the_path_is_drawn_thick_where_the_camera_is_on(hillside: Path) -> None:
    mission = Mission(hillside)
    png = plan_map_png(
        made_up_plan(mission),
        mission.plots().items,
        mission.no_fly().items,
        mission.ground(),
        "en",
        width_px=600,
    )
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    blue = (np.abs(image.astype(int) - (0xB2, 0x72, 0x00)) < 40).all(axis=2)
    assert blue.sum() > 200
