"""The link to one aircraft: dronekit's thread reads it, and we take from its listeners what we wait for."""

import errno
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

from dronekit import Vehicle
from dronekit.mavlink import MAVConnection

from missions.errors import LinkError
from planner.link.exchange import Exchange, Peer
from planner.link.mavlink import Message, mavlink
from planner.link.tlog import Tlog

# What they have to say reaches the caller as events and errors; on stderr it would tear the progress bar.
for _name in ("dronekit", "autopilot"):
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False

GROUND_STATION = Peer(255, mavlink.MAV_COMP_ID_MISSIONPLANNER)
"""Our own address. ArduPilot takes commands and heartbeats from system 255 by default."""

_STREAM_HZ = 4
_LOOK_AROUND_S = 0.25
"""How often a waiting thread looks whether the link still lives."""

ExchangeT = TypeVar("ExchangeT", bound=Exchange)


class Aircraft(Vehicle):
    """dronekit's vehicle, begun without its download of all parameters.

    That takes minutes over a radio, and dronekit waits without end where it is not answered.

    Attributes
    ----------
    peer
        The autopilot's address.
    """

    peer = Peer(0, 0)

    def initialize(self, rate: int = _STREAM_HZ, heartbeat_timeout: float = 30) -> None:
        """Wait for the autopilot's first heartbeat and ask for its data.

        Raises
        ------
        LinkError
            When none comes within `heartbeat_timeout` seconds.
        """
        heard = threading.Event()

        def meet(_vehicle: Vehicle, _name: str, message: Message) -> None:
            if not heard.is_set() and self._master.probably_vehicle_heartbeat(message):
                self.peer = Peer(message.get_srcSystem(), message.get_srcComponent())
                self._handler.target_system = self.peer.system
                heard.set()

        self.add_message_listener("HEARTBEAT", meet)
        self._handler.start()
        if not heard.wait(heartbeat_timeout):
            raise LinkError(
                f"no autopilot was heard within {heartbeat_timeout:.0f} s; expected its HEARTBEAT"
            )
        self.send_mavlink(
            mavlink.MAVLink_request_data_stream_message(
                self.peer.system, self.peer.component, mavlink.MAV_DATA_STREAM_ALL, rate, 1
            )
        )


class Link:
    """One aircraft on one link.

    Messages are heard by dronekit's thread and handed out in the thread that waits here, so callers need no
    locks.

    Attributes
    ----------
    vehicle
        dronekit's view of the aircraft's state and modes.
    """

    def __init__(self, address: str, vehicle: Aircraft, handler: MAVConnection) -> None:
        self.vehicle = vehicle
        self._address = address
        self._handler = handler
        self._inbox: deque[Message] = deque()
        self._arrival = threading.Condition()
        self._followers: list[tuple[frozenset[str], Callable[[Message], None]]] = []
        vehicle.add_message_listener("*", self._hear)

    def send(self, messages: Iterable[Message]) -> None:
        """Send messages in order."""
        for message in messages:
            self.vehicle.send_mavlink(message)

    @contextmanager
    def follow(self, types: frozenset[str], handler: Callable[[Message], None]) -> Generator[None]:
        """Hand messages of these types to `handler`, whenever the caller waits for something."""
        follower = (types, handler)
        self._followers = [*self._followers, follower]
        try:
            yield
        finally:
            self._followers = [other for other in self._followers if other is not follower]

    def wait_until(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Wait for a condition on what was heard; False when the time is up.

        Raises
        ------
        LinkError
            When the connection is closed. Mere silence is for the caller to judge.
        """
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() >= deadline:
                return False
            self._step(deadline)
        return True

    def run(self, exchange: ExchangeT, watch: Callable[[ExchangeT], None] | None = None) -> ExchangeT:
        """Carry out an exchange; `watch` is called now and then to see how far it is."""
        with self.follow(
            exchange.listens, lambda message: self.send(exchange.receive(message, time.monotonic()))
        ):
            self.send(exchange.start(time.monotonic()))
            while not exchange.done:
                self._step(exchange.deadline)
                if time.monotonic() >= exchange.deadline:
                    self.send(exchange.tick(time.monotonic()))
                if watch:
                    watch(exchange)
        return exchange

    def _hear(self, _vehicle: Vehicle, name: str, message: Message) -> None:
        """Keep what somebody follows. Runs in dronekit's thread."""
        if message.get_srcSystem() != self.vehicle.peer.system:
            return
        if any(name in types for types, _ in self._followers):
            with self._arrival:
                self._inbox.append(message)
                self._arrival.notify()

    def _step(self, until: float) -> None:
        """Hand out what was heard; where there is nothing, wait for it, but not longer than `until`."""
        with self._arrival:
            if not self._inbox:
                self._arrival.wait(min(max(until - time.monotonic(), 0), _LOOK_AROUND_S))
            heard = list(self._inbox)
            self._inbox.clear()
        if not heard:
            self._check()
        for message in heard:
            for types, handler in self._followers:
                if message.get_type() in types:
                    handler(message)

    def _check(self) -> None:
        reader = self._handler.mavlink_thread_in
        if reader is None or not reader.is_alive():
            raise LinkError(f"{self._address}: the connection was closed from the other side")


@contextmanager
def open_link(address: str, tlog: Path, *, heartbeat_s: float) -> Generator[Link]:
    """Connect to the first autopilot heard at an address, and write all that passes to a .tlog.

    Parameters
    ----------
    address
        As pymavlink takes it: `tcp:HOST:PORT`, `udp:HOST:PORT`, `udpin:HOST:PORT`, `udpout:HOST:PORT`.
    tlog
        A new file; removed again where nothing was heard.
    heartbeat_s
        How long to wait for the aircraft.

    Raises
    ------
    LinkError
        When the address cannot be opened or no aircraft is heard there.
    """
    handler = _connect(address)
    record = Tlog(tlog)
    try:
        vehicle = Aircraft(handler)
        vehicle.add_message_listener("*", lambda _vehicle, name, message: _keep(record, name, message))
        handler.master.mav.set_send_callback(lambda message: _keep(record, message.get_type(), message))
        link = Link(address, vehicle, handler)
        try:
            vehicle.initialize(heartbeat_timeout=heartbeat_s)
        except LinkError as error:
            tlog.unlink()
            raise LinkError(f"{address}: {error}") from None
        yield link
    finally:
        handler.close()
        record.close()


def _connect(address: str) -> MAVConnection:
    try:
        handler = MAVConnection(
            address, source_system=GROUND_STATION.system, source_component=GROUND_STATION.component
        )
    except (OSError, ValueError, IndexError, ImportError, SystemExit) as error:
        # SystemExit: both dronekit and pymavlink leave the program when an address has no port.
        raise LinkError(
            f"{address}: cannot be opened ({error}); expected an address such as "
            "tcp:127.0.0.1:5760 or udpin:0.0.0.0:14550 and an aircraft behind it"
        ) from error
    # At the end of a TCP stream pymavlink would try to read for ever.
    handler.master.handle_eof = handler.master.handle_disconnect = _closed
    return handler


def _closed() -> NoReturn:
    # The error that makes dronekit's threads end.
    raise ConnectionAbortedError(errno.ECONNABORTED, "closed by the aircraft")


def _keep(record: Tlog, name: str, message: Message) -> None:
    if name != "BAD_DATA":
        record.write(bytes(message.get_msgbuf()))
