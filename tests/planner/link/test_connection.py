"""The link itself, against peers that do what a good aircraft does not: be silent, and hang up."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from missions.errors import LinkError
from planner.link.aloft import Patience, watch_home
from planner.link.command import Command
from planner.link.connection import open_link
from planner.link.mavlink import mavlink as m
from planner.link.mavlink import mavutil
from planner.link.watch import FlightWatch


def heartbeat(armed: bool = False) -> m.MAVLink_message:
    base = m.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED | (m.MAV_MODE_FLAG_SAFETY_ARMED if armed else 0)
    return m.MAVLink_heartbeat_message(m.MAV_TYPE_QUADROTOR, m.MAV_AUTOPILOT_ARDUPILOTMEGA, base, 4, 3, 3)


@contextmanager
def peer(behave: Callable[[socket.socket, m.MAVLink], None]) -> Iterator[str]:
    """A TCP server that serves one client; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                behave(client, m.MAVLink(None, 1, 1))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"tcp:127.0.0.1:{server.getsockname()[1]}"
        thread.join(10)


def until_closed(client: socket.socket) -> None:
    client.settimeout(10)
    while client.recv(4096):
        pass


def test_nobody_answers(tmp_path: Path) -> None:
    tlog = tmp_path / "S01.tlog"
    with (
        peer(lambda client, _: until_closed(client)) as address,
        pytest.raises(LinkError, match="expected its HEARTBEAT"),
        open_link(address, tlog, heartbeat_s=0.3),
    ):
        pass
    assert not tlog.exists()


@pytest.mark.parametrize("address", ["udpin:nowhere", "tcp:127.0.0.1", "no-such-device"])
def test_an_address_that_is_none(tmp_path: Path, address: str) -> None:
    with (
        pytest.raises(LinkError, match="expected an address such as"),
        open_link(address, tmp_path / "S01.tlog", heartbeat_s=0.3),
    ):
        pass


def test_a_peer_that_hangs_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def behave(client: socket.socket, link: m.MAVLink) -> None:
        client.sendall(heartbeat().pack(link))
        time.sleep(0.3)

    begin = time.monotonic()
    with (
        peer(behave) as address,
        pytest.raises(LinkError, match="closed from the other side"),
        open_link(address, tmp_path / "S01.tlog", heartbeat_s=5) as link,
    ):
        link.wait_until(lambda: False, 30)
    assert time.monotonic() - begin < 10
    assert capsys.readouterr().out == ""


def on_command(
    client: socket.socket, link: m.MAVLink, reply: Callable[[int], list[m.MAVLink_message]]
) -> None:
    """Say who is there, and answer the first command; then be silent."""
    client.sendall(heartbeat().pack(link))
    received = m.MAVLink(None)
    while True:
        for message in received.parse_buffer(client.recv(4096)) or []:
            if message.get_type() == "COMMAND_LONG":
                client.sendall(b"".join(answer.pack(link) for answer in reply(message.command)))
                return until_closed(client)


def test_the_tlog_holds_both_directions_and_pymavlink_reads_it(tmp_path: Path) -> None:
    def behave(client: socket.socket, link: m.MAVLink) -> None:
        on_command(
            client, link, lambda command: [m.MAVLink_command_ack_message(command, m.MAV_RESULT_DENIED)]
        )

    tlog = tmp_path / "S01.tlog"
    before = time.time()
    with peer(behave) as address, open_link(address, tlog, heartbeat_s=5) as link:
        command = link.run(Command(link.vehicle.peer, m.MAV_CMD_MISSION_START))
    assert command.error == "MAV_CMD_MISSION_START was answered with MAV_RESULT_DENIED"
    log = mavutil.mavlink_connection(str(tlog))
    messages = list(iter(log.recv_msg, None))
    kinds = {(message.get_type(), message.get_srcSystem()) for message in messages}
    assert {("HEARTBEAT", 1), ("COMMAND_LONG", 255), ("COMMAND_ACK", 1)} <= kinds
    assert ("BAD_DATA", 0) not in kinds
    times = [message._timestamp for message in messages]
    assert times == sorted(times)
    assert before - 1 < times[0] < time.time() + 1


@pytest.mark.parametrize(
    ("armed", "complaint"),
    [
        (True, r"nothing heard.*mode GUIDED.*104.000000, 28.500000, 40 m above home.*own rules"),
        (False, "disarmed before it had taken off; last known: mode GUIDED"),
    ],
)
def test_a_flight_that_comes_to_nothing_tells_its_last_state(
    tmp_path: Path, armed: bool, complaint: str
) -> None:
    def reply(command: int) -> list[m.MAVLink_message]:
        place = 285_000_000, 1_040_000_000, 0, 40_000
        return [
            heartbeat(armed),
            m.MAVLink_global_position_int_message(9000, *place, 0, 0, 0, 0),
            m.MAVLink_command_ack_message(command, m.MAV_RESULT_ACCEPTED),
        ]

    events: list[str] = []
    watch = FlightWatch(photos_planned=7, items=20)
    with (
        peer(lambda client, link: on_command(client, link, reply)) as address,
        open_link(address, tmp_path / "S01.tlog", heartbeat_s=5) as link,
        link.follow(FlightWatch.listens, lambda message: events.extend(watch.receive(message))),
        pytest.raises(LinkError, match=complaint),
    ):
        link.run(Command(link.vehicle.peer, m.MAV_CMD_MISSION_START))
        watch_home(link, watch, 60, Patience(quiet_s=0.2, lost_s=0.5), events.append)
