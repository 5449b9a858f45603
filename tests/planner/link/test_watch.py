"""What a flight's messages add up to."""

from typing import Any

import pytest

from planner.link.mavlink import mavlink as m
from planner.link.watch import FlightWatch


@pytest.fixture
def watch() -> FlightWatch:
    return FlightWatch(photos_planned=3, items=10)


def heartbeat(armed: bool = True, mode: int = 3, autopilot: int = m.MAV_AUTOPILOT_ARDUPILOTMEGA) -> Any:
    base = m.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED | (m.MAV_MODE_FLAG_SAFETY_ARMED if armed else 0)
    return m.MAVLink_heartbeat_message(m.MAV_TYPE_QUADROTOR, autopilot, base, mode, 4, 3)


def position(seconds: float = 10.0, height_m: float = 30.0, down_cm_s: int = 0) -> Any:
    ms, height = round(seconds * 1e3), round(height_m * 1e3)
    return m.MAVLink_global_position_int_message(ms, 0, 0, 500_000 + height, height, 0, 0, down_cm_s, 0)


def photo(number: int, time_usec: int = 0) -> Any:
    return m.MAVLink_camera_feedback_message(time_usec, 0, 0, number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def text(words: str, severity: int = 6, number: int = 0, chunk: int = 0) -> Any:
    return m.MAVLink_statustext_message(severity, words.encode(), number, chunk)


def feed(watch: FlightWatch, *messages: Any) -> list[str]:
    """Through the wire, as messages come."""
    packer, parser = m.MAVLink(None, 1, 1), m.MAVLink(None)
    received = [parser.parse_buffer(message.pack(packer))[0] for message in messages]
    return [news for message in received for news in watch.receive(message)]


def test_a_flight_from_arming_to_landing(watch: FlightWatch) -> None:
    assert feed(watch, heartbeat(armed=False, mode=4)) == ["mode GUIDED"]
    assert feed(watch, position(5, 0), heartbeat()) == ["mode AUTO", "armed"]
    assert watch.armed_at_s == 5
    assert not watch.flown
    feed(watch, position(9, 40))
    assert watch.flown and not watch.ended
    assert feed(watch, position(99, 0), heartbeat(armed=False)) == ["disarmed"]
    assert watch.ended and watch.landed


def test_disarmed_before_take_off_is_not_a_flight(watch: FlightWatch) -> None:
    feed(watch, heartbeat(), position(5, 0.3), heartbeat(armed=False))
    assert not watch.ended and not watch.landed


def test_disarmed_in_the_air_has_not_landed(watch: FlightWatch) -> None:
    feed(watch, heartbeat(), position(9, 40), position(10, 30, 900), heartbeat(armed=False))
    assert watch.ended and not watch.landed


def test_the_landed_state_counts_more_than_speed(watch: FlightWatch) -> None:
    feed(watch, heartbeat(), position(9, 40), heartbeat(armed=False))
    feed(watch, m.MAVLink_extended_sys_state_message(0, m.MAV_LANDED_STATE_IN_AIR))
    assert not watch.landed
    feed(watch, m.MAVLink_extended_sys_state_message(0, m.MAV_LANDED_STATE_ON_GROUND))
    assert watch.landed


def test_photos_are_counted_once_and_lost_messages_by_their_neighbours(watch: FlightWatch) -> None:
    assert feed(watch, photo(6)) == []  # on the ground, before arming
    assert feed(watch, heartbeat(), photo(7, 1), photo(7, 1))[2:] == ["photo 1 of 3"]
    assert feed(watch, photo(9, 3)) == ["photo 3 of 3"]
    assert feed(watch, photo(8, 2)) == ["photo 3 of 3"]
    assert watch.photos_taken == 3


def test_photos_without_numbers_are_counted_by_their_times(watch: FlightWatch) -> None:
    feed(watch, heartbeat(), *(photo(0, time) for time in (10, 20, 20, 30)))
    assert watch.photos_taken == 3


def test_cameras_and_gimbals_on_the_link_change_no_mode(watch: FlightWatch) -> None:
    feed(watch, heartbeat())
    assert feed(watch, heartbeat(armed=False, mode=0, autopilot=m.MAV_AUTOPILOT_INVALID)) == []
    assert watch.armed and watch.mode == "AUTO"


def test_long_texts_are_joined(watch: FlightWatch) -> None:
    words = "PreArm: " + "x" * 42 + " and compass not calibrated"
    assert feed(watch, text(words[:50], 3, 9, 0)) == []
    assert feed(watch, text(words[50:], 3, 9, 1)) == [f"aircraft: {words}"]
    assert watch.warnings == [words]
    assert feed(watch, text("a" * 50)) == [f"aircraft: {'a' * 50}"]
    assert watch.warnings == [words]


def test_the_battery_is_told_in_steps(watch: FlightWatch) -> None:
    def charge(pct: int) -> Any:
        return m.MAVLink_sys_status_message(0, 0, 0, 0, 22_000, 0, pct, 0, 0, 0, 0, 0, 0)

    assert feed(watch, *map(charge, (100, 99, 95, 94, 90, -1))) == ["battery 95 %", "battery 90 %"]
    assert watch.battery_pct == 90


def test_items_are_told_while_armed(watch: FlightWatch) -> None:
    assert feed(watch, m.MAVLink_mission_current_message(1)) == []
    assert feed(watch, heartbeat(), m.MAVLink_mission_current_message(4))[2:] == ["item 4 of 9"]
