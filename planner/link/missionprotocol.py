"""The two halves of MAVLink's mission protocol: sending a mission and reading one back.

After https://mavlink.io/en/services/mission.html, with what ArduPilot does differently: an answer
INVALID_SEQUENCE is no error but a sign of a duplicate, an item asked for again is sent again, and home is
item 0.
"""

from collections.abc import Sequence

from planner.link.exchange import ITEM_TIMEOUT_S, RETRIES, TIMEOUT_S, Exchange, Peer, Retry
from planner.link.mavlink import Message, enum_name, mavlink

_MISSION = mavlink.MAV_MISSION_TYPE_MISSION

# Refusals which the same mission would meet again.
_FINAL_REFUSALS = frozenset(
    {
        mavlink.MAV_MISSION_UNSUPPORTED_FRAME,
        mavlink.MAV_MISSION_UNSUPPORTED,
        mavlink.MAV_MISSION_NO_SPACE,
        mavlink.MAV_MISSION_INVALID,
        *range(mavlink.MAV_MISSION_INVALID_PARAM1, mavlink.MAV_MISSION_INVALID_PARAM7 + 1),
    }
)

_SILENCE_AFTER_LAST_S = 4.5
"""How long to wait for the final answer. An aircraft that misses the last item asks for it within a second,
several times; one that stays silent this long has it, and its answer was lost."""


class Upload(Exchange):
    """Send a mission; the aircraft asks for item after item.

    Attributes
    ----------
    started
        Whether the aircraft has answered at all, so that what it held before may be overwritten.
    refused
        Whether it ended with a refusal that the same mission would meet again.
    """

    listens = frozenset({"MISSION_REQUEST", "MISSION_REQUEST_INT", "MISSION_ACK"})

    def __init__(self, items: Sequence[Message], peer: Peer) -> None:
        """Take the items as MISSION_ITEM_INT messages in order, item 0 being home."""
        super().__init__()
        self.started = False
        self.refused = False
        self._items = items
        self._count = mavlink.MAVLink_mission_count_message(peer.system, peer.component, len(items), _MISSION)
        self._last = -1
        self._all_sent = False
        self._retry = Retry(TIMEOUT_S)

    def start(self, now: float) -> Sequence[Message]:  # noqa: D102  (see Exchange)
        self._retry.start(now)
        self.deadline = self._retry.deadline
        return [self._count]

    def receive(self, message: Message, now: float) -> Sequence[Message]:  # noqa: D102
        if self.done or message.mission_type != _MISSION:
            return []
        if message.get_type() == "MISSION_ACK":
            self._acknowledged(message.type)
            return []
        answer = self.item_for(message)
        return self._asked(message.seq, answer, now) if answer else []

    def tick(self, now: float) -> Sequence[Message]:  # noqa: D102
        if self._all_sent:
            self.finish()  # the readback will tell
            return []
        if self._retry.exhausted:
            self.fail(self._silence())
            return []
        self._retry.again(now)
        self.deadline = self._retry.deadline
        return [self._items[self._last] if self.started else self._count]

    @property
    def state(self) -> str:
        """How far it is, in words."""
        return f"item {self._last} of {len(self._items)} asked for"

    def item_for(self, request: Message) -> Sequence[Message]:
        """Give the item that was asked for; none where the request is of an earlier, longer upload."""
        return self._items[request.seq : request.seq + 1] if request.mission_type == _MISSION else []

    def _asked(self, seq: int, answer: Sequence[Message], now: float) -> Sequence[Message]:
        self.started = True
        self._last = seq
        self._all_sent = self._all_sent or seq == len(self._items) - 1
        self._retry.start(now)
        self.deadline = now + _SILENCE_AFTER_LAST_S if self._all_sent else self._retry.deadline
        return answer

    def _acknowledged(self, result: int) -> None:
        if result == mavlink.MAV_MISSION_INVALID_SEQUENCE:
            return
        if result in (mavlink.MAV_MISSION_ACCEPTED, mavlink.MAV_MISSION_ERROR) and self._all_sent:
            # ArduPilot says ERROR to a duplicate of the last item after it has accepted the mission. Whether
            # it did is for the readback to tell.
            self.finish()
        elif result != mavlink.MAV_MISSION_ACCEPTED:  # else of an earlier upload
            self.refused = result in _FINAL_REFUSALS
            self.fail(self._refusal(result))

    def _refusal(self, result: int) -> str:
        answer = enum_name("MAV_MISSION_RESULT", result)
        if self._last < 0:
            return f"the aircraft answered {answer} to a mission of {len(self._items)} items"
        item = self._items[self._last]
        command = enum_name("MAV_CMD", item.command)
        return f"the aircraft answered {answer} after item {self._last} ({command}, frame {item.frame})"

    def _silence(self) -> str:
        if not self.started:
            return (
                f"no answer to MISSION_COUNT after {RETRIES + 1} tries; "
                "expected MISSION_REQUEST_INT for item 0"
            )
        return f"the aircraft asked for item {self._last} of {len(self._items)} and then for nothing more"


class Download(Exchange):
    """Read back the mission that the aircraft holds.

    Refusals are not taken for an end: an aircraft that still waits for items of an upload says DENIED until
    it gives that up, so the request is repeated and the last refusal is told if nothing better comes.

    Attributes
    ----------
    items
        MISSION_ITEM_INT messages, in order.
    """

    listens = frozenset({"MISSION_COUNT", "MISSION_ITEM_INT", "MISSION_ACK"})

    def __init__(self, peer: Peer) -> None:
        super().__init__()
        self.items: list[Message] = []
        self._peer = peer
        self._total = -1
        self._refusal = ""
        self._retry = Retry(TIMEOUT_S)

    def start(self, now: float) -> Sequence[Message]:  # noqa: D102
        self._retry.start(now)
        self.deadline = self._retry.deadline
        return [self._request()]

    def receive(self, message: Message, now: float) -> Sequence[Message]:  # noqa: D102
        if self.done or message.mission_type != _MISSION:
            return []
        kind = message.get_type()
        if kind == "MISSION_ACK":
            if message.type != mavlink.MAV_MISSION_ACCEPTED:
                self._refusal = f"; the aircraft said {enum_name('MAV_MISSION_RESULT', message.type)}"
            return []
        if kind == "MISSION_COUNT" and self._total < 0:
            self._total = message.count
        elif kind == "MISSION_ITEM_INT" and self._total > 0 and message.seq == len(self.items):
            self.items.append(message)
        else:
            return []  # a duplicate
        return self._next(now)

    def tick(self, now: float) -> Sequence[Message]:  # noqa: D102
        if self._retry.exhausted:
            expected = "MISSION_COUNT" if self._total < 0 else f"item {len(self.items)} of {self._total}"
            self.fail(f"the mission could not be read back: no {expected} came{self._refusal}")
            return []
        self._retry.again(now)
        self.deadline = self._retry.deadline
        return [self._request()]

    @property
    def state(self) -> str:
        """How far it is, in words."""
        return f"{len(self.items)} items read back"

    def _next(self, now: float) -> Sequence[Message]:
        if len(self.items) == self._total:
            self.finish()
            return [
                mavlink.MAVLink_mission_ack_message(
                    self._peer.system, self._peer.component, mavlink.MAV_MISSION_ACCEPTED, _MISSION
                )
            ]
        self._retry = Retry(ITEM_TIMEOUT_S, growth=2, longest_s=4)
        self._retry.start(now)
        self.deadline = self._retry.deadline
        return [self._request()]

    def _request(self) -> Message:
        system, component = self._peer.system, self._peer.component
        if self._total < 0:
            return mavlink.MAVLink_mission_request_list_message(system, component, _MISSION)
        return mavlink.MAVLink_mission_request_int_message(system, component, len(self.items), _MISSION)
