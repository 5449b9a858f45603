import math

import pytest

from missions.catalogue import aircraft_model
from missions.errors import PlanError
from missions.records import PathPoint, Site, Sortie
from planner import MissionItem, home_item, mission_items

SITE = Site(name="home", lon=100.0, lat=25.0, alt_amsl_m=1500.25)
KINDS = ("takeoff", "transit", "start", "follow", "end", "transit", "land")


@pytest.fixture
def sortie():
    path = [
        PathPoint(lon=100 + i / 1000, lat=25.0, alt_amsl_m=1560.0 + i, alt_agl_m=60.0 - i, kind=kind)
        for i, kind in enumerate(KINDS)
    ]
    return Sortie(
        name="S01", site="home", plots=("a",), speed_m_s=8.0, trigger_m=31.5, path=tuple(path), photos=(),
        path_m=0.0, flight_s=0.0, energy_wh=0.0, battery_pct=0.0,
    )  # fmt: skip


def model(**changes):
    return aircraft_model("holybro-x650").model_copy(update=changes)


def test_a_sortie_in_the_order_it_is_flown(sortie):
    items = mission_items(sortie, SITE, model())
    assert [item.command for item in items] == [22, 178, 16, 16, 206, 16, 16, 206, 16, 20]
    assert [item.frame for item in items] == [3, 2, 3, 3, 2, 3, 3, 2, 3, 2]
    assert items[0] == MissionItem(22, 3, lon_deg=100.0, lat_deg=25.0, z_m=59.75)
    assert (items[1].param1, items[1].param2, items[1].param3) == (1, 8.0, -1)
    assert (items[4].param1, items[4].param3) == (31.5, 1)  # a photo at once, then every 31.5 m
    assert (items[7].param1, items[7].param3) == (0.0, 0.0)  # a return would not stop the camera
    assert items[3].z_m == pytest.approx(1562.0 - 1500.25)


def test_px4_gets_no_heading_and_vtols_their_own_take_off(sortie):
    items = mission_items(sortie, SITE, model(controller="px4", kind="vtol"))
    assert math.isnan(items[0].param4) and math.isnan(items[2].param4)
    assert items[0].command == 84
    assert items[1].param1 == 0  # speed through the air
    assert (items[-1].command, items[-1].z_m) == (85, pytest.approx(1566.0 - 1500.25))


def test_home_is_a_waypoint_at_its_height_above_sea_level():
    assert home_item(SITE) == MissionItem(16, 0, lon_deg=100.0, lat_deg=25.0, z_m=1500.25)
    assert (home_item(SITE).x_1e7, home_item(SITE).y_1e7) == (250_000_000, 1_000_000_000)


def test_heights_above_the_sea_and_above_the_terrain(sortie):
    amsl = mission_items(sortie, SITE, model(), "amsl")
    assert [item.frame for item in amsl] == [0, 2, 0, 0, 2, 0, 0, 2, 0, 2]
    assert [item.z_m for item in amsl if item.frame == 0] == [1560.0, 1561.0, 1562.0, 1563.0, 1564.0, 1565.0]
    terrain = mission_items(sortie, SITE, model(kind="vtol"), "terrain")
    assert [item.frame for item in terrain] == [10, 2, 10, 10, 2, 10, 10, 2, 10, 10]
    assert [item.z_m for item in terrain if item.frame == 10] == [60.0, 59.0, 58.0, 57.0, 56.0, 55.0, 54.0]


def test_a_path_without_heights_above_the_terrain_has_no_terrain_items(sortie):
    path = (sortie.path[0].model_copy(update={"alt_agl_m": None}), *sortie.path[1:])
    with pytest.raises(PlanError, match=r"100\.0000000, 25\.0000000 has no height above the terrain"):
        mission_items(sortie.model_copy(update={"path": path}), SITE, model(), "terrain")
