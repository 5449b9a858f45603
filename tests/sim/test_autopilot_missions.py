"""The mission protocol in virtual time: what goes wrong goes wrong as on ArduPilot."""

from dataclasses import replace

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mav

from sim.firmware import COPTER, Item
from sim.missionstore import ItemStore, Peer

PEER, OTHER = Peer(255, 190), Peer(254, 190)
HOME = Item(0, 16, 0, 0, 0, 0, 249000000, 1027000000, 1890.0)


@pytest.fixture
def said():
    return []


@pytest.fixture
def store(said):
    return ItemStore(0, COPTER, lambda: HOME, said.append)


def count(number):
    return mav.MAVLink_mission_count_message(1, 1, number, 0)


def item(seq, delay=0):
    place = (249000000 + 1000 * seq, 1027000000, 60.0)
    return mav.MAVLink_mission_item_int_message(1, 1, seq, 3, 16, 0, 1, delay, 0, 0, 0, *place, 0)


def send(store, number, delay=0):
    store.receive(count(number), PEER, 0.0)
    return [store.receive(item(seq, delay), PEER, 0.0)[0] for seq in range(number)][-1]


def test_item_0_is_home_whatever_was_sent(store):
    assert send(store, 3).type == mav.MAV_MISSION_ACCEPTED
    (back,) = store.receive(mav.MAVLink_mission_request_int_message(1, 1, 0, 0), PEER, 0.0)
    assert (back.x, back.y, back.z, back.frame) == (HOME.x, HOME.y, HOME.z, 0)


def test_an_item_out_of_turn_is_refused_and_the_upload_goes_on(store):
    store.receive(count(3), PEER, 0.0)
    store.receive(item(0), PEER, 0.0)
    for wrong in (0, 2):
        (ack,) = store.receive(item(wrong), PEER, 0.1)
        assert ack.type == mav.MAV_MISSION_INVALID_SEQUENCE
    (ask,) = store.receive(item(1), PEER, 0.2)
    assert ask.seq == 2
    assert store.receive(item(2), PEER, 0.3)[0].type == mav.MAV_MISSION_ACCEPTED


def test_a_broken_upload_leaves_a_mixture(store):
    send(store, 5, delay=1)
    store.receive(count(4), PEER, 10.0)
    assert len(store.items) == 4  # shortened at once
    store.receive(item(0, delay=9), PEER, 10.0)
    store.receive(item(1, delay=9), PEER, 10.0)
    assert store.update(18.5)[0][1].type == mav.MAV_MISSION_OPERATION_CANCELLED
    assert [i.param1 for i in store.items] == [9, 9, 1, 1]
    (back,) = store.receive(mav.MAVLink_mission_request_list_message(1, 1, 0), PEER, 19.0)
    assert back.count == 4


def test_a_missing_item_is_asked_for_again_each_second_until_eight_seconds_of_silence(store, said):
    store.receive(count(2), PEER, 0.0)
    asked = [t / 10 for t in range(1, 100) for _, m in store.update(t / 10) if "REQUEST" in m.get_type()]
    assert len(asked) == 7
    assert said == ["Mission upload timeout"]
    assert store.receive(item(0), PEER, 10.0)[0].type == mav.MAV_MISSION_ERROR


def test_only_one_ground_station_at_a_time(store):
    store.receive(count(2), PEER, 0.0)
    assert store.receive(count(1), OTHER, 0.0)[0].type == mav.MAV_MISSION_DENIED
    assert store.receive(item(0), OTHER, 0.0)[0].type == mav.MAV_MISSION_DENIED
    (denied,) = store.receive(mav.MAVLink_mission_request_list_message(1, 1, 0), OTHER, 0.0)
    assert denied.type == mav.MAV_MISSION_DENIED
    assert store.receive(count(1), PEER, 0.0)[0].seq == 0  # its own it may begin again


def test_too_many_items_leave_what_was_there(store, said):
    send(store, 3)
    assert store.receive(count(651), PEER, 0.0)[0].type == mav.MAV_MISSION_NO_SPACE
    assert len(store.items) == 3
    assert "650" in said[0]


def test_reading_past_the_end_tells_the_size(store):
    send(store, 3)
    size, ack = store.receive(mav.MAVLink_mission_request_int_message(1, 1, 3, 0), PEER, 0.0)
    assert (size.count, ack.type) == (3, mav.MAV_MISSION_ERROR)


def test_clearing(store):
    send(store, 3)
    assert store.receive(mav.MAVLink_mission_clear_all_message(1, 1, 0), PEER, 0.0)[0].type == 0
    assert store.receive(mav.MAVLink_mission_request_list_message(1, 1, 0), PEER, 0.0)[0].count == 0


def test_deprecated_float_items_mean_the_same_place(store):
    store.receive(count(2), PEER, 0.0)
    for seq in range(2):
        message = mav.MAVLink_mission_item_message(1, 1, seq, 3, 16, 0, 1, 0, 0, 0, 0, 24.9, 102.7, 60.0, 0)
        answers = store.receive(message, PEER, 0.0)
    assert answers[0].type == mav.MAV_MISSION_ACCEPTED
    (whole,) = store.receive(mav.MAVLink_mission_request_int_message(1, 1, 1, 0), PEER, 0.0)
    assert (whole.x, whole.y) == (249000000, 1027000000)
    (floats,) = store.receive(mav.MAVLink_mission_request_message(1, 1, 1, 0), PEER, 0.0)
    assert floats.get_type() == "MISSION_ITEM"
    assert (floats.x, floats.y) == pytest.approx((24.9, 102.7))


def test_deprecated_float_items_leave_numbers_that_are_no_place_alone(store):
    store.receive(count(2), PEER, 0.0)
    for seq, command, x in ((0, 16, 24.9), (1, mav.MAV_CMD_DO_DIGICAM_CONTROL, 1.0)):
        message = mav.MAVLink_mission_item_message(1, 1, seq, 3, command, 0, 1, 0, 0, 0, 0, x, 0, 60.0, 0)
        store.receive(message, PEER, 0.0)
    assert store.items[1].x == 1
    (floats,) = store.receive(mav.MAVLink_mission_request_message(1, 1, 1, 0), PEER, 0.0)
    assert floats.x == 1


def test_a_build_that_asks_with_mission_request_takes_int_items(said):
    older = replace(COPTER, request=mav.MAVLink_mission_request_message)
    store = ItemStore(0, older, lambda: HOME, said.append)
    assert store.receive(count(2), PEER, 0.0)[0].get_type() == "MISSION_REQUEST"
    assert send(store, 2).type == mav.MAV_MISSION_ACCEPTED
