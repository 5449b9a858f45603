"""Uploads in virtual time, over links that lose, double, delay and reorder."""

import random
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.link.mavlink import mavlink as m
from planner.link.verified import VerifiedUpload

NOTHING: dict[str, Any] = {}


def upload(
    virtual: ModuleType,
    items: list[Any],
    up: dict[str, Any] = NOTHING,
    down: dict[str, Any] = NOTHING,
    **more: Any,
) -> tuple[VerifiedUpload, Any, float]:
    clock, dice = virtual.Clock(), random.Random(more.pop("seed", 0))
    exchange = VerifiedUpload(items, virtual.AIRCRAFT, "copter")
    airs = virtual.Air(clock, dice, **up), virtual.Air(clock, dice, **down)
    aircraft = virtual.carry_out(exchange, clock, *airs, partial(virtual.ArduPilotLike, **more))
    return exchange, aircraft, clock.now


def held(aircraft: Any) -> list[Any]:
    return [item.to_dict() for item in aircraft.stored]


def asked(items: list[Any]) -> list[Any]:
    """The items as floats of the wire have them."""
    parser, packer = m.MAVLink(None), m.MAVLink(None, 1, 1)
    return [parser.parse_buffer(item.pack(packer))[0].to_dict() for item in items]


def test_a_clean_link_takes_two_round_trips_an_item(virtual: ModuleType) -> None:
    items = virtual.survey(30)
    exchange, aircraft, seconds = upload(virtual, items)
    assert exchange.error is None
    assert held(aircraft) == asked(items)
    assert seconds == pytest.approx(62 * 0.02, abs=0.05)


def test_a_shorter_mission_replaces_a_longer_one(virtual: ModuleType) -> None:
    items = virtual.survey(12)
    exchange, aircraft, _ = upload(virtual, items, stored=virtual.survey(40, lon_deg=105.0))
    assert exchange.error is None
    assert held(aircraft) == asked(items)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    loss=st.sampled_from([0.0, 0.05, 0.2]),
    duplication=st.sampled_from([0.0, 0.1]),
    jitter_s=st.sampled_from([0.0, 0.05, 0.5]),
    delay_s=st.sampled_from([0.0, 0.2, 1.0]),
)
def test_every_upload_ends_in_a_verified_mission_or_an_error(
    virtual: ModuleType, seed: int, loss: float, duplication: float, jitter_s: float, delay_s: float
) -> None:
    items = virtual.survey(30)
    air = {"loss": loss, "duplication": duplication, "jitter_s": jitter_s, "delay_s": delay_s}
    exchange, aircraft, seconds = upload(
        virtual, items, up=air, down=air, seed=seed, stored=virtual.survey(40, lon_deg=105.0)
    )
    assert seconds <= 60
    if exchange.error is None:
        assert held(aircraft) == asked(items)
    else:
        # Sixty round trips fit into the minute, and some more for what gets lost.
        assert 60 * (2 * delay_s + jitter_s) > 45 or loss == 0.2, exchange.error
        assert "part of the new mission" in exchange.error


@pytest.mark.parametrize("loss", [0.05, 0.2])
def test_loss_alone_is_overcome(virtual: ModuleType, loss: float) -> None:
    items = virtual.survey(30)
    ends = [upload(virtual, items, {"loss": loss}, {"loss": loss}, seed=seed)[0].error for seed in range(50)]
    assert sum(end is not None for end in ends) <= (0 if loss < 0.1 else 5), ends


@pytest.mark.parametrize("lost", ["MISSION_ACK", "MISSION_COUNT"])
def test_a_lost_answer_is_made_good_by_reading_back(virtual: ModuleType, lost: str) -> None:
    seen: list[str] = []

    def first(message: Any) -> bool:
        seen.append(message.get_type())
        return message.get_type() == lost and seen.count(lost) == 1

    items = virtual.survey(8)
    exchange, aircraft, _ = upload(virtual, items, down={"drop_next": first})
    assert exchange.error is None
    assert held(aircraft) == asked(items)
    assert seen.count(lost) >= 1


def test_no_answer_is_no_partial_mission(virtual: ModuleType) -> None:
    exchange, aircraft, seconds = upload(virtual, virtual.survey(5), up={"loss": 1.0})
    assert exchange.error is not None
    assert "expected MISSION_REQUEST_INT for item 0" in exchange.error
    assert "part of" not in exchange.error
    assert aircraft.stored == []
    assert seconds <= 35


def test_a_broken_upload_says_that_a_part_may_be_held(virtual: ModuleType) -> None:
    def from_item_5(message: Any) -> bool:
        return message.get_type() == "MISSION_ITEM_INT" and message.seq >= 5

    old = virtual.survey(20, lon_deg=105.0)
    exchange, aircraft, _ = upload(virtual, virtual.survey(20), up={"drop_next": from_item_5}, stored=old)
    assert exchange.error is not None
    assert "part of the new mission and a part of the old" in exchange.error
    assert held(aircraft)[5:] == [item.to_dict() for item in old[5:]]


def test_a_refused_command_ends_it_at_once(virtual: ModuleType) -> None:
    items = virtual.survey(10)
    items[4].command = 530
    exchange, _, seconds = upload(virtual, items, refuses={530: m.MAV_MISSION_UNSUPPORTED})
    assert exchange.error is not None
    assert "MAV_MISSION_UNSUPPORTED after item 4 (MAV_CMD_SET_CAMERA_MODE, frame 3)" in exchange.error
    assert seconds < 1


def test_a_mission_too_long_ends_it_at_once(virtual: ModuleType) -> None:
    exchange, aircraft, seconds = upload(virtual, virtual.survey(651), stored=virtual.survey(3))
    assert exchange.error == "the aircraft answered MAV_MISSION_NO_SPACE to a mission of 651 items"
    assert len(aircraft.stored) == 3
    assert seconds < 1


def test_an_item_stored_wrongly_is_found(virtual: ModuleType) -> None:
    def moved(item: Any) -> Any:
        if item.seq == 6:
            item.y += 1
        return item

    exchange, _, _ = upload(virtual, virtual.survey(10), garbles=moved)
    assert exchange.error is not None
    assert "another mission than was sent: item 6: place" in exchange.error


def test_other_types_of_missions_do_not_disturb(virtual: ModuleType) -> None:
    exchange = VerifiedUpload(virtual.survey(4), virtual.AIRCRAFT, "copter")
    exchange.start(0.0)
    fence = m.MAV_MISSION_TYPE_FENCE
    assert not exchange.receive(m.MAVLink_mission_request_int_message(255, 190, 0, fence), 0.1)
    assert not exchange.receive(m.MAVLink_mission_ack_message(255, 190, m.MAV_MISSION_NO_SPACE, fence), 0.1)
    assert not exchange.done
