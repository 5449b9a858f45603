import datetime
import re
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely

from missions import Mission
from missions.records import Airspace, LeftOut
from report import plan_html, profile_svg, svg, timeline_svg
from report.missing import MissingPlace, missing_geojson, missing_html

from .test_plan import made_up_plan

ZONE = datetime.timezone(datetime.timedelta(hours=8))


@pytest.fixture
def mission(hillside):
    return Mission(hillside)


def times(plan, *flights):
    """The plan with its one sortie flown at several (aircraft, day, hour)."""
    sorties = [
        plan.sorties[0].model_copy(
            update={
                "name": f"S{number:02d}",
                "aircraft": aircraft,
                "takeoff": datetime.datetime(2027, 3, day, hour, tzinfo=ZONE),
            }
        )
        for number, (aircraft, day, hour) in enumerate(flights, start=1)
    ]
    return plan.model_copy(update={"sorties": tuple(sorties)})


def boxes(drawing):
    """Rectangles with a hint: {beginning of the hint: (x, y, width)}."""
    found = {}
    for box in ElementTree.fromstring(drawing).iter("rect"):
        hint = box.findtext("title") or ""
        found[hint.partition(":")[0]] = tuple(float(box.get(key)) for key in ("x", "y", "width"))
    return found


def ways(drawing, style):
    """Points of all paths of a style."""
    return [
        np.array([[float(value) for value in pair.split()] for pair in re.split("[ML]", way.get("d"))[1:]])
        for way in ElementTree.fromstring(drawing).iter("path")
        if all(way.get(key) == value for key, value in style.items())
    ]


def test_a_profile_shows_path_ground_and_ceiling_to_scale(mission):
    plan, ground = made_up_plan(mission), mission.ground()
    drawing = profile_svg(plan.sorties[0], ground, "en", colour="#0072b2", ceiling_agl_m=120.0)
    (path,) = ways(drawing, {"stroke": "#0072b2", "stroke-width": None})
    assert len(path) == len(plan.sorties[0].path)
    assert path[1, 1] == path[2, 1] < path[0, 1]  # 2050 m above 2000 m
    scale = (path[0, 1] - path[1, 1]) / 50.0  # pixels a metre
    (ceiling,) = ways(drawing, {"stroke": "#c0392b"})
    site = plan.sites[0]
    below = ground.terrain.height_at(ground.frame.to_enu([(site.lon, site.lat)]))[0]
    assert (path[0, 1] - ceiling[0, 1]) / scale == pytest.approx(below + 120.0 - 2000.0, abs=1.0)
    assert len(ways(drawing, {"stroke": "#0072b2", "stroke-width": "3"})) == 2
    assert "ceiling" not in profile_svg(plan.sorties[0], ground, "en", colour="#0072b2")


def test_a_profile_has_a_dot_for_every_photo(mission):
    plan = made_up_plan(mission)
    sortie, frame = plan.sorties[0], mission.ground().frame
    drawing = profile_svg(sortie, mission.ground(), "en", colour="#0072b2")
    enu = frame.to_enu([(point.lon, point.lat) for point in sortie.path])
    lines = [np.linalg.norm(enu[k + 1] - enu[k]) for k in (1, 3)]
    assert drawing.count("h0") == sum(int(line / sortie.trigger_m) + 1 for line in lines)


def test_without_times_flights_stand_one_after_another(mission):
    plan = made_up_plan(mission)
    two = tuple(plan.sorties[0].model_copy(update={"name": name}) for name in ("S01", "S02"))
    found = boxes(timeline_svg(plan.model_copy(update={"sorties": two}), "en"))
    assert found["S02"][0] == pytest.approx(found["S01"][0] + found["S01"][2], abs=0.2)
    assert found["S01"][1] == found["S02"][1]


def test_a_row_is_a_day_of_an_aircraft_with_swaps_and_night(mission):
    plan = times(made_up_plan(mission), (1, 1, 5), (2, 1, 6), (1, 1, 9), (1, 2, 6))
    drawing = timeline_svg(plan, "en")
    found = boxes(drawing)
    rows = {name: found[name][1] for name in ("S01", "S02", "S03", "S04")}
    assert rows["S01"] == rows["S03"] < rows["S02"] < rows["S04"]
    assert found["S02"][0] == found["S04"][0] > found["S01"][0]
    swap = found["battery swap"]
    assert swap[0] == pytest.approx(found["S01"][0] + found["S01"][2], abs=0.2)
    assert swap[0] + swap[2] == pytest.approx(found["S03"][0], abs=0.2)
    night = found["before sunrise or after sunset"]  # the sun rises at about half past seven there
    hour = (found["S02"][0] - found["S01"][0]) / 1.0
    assert night[0] + night[2] == pytest.approx(found["S02"][0] + 1.5 * hour, abs=0.35 * hour)
    assert "03-02 aircraft 1" in drawing


def test_where_the_sun_does_not_rise_no_night_is_drawn(mission):
    plan = times(made_up_plan(mission), (1, 1, 9))
    north = plan.sites[0].model_copy(update={"lat": 89.0})
    assert "sunrise" not in timeline_svg(plan.model_copy(update={"sites": (north,)}), "en")


def test_hundreds_of_flights_fold_away_and_stay_light(mission):
    plan = times(made_up_plan(mission), *((1 + k % 3, 1 + k // 30, 6 + k % 10) for k in range(240)))
    page = plan_html(plan, mission.plots().items, mission.no_fly().items, mission.ground(), "en")
    assert page.count("<details open>") == 1  # the table of plots
    assert page.count("<svg") == 241
    assert len(page) < 6_000_000
    assert "<script" not in page and "://" not in page


def test_the_page_tells_what_is_left_out_and_how_plots_are_seen(mission):
    plan = made_up_plan(mission)
    plot = plan.plots[0].model_copy(update={"at_gsd": 0.98765, "priority": 4.0})
    left = LeftOut(plot="<i>Far", area_ha=3.2, priority=0.5, minutes=None, reason="too few days")
    air = Airspace(
        allowed=shapely.geometry.mapping(mission.plots().items[0].polygon.buffer(0.001)),
        no_fly={"type": "MultiPolygon", "coordinates": []},
        ceiling_agl_m=90,
    )
    plan = plan.model_copy(update={"plots": (plot,), "left_out": (left,), "airspace": air})
    areas = mission.plots().items, mission.no_fly().items, mission.ground()
    page = plan_html(plan, *areas, "en", notes=["windy"], problems=["plots.kml: crosses itself"])
    for text in ("98.77 %", "&lt;i&gt;Far", "too few days", "windy", "crosses itself", "ceiling: 90 m"):
        assert text in page
    assert "未安排" in plan_html(plan, *areas, "zh")


def test_what_is_missing_is_listed_by_kind(mission):
    plan, plot = made_up_plan(mission), mission.plots().items[0]
    places = [
        MissingPlace(plot.name, kind, plot.polygon.buffer(-0.0003), size)
        for kind, size in (("unseen", 900.0), ("coarse", 20.0), ("few", 10.0))
    ]
    areas = mission.plots().items, mission.no_fly().items, mission.ground()
    page = missing_html(plan, places, *areas, "en", remedies=["survey.target_pct = 90"])
    for text in ("900 m²", "not seen by any photo", "too coarsely", "too few photos", "target_pct = 90"):
        assert text in page
    assert missing_geojson(places).count(b'"kind"') == 3


def test_ticks_are_round_and_few():
    assert svg.ticks(0.0, 4.83, 8) == [0, 1, 2, 3, 4]
    assert svg.ticks(1747.0, 1952.0, 5) == [1750, 1800, 1850, 1900, 1950]
    assert len(svg.ticks(0.0, 0.0, 5)) <= 6
