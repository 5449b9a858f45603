"""The valley example: corridors, a ring, mapping with a cross grid and two sites, planned as anyone would."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from typer.testing import CliRunner

import planner
from geo.pose import Pose
from geo.view import View
from missions import Mission
from missions.records import read_plan
from planner.items import item_count
from planner.link.compare import differences
from planner.link.mavlink import mavlink
from sim.firmware import COPTER, Item, read_back
from tianmu.main import app

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def valley(tmp_path_factory):
    folder = tmp_path_factory.mktemp("new") / "valley"
    for arguments in (["new", folder, "--example", "valley"], ["plan", folder, "--json"]):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exit_code == 0, result.output
    mission = Mission(folder)
    return mission, json.loads(result.stdout), read_plan(mission.dir("plan") / "plan.json")


def test_all_of_it_is_planned(valley):
    mission, summary, plan = valley
    assert summary["problems"] == []
    assert [plot.name for plot in plan.plots] == [
        "North terraces", "Bend field", "River", "Cart road", "Farmhouse + Barn",
    ]  # fmt: skip
    assert all(plot.coverage > 0.999 for plot in plan.plots)
    assert len(mission.settings.sites) == 2
    assert plan.in_no_fly_m == 0


def test_footprints_of_the_written_photos_cover_plots_and_corridors(valley):
    """The same worked out apart, from plan.json alone."""
    mission, _, plan = valley
    ground, camera = mission.ground(), mission.camera_model().camera()
    prints = {}
    for photo in (photo for sortie in plan.sorties for photo in sortie.photos):
        east, north = ground.frame.to_enu([(photo.lon, photo.lat)])[0]
        pose = Pose(east, north, photo.alt_amsl_m, photo.yaw_deg, photo.pitch_deg, photo.roll_deg)
        prints.setdefault(photo.plot, []).append(View(camera, pose, ground.terrain, ground.frame).footprint())
    for plot in mission.plots().items:
        area = ground.frame.geometry_to_enu(plot.polygon)
        assert area.difference(shapely.union_all(prints[plot.name])).area < 1e-3 * area.area
    farm = shapely.union_all([ground.frame.geometry_to_enu(b.polygon) for b in mission.buildings().items])
    seen_by = sum(shown.covers(farm) for shown in prints["Farmhouse + Barn"])
    assert seen_by >= 10  # from the ring, one photo shows all of it


def test_plots_are_flown_both_ways_and_the_ring_from_all_sides(valley):
    _, _, plan = valley
    photos = [photo for sortie in plan.sorties for photo in sortie.photos]
    for name in ("North terraces", "Bend field"):
        ways = {round(photo.yaw_deg) % 180 for photo in photos if photo.plot == name}
        assert len(ways) == 2 and abs(np.subtract(*ways)) == 90
    looks = sorted(photo.yaw_deg for photo in photos if photo.plot == "Farmhouse + Barn")
    assert max(np.diff([*looks, looks[0] + 360])) < 100  # four sides, no more turned away than a corner


def test_the_practice_aircraft_takes_the_ring_and_gives_it_back_as_sent(valley):
    mission, _, plan = valley
    (sortie,) = [sortie for sortie in plan.sorties if "Farmhouse + Barn" in sortie.plots]
    items = planner.mission_items(sortie, plan.site(sortie.site), mission.aircraft_model())
    assert len(items) == item_count(sortie.path) <= mission.aircraft_model().max_items
    sent = [
        Item(m.frame, m.command, m.param1, m.param2, m.param3, m.param4, m.x_1e7, m.y_1e7, m.z_m)
        for m in items
    ]
    messages = [[_message(seq, item) for seq, item in enumerate(found)]
                for found in (sent, [read_back(item, COPTER) for item in sent])]  # fmt: skip
    assert differences(*messages, "copter") == []
    assert sum(item.command == 195 for item in items) >= 8


def _message(seq, item):
    return mavlink.MAVLink_mission_item_int_message(1, 1, seq, item.frame, item.command, 0, 1, *item[2:], 0)


def test_the_example_is_what_its_script_makes(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    import make_valley

    make_valley.main(tmp_path)
    sys.modules.pop("make_valley")
    example = ROOT / "missions" / "examples" / "valley"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(p.name for p in example.iterdir())
    for path in example.iterdir():
        if path.suffix != ".tif":  # GDAL's versions deflate differently
            assert (tmp_path / path.name).read_bytes() == path.read_bytes()
