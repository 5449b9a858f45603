"""Runs the practice aircraft: its clock against the wall's, its links, its telemetry."""

import math
import time
from collections.abc import Callable
from typing import Any

from sim.autopilot import Autopilot
from sim.body import STEP_S, Setup
from sim.commands import Conversation
from sim.links import Connection, Links
from sim.telemetry import BUILDERS, DEFAULT_HZ, Rates, heartbeat

FLAT_OUT = math.inf
_SLICE_S = 0.02
"""Real time the flight may take before the links are looked at again."""
_IDLE_POLL_S = 0.01
_DOWNLOAD_BURST = 25
"""Messages of a log sent at a time on UDP: a ground station's socket holds about a hundred and fifty."""
_DOWNLOAD_BURST_TCP = 400
_DOWNLOAD_POLL_S = 0.004
_GONE_S = 5.0
"""A ground station that was not heard for so long has left."""


class PracticeAircraft:
    """An aircraft that answers on its addresses while `run` runs.

    Parameters
    ----------
    setup : Setup
    addresses : list of str
        As `sim.links` takes them.
    speedup : float
        Simulated seconds for each real one while the aircraft is on its way somewhere; `FLAT_OUT` for as many
        as the machine manages. While it waits, time runs as the wall's, so that everybody can answer.
    telemetry_hz, most_hz : float
        Rate of the telemetry streams in simulated time, and their limit in real time.

    Raises
    ------
    LinkError
        When an address cannot be opened.
    """

    def __init__(
        self,
        setup: Setup,
        addresses: list[str],
        speedup: float = 1.0,
        telemetry_hz: float = DEFAULT_HZ,
        most_hz: float = 20.0,
    ) -> None:
        self.autopilot = Autopilot(setup)
        self._links = Links(addresses)
        self._speedup, self._telemetry_hz, self._most_hz = speedup, telemetry_hz, most_hz
        self._conversations: dict[Connection, Conversation] = {}
        self._heard_s: float | None = None
        self._debt_s = 0.0
        self._told: tuple[int, bool, bool] | None = None

    @property
    def addresses(self) -> list[str]:
        """Where it answers, with the ports it got."""
        return self._links.addresses

    def run(self, stop: Callable[[], bool]) -> None:
        """Serve until `stop` says so; it is asked every few milliseconds."""
        last_s = time.monotonic()
        try:
            while not stop():
                received = self._links.poll(self._patience_s())
                now_s = time.monotonic()
                for connection, message in received:
                    self._receive(connection, message, now_s)
                self._fly(now_s - last_s)
                last_s = now_s
                self._tell(now_s)
        finally:
            self.autopilot.switch_off()
            self._links.close()

    def left_alone(self) -> bool:
        """Whether it has flown, stands, and no ground station is there any more."""
        heard_s = self._heard_s
        silent = heard_s is None or time.monotonic() - heard_s > _GONE_S
        return self.autopilot.flights > 0 and not self.autopilot.armed and silent

    def _patience_s(self) -> float:
        if any(c.download is not None for c in self._conversations.values()):
            return _DOWNLOAD_POLL_S
        if self.autopilot.busy:
            return 0.0 if self._debt_s >= STEP_S or self._speedup == FLAT_OUT else STEP_S / self._speedup
        return _IDLE_POLL_S

    def _receive(self, connection: Connection, message: Any, now_s: float) -> None:
        if message.get_type() == "HEARTBEAT" and message.get_srcSystem() != int(
            self.autopilot.parameters["MAV_GCS_SYSID"]
        ):
            return
        self._heard_s = now_s
        for answer in self._conversation(connection).receive(message, now_s):
            connection.send(answer)

    def _conversation(self, connection: Connection) -> Conversation:
        if connection not in self._conversations:
            rates = Rates(self._telemetry_hz, self._most_hz)
            self._conversations[connection] = Conversation(self.autopilot, rates)
        return self._conversations[connection]

    def _fly(self, elapsed_s: float) -> None:
        """Let the aircraft catch up with the time that has gone by."""
        autopilot = self.autopilot
        busy = autopilot.busy
        speed = self._speedup if busy else 1.0
        until_s = time.monotonic() + _SLICE_S
        if speed == FLAT_OUT:
            self._debt_s = FLAT_OUT
        else:
            # A machine that cannot keep up flies slower; it does not pile the time up.
            self._debt_s = min(max(self._debt_s, 0.0) + elapsed_s * speed, 2 * _SLICE_S * speed + STEP_S)
        while self._debt_s >= STEP_S and time.monotonic() < until_s:
            autopilot.tick()
            self._debt_s -= STEP_S
            if autopilot.busy != busy:
                self._debt_s = 0.0
        if self._debt_s == FLAT_OUT:
            self._debt_s = 0.0

    def _tell(self, now_s: float) -> None:
        """Send events, time-outs of uploads, telemetry, and logs that are being fetched."""
        autopilot = self.autopilot
        events = [answer for store in autopilot.stores.values() for _, answer in store.update(now_s)]
        events += autopilot.outbox
        autopilot.outbox.clear()
        state = (autopilot.mode, autopilot.armed, autopilot.flying)
        if state != self._told:  # after the events: whoever sees it landed has seen all of the flight
            self._told = state
            events.append(heartbeat(autopilot))
        if self._heard_s is not None and now_s - self._heard_s > autopilot.parameters["FS_GCS_TIMEOUT"]:
            autopilot.lose_ground_station()
        for connection in self._links.connections:
            conversation = self._conversation(connection)
            for event in events:
                connection.send(event)
            if not connection.behind:
                for message_id in conversation.rates.due(autopilot.clock.boot_s, now_s):
                    connection.send(BUILDERS[message_id](autopilot))
            self._send_log(connection, conversation)
        for gone in self._conversations.keys() - set(self._links.connections):
            del self._conversations[gone]

    def _send_log(self, connection: Connection, conversation: Conversation) -> None:
        burst = _DOWNLOAD_BURST if connection.datagrams else _DOWNLOAD_BURST_TCP
        for _ in range(burst):
            if conversation.download is None or connection.behind:
                return
            message = next(conversation.download, None)
            if message is None:
                conversation.download = None
            else:
                connection.send(message)
