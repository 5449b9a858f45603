"""Replays every line that ArduPilot itself answered, measured, against the practice aircraft."""

import math
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mav

from sim.firmware import COPTER, FRAMES, PLANE, Item, RefusedItemError, read_back
from sim.missionstore import ItemStore, Peer

DATA = Path(os.environ.get("TIANMU_DATA", Path(__file__).parents[3] / "shared" / "data"))
LISTS = {
    "copter": (COPTER, DATA.parent / "notes" / "ardupilot-copter-mission-items.txt"),
    "plane": (PLANE, DATA.parent / "notes" / "ardupilot-plane-mission-items.txt"),
}
LINES = [
    (name, line)
    for name, (_, path) in LISTS.items()
    if path.is_file()
    for line in path.read_text().splitlines()
]
NO_LISTS = pytest.param("", "", marks=pytest.mark.skip(reason=f"no lists of mission items beside {DATA}"))

PEER = Peer(255, 190)
HOME = Item(0, 16, 0, 0, 0, 0, -353632620, 1491652370, 584.08)
# Where the list's items were sent to. Only the low bits of it can be read back from some commands.
PLACES = {"copter": (-353620620, 1491661370), "plane": (-353620621, 1491661370)}
# Params worth sending for the commands of which the list only says that they came back as they were sent.
PARAMS = {
    18: (2, 0, 30, 0),
    93: (5, 0, 0, 0),
    112: (5, 0, 0, 0),
    114: (30, 0, 0, 0),
    115: (90, 20, 1, 0),
    177: (2, 3, 0, 0),
    178: (1, 8, 0, 0),
    183: (9, 1500, 0, 0),
    206: (20, 0, 1, 0),
    207: (1, 0, 0, 0),
    215: (40, 0, 0, 0),
}
RESULTS = {name: getattr(mav, name) for name in dir(mav) if name.startswith("MAV_MISSION_")}


def store_of(name, kind=mav.MAV_MISSION_TYPE_MISSION):
    return ItemStore(kind, LISTS[name][0], lambda: HOME, lambda text: None)


def upload(store, items, kind=mav.MAV_MISSION_TYPE_MISSION):
    answers = store.receive(mav.MAVLink_mission_count_message(1, 1, len(items), kind), PEER, 0.0)
    while answers[-1].get_type() != "MISSION_ACK":
        assert answers[-1].get_type() == "MISSION_REQUEST_INT"
        seq = answers[-1].seq
        item = items[seq]
        message = mav.MAVLink_mission_item_int_message(
            1, 1, seq, item.frame, item.command, 0, 1, *item[2:], kind
        )
        answers = store.receive(message, PEER, 0.0)
    return answers[-1].type


def download(store, kind=mav.MAV_MISSION_TYPE_MISSION):
    (count,) = store.receive(mav.MAVLink_mission_request_list_message(1, 1, kind), PEER, 0.0)
    items = []
    for seq in range(count.count):
        (m,) = store.receive(mav.MAVLink_mission_request_int_message(1, 1, seq, kind), PEER, 0.0)
        items.append(Item(m.frame, m.command, m.param1, m.param2, m.param3, m.param4, m.x, m.y, m.z))
    return items


def waypoint(frame=3):
    return Item(frame, mav.MAV_CMD_NAV_WAYPOINT, 0, 0, 0, 0, *PLACES["copter"], 50.0)


def numbers(text):
    return tuple(float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text))


@pytest.mark.parametrize(("name", "line"), LINES or [NO_LISTS])
def test_line_of_the_measured_lists(name, line):
    for pattern, check in CHECKS:
        if match := re.fullmatch(pattern, line):
            check(name, *match.groups())
            return
    pytest.fail(f"a line that no check reads: {line}")


def check_command(name, number, result, rest):
    sent_params = (
        numbers(rest.split("->")[0]) if rest.startswith("CHANGED") else PARAMS.get(int(number), (0,) * 4)
    )
    sent = Item(3, int(number), *sent_params, *PLACES[name], 50.0)
    store = store_of(name)
    assert upload(store, [HOME, sent]) == RESULTS[result]
    if RESULTS[result] != mav.MAV_MISSION_ACCEPTED:
        assert len(store.items) == 1  # home was taken before the refusal
        return
    back = download(store)[1]
    assert back.command == sent.command
    if rest.startswith("CHANGED"):
        expected, frame = re.fullmatch(r".*-> \((.*)\) cmd \d+ frame (\d+)", rest).groups()
        assert (back[2:6], back.frame) == (numbers(expected), int(frame))
        assert back[6:] == sent[6:]
    elif match := re.fullmatch(r"ok frame (\d+) xy \((-?\d+), (-?\d+)\)(?: z (\S+))?", rest):
        assert back[2:6] == sent[2:6]
        assert (back.frame, back.x, back.y) == tuple(map(int, match.groups()[:3]))
        assert match.group(4) is None or back.z == float(match.group(4))
    else:
        assert rest == "ok frame 3"
        assert back == sent


def check_frame(name, frame, result, back):
    store = store_of(name)
    assert upload(store, [HOME, waypoint(int(frame))]) == RESULTS[result]
    assert download(store)[1].frame == int(back)


def check_size(name, count, result):
    store = store_of(name)
    assert upload(store, [HOME] + [waypoint()] * (int(count) - 1)) == int(result)
    assert len(store.items) == (int(count) if int(result) == 0 else 0)


def polygon(count, command=mav.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION, stated=None):
    place = PLACES["copter"]
    return [
        Item(0, command, stated or count, 0, 0, 0, place[0] + 1000 * i, place[1] + i * i, 0.0)
        for i in range(count)
    ]


def circle(command, radius):
    return Item(0, command, radius, 0, 0, 0, *PLACES["copter"], 0.0)


MIXED_FENCE = [
    *polygon(60, mav.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_EXCLUSION),
    circle(mav.MAV_CMD_NAV_FENCE_CIRCLE_INCLUSION, 500),
    circle(mav.MAV_CMD_NAV_FENCE_CIRCLE_EXCLUSION, 50),
    circle(mav.MAV_CMD_NAV_FENCE_RETURN_POINT, 0),
]


def check_fence(items):
    def check(name, result):
        store = store_of(name, mav.MAV_MISSION_TYPE_FENCE)
        assert upload(store, items, mav.MAV_MISSION_TYPE_FENCE) == int(result)
        assert len(store.items) == (len(items) if int(result) == 0 else 0)

    return check


def check_fence_readback(name, tail, count):
    store = store_of(name, mav.MAV_MISSION_TYPE_FENCE)
    upload(store, MIXED_FENCE, mav.MAV_MISSION_TYPE_FENCE)
    back = download(store, mav.MAV_MISSION_TYPE_FENCE)
    assert len(back) == int(count)
    expected = [(int(c), float(r)) for c, r in re.findall(r"\((\d+), (\S+)\)", tail)]
    assert [(item.command, item.param1) for item in back[-3:]] == expected
    assert [item[6:8] for item in back] == [item[6:8] for item in MIXED_FENCE]


def check_rally(name, count, result):
    kind = mav.MAV_MISSION_TYPE_RALLY
    store = store_of(name, kind)
    points = [waypoint()._replace(command=mav.MAV_CMD_NAV_RALLY_POINT) for _ in range(int(count))]
    assert upload(store, points, kind) == int(result)
    assert download(store, kind) == points


TIME = r", [\d.]+\)"
CHECKS = [
    (r"(\d+) MAV_CMD_\w+ (MAV_MISSION_\w+) ?(.*)", check_command),
    (r"frame (\d+) (MAV_MISSION_\w+) readback frame (\d+)", check_frame),
    (rf"mission of (\d+) items: \((\d+){TIME}", check_size),
    (rf"fence incl60 \((\d+){TIME}", check_fence(polygon(60))),
    (rf"fence excl poly \+ incl circle \+ excl circle \+ return \((\d+){TIME}", check_fence(MIXED_FENCE)),
    (r"fence readback \[(.*)\] (\d+)", check_fence_readback),
    (rf"fence bad count \((\d+){TIME}", check_fence(polygon(4, stated=5))),
    (rf"clear fence \((\d+){TIME}", check_fence([])),
    (rf"rally (\d+) \((\d+){TIME}", check_rally),
]


@pytest.mark.parametrize(("name", "taken", "refused"), [("copter", 63, 70), ("plane", 70, 84)])
def test_fence_polygons_fit_up_to_the_measured_size(name, taken, refused):
    kind = mav.MAV_MISSION_TYPE_FENCE
    assert upload(store_of(name, kind), polygon(taken), kind) == mav.MAV_MISSION_ACCEPTED
    assert upload(store_of(name, kind), polygon(refused), kind) != mav.MAV_MISSION_ACCEPTED


@pytest.mark.parametrize(("count", "taken"), [(20, True), (50, False)])
def test_rally_points_fit_up_to_the_measured_number(count, taken):
    kind = mav.MAV_MISSION_TYPE_RALLY
    points = [waypoint()._replace(command=mav.MAV_CMD_NAV_RALLY_POINT)] * count
    assert (upload(store_of("copter", kind), points, kind) == mav.MAV_MISSION_ACCEPTED) == taken


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"frame": mav.MAV_FRAME_LOCAL_NED}, mav.MAV_MISSION_UNSUPPORTED_FRAME),
        ({"x": 900_000_001}, mav.MAV_MISSION_INVALID_PARAM5_X),
        ({"y": -1_800_000_001}, mav.MAV_MISSION_INVALID_PARAM6_Y),
        ({"z": 90_000.0}, mav.MAV_MISSION_INVALID_PARAM7),
        ({"z": math.nan}, mav.MAV_MISSION_INVALID_PARAM7),
        ({"param1": math.nan}, mav.MAV_MISSION_INVALID_PARAM1),
        ({"command": 31000}, mav.MAV_MISSION_UNSUPPORTED),
    ],
)
def test_senseless_items_are_refused_with_the_reason(change, result):
    assert upload(store_of("copter"), [HOME, waypoint()._replace(**change)]) == result


def test_a_waypoint_may_leave_the_yaw_open():
    assert upload(store_of("copter"), [HOME, waypoint()._replace(param4=math.nan)]) == 0


@given(
    frame=st.sampled_from([*FRAMES, 1, 4, 7]),
    command=st.sampled_from([16, 19, 20, 21, 22, 31, 93, 178, 203, 206, 530, 1000, 42702]),
    params=st.tuples(*[st.floats(width=32)] * 4),
    x=st.integers(-(2**31), 2**31 - 1),
    y=st.integers(-(2**31), 2**31 - 1),
    z=st.floats(width=32),
)
def test_what_is_read_back_is_read_back_the_same_when_sent_again(frame, command, params, x, y, z):
    try:
        once = read_back(Item(frame, command, *params, x, y, z), COPTER)
    except RefusedItemError as error:
        assert error.result != mav.MAV_MISSION_ACCEPTED
        return
    again = read_back(once, COPTER)
    assert again._replace(param4=0, param3=0) == once._replace(param4=0, param3=0)
    assert once.frame in (0, 3, 10)
