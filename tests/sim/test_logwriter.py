"""The practice aircraft's log, read by pymavlink and held against a log that ArduPilot itself wrote."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink import DFReader
from pymavlink.dialects.v20 import ardupilotmega as mav

from sim.logwriter import MESSAGES, LogWriter
from sim.modes import Mode


def read(path, *kinds):
    reader = DFReader.DFReader_binary(str(path))
    messages = []
    while (message := reader.recv_match(type=list(kinds) or None)) is not None:
        messages.append(message)
    return reader, messages


@pytest.fixture
def flight(pilot):
    """A short flight with photos; the pilot and its log."""
    items = [
        pilot.at(0, 0),
        pilot.take_off(30),
        pilot.do(mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST, 15, 0, 1),
        pilot.at(0, 60, 30),
        pilot.at(40, 60, 40),
        pilot.do(mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST, 0),
        pilot.do(mav.MAV_CMD_NAV_RETURN_TO_LAUNCH),
    ]
    assert pilot.upload(items) == mav.MAV_MISSION_ACCEPTED
    pilot.command(mav.MAV_CMD_DO_SET_MODE, 1, Mode.AUTO)
    pilot.command(mav.MAV_CMD_COMPONENT_ARM_DISARM, 1)
    pilot.fly(lambda a: not a.armed)
    return pilot, pilot.autopilot.setup.card.next_path().with_name("00000001.BIN")


def test_formats_are_those_of_ardupilots_own_log(tianmu_data: Path):
    reader, fmtu = read(tianmu_data / "logs" / "ardupilot" / "copter_survey.BIN", "FMTU")
    theirs = {f.name: f for f in reader.formats.values()}
    units = {theirs_by_type.name: m for m in fmtu if (theirs_by_type := reader.formats.get(m.FmtType))}
    for name, (number, layout, columns, unit_ids, mult_ids) in MESSAGES.items():
        assert (number, ",".join(theirs[name].columns)) == (number, columns)
        assert number == theirs[name].type, name
        if name == "CAM":  # angles are floats since; that log has hundredths
            assert theirs[name].format.replace("ccC", "fff") == layout
        else:
            assert (theirs[name].format, units[name].UnitIds, units[name].MultIds) == (
                layout,
                unit_ids,
                mult_ids,
            ), name


def test_every_kind_of_message_has_its_units(tmp_path: Path):
    LogWriter(tmp_path / "empty.BIN", 0).close()
    reader, fmtu = read(tmp_path / "empty.BIN", "FMTU")
    assert {reader.formats[m.FmtType].name for m in fmtu} == set(MESSAGES)
    _, units = read(tmp_path / "empty.BIN", "UNIT", "MULT")
    known = {m.get_type(): set() for m in units}
    for m in units:
        known[m.get_type()].add(chr(m.Id))
    for _, layout, columns, unit_ids, mult_ids in MESSAGES.values():
        assert len(layout) == len(unit_ids) == len(mult_ids) == columns.count(",") + 1
        assert set(unit_ids) <= known["UNIT"]
        assert set(mult_ids) <= known["MULT"]


@settings(deadline=None, max_examples=30)
@given(lat=st.floats(-90, 90), lon=st.floats(-180, 180), alt=st.floats(-500, 9000), roll=st.floats(-90, 90))
def test_values_come_back_to_the_precision_of_the_format(tmp_path_factory, lat, lon, alt, roll):
    path = tmp_path_factory.mktemp("log") / "values.BIN"
    writer = LogWriter(path, 1000)
    writer.write("CAM", 5_000_000, 0, 7, 526317400, 2414, lat, lon, alt, 60.0, alt, roll, -8.0, 359.9)
    writer.close()
    _, (cam,) = read(path, "CAM")
    assert (cam.Lat, cam.Lng) == pytest.approx((lat, lon), abs=0.6e-7)
    assert cam.Alt == pytest.approx(alt, abs=0.006)
    assert pytest.approx((roll, -8.0, 359.9), rel=1e-6) == (cam.R, cam.P, cam.Y)
    assert (cam.TimeUS, cam.Img, cam.GPSTime, cam.GPSWeek) == (5_000_000, 7, 526317400, 2414)


def test_cam_and_camera_feedback_agree(flight):
    pilot, path = flight
    _, cams = read(path, "CAM")
    photos = pilot.photos()
    assert len(cams) == len(photos) == len(pilot.autopilot.shutter.rows) > 5
    for cam, photo in zip(cams, photos, strict=True):
        assert cam.Img == photo.img_idx
        assert (cam.Lat * 1e7, cam.Lng * 1e7) == pytest.approx((photo.lat, photo.lng), abs=1.5)
        assert pytest.approx((photo.roll, photo.pitch, photo.yaw), abs=1e-4) == (cam.R, cam.P, cam.Y)
        assert cam.RelAlt == pytest.approx(photo.alt_rel, abs=0.01)


def test_the_gps_time_of_a_photo_is_that_of_the_last_fix(flight):
    _, path = flight
    _, messages = read(path, "GPS", "CAM")
    fixes = {m.TimeUS: m.GMS for m in messages if m.get_type() == "GPS"}
    for cam in (m for m in messages if m.get_type() == "CAM"):
        last = max(t for t in fixes if t <= cam.TimeUS + 1)
        assert cam.GPSTime == fixes[last]


def test_rates_and_time_of_the_log(flight):
    pilot, path = flight
    _, messages = read(path, "GPS", "ATT", "POS", "BAT")
    count = {kind: sum(m.get_type() == kind for m in messages) for kind in ("GPS", "ATT", "POS", "BAT")}
    seconds = (messages[-1].TimeUS - messages[0].TimeUS) / 1e6
    assert count["ATT"] / seconds == pytest.approx(10, rel=0.02)
    assert count["POS"] == count["BAT"] == count["ATT"]
    assert count["GPS"] / seconds == pytest.approx(5, rel=0.02)
    boot = pilot.autopilot.clock.boot_utc.timestamp()
    for m in messages[:: len(messages) // 7]:
        assert m._timestamp == pytest.approx(boot + m.TimeUS / 1e6, abs=0.01)
    assert path.stat().st_mtime == pytest.approx(messages[-1]._timestamp, abs=0.3)


def test_the_log_tells_the_flight(flight):
    _pilot, path = flight
    _, messages = read(path, "CMD", "MODE", "EV", "ARM", "MSG", "MISE", "ORGN", "PARM", "VER")
    of = {}
    for m in messages:
        of.setdefault(m.get_type(), []).append(m)
    assert [(m.CNum, m.CId) for m in of["CMD"]] == [
        (0, 16),
        (1, 22),
        (2, 206),
        (3, 16),
        (4, 16),
        (5, 206),
        (6, 20),
    ]
    assert [m.CNum for m in of["MISE"]] == [1, 2, 3, 4, 5, 6]
    assert of["MODE"][0].ModeNum == Mode.AUTO
    assert [m.Id for m in of["EV"]] == [10, 15, 28, 17, 18, 11]
    assert [m.ArmState for m in of["ARM"]] == [1, 0]
    assert {m.Name: m.Value for m in of["PARM"]}["CAM1_TYPE"] == 1
    assert len(of["ORGN"]) == 2
    assert of["MSG"][0].Message.startswith("ArduCopter V4.7")
    assert "Disarming motors" in [m.Message for m in of["MSG"]]


def test_the_log_holds_what_the_aircraft_believed_and_not_the_truth(flight):
    pilot, path = flight
    _, cams = read(path, "CAM")
    rows = pilot.autopilot.shutter.rows
    frame = pilot.autopilot.setup.frame
    believed = frame.to_enu([[m.Lng, m.Lat] for m in cams])
    true = frame.to_enu([[r["lon"], r["lat"]] for r in rows])
    misses = [math.dist(a, b) for a, b in zip(believed, true, strict=True)]
    assert 0.05 < max(misses) < 4
    assert any(abs(m.R - float(str(r["roll_deg"]))) > 0.01 for m, r in zip(cams, rows, strict=True))


def test_a_second_flight_makes_a_second_log(flight):
    pilot, path = flight
    pilot.command(mav.MAV_CMD_DO_SET_MODE, 1, Mode.GUIDED)
    pilot.command(mav.MAV_CMD_COMPONENT_ARM_DISARM, 1)
    pilot.fly(lambda a: not a.armed)
    assert path.with_name("00000002.BIN").is_file()
    pilot.say(mav.MAVLink_log_request_list_message(1, 1, 0, 0xFFFF))
    entries = list(pilot.link.download)
    assert [(e.id, e.num_logs, e.last_log_num) for e in entries] == [(1, 2, 2), (2, 2, 2)]
    assert entries[0].size == path.stat().st_size
    pilot.say(mav.MAVLink_log_request_data_message(1, 1, 1, 0, 0xFFFFFFFF))
    data = b"".join(bytes(m.data[: m.count]) for m in pilot.link.download)
    assert data == path.read_bytes()


def test_a_log_cut_off_by_a_kill_reads_up_to_the_cut(flight, tmp_path: Path):
    _, path = flight
    cut = tmp_path / "cut.BIN"
    cut.write_bytes(path.read_bytes()[:-12345])
    _, messages = read(cut, "GPS")
    assert len(messages) > 10
