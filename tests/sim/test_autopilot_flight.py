"""Flies the practice aircraft through MAVLink messages, without sockets, faster than any clock."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mav

from geo.frames import LocalFrame
from geo.terrain import Terrain
from missions.catalogue import aircraft_model
from sim.battery import Battery
from sim.clock import Clock, flight_start
from sim.firmware import Item
from sim.logcard import LogCard
from sim.modes import Mode
from sim.practice import aircraft_setup

ARM, TAKEOFF, START = mav.MAV_CMD_COMPONENT_ARM_DISARM, mav.MAV_CMD_NAV_TAKEOFF, mav.MAV_CMD_MISSION_START
SPEED, TRIGGER = mav.MAV_CMD_DO_CHANGE_SPEED, mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST
WAYPOINT, RTL, LAND = mav.MAV_CMD_NAV_WAYPOINT, mav.MAV_CMD_NAV_RETURN_TO_LAUNCH, mav.MAV_CMD_NAV_LAND
ACCEPTED, FAILED, UNSUPPORTED = mav.MAV_RESULT_ACCEPTED, mav.MAV_RESULT_FAILED, mav.MAV_RESULT_UNSUPPORTED


def landed(autopilot):
    return not autopilot.armed


def speed_of(autopilot):
    state = autopilot.now.truth
    return math.hypot(state.east_m_s, state.north_m_s)


def fly_mission(pilot, items):
    assert pilot.upload([pilot.at(0, 0), *items]) == mav.MAV_MISSION_ACCEPTED
    assert pilot.command(mav.MAV_CMD_DO_SET_MODE, 1, Mode.AUTO) == ACCEPTED
    assert pilot.command(ARM, 1) == ACCEPTED
    assert pilot.command(START) == ACCEPTED
    return pilot.fly(landed)


def hover(pilot, height_m=40.0):
    pilot.command(mav.MAV_CMD_DO_SET_MODE, 1, Mode.GUIDED)
    assert pilot.command(ARM, 1) == ACCEPTED
    assert pilot.command(TAKEOFF, 0, 0, 0, 0, 0, 0, height_m) == ACCEPTED
    pilot.fly(lambda a: not a.busy)


def test_a_survey_takes_the_photos_the_distance_asks_for(pilot):
    fly_mission(
        pilot,
        [
            pilot.take_off(),
            pilot.do(SPEED, 1, 8, -1),
            pilot.at(0, 50),
            pilot.do(TRIGGER, 20, 0, 1),
            pilot.at(0, 255),
            pilot.do(TRIGGER, 0),
            pilot.at(40, 255),
            pilot.do(RTL),
        ],
    )
    photos = pilot.photos()
    assert len(photos) == 11  # at once, then every 20 m of 205
    assert [p.img_idx for p in photos] == list(range(1, 12))
    frame = pilot.autopilot.setup.frame
    places = frame.to_enu([[p.lng / 1e7, p.lat / 1e7] for p in photos])
    gaps = [math.dist(a, b) for a, b in pairwise(places)]
    assert all(19.9 < gap < 20.4 for gap in gaps)
    assert all(p.alt_rel == pytest.approx(60, abs=1.0) for p in photos)
    reached = [m.seq for m in pilot.heard if m.get_type() == "MISSION_ITEM_REACHED"]
    assert reached == [1, 3, 5, 7, 8]
    rows = pilot.autopilot.shutter.rows
    assert [row["file"] for row in rows] == [f"DSC{i:05d}.JPG" for i in range(1, 12)]
    for row, photo in zip(rows, photos, strict=True):
        late = row["time_utc"].timestamp() - photo.time_usec / 1e6
        assert 0 <= late < 0.04
        miss = math.dist(frame.to_enu([[row["lon"], row["lat"]]])[0], places[photo.img_idx - 1])
        assert 0.01 < miss < 4.0  # the truth is not what the autopilot believes, but near it
        camera = datetime.strptime(str(row["exif_time"]), "%Y:%m:%d %H:%M:%S.%f").replace(tzinfo=UTC)
        assert abs((camera - row["time_utc"]).total_seconds()) < 15


def test_a_flight_is_the_same_for_the_same_seed_however_long_the_ground_station_waited(make_pilot, setup):
    def rows(waits_s, seed):
        clock = Clock(setup.clock.boot_utc)
        pilot = make_pilot(replace(setup, seed=seed, clock=clock))
        pilot.fly(lambda a: a.clock.boot_s >= waits_s)
        items = [pilot.take_off(30), pilot.do(TRIGGER, 10), pilot.at(0, 60, 30), pilot.do(RTL)]
        fly_mission(pilot, items)
        return pilot.autopilot.shutter.rows

    assert rows(0.0, "1") == rows(0.5, "1") == rows(7.3, "1")
    assert rows(0.5, "1") != rows(0.5, "2")


def test_rtl_does_not_stop_the_camera(pilot):
    items = [pilot.take_off(), pilot.at(0, 30), pilot.do(TRIGGER, 10), pilot.at(0, 60), pilot.do(RTL)]
    fly_mission(pilot, items)
    home_bound = pilot.heard.index(next(m for m in pilot.heard if getattr(m, "text", "") == "Mission: 5 RTL"))
    after = [m for m in pilot.heard[home_bound:] if m.get_type() == "CAMERA_FEEDBACK"]
    assert len(after) >= 4  # over the 60 m of the way home


def test_the_mission_speed_is_forgotten_when_the_mode_is_left(pilot):
    items = [pilot.take_off(20), pilot.do(SPEED, 1, 4, -1), pilot.at(0, 600, 20), pilot.do(RTL)]
    pilot.upload([pilot.at(0, 0), *items])
    pilot.command(mav.MAV_CMD_DO_SET_MODE, 1, Mode.AUTO)
    pilot.command(ARM, 1)
    pilot.fly(lambda a: a.now.truth.north_m > 50)
    assert speed_of(pilot.autopilot) == pytest.approx(4, abs=0.2)
    pilot.command(mav.MAV_CMD_DO_SET_MODE, 1, Mode.BRAKE)
    pilot.fly(lambda a: speed_of(a) < 0.1)
    pilot.command(mav.MAV_CMD_DO_SET_MODE, 1, Mode.AUTO)  # goes on with the same item
    pilot.fly(lambda a: a.now.truth.north_m > 150)
    assert speed_of(pilot.autopilot) == pytest.approx(10, abs=0.3)
    pilot.command(mav.MAV_CMD_DO_SET_MODE, 1, Mode.RTL)
    pilot.fly(landed)
    assert math.hypot(*pilot.autopilot.now.truth[:2]) < 3.0


def test_take_off_land_and_disarm_by_command(pilot):
    hover(pilot)
    assert pilot.autopilot.now.estimate.alt_amsl_m - pilot.autopilot.home.alt_amsl_m == pytest.approx(
        40, abs=0.5
    )
    assert pilot.command(ARM, 0) == FAILED  # not in the air
    assert pilot.command(mav.MAV_CMD_NAV_LAND) == ACCEPTED
    seconds = pilot.fly(landed)
    assert 35 < seconds < 60  # 30 m at 1.5 m/s, 10 m at 0.5
    assert pilot.autopilot.mode == Mode.LAND


def test_guided_goes_where_it_is_sent(pilot):
    hover(pilot, 30)
    target = pilot.at(80, -60, 50)
    pilot.say(
        mav.MAVLink_set_position_target_global_int_message(
            0, 1, 1, 6, 0b110111111000, target.x, target.y, 50, 0, 0, 0, 0, 0, 0, 0, 0
        )
    )
    pilot.fly(lambda a: math.dist(a.now.estimate[:2], (80, -60)) < 0.5, most_s=60)
    pilot.fly(lambda a: not a.busy)
    height = pilot.autopilot.now.estimate.alt_amsl_m - pilot.autopilot.home.alt_amsl_m
    assert height == pytest.approx(50, abs=1.0)
    item = pilot.at(0, 0, 30)
    (ack,) = pilot.say(
        mav.MAVLink_mission_item_message(1, 1, 0, 3, 16, 2, 1, 0, 0, 0, 0, item.x / 1e7, item.y / 1e7, 30)
    )
    assert ack.type == mav.MAV_MISSION_ACCEPTED
    pilot.fly(lambda a: math.hypot(*a.now.estimate[:2]) < 2)


@pytest.mark.parametrize(
    ("arrange", "reason"),
    [
        (lambda p: p.command(mav.MAV_CMD_DO_SET_MODE, 1, Mode.RTL), "RTL mode not armable"),
        (
            lambda p: (
                p.autopilot.parameters.set("AUTO_OPTIONS", 0),
                p.upload([p.at(0, 0), p.take_off(), p.do(RTL)]),
                p.command(mav.MAV_CMD_DO_SET_MODE, 1, Mode.AUTO),
            ),
            "AUTO mode not armable",
        ),
        (
            lambda p: p.upload([p.at(0, 0), p.take_off(), p.at(0, 50, frame=10)]),
            "waiting for terrain data",
        ),
        (lambda p: p.autopilot.parameters.set("BATT_ARM_MAH", 20_000), "low capacity"),
    ],
)
def test_arming_is_refused_with_the_reason(pilot, arrange, reason):
    arrange(pilot)
    assert pilot.command(ARM, 1) == FAILED
    assert any(reason in text for text in pilot.texts())
    assert not pilot.autopilot.armed


def test_auto_needs_a_mission_that_takes_off(pilot):
    assert pilot.command(mav.MAV_CMD_DO_SET_MODE, 1, Mode.AUTO) == FAILED
    pilot.upload([pilot.at(0, 0), pilot.at(0, 50), pilot.do(RTL)])
    pilot.command(ARM, 1)
    assert pilot.command(START) == FAILED
    assert any("Missing Takeoff Cmd" in text for text in pilot.texts())


def test_idle_on_the_ground_it_disarms_itself(pilot):
    pilot.command(ARM, 1)
    assert pilot.fly(landed) == pytest.approx(10, abs=0.2)


def test_a_stop_a_delay_and_a_jump(pilot):
    seconds = fly_mission(
        pilot,
        [
            pilot.take_off(20),
            pilot.at(0, 40, 20, param1=5),
            pilot.at(40, 40, 20),
            pilot.do(mav.MAV_CMD_NAV_DELAY, 7),
            pilot.do(mav.MAV_CMD_DO_JUMP, 2, 2),
            pilot.do(LAND)._replace(frame=3),
        ],
    )
    reached = [m.seq for m in pilot.heard if m.get_type() == "MISSION_ITEM_REACHED"]
    assert reached == [1, 2, 3, 4, 2, 3, 4, 2, 3, 4, 6]
    assert seconds > 3 * (5 + 7)
    assert math.dist(pilot.autopilot.now.truth[:2], (40, 40)) < 4


def test_mission_over_in_the_air_it_waits(pilot):
    pilot.upload([pilot.at(0, 0), pilot.take_off(20), pilot.at(0, 40, 20)])
    pilot.command(mav.MAV_CMD_DO_SET_MODE, 1, Mode.AUTO)
    pilot.command(ARM, 1)
    pilot.fly(lambda a: a.mission.complete and not a.busy)
    assert pilot.autopilot.flying
    current = pilot.say(
        mav.MAVLink_command_long_message(1, 1, mav.MAV_CMD_REQUEST_MESSAGE, 0, 42, 0, 0, 0, 0, 0, 0)
    )
    assert current[1].mission_state == mav.MISSION_STATE_COMPLETE


def test_a_nearly_empty_battery_brings_it_home(make_pilot, setup):
    pilot = make_pilot(
        replace(setup, battery=Battery(30.0), parameters={"BATT_LOW_MAH": 1000, "BATT_CRT_MAH": 60})
    )
    items = [pilot.take_off(30), pilot.at(0, 2000, 30), pilot.do(RTL)]
    fly_mission(pilot, items)
    assert pilot.autopilot.mode == Mode.RTL
    assert any("Battery 1 is low" in text for text in pilot.texts())
    assert math.hypot(*pilot.autopilot.now.truth[:2]) < 3


@pytest.mark.parametrize(
    ("enable", "options", "mode"),
    [(0, 0, Mode.AUTO), (1, 0, Mode.RTL), (1, 2, Mode.AUTO)],
)
def test_the_silence_of_the_ground_station(pilot, enable, options, mode):
    pilot.autopilot.parameters.set("FS_GCS_ENABLE", enable)
    pilot.autopilot.parameters.set("FS_OPTIONS", options)
    pilot.upload([pilot.at(0, 0), pilot.take_off(30), pilot.at(0, 300, 30), pilot.do(RTL)])
    pilot.command(mav.MAV_CMD_DO_SET_MODE, 1, Mode.AUTO)
    pilot.command(ARM, 1)
    pilot.fly(lambda a: a.now.truth.north_m > 30)
    pilot.autopilot.lose_ground_station()
    assert pilot.autopilot.mode == mode


def test_flying_into_a_hillside_is_a_crash(make_pilot, tmp_path):
    model = aircraft_model("holybro-x650")
    level = aircraft_setup(
        model,
        LocalFrame(102.7, 24.9),
        Terrain.flat(100.0),
        (102.7, 24.9),
        Clock(flight_start(0)),
        LogCard(tmp_path),
    )
    pilot = make_pilot(replace(level, ground_amsl_m=lambda east, north: 100.0 + 0.5 * max(0.0, north)))
    fly_mission(pilot, [pilot.take_off(30), pilot.at(0, 200, 30), pilot.do(RTL)])
    assert any("Crash" in text for text in pilot.texts())
    assert pilot.autopilot.now.truth.north_m < 75


def test_parameters_by_name_by_index_and_all(pilot):
    (speed,) = pilot.say(mav.MAVLink_param_request_read_message(1, 1, b"WPNAV_SPEED", -1))
    assert (speed.param_id, speed.param_value) == ("WPNAV_SPEED", 1000.0) or speed.param_value == 1000.0
    everything = pilot.say(mav.MAVLink_param_request_list_message(1, 1))
    assert [p.param_index for p in everything] == list(range(everything[0].param_count))
    names = {p.param_id if isinstance(p.param_id, str) else p.param_id.decode() for p in everything}
    named_in_notes = {"CAM1_TYPE", "SERVO9_FUNCTION", "AUTO_OPTIONS", "FS_GCS_ENABLE", "RTL_ALT"}
    assert named_in_notes <= names


def test_parameters_are_set_within_their_type(pilot):
    def put(name, value):
        message = mav.MAVLink_param_set_message(1, 1, name, value, mav.MAV_PARAM_TYPE_REAL32)
        message.param_id = name.decode()
        return [m.param_value for m in pilot.say(message)]

    assert put(b"RTL_ALT", 3000) == [3000]
    assert put(b"FENCE_ENABLE", 700) == [127]
    assert put(b"WPNAV_SPEED", math.nan) == [1000]
    assert put(b"NO_SUCH_NAME", 1) == []


def test_unknown_commands_and_strange_numbers_do_no_harm(pilot):
    assert pilot.command(31999, math.nan, math.inf) == UNSUPPORTED
    assert pilot.command(mav.MAV_CMD_REQUEST_MESSAGE, math.nan) == ACCEPTED  # 0 is HEARTBEAT
    assert pilot.command(mav.MAV_CMD_REQUEST_MESSAGE, 9999) == FAILED
    assert pilot.say(mav.MAVLink_command_long_message(7, 1, ARM, 0, 1, 0, 0, 0, 0, 0, 0)) == []
    assert not pilot.autopilot.armed


NUMBERS = st.one_of(st.sampled_from([0, 1, -1, 2, 1e30]), st.floats(width=32))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    commands=st.lists(
        st.tuples(st.sampled_from([*mav.enums["MAV_CMD"]]), st.tuples(*[NUMBERS] * 7)), max_size=6
    ),
    armed=st.booleans(),
)
def test_no_message_stops_the_aircraft_or_moves_it_off_the_earth(make_pilot, setup, commands, armed):
    pilot = make_pilot(replace(setup, clock=Clock(setup.clock.boot_utc)))
    if armed:
        hover(pilot, 3)
    for number, params in commands:
        pilot.command(number, *params)
        x, y, z = params[4:]
        pilot.say(mav.MAVLink_mission_count_message(1, 1, 2, 0))
        pilot.say(mav.MAVLink_mission_item_message(1, 1, 0, 3, number, 0, 1, *params[:4], x, y, z, 0))
        pilot.say(mav.MAVLink_mission_item_message(1, 1, 0, 3, number, 2, 1, *params[:4], x, y, z, 0))
        for _ in range(3):
            pilot.autopilot.tick()
    assert all(math.isfinite(value) for value in pilot.autopilot.now.truth[:13])
    assert abs(pilot.autopilot.now.truth.east_m) < 100


def test_streams_are_sent_at_the_rate_asked_for(pilot):
    rates = pilot.link.rates
    pilot.command(mav.MAV_CMD_SET_MESSAGE_INTERVAL, mav.MAVLINK_MSG_ID_ATTITUDE, 100_000)
    pilot.command(mav.MAV_CMD_SET_MESSAGE_INTERVAL, mav.MAVLINK_MSG_ID_VFR_HUD, -1)
    sent = [i for step in range(200) for i in rates.due(step * 0.05, step * 0.05)]
    assert sent.count(mav.MAVLINK_MSG_ID_ATTITUDE) == pytest.approx(100, abs=2)
    assert sent.count(mav.MAVLINK_MSG_ID_VFR_HUD) == 0
    assert sent.count(mav.MAVLINK_MSG_ID_HEARTBEAT) == 10
    pilot.say(mav.MAVLink_request_data_stream_message(1, 1, 0, 2, 1))
    sent = [i for step in range(200, 400) for i in rates.due(step * 0.05, step * 0.05)]
    assert sent.count(mav.MAVLINK_MSG_ID_ATTITUDE) == pytest.approx(20, abs=2)


def test_at_a_high_speed_up_a_link_gets_no_more_than_it_can_carry(pilot):
    rates = pilot.link.rates
    sent = [i for step in range(2000) for i in rates.due(step * 0.05, step * 0.05 / 100)]
    assert sent.count(mav.MAVLINK_MSG_ID_ATTITUDE) <= 21  # of 400 in a second of real time


def test_a_place_on_the_far_side_of_the_globe_is_none(pilot):
    hover(pilot, 10)
    before = pilot.autopilot.now.truth
    # Latitude 0 and 90 degrees of longitude away, a transverse Mercator frame has no place at all.
    item = Item(mav.MAV_FRAME_GLOBAL_RELATIVE_ALT, mav.MAV_CMD_NAV_WAYPOINT, 0, 0, 0, 0, 0, 127_000_000, 30.0)
    place = pilot.autopilot.place(item, pilot.autopilot.now.estimate)
    assert math.isfinite(place.east_m) and abs(place.east_m - before.east_m) < 100
