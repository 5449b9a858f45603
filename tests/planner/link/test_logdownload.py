"""Fetching a log in virtual time from an aircraft that is deaf while it answers, as ArduPilot is."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.link.logdownload import LogDownload
from planner.link.mavlink import mavlink as m

PIECE_S = 0.0005


@dataclass
class LogStore:
    clock: Any
    send: Callable[[Any], None]
    logs: dict[int, bytes]
    listed: int | None = None
    silent: bool = False
    _busy: bool = False

    def receive(self, message: Any) -> None:
        if self._busy or self.silent:
            return
        if message.get_type() == "LOG_REQUEST_LIST":
            self._list(message)
        elif message.get_type() == "LOG_REQUEST_DATA":
            self._busy = True
            size = len(self.logs[message.id])
            self._data(message.id, message.ofs, max(0, min(message.count, size - message.ofs)))

    def _list(self, request: Any) -> None:
        last = max(self.logs, default=0)
        if not self.logs:
            return self.send(m.MAVLink_log_entry_message(0, 0, 0, 0, 0))
        for number in range(max(request.start, 1), min(request.end, last) + 1):
            size = self.listed or len(self.logs[number])
            self.send(m.MAVLink_log_entry_message(number, len(self.logs), last, 0, size))

    def _data(self, number: int, offset: int, rest: int) -> None:
        piece = self.logs[number][offset : offset + min(90, rest)]
        self.send(m.MAVLink_log_data_message(number, offset, len(piece), [*piece, *bytes(90 - len(piece))]))
        rest -= len(piece)
        self._busy = len(piece) == 90 and rest > 0
        if self._busy:
            at = self.clock.now + PIECE_S
            self.clock.at(at, lambda: self._data(number, offset + 90, rest))


def fetch(
    virtual: ModuleType, logs: dict[int, bytes], air: dict[str, Any], seed: int = 0, **more: Any
) -> LogDownload:
    clock, dice = virtual.Clock(), random.Random(seed)
    exchange = LogDownload(virtual.AIRCRAFT)
    airs = virtual.Air(clock, dice, **air), virtual.Air(clock, dice, **air)
    virtual.carry_out(exchange, clock, *airs, partial(LogStore, logs=logs, **more))
    return exchange


def log(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@settings(max_examples=25, deadline=None)
@given(
    size=st.one_of(st.integers(1, 400), st.sampled_from([21_600, 21_601, 43_200, 100_000])),
    seed=st.integers(0, 2**32),
    loss=st.sampled_from([0.0, 0.01, 0.1]),
    duplication=st.sampled_from([0.0, 0.1]),
    jitter_s=st.sampled_from([0.0, 0.02]),
)
def test_the_last_log_comes_whole(
    virtual: ModuleType, size: int, seed: int, loss: float, duplication: float, jitter_s: float
) -> None:
    air = {"loss": loss, "duplication": duplication, "jitter_s": jitter_s}
    download = fetch(virtual, {1: log(77), 2: log(500), 3: log(size)}, air, seed)
    assert download.error is None
    assert download.data == log(size)


def test_a_log_shorter_than_listed_ends_where_it_ends(virtual: ModuleType) -> None:
    for size in (100, 180, 21_600):
        assert fetch(virtual, {1: log(size)}, {}, listed=size + 300).data == log(size)


def test_no_logs_and_no_answer_are_no_log(virtual: ModuleType) -> None:
    for download in (fetch(virtual, {}, {}), fetch(virtual, {1: log(9)}, {}, silent=True)):
        assert download.data is None
        assert download.error is None


def test_a_link_that_dies_says_how_far_it_came(virtual: ModuleType) -> None:
    def after_the_first_window(message: Any) -> bool:
        return message.get_type() == "LOG_DATA" and message.ofs >= 21_600

    download = fetch(virtual, {1: log(100_000)}, {"drop_next": after_the_first_window})
    assert download.data is None
    assert download.error == "log 1 broke off at byte 21600 of 100000"


@pytest.mark.parametrize("size", [1_000_000])
def test_a_window_costs_one_round_trip(virtual: ModuleType, size: int) -> None:
    clock = virtual.Clock()
    exchange = LogDownload(virtual.AIRCRAFT)
    airs = virtual.Air(clock, random.Random(0)), virtual.Air(clock, random.Random(0))
    virtual.carry_out(exchange, clock, *airs, partial(LogStore, logs={1: log(size)}))
    windows, pieces = -(-size // 21_600), -(-size // 90)
    assert clock.now == pytest.approx(pieces * PIECE_S + (windows + 1) * 0.02, rel=0.01)
