"""A link and an aircraft in virtual time.

The aircraft is written from MAVLink's mission service document and what is known of ArduPilot: uploads are
not atomic, the answer to an item out of sequence is a refusal that ends nothing, silence cancels, and nothing
is given back while an upload is under way.
"""

import heapq
import itertools
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from planner.link.exchange import Exchange, Peer
from planner.link.mavlink import mavlink as m

AIRCRAFT = Peer(1, 1)
GROUND = Peer(255, 190)


@pytest.fixture(scope="session")
def virtual() -> ModuleType:
    """This module: tests cannot import each other."""
    return sys.modules[__name__]


class Clock:
    """Events in order of time; equal times in order of entry."""

    def __init__(self) -> None:
        self.now = 0.0
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def at(self, time: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (max(time, self.now), next(self._order), action))

    def step(self) -> bool:
        if not self._queue:
            return False
        self.now, _, action = heapq.heappop(self._queue)
        action()
        return True


@dataclass
class Air:
    """One direction of a link; each message goes through the wire format, as on a real one."""

    clock: Clock
    random: random.Random
    loss: float = 0.0
    duplication: float = 0.0
    delay_s: float = 0.01
    jitter_s: float = 0.0
    drop_next: Callable[[Any], bool] = lambda message: False
    _wire: Any = field(default_factory=lambda: (m.MAVLink(None, 1, 1), m.MAVLink(None)))

    def carry(self, message: Any, deliver: Callable[[Any], None]) -> None:
        packer, parser = self._wire
        [received] = parser.parse_buffer(message.pack(packer))
        if self.random.random() < self.loss or self.drop_next(message):
            return
        for _ in range(2 if self.random.random() < self.duplication else 1):
            late = self.delay_s + self.random.random() * self.jitter_s
            self.clock.at(self.clock.now + late, lambda: deliver(received))


@dataclass
class ArduPilotLike:
    """The mission store of an aircraft, and the messages it answers with."""

    clock: Clock
    send: Callable[[Any], None]
    stored: list[Any] = field(default_factory=list)
    capacity: int = 650
    refuses: dict[int, int] = field(default_factory=dict)
    garbles: Callable[[Any], Any] = lambda item: item
    _wanted: int | None = None
    _total: int = 0
    _heard: float = 0.0

    def receive(self, message: Any) -> None:
        getattr(self, f"_on_{message.get_type().lower()}", lambda _: None)(message)

    @property
    def receiving(self) -> bool:
        return self._wanted is not None

    def _on_mission_count(self, message: Any) -> None:
        if message.count > self.capacity:
            return self._ack(m.MAV_MISSION_NO_SPACE)
        del self.stored[message.count :]
        self._total, self._wanted, self._heard = message.count, 0, self.clock.now
        self._ask(0)

    def _on_mission_item_int(self, item: Any) -> None:
        if self._wanted is None:
            return self._ack(m.MAV_MISSION_ERROR)
        if item.seq != self._wanted:
            return self._ack(m.MAV_MISSION_INVALID_SEQUENCE)
        if item.command in self.refuses:
            self._wanted = None
            return self._ack(self.refuses[item.command])
        self.stored[item.seq : item.seq + 1] = [self.garbles(item)]
        self._heard = self.clock.now
        if item.seq == self._total - 1:
            self._wanted = None
            return self._ack(m.MAV_MISSION_ACCEPTED)
        self._wanted = item.seq + 1
        self._ask(self._wanted)

    def _on_mission_request_list(self, _: Any) -> None:
        if self.receiving:
            return self._ack(m.MAV_MISSION_DENIED)
        self.send(m.MAVLink_mission_count_message(*_to(GROUND), len(self.stored), 0))

    def _on_mission_request_int(self, request: Any) -> None:
        if self.receiving:
            return self._ack(m.MAV_MISSION_DENIED)
        if request.seq >= len(self.stored):
            return self._ack(m.MAV_MISSION_ERROR)
        self.send(self.stored[request.seq])

    def _ask(self, seq: int) -> None:
        """Ask for an item, again every second; after eight seconds of silence give up."""
        if self._wanted != seq:
            return
        if self.clock.now - self._heard > 8:
            self._wanted = None
            return self._ack(m.MAV_MISSION_OPERATION_CANCELLED)
        self.send(m.MAVLink_mission_request_message(*_to(GROUND), seq, 0))
        self.clock.at(self.clock.now + 1, lambda: self._ask(seq))

    def _ack(self, result: int) -> None:
        self.send(m.MAVLink_mission_ack_message(*_to(GROUND), result, 0))


def carry_out(exchange: Exchange, clock: Clock, up: Air, down: Air, make_aircraft: Callable[..., Any]) -> Any:
    """Run an exchange against an aircraft until it is done; the aircraft is given back."""
    timer = itertools.count()
    latest = 0

    def send(messages: Any) -> None:
        nonlocal latest
        for message in messages:
            up.carry(message, aircraft.receive)
        latest = next(timer)
        mine = latest
        if exchange.deadline < float("inf"):
            clock.at(exchange.deadline, lambda: tick(mine))

    def tick(mine: int) -> None:
        if mine == latest and not exchange.done:
            send(exchange.tick(clock.now))

    def hear(message: Any) -> None:
        if message.get_type() in exchange.listens:
            send(exchange.receive(message, clock.now))

    aircraft = make_aircraft(clock, lambda message: down.carry(message, hear))
    send(exchange.start(clock.now))
    while not exchange.done:
        assert clock.step(), "the exchange waits for nothing"
    return aircraft


def survey(count: int, lon_deg: float = 104.0) -> list[Any]:
    """Home and a mission of the commands that a survey is made of."""
    items = [_item(0, 0, 16, lon_deg, 100.0), _item(1, 3, 22, lon_deg, 50.0)]
    for seq in range(2, count - 1):
        if seq % 2:
            items.append(_item(seq, 2, 206, 0, 0, 12.5 * (seq % 4 == 1), 0, 1))
        else:
            items.append(_item(seq, 3, 16, lon_deg + seq * 1e-4, 50 + seq / 7))
    return [*items, _item(count - 1, 2, 20, 0, 0)]


def _item(seq: int, frame: int, command: int, lon_deg: float, z_m: float, *parameters: float) -> Any:
    p = (*parameters, *[0.0] * (4 - len(parameters)))
    lat = 285_000_000 if lon_deg else 0
    x_y = (lat, round(lon_deg * 1e7))
    return m.MAVLink_mission_item_int_message(*_to(AIRCRAFT), seq, frame, command, 0, 1, *p, *x_y, z_m, 0)


def _to(peer: Peer) -> tuple[int, int]:
    return peer.system, peer.component
