"""A ground station of plain pymavlink, sharing nothing with our planner, flies the practice aircraft."""

import math
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

os.environ["MAVLINK20"] = "1"  # before pymavlink chooses its dialect

import pytest
from pymavlink import DFReader, mavutil

from geo.frames import LocalFrame
from geo.terrain import Terrain
from missions import Mission
from missions.catalogue import aircraft_model
from missions.errors import LinkError, MissionError
from sim import FLAT_OUT, Flight, start_background
from sim.clock import Clock, flight_start
from sim.logcard import LogCard
from sim.practice import aircraft_setup
from sim.server import PracticeAircraft
from sim.triggers import read_triggers, triggers_path, write_triggers

LON, LAT, GROUND_M = 102.7, 24.9, 1890.0
HEIGHT_M, TRIGGER_M, LEG_M, SPACING_M, LEGS = 60.0, 20.0, 150.0, 40.0, 3
TRIGGERS_FILE = "triggers.parquet"
METRE_LAT = 1e7 / 110_750  # of 1e-7 degrees; close enough for a survey to be flown anywhere
METRE_LON = METRE_LAT / math.cos(math.radians(LAT))
mav = mavutil.mavlink


def survey():
    """Rows for MISSION_ITEM_INT: frame, command, params, x, y, z."""

    def place(east_m, north_m):
        return round(LAT * 1e7 + north_m * METRE_LAT), round(LON * 1e7 + east_m * METRE_LON)

    rows = [
        (0, mav.MAV_CMD_NAV_WAYPOINT, (0, 0, 0, 0), 0, 0, 0),
        (3, mav.MAV_CMD_NAV_TAKEOFF, (0, 0, 0, 0), 0, 0, HEIGHT_M),
        (0, mav.MAV_CMD_DO_CHANGE_SPEED, (1, 8, -1, 0), 0, 0, 0),
    ]
    for leg in range(LEGS):
        ends = (50.0, 50.0 + LEG_M) if leg % 2 == 0 else (50.0 + LEG_M, 50.0)
        for north_m, trigger_m, at_once in ((ends[0], TRIGGER_M, 1), (ends[1], 0, 0)):
            rows.append(
                (3, mav.MAV_CMD_NAV_WAYPOINT, (0, 0, 0, 0), *place(leg * SPACING_M, north_m), HEIGHT_M)
            )
            rows.append((0, mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST, (trigger_m, 0, at_once, 0), 0, 0, 0))
    return [*rows, (0, mav.MAV_CMD_NAV_RETURN_TO_LAUNCH, (0, 0, 0, 0), 0, 0, 0)]


class Station:
    """As little of a ground station as flying needs."""

    def __init__(self, address: str) -> None:
        self.link = mavutil.mavlink_connection(address, source_system=255, source_component=190)
        self.photos = []
        self.texts = []

    def wait(self, *kinds, most_s=10.0, accept=lambda m: True):
        until = time.monotonic() + most_s
        while time.monotonic() < until:
            message = self.link.recv_match(blocking=True, timeout=0.5)
            if message is None:
                continue
            kind = message.get_type()
            if kind == "CAMERA_FEEDBACK":
                self.photos.append(message)
            elif kind == "STATUSTEXT":
                self.texts.append(message.text)
            if kind in kinds and accept(message):
                return message
        raise AssertionError(f"no {kinds} within {most_s} s; the aircraft said {self.texts}")

    def meet(self):
        self.link.mav.heartbeat_send(mav.MAV_TYPE_GCS, mav.MAV_AUTOPILOT_INVALID, 0, 0, mav.MAV_STATE_ACTIVE)
        heartbeat = self.wait("HEARTBEAT")
        assert heartbeat.autopilot == mav.MAV_AUTOPILOT_ARDUPILOTMEGA
        assert (heartbeat.get_srcSystem(), heartbeat.get_srcComponent()) == (1, 1)

    def upload(self, rows):
        self.link.mav.mission_count_send(1, 1, len(rows), mav.MAV_MISSION_TYPE_MISSION)
        while True:
            asked = self.wait("MISSION_REQUEST_INT", "MISSION_REQUEST", "MISSION_ACK")
            if asked.get_type() == "MISSION_ACK":
                return asked.type
            frame, command, params, x, y, z = rows[asked.seq]
            self.link.mav.mission_item_int_send(1, 1, asked.seq, frame, command, 0, 1, *params, x, y, z, 0)

    def download(self):
        self.link.mav.mission_request_list_send(1, 1, mav.MAV_MISSION_TYPE_MISSION)
        rows = []
        for seq in range(self.wait("MISSION_COUNT").count):
            self.link.mav.mission_request_int_send(1, 1, seq, mav.MAV_MISSION_TYPE_MISSION)
            m = self.wait("MISSION_ITEM_INT", accept=lambda m, seq=seq: m.seq == seq)
            rows.append((m.frame, m.command, (m.param1, m.param2, m.param3, m.param4), m.x, m.y, m.z))
        self.link.mav.mission_ack_send(1, 1, mav.MAV_MISSION_ACCEPTED, mav.MAV_MISSION_TYPE_MISSION)
        return rows

    def command(self, number, *params):
        values = (*params, *[0] * (7 - len(params)))
        self.link.mav.command_long_send(1, 1, number, 0, *values)
        return self.wait("COMMAND_ACK", accept=lambda m: m.command == number).result

    def fetch_log(self, number):
        self.link.mav.log_request_list_send(1, 1, 0, 0xFFFF)
        size = self.wait("LOG_ENTRY", accept=lambda m: m.id == number).size
        data, have = bytearray(size), [False] * math.ceil(size / 90)
        begun = time.monotonic()
        while not all(have):
            assert time.monotonic() - begun < 60, "the log does not arrive"
            first = have.index(False)
            self.link.mav.log_request_data_send(1, 1, number, first * 90, size - first * 90)
            while (m := self.link.recv_match(type="LOG_DATA", blocking=True, timeout=0.5)) is not None:
                data[m.ofs : m.ofs + m.count] = bytes(m.data[: m.count])
                if m.count:
                    have[m.ofs // 90] = True
                if m.ofs + m.count >= size:
                    break
        self.link.mav.log_request_end_send(1, 1)
        return bytes(data)

    def fly_survey(self):
        """Upload, compare, arm, fly until it has landed."""
        rows = survey()
        assert self.upload(rows) == mav.MAV_MISSION_ACCEPTED
        back = self.download()
        assert back[0][:2] == (0, mav.MAV_CMD_NAV_WAYPOINT)  # item 0 is home
        assert back[1:] == rows[1:]
        assert self.command(mav.MAV_CMD_DO_SET_MODE, mav.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED, 3) == 0
        assert self.command(mav.MAV_CMD_COMPONENT_ARM_DISARM, 1) == mav.MAV_RESULT_ACCEPTED
        assert self.command(mav.MAV_CMD_MISSION_START) == mav.MAV_RESULT_ACCEPTED
        self.wait("HEARTBEAT", accept=lambda m: m.base_mode & mav.MAV_MODE_FLAG_SAFETY_ARMED)
        self.wait("HEARTBEAT", most_s=60, accept=lambda m: not m.base_mode & mav.MAV_MODE_FLAG_SAFETY_ARMED)


@contextmanager
def aircraft(folder: Path, *addresses: str, speedup: float = FLAT_OUT) -> Iterator[PracticeAircraft]:
    model = aircraft_model("holybro-x650")
    frame, clock, card = LocalFrame(LON, LAT), Clock(flight_start(0)), LogCard(folder / "card")
    level = aircraft_setup(model, frame, Terrain.flat(GROUND_M), (LON, LAT), clock, card)
    setup = replace(
        level, wind_speed_m_s=3.0, save_triggers=lambda rows: write_triggers(folder / TRIGGERS_FILE, rows)
    )
    practice = PracticeAircraft(setup, list(addresses), speedup)
    over = threading.Event()
    thread = threading.Thread(target=practice.run, args=(over.is_set,))
    thread.start()
    try:
        yield practice
    finally:
        over.set()
        thread.join(10)
        assert not thread.is_alive()


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.mark.parametrize("how", ["tcp", "udp", "udpin"])
def test_a_survey_is_uploaded_flown_and_its_log_fetched(how, tmp_path):
    address = f"udp:127.0.0.1:{free_udp_port()}" if how == "udp" else f"{how}:127.0.0.1:0"
    with aircraft(tmp_path, address) as practice:
        (served,) = practice.addresses
        mine = {"tcp": "tcp", "udp": "udpin", "udpin": "udpout"}[how]
        station = Station(served.replace(how, mine, 1))
        station.meet()
        station.fly_survey()
        log = station.fetch_log(1)
        station.link.close()
    planned = LEGS * (int(LEG_M / TRIGGER_M) + 1)
    assert len(station.photos) == pytest.approx(planned, abs=1)
    assert [m.img_idx for m in station.photos] == list(range(1, len(station.photos) + 1))
    fetched = tmp_path / "fetched.BIN"
    fetched.write_bytes(log)
    reader = DFReader.DFReader_binary(str(fetched))
    cams = []
    while (cam := reader.recv_match(type="CAM")) is not None:
        cams.append(cam)
    assert [(m.Img, round(m.Lat * 1e7)) for m in cams] == [(m.img_idx, m.lat) for m in station.photos]
    truth = read_triggers(tmp_path / TRIGGERS_FILE)
    assert truth.column("index").to_pylist() == [m.Img for m in cams]


def test_two_ground_stations_at_once_and_one_after_another(tmp_path):
    with aircraft(tmp_path, "tcp:127.0.0.1:0", "udpin:127.0.0.1:0") as practice:
        tcp, udpin = practice.addresses
        first, second = Station(tcp), Station(udpin.replace("udpin", "udpout"))
        first.meet()
        second.meet()
        assert first.upload(survey()) == mav.MAV_MISSION_ACCEPTED
        first.link.close()
        third = Station(tcp)
        third.meet()
        assert len(third.download()) == len(second.download()) == len(survey())
        third.link.close()
        second.link.close()


def test_a_mission_flies_in_a_process_of_its_own(hillside, tmp_path):
    flight = Flight(addresses=("tcp:127.0.0.1:0",), speedup=FLAT_OUT, truth=tmp_path / "truth", seed=3)
    with start_background(Mission(hillside), flight) as addresses:
        station = Station(addresses[0])
        station.meet()
        assert station.command(mav.MAV_CMD_DO_SET_MODE, 1, 4) == 0
        assert station.command(mav.MAV_CMD_COMPONENT_ARM_DISARM, 1) == 0
        assert station.command(mav.MAV_CMD_NAV_TAKEOFF, 0, 0, 0, 0, 0, 0, 20) == 0
        station.wait("GLOBAL_POSITION_INT", accept=lambda m: m.relative_alt > 19_000)
        assert station.command(mav.MAV_CMD_DO_DIGICAM_CONTROL, 0, 0, 0, 0, 1) == 0
        assert station.command(mav.MAV_CMD_NAV_LAND) == 0
        station.wait(
            "HEARTBEAT", accept=lambda m: not m.base_mode & mav.MAV_MODE_FLAG_SAFETY_ARMED, most_s=30
        )
        station.link.close()
    assert len(station.photos) == 1
    rows = read_triggers(triggers_path(tmp_path / "truth", "S01")).to_pylist()
    site = Mission(hillside).settings.sites[0]
    assert (rows[0]["lon"], rows[0]["lat"]) == pytest.approx((site.lon, site.lat), abs=5e-5)
    assert (hillside.with_name("hillside-card") / "S01" / "00000001.BIN").is_file()
    assert not any("truth" in str(path) for path in hillside.rglob("*"))


def test_what_cannot_be_practised_is_said_before_anything_starts(hillside):
    with (
        pytest.raises(LinkError, match="expected tcp:HOST:PORT"),
        start_background(Mission(hillside), Flight(addresses=("serial:/dev/ttyUSB0",))),
    ):
        pass
    toml = hillside / "mission.toml"
    toml.write_text(toml.read_text().replace("holybro-x650", "deltaquad-pro"))
    with pytest.raises(MissionError, match="is a multirotor"), start_background(Mission(hillside), Flight()):
        pass
