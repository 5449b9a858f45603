import io
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink import DFReader, mavutil
from pymavlink.dialects.v10 import ardupilotmega as mavlink1
from pymavlink.dialects.v20 import ardupilotmega as mavlink2

from ingest import read_log
from ingest.logs import read_flight
from missions.errors import LogError

from .conftest import BOOT_UTC_S, GROUND_M, HEIGHT_M, fly, write_log


def by_pymavlink(path: Path) -> dict[str, list[dict[str, Any]]]:
    reader = (
        DFReader.DFReader_binary(str(path))
        if path.suffix == ".BIN"
        else mavutil.mavlink_connection(str(path))
    )
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    while (message := reader.recv_msg()) is not None:
        row = message.to_dict()
        if path.suffix == ".tlog":
            row |= {"system": message.get_srcSystem(), "clock": message._timestamp}
        rows[row.pop("mavpackettype")].append(row)
    return rows


def same(ours: object, theirs: object) -> bool:
    if hasattr(theirs, "tolist"):
        theirs = theirs.tolist()
    both_nan = (
        isinstance(theirs, float) and math.isnan(theirs) and isinstance(ours, float) and math.isnan(ours)
    )
    return ours == theirs or both_nan


@pytest.mark.parametrize(
    "name",
    [
        "logs/ardupilot/pymavlink_test.BIN",
        pytest.param("logs/ardupilot/plane_00000081.BIN", marks=pytest.mark.slow),
        "logs/tlog/vtol.tlog",
        "photos/cuav2018/flight.tlog",
    ],
)
def test_every_value_is_pymavlinks(tianmu_data: Path, name: str) -> None:
    theirs = by_pymavlink(tianmu_data / name)
    tables = read_log(tianmu_data / name)
    assert set(tables) == set(theirs)
    for message, rows in theirs.items():
        ours = tables[message].to_pylist()
        assert len(ours) == len(rows), message
        for mine, row in zip(ours, rows, strict=True):
            clock = row.pop("clock", None)
            if clock is not None:
                assert mine["time_utc"].timestamp() == pytest.approx(clock, abs=1e-5)
            for field, value in row.items():
                assert same(mine[field], value), (message, field)


def test_our_practice_log_reads_back(tmp_path: Path) -> None:
    shots = fly()
    path = tmp_path / "S01.BIN"
    write_log(path, shots)
    tables = read_log(path)
    assert {name: len(rows) for name, rows in by_pymavlink(path).items()} == {
        n: len(t) for n, t in tables.items()
    }
    assert tables["CAM"].schema.field("Lat").metadata == {b"unit": b"deglatitude"}
    assert tables["CAM"].schema.field("TimeUS").metadata == {b"unit": "µs".encode()}
    assert set(read_log(path, ["CAM", "GPS"])) == {"CAM", "GPS"}


def test_time_is_utc_and_attitude_is_interpolated_across_north(tmp_path: Path) -> None:
    shots = fly()
    write_log(tmp_path / "S01.BIN", shots)
    flight = read_flight(tmp_path / "S01.BIN")
    assert flight.clock == "gps"
    assert flight.events.time_s == pytest.approx([BOOT_UTC_S + s.boot_s for s in shots], abs=0.01)
    assert flight.events.roll_deg == pytest.approx([2.0] * len(shots))
    assert flight.events.alt_amsl_m == pytest.approx(np.full(len(shots), GROUND_M + HEIGHT_M))
    turned = flight.track.__class__(
        **{**flight.track.__dict__, "yaw_deg": np.where(np.arange(len(flight.track.yaw_deg)) % 2, 358.0, 4.0)}
    )
    halfway = (turned.attitude_time_s[:-1] + turned.attitude_time_s[1:]) / 2
    assert (turned.at(halfway)["yaw_deg"] + 180) % 360 == pytest.approx(np.full(len(halfway), 181.0), abs=0.1)
    outside = flight.track.at(np.array([BOOT_UTC_S - 100.0, BOOT_UTC_S + 9e5]))
    assert np.isnan(outside["lon"]).all() and np.isnan(outside["yaw_deg"]).all()


def test_a_cut_tail_costs_only_the_tail(tmp_path: Path) -> None:
    path = tmp_path / "S01.BIN"
    write_log(path, fly())
    whole = read_log(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    cut = read_log(path)
    for name in ("GPS", "CAM", "ATT"):
        kept = len(cut[name])
        assert 0 < kept < len(whole[name])
        assert cut[name] == whole[name].slice(0, kept)


@pytest.mark.parametrize("damage", ["zeros", "lost", "garbage"])
def test_damage_in_the_middle_costs_only_what_lies_there(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "S01.BIN"
    write_log(path, fly())
    whole, data = read_log(path), path.read_bytes()
    middle = len(data) // 2
    patch = {"zeros": bytes(512), "lost": b"", "garbage": np.random.default_rng(5).bytes(512)}[damage]
    path.write_bytes(data[:middle] + patch + data[middle + 512 :])
    rest = read_log(path)
    whole_att, rest_att = whole["ATT"]["TimeUS"].to_pylist(), rest["ATT"]["TimeUS"].to_pylist()
    assert len(set(whole_att) & set(rest_att)) >= len(whole_att) - 8
    assert rest["ATT"]["TimeUS"].to_pylist()[-1] == whole_att[-1]


def telemetry(version: int, count: int = 40) -> bytes:
    module = mavlink1 if version == 1 else mavlink2
    link = module.MAVLink(io.BytesIO(), srcSystem=1, srcComponent=1)
    records: list[bytes] = []
    for i in range(count):
        clock = int((BOOT_UTC_S + i * 0.25 + 0.05) * 1e6).to_bytes(8, "big")
        messages = [
            module.MAVLink_global_position_int_message(
                i * 250, round(24.2e7) + i * 100, round(100.5e7), 1_560_000, 60_000, 0, 0, 0, 0
            ),
            module.MAVLink_attitude_message(i * 250, 0.1, -0.05, 3.0 + 0.01 * i, 0.0, 0.0, 0.0),
            module.MAVLink_statustext_message(6, b"Reached waypoint"),
        ]
        records += [clock + message.pack(link) for message in messages]
    return b"".join(records)


@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_of_mavlink(tmp_path: Path, version: int) -> None:
    path = tmp_path / "flight.tlog"
    path.write_bytes(telemetry(version))
    tables = read_log(path)
    assert {name: len(table) for name, table in tables.items()} == dict.fromkeys(tables, 40)
    assert tables["STATUSTEXT"]["text"].to_pylist() == ["Reached waypoint"] * 40
    assert tables["GLOBAL_POSITION_INT"]["lat"].to_pylist()[3] == round(24.2e7) + 300
    flight = read_flight(path)
    assert flight.track.time_s == pytest.approx(BOOT_UTC_S + 0.05 + 0.25 * np.arange(40), abs=1e-3)
    assert flight.track.yaw_deg[0] == pytest.approx(math.degrees(3.0))


def test_a_flipped_bit_in_telemetry_is_dropped_by_its_checksum(tmp_path: Path) -> None:
    path = tmp_path / "flight.tlog"
    data = bytearray(telemetry(2))
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data[: len(data) - 5])
    counts = [len(table) for table in read_log(path).values()]
    assert 117 <= sum(counts) <= 118  # one for the bit, one for the cut tail


def test_a_log_without_gps_is_refused_with_the_reason(tmp_path: Path) -> None:
    write_log(tmp_path / "S01.BIN", fly(), gps=False)
    with pytest.raises(LogError, match=r"S01\.BIN.*no GNSS position"):
        read_flight(tmp_path / "S01.BIN")


@pytest.mark.parametrize("data", [b"", b"hello", bytes(4000), b"\xa3\x95\x80"])
def test_what_is_no_log_is_named(tmp_path: Path, data: bytes) -> None:
    for name in ("x.BIN", "x.tlog"):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(LogError, match=name):
            read_log(tmp_path / name)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    path = tmp_path_factory.mktemp("samples") / "S01.BIN"
    write_log(path, fly(legs=1, per_leg=3))
    return {"S01.BIN": path.read_bytes(), "S01.tlog": telemetry(2)}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["S01.BIN", "S01.tlog"]), st.data())
def test_nothing_but_log_errors_escapes_damaged_logs(tmp_path_factory, samples, name: str, data) -> None:
    content = bytearray(samples[name])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    try:
        read_log(path)
        read_flight(path)
    except LogError as error:
        assert name in str(error)
