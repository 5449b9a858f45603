"""A practice aircraft on level ground, without sockets."""

from dataclasses import replace
from pathlib import Path

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from geo.frames import LocalFrame
from geo.terrain import Terrain
from missions.catalogue import aircraft_model
from sim.autopilot import Autopilot
from sim.body import Setup
from sim.clock import Clock, flight_start
from sim.commands import Conversation
from sim.firmware import Item
from sim.logcard import LogCard
from sim.practice import aircraft_setup
from sim.telemetry import Rates

LON, LAT, GROUND_M = 102.7, 24.9, 1890.0


class Pilot:
    """A ground station in virtual time: says things to the autopilot and lets time go by."""

    def __init__(self, setup: Setup) -> None:
        self.autopilot = Autopilot(setup)
        self.link = Conversation(self.autopilot, Rates())
        self.heard: list = []
        self.now_s = 0.0

    def say(self, message) -> list:
        message._header.srcSystem, message._header.srcComponent = 255, 190
        answers = self.link.receive(message, self.now_s)
        self.heard += answers
        return answers

    def command(self, number: int, *params: float) -> int:
        values = (*params, *[0.0] * (7 - len(params)))
        answers = self.say(mav.MAVLink_command_long_message(1, 1, number, 0, *values))
        return next(m.result for m in answers if m.get_type() == "COMMAND_ACK")

    def upload(self, items: list[Item], kind: int = 0) -> int:
        """Upload and give the MAV_MISSION_RESULT."""
        answers = self.say(mav.MAVLink_mission_count_message(1, 1, len(items), kind))
        while answers[-1].get_type() != "MISSION_ACK":
            seq, item = answers[-1].seq, items[answers[-1].seq]
            answers = self.say(
                mav.MAVLink_mission_item_int_message(
                    1, 1, seq, item.frame, item.command, 0, 1, *item[2:], kind
                )
            )
        return answers[-1].type

    def download(self, kind: int = 0) -> list[Item]:
        count = self.say(mav.MAVLink_mission_request_list_message(1, 1, kind))[0].count
        items = []
        for seq in range(count):
            (m,) = self.say(mav.MAVLink_mission_request_int_message(1, 1, seq, kind))
            assert (m.seq, m.mission_type) == (seq, kind)
            items.append(Item(m.frame, m.command, m.param1, m.param2, m.param3, m.param4, m.x, m.y, m.z))
        return items

    def fly(self, until, most_s: float = 1200.0) -> float:
        """Let time go by until something is so; gives the seconds it took."""
        begun = self.autopilot.clock.boot_s
        while not until(self.autopilot):
            assert self.autopilot.clock.boot_s - begun < most_s, f"not so within {most_s} s"
            self.autopilot.tick()
            self.heard += self.autopilot.outbox
            self.autopilot.outbox.clear()
        return self.autopilot.clock.boot_s - begun

    def texts(self) -> list[str]:
        self.heard += self.autopilot.outbox
        self.autopilot.outbox.clear()
        return [m.text for m in self.heard if m.get_type() == "STATUSTEXT"]

    def photos(self) -> list:
        return [m for m in self.heard if m.get_type() == "CAMERA_FEEDBACK"]

    def at(self, east_m: float, north_m: float, height_m: float = 60.0, command: int = 16, **params) -> Item:
        """Make an item at a place relative to the take-off point."""
        lon, lat = self.autopilot.setup.frame.to_lonlat([[east_m, north_m]])[0]
        item = Item(3, command, 0, 0, 0, 0, round(float(lat) * 1e7), round(float(lon) * 1e7), height_m)
        return item._replace(**params)

    def do(self, command: int, *params: float) -> Item:
        """Make an item without a place."""
        return Item(0, command, *params, *[0.0] * (4 - len(params)), 0, 0, 0.0)

    def take_off(self, height_m: float = 60.0) -> Item:
        return Item(3, mav.MAV_CMD_NAV_TAKEOFF, 0, 0, 0, 0, 0, 0, height_m)


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    model = aircraft_model("holybro-x650")
    clock, card = Clock(flight_start(0)), LogCard(tmp_path / "card")
    level = aircraft_setup(model, LocalFrame(LON, LAT), Terrain.flat(GROUND_M), (LON, LAT), clock, card)
    return replace(level, wind_speed_m_s=3.0, wind_from_deg=270.0)


@pytest.fixture
def pilot(setup: Setup) -> Pilot:
    return Pilot(setup)


@pytest.fixture
def make_pilot() -> type[Pilot]:
    return Pilot
