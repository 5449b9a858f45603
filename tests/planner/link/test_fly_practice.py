"""Whole flights on the practice aircraft, over real sockets."""

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import planner
from missions import Mission
from missions.errors import LinkError, PlanError
from missions.records import Plan, read_plan, write_plan
from planner.link import fly
from planner.link.mavlink import mavlink as m
from planner.link.mavlink import mavutil
from sim import FLAT_OUT, Flight, start_background

EXAMPLE = Path(__file__).resolve().parents[3] / "missions" / "examples" / "hillside"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planned") / "hillside"
    shutil.copytree(EXAMPLE, folder)
    planner.plan(Mission(folder))
    return folder


@pytest.fixture
def mission(planned: Path, tmp_path: Path) -> Mission:
    return Mission(shutil.copytree(planned, tmp_path / "hillside"))


def plan_of(mission: Mission) -> Plan:
    return read_plan(mission.dir("plan") / "plan.json")


def messages(log: str) -> list[Any]:
    return list(iter(mavutil.mavlink_connection(log).recv_msg, None))


def test_a_sortie_there_and_back_twice(mission: Mission) -> None:
    planned = plan_of(mission).sorties[0]
    events: list[str] = []
    steps: list[tuple[int, int]] = []
    with start_background(mission, Flight(addresses=["tcp:127.0.0.1:0"], speedup=FLAT_OUT)) as [address]:
        result = fly(
            mission,
            sortie=planned.name,
            address=address,
            events=events.append,
            progress=lambda *step: steps.append(step),
        )

    assert result.verified and result.landed
    assert abs(result.photos_taken - len(planned.photos)) <= 0.01 * len(planned.photos)
    assert result.log == str(mission.root / "flights" / planned.name / f"{planned.name}.BIN")
    assert result.tlog == str(mission.root / "flights" / planned.name / f"{planned.name}.tlog")
    order = ["mode GUIDED", "armed", "mode AUTO", "photo 1 of", "disarmed", "log fetched"]
    found = [[event.startswith(what) for event in events].index(True) for what in order]
    assert found == sorted(found)
    assert steps == sorted(steps) and steps[-1] == (len(planned.photos), len(planned.photos))

    in_the_log = Counter(message.get_type() for message in messages(result.log))
    on_the_link = Counter(message.get_type() for message in messages(result.tlog))
    assert in_the_log["CAM"] == result.photos_taken
    assert on_the_link["CAMERA_FEEDBACK"] == result.photos_taken
    assert on_the_link["MISSION_ITEM_INT"] >= 2 * result.items  # sent and read back
    assert on_the_link["BAD_DATA"] == 0

    first = Path(result.log).read_bytes()
    udp = Flight(addresses=["udpin:127.0.0.1:0"], speedup=FLAT_OUT)
    with start_background(mission, udp) as [address]:
        again = fly(mission, sortie=None, address=address.replace("udpin", "udpout"))
    assert again.landed
    assert again.log is not None and Path(again.log).name == f"{planned.name}-2.BIN"
    assert Path(result.log).read_bytes() == first


def test_nothing_is_armed_where_home_is_elsewhere(mission: Mission) -> None:
    plan = plan_of(mission)
    away = plan.sites[0].model_copy(update={"lon": plan.sites[0].lon + 0.01})
    with start_background(mission, Flight(addresses=["tcp:127.0.0.1:0"])) as [address]:
        write_plan(mission.dir("plan") / "plan.json", plan.model_copy(update={"sites": (away,)}))
        with pytest.raises(LinkError, match=r"is 100\d m from site .* expected at most 200 m"):
            fly(mission, sortie=None, address=address)
    [tlog] = mission.dir("flights").rglob("*.tlog")
    sent = [message for message in messages(str(tlog)) if message.get_srcSystem() == 255]
    assert sent
    assert not any(getattr(s, "command", 0) == m.MAV_CMD_COMPONENT_ARM_DISARM for s in sent)
    assert "MISSION_COUNT" not in {s.get_type() for s in sent}


def test_an_aircraft_that_vanishes_is_told_with_its_last_place(mission: Mission) -> None:
    with ExitStack() as stack:
        [address] = stack.enter_context(
            start_background(mission, Flight(addresses=["tcp:127.0.0.1:0"], speedup=20))
        )
        vanish: Callable[[], Any] = stack.pop_all().close

        def at_the_third_photo(event: str) -> None:
            if event.startswith("photo 3 of"):
                vanish()

        with pytest.raises(
            LinkError, match=r"closed from the other side; last known: mode AUTO, item \d+ of"
        ):
            fly(mission, sortie=None, address=address, events=at_the_third_photo)
    assert not list(mission.dir("flights").rglob("*.BIN"))
    [tlog] = mission.dir("flights").rglob("*.tlog")
    assert sum(message.get_type() == "CAMERA_FEEDBACK" for message in messages(str(tlog))) >= 3


def test_a_sortie_that_is_not_planned(mission: Mission) -> None:
    with pytest.raises(PlanError, match='no sortie "S77"'):
        fly(mission, sortie="S77", address="tcp:127.0.0.1:1")
