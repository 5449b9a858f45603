"""A second opinion on our plans: MAVSDK's importer, where it is installed (`pip install mavsdk-grpc`)."""

import asyncio
import contextlib
import math
import subprocess
import threading
from pathlib import Path

import pytest

from planner.fence import fence_items, geofence, rally_items
from planner.formats import load_of, write_plan_file, write_survey_file
from planner.link.mavlink import mavutil

from .conftest import NO_FLY, PLOT

mavsdk = pytest.importorskip("mavsdk_grpc")

LINK, GRPC = 14597, 50597


@pytest.fixture(scope="module")
def server():
    """The server opens files only once it hears an autopilot: one that does nothing but beat."""
    program = Path(mavsdk.__file__).parent / "bin" / "mavsdk_server"
    process = subprocess.Popen(
        [program, "-p", str(GRPC), f"udpin://127.0.0.1:{LINK}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    stop = threading.Event()
    beat = threading.Thread(target=heartbeats, args=(stop,))
    beat.start()
    yield
    stop.set()
    beat.join()
    process.terminate()
    process.wait()


def heartbeats(stop):
    link = mavutil.mavlink_connection(f"udpout:127.0.0.1:{LINK}", source_system=1, source_component=1)
    with contextlib.closing(link):
        while not stop.wait(0.2):
            link.mav.heartbeat_send(2, 3, 0, 0, 4)


async def imported(path):
    system = mavsdk.System(mavsdk_server_address="127.0.0.1", port=GRPC)
    await system.connect()
    async for state in system.core.connection_state():
        if state.is_connected:
            return await system.mission_raw.import_qgroundcontrol_mission(str(path))


def numbers(item, z_m):
    params = (item.param1, item.param2, item.param3, item.param4)
    known = [0.0 if math.isnan(value) else round(value, 4) for value in params]
    return item.command, item.frame, known, round(z_m, 2)


@pytest.mark.parametrize("name", ["S01.plan", "S01-survey.plan"])
def test_mavsdk_takes_the_same_mission_fence_and_rally_points(server, tmp_path, plan, x650, name):
    load = load_of(plan, plan.sorties[0], x650, geofence(plan, plan.sorties[0], [NO_FLY]))
    path = tmp_path / name
    if name == "S01.plan":
        write_plan_file(path, load)
    else:
        assert write_survey_file(path, load, plan, [PLOT])
    found = asyncio.run(asyncio.wait_for(imported(path), 30))
    _, *mission = found.mission_items  # the first is home
    assert [numbers(item, item.z) for item in mission] == [numbers(item, item.z_m) for item in load.items]
    assert [(item.x, item.y) for item in mission] == [(item.x_1e7, item.y_1e7) for item in load.items]
    assert [(item.command, item.param1) for item in found.geofence_items] == [
        (item.command, item.param1) for item in fence_items(load.fences)
    ]
    assert [(item.command, item.x, item.y, item.z) for item in found.rally_items] == [
        (item.command, item.x_1e7, item.y_1e7, item.z_m) for item in rally_items(load.rally)
    ]
