"""A conversation with the aircraft, without clock and without socket.

An exchange is given every message that concerns it and the time, and answers with the messages to send. So
the same code runs on a link in real time and in the tests in virtual time, over links that lose and delay.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from planner.link.mavlink import Message

TIMEOUT_S = 1.5
ITEM_TIMEOUT_S = 0.25
RETRIES = 5
"""The MAVLink mission protocol's recommended time-outs and number of retries."""


@dataclass(frozen=True)
class Peer:
    """The MAVLink address of an autopilot."""

    system: int
    component: int


@dataclass
class Retry:
    """When the last message is due again if nobody answers, and how often it was sent in vain.

    Attributes
    ----------
    timeout_s
        Waiting time after the first sending.
    growth
        Factor on the waiting time from one sending to the next; above 1 it finds the pace of a slow link.
    longest_s
        The waiting time grows no further than this.
    """

    timeout_s: float
    growth: float = 1.0
    longest_s: float = math.inf
    sent: int = 0
    deadline: float = field(default=math.inf)

    def start(self, now: float) -> None:
        """Count a first sending."""
        self.sent = 0
        self.again(now)

    def again(self, now: float) -> None:
        """Count one more sending."""
        self.deadline = now + min(self.timeout_s * self.growth**self.sent, self.longest_s)
        self.sent += 1

    @property
    def exhausted(self) -> bool:
        """Whether the last retry was sent already."""
        return self.sent > RETRIES


class Exchange(ABC):
    """The base of all exchanges.

    Attributes
    ----------
    listens
        Types of the messages that it wants to receive.
    deadline
        The time at which `tick` is due.
    done
        Whether it has ended, well or badly.
    error
        What went wrong, when it ended badly.
    """

    listens: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.deadline = math.inf
        self.done = False
        self.error: str | None = None

    @abstractmethod
    def start(self, now: float) -> Sequence[Message]:
        """Begin; the messages returned are to be sent, here and below."""

    @abstractmethod
    def receive(self, message: Message, now: float) -> Sequence[Message]:
        """Take a message from the aircraft."""

    @abstractmethod
    def tick(self, now: float) -> Sequence[Message]:
        """Take notice that `deadline` has come."""

    def finish(self) -> None:
        """End well."""
        self.done = True
        self.deadline = math.inf

    def fail(self, error: str) -> None:
        """End badly."""
        self.error = error
        self.finish()
