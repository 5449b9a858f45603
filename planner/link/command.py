"""One MAVLink command and its answer."""

from collections.abc import Sequence

from planner.link.exchange import RETRIES, TIMEOUT_S, Exchange, Peer, Retry
from planner.link.mavlink import Message, enum_name, mavlink


class Command(Exchange):
    """Send COMMAND_LONG until it is acknowledged.

    Attributes
    ----------
    result
        MAV_RESULT of the answer; None while there is none.
    """

    listens = frozenset({"COMMAND_ACK"})

    def __init__(self, peer: Peer, command: int, *parameters: float) -> None:
        super().__init__()
        self.result: int | None = None
        self._peer = peer
        self._command = command
        self._parameters = (*parameters, *(0.0,) * (7 - len(parameters)))
        self._retry = Retry(TIMEOUT_S)

    @property
    def accepted(self) -> bool:
        """Whether the aircraft does what it was told."""
        return self.result == mavlink.MAV_RESULT_ACCEPTED

    def start(self, now: float) -> Sequence[Message]:  # noqa: D102
        self._retry.start(now)
        self.deadline = self._retry.deadline
        return [self._message(0)]

    def receive(self, message: Message, now: float) -> Sequence[Message]:  # noqa: D102
        if self.done or message.command != self._command:
            return []
        if message.result == mavlink.MAV_RESULT_IN_PROGRESS:
            self._retry.start(now)
            self.deadline = self._retry.deadline
            return []
        self.result = message.result
        if not self.accepted:
            self.error = f"{self._name} was answered with {enum_name('MAV_RESULT', message.result)}"
        self.finish()
        return []

    def tick(self, now: float) -> Sequence[Message]:  # noqa: D102
        if self._retry.exhausted:
            self.fail(f"no COMMAND_ACK for {self._name} after {RETRIES + 1} tries")
            return []
        confirmation = self._retry.sent
        self._retry.again(now)
        self.deadline = self._retry.deadline
        return [self._message(confirmation)]

    @property
    def _name(self) -> str:
        return enum_name("MAV_CMD", self._command)

    def _message(self, confirmation: int) -> Message:
        return mavlink.MAVLink_command_long_message(
            self._peer.system, self._peer.component, self._command, confirmation, *self._parameters
        )
