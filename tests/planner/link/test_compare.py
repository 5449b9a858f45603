"""Every line of the measured lists of mission items, as literal data."""

from typing import Any

import pytest

from planner.link.compare import Firmware, differences
from planner.link.mavlink import mavlink as m

LAT, LON = -353_632_610, 1_491_652_300


def item(command: int, params: tuple[float, ...] = (0, 0, 0, 0), **fields: Any) -> Any:
    values: dict[str, Any] = {"seq": 1, "frame": 3, "x": LAT, "y": LON, "z": 50.0, **fields}
    return m.MAVLink_mission_item_int_message(
        1, 1, values["seq"], values["frame"], command, 0, 1, *params, values["x"], values["y"], values["z"], 0
    )


def compare(sent: Any, received: Any, firmware: Firmware = "copter") -> list[str]:
    home = item(16, seq=0)
    return [str(d) for d in differences([home, sent], [item(16, seq=0, x=1, z=584.0), received], firmware)]


@pytest.mark.parametrize(
    ("firmware", "command", "sent", "received"),
    [
        ("copter", 16, (5, 0, 0, 90), (5, 0, 0, 0)),
        ("plane", 16, (5, 0, 0, 90), (0, 0, 0, 0)),
        ("copter", 19, (5, 0, 30, 0), (5, 0, 1, 0)),
        ("plane", 31, (1, 50, 0, 1), (0, 50, 0, 1)),
        ("copter", 21, (0, 0, 0, 0), (0, 0, 0, 1)),
        ("copter", 201, (0, 0, 0, 3), (0, 0, 0, 0)),
    ],
)
def test_measured_changes_of_parameters_are_known(
    firmware: Firmware, command: int, sent: tuple[float, ...], received: tuple[float, ...]
) -> None:
    assert compare(item(command, sent), item(command, received), firmware) == []
    assert compare(item(command, sent), item(command, sent), firmware) == []
    assert compare(item(command, sent), item(command, received), "other") != []


def test_a_delay_lost_on_a_copter_is_a_difference() -> None:
    [found] = compare(item(16, (5, 0, 0, 0)), item(16))
    assert found == "item 1: param1 of MAV_CMD_NAV_WAYPOINT was sent as 5 and came back as 0"


@pytest.mark.parametrize(
    "command",
    [20, 93, 112, 114, 115, 177, 178, 181, 183, 197, 205, 206, 207, 210, 211, 212, 215, 222, 531, 532]
    + [600, 601, 2000, 2001, 2500, 3000, 42600],
)
def test_items_without_a_place_lose_it(command: int) -> None:
    assert compare(item(command, (1, 0, 0, 0)), item(command, (1, 0, 0, 0), frame=0, x=0, y=0, z=0)) == []
    assert compare(item(command, (1, 0, 0, 0)), item(command, frame=0, x=0, y=0, z=0)) != []


@pytest.mark.parametrize("command", [16, 82, 17, 18, 92, 84, 85, 94, 179, 188, 189, 191, 195, 22])
def test_items_with_a_place_keep_it(command: int) -> None:
    assert compare(item(command), item(command, frame=0, x=0, y=0, z=0)) != []
    assert compare(item(command), item(command, x=LAT + 1)) != []
    assert compare(item(command), item(command, z=50.02)) != []
    assert compare(item(command), item(command, z=49.99)) == []


@pytest.mark.parametrize(("sent", "back"), [(0, 0), (2, 0), (3, 3), (5, 0), (6, 3), (10, 10), (11, 10)])
def test_measured_frames(sent: int, back: int) -> None:
    assert compare(item(16, frame=sent), item(16, frame=back)) == []
    assert compare(item(16, frame=sent), item(16, frame=10 if back == 3 else 3 if back == 0 else 0)) != []


def test_nan_stays_nan() -> None:
    nan = float("nan")
    assert compare(item(16, (0, 0, 0, nan)), item(16, (0, 0, 0, nan)), "other") == []
    assert compare(item(16, (0, 0, 0, nan)), item(16), "other") != []


def test_order_and_number_count() -> None:
    a, b = item(16, seq=1), item(20, seq=2)
    home = item(16, seq=0)
    assert differences([home, a, b], [home, a], "copter")[0].field == "number of items"
    assert differences([home, a, b], [home, item(20, seq=1), item(16, seq=2)], "copter")[0].field == "command"
