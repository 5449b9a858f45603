"""Mission, fence and rally points: what is stored, and the MAVLink dialogue that stores and reads it.

Uploads are not atomic, as on ArduPilot: MISSION_COUNT shortens the stored mission at once and items replace
it one by one, so an upload that breaks off can leave a mixture. Time is whatever clock the caller passes in.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from pymavlink.dialects.v20 import ardupilotmega as mav

from sim.firmware import (
    Firmware,
    Item,
    RefusedItemError,
    clamped_int,
    degrees_e7,
    keeps_place,
    placed,
    read_back,
)

UPLOAD_TIMEOUT_S = 8.0
REQUEST_AGAIN_S = 1.0


class Peer(NamedTuple):
    """The ground station that a message came from: system and component id."""

    system: int
    component: int


class _Upload(NamedTuple):
    peer: Peer
    next_seq: int
    last_seq: int
    heard_s: float
    asked_s: float


class ItemStore:
    """One kind of items and the transfer that may be under way.

    Parameters
    ----------
    kind : int
        MAV_MISSION_TYPE.
    firmware : Firmware
    home : callable
        Gives the item that stands for home; it is item 0 of a mission, whatever was uploaded there.
    say : callable
        Called with a warning for the ground station.
    """

    def __init__(
        self, kind: int, firmware: Firmware, home: Callable[[], Item], say: Callable[[str], None]
    ) -> None:
        self.items: list[Item] = []
        self.current = 0
        self._kind, self._firmware, self._home, self._say = kind, firmware, home, say
        self._upload: _Upload | None = None
        self._fence_draft: list[Item] = []

    def receive(self, message: Any, peer: Peer, now_s: float) -> list[Any]:
        """Answer a message of the mission protocol; other messages get no answer."""
        match message.get_type():
            case "MISSION_COUNT":
                return self._count(message, peer, now_s)
            case "MISSION_ITEM_INT":
                return self._item(message, peer, now_s, _item_of(message))
            case "MISSION_ITEM":
                return self._item(message, peer, now_s, _item_of_floats(message))
            case "MISSION_REQUEST_LIST":
                if self._upload is not None:
                    return [self._ack(peer, mav.MAV_MISSION_DENIED)]
                return [mav.MAVLink_mission_count_message(*peer, len(self.items), self._kind)]
            case "MISSION_REQUEST_INT" | "MISSION_REQUEST":
                return self._request(message, peer)
            case "MISSION_CLEAR_ALL":
                if self._upload is not None:
                    return [self._ack(peer, mav.MAV_MISSION_ERROR)]
                self.items.clear()
                return [self._ack(peer, mav.MAV_MISSION_ACCEPTED)]
            case _:
                return []

    def update(self, now_s: float) -> list[tuple[Peer, Any]]:
        """Ask again for an item that did not come, or give the upload up."""
        upload = self._upload
        if upload is None:
            return []
        if now_s - upload.heard_s > UPLOAD_TIMEOUT_S:
            self._upload = None
            self._say("Mission upload timeout")
            return [(upload.peer, self._ack(upload.peer, mav.MAV_MISSION_OPERATION_CANCELLED))]
        if now_s - upload.asked_s > REQUEST_AGAIN_S:
            self._upload = upload._replace(asked_s=now_s)
            return [(upload.peer, self._ask(self._upload))]
        return []

    def item(self, seq: int) -> Item:
        """Give a stored item; item 0 of a mission is home."""
        if seq == 0 and self._kind == mav.MAV_MISSION_TYPE_MISSION:
            return self._home()
        return self.items[seq]

    def _count(self, message: Any, peer: Peer, now_s: float) -> list[Any]:
        if self._upload is not None and self._upload.peer != peer:
            return [self._ack(peer, mav.MAV_MISSION_DENIED)]
        most = self._most_items()
        if message.count > most:
            self._say(f"Only {most} items are supported")
            return [self._ack(peer, mav.MAV_MISSION_NO_SPACE)]
        self._fence_draft = []
        if self._kind != mav.MAV_MISSION_TYPE_FENCE:
            del self.items[message.count :]
        if message.count == 0:
            self._upload = None
            return [self._ack(peer, self._complete())]
        self._upload = _Upload(peer, 0, message.count - 1, now_s, now_s)
        return [self._ask(self._upload)]

    def _item(self, message: Any, peer: Peer, now_s: float, item: Item) -> list[Any]:
        upload = self._upload
        if upload is None:
            return [self._ack(peer, mav.MAV_MISSION_ERROR)]
        if message.seq != upload.next_seq:
            return [self._ack(peer, mav.MAV_MISSION_INVALID_SEQUENCE)]
        if peer != upload.peer:
            return [self._ack(peer, mav.MAV_MISSION_DENIED)]
        try:
            self._keep(message.seq, item)
        except RefusedItemError as error:
            self._upload = None
            return [self._ack(peer, error.result)]
        upload = upload._replace(next_seq=upload.next_seq + 1, heard_s=now_s, asked_s=now_s)
        if upload.next_seq > upload.last_seq:
            self._upload = None
            return [self._ack(peer, self._complete())]
        self._upload = upload
        return [self._ask(upload)]

    def _request(self, message: Any, peer: Peer) -> list[Any]:
        if self._upload is not None:
            return [self._ack(peer, mav.MAV_MISSION_DENIED)]
        home = self._kind == mav.MAV_MISSION_TYPE_MISSION and message.seq == 0
        if message.seq >= len(self.items) and not home:
            count = mav.MAVLink_mission_count_message(*peer, len(self.items), self._kind)
            return [count, self._ack(peer, mav.MAV_MISSION_ERROR)]
        item = self.item(message.seq)
        current = int(self._kind == mav.MAV_MISSION_TYPE_MISSION and message.seq == self.current)
        if message.get_type() == "MISSION_REQUEST_INT":
            return [
                mav.MAVLink_mission_item_int_message(
                    *peer, message.seq, item.frame, item.command, current, 1, *item[2:], self._kind
                )
            ]
        scale = 1e-7 if keeps_place(item.command) else 1.0
        return [
            mav.MAVLink_mission_item_message(
                *peer,
                message.seq,
                item.frame,
                item.command,
                current,
                1,
                *item[2:6],
                item.x * scale,
                item.y * scale,
                item.z,
                self._kind,
            )
        ]

    def _keep(self, seq: int, item: Item) -> None:
        match self._kind:
            case mav.MAV_MISSION_TYPE_FENCE:
                self._fence_draft.append(_fence_item(item))
                return
            case mav.MAV_MISSION_TYPE_RALLY:
                kept = _rally_item(item)
            case _:
                kept = read_back(item, self._firmware)
        if seq < len(self.items):
            self.items[seq] = kept
        else:
            self.items.append(kept)

    def _complete(self) -> int:
        if self._kind != mav.MAV_MISSION_TYPE_FENCE:
            return mav.MAV_MISSION_ACCEPTED
        size = _fence_bytes(self._fence_draft)
        if size is None or size > self._firmware.fence_bytes:
            return mav.MAV_MISSION_ERROR
        self.items = self._fence_draft
        self._fence_draft = []
        return mav.MAV_MISSION_ACCEPTED

    def _most_items(self) -> int:
        match self._kind:
            case mav.MAV_MISSION_TYPE_FENCE:
                return 0xFF
            case mav.MAV_MISSION_TYPE_RALLY:
                return self._firmware.rally_items
            case _:
                return self._firmware.mission_items

    def _ack(self, peer: Peer, result: int) -> Any:
        return mav.MAVLink_mission_ack_message(*peer, result, self._kind)

    def _ask(self, upload: _Upload) -> Any:
        return self._firmware.request(*upload.peer, upload.next_seq, self._kind)


def _item_of(message: Any) -> Item:
    return Item(
        message.frame,
        message.command,
        message.param1,
        message.param2,
        message.param3,
        message.param4,
        message.x,
        message.y,
        message.z,
    )


def _item_of_floats(message: Any) -> Item:
    """Take a deprecated MISSION_ITEM: degrees instead of 1e-7 degrees."""
    x, y = message.x, message.y
    if keeps_place(message.command):
        return _item_of(message)._replace(x=degrees_e7(x), y=degrees_e7(y))
    return _item_of(message)._replace(x=clamped_int(x), y=clamped_int(y))


_POLYGONS = {
    mav.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION,
    mav.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_EXCLUSION,
}
_CIRCLES = {mav.MAV_CMD_NAV_FENCE_CIRCLE_INCLUSION, mav.MAV_CMD_NAV_FENCE_CIRCLE_EXCLUSION}


def _fence_item(item: Item) -> Item:
    if item.command not in _POLYGONS | _CIRCLES | {mav.MAV_CMD_NAV_FENCE_RETURN_POINT}:
        raise RefusedItemError(mav.MAV_MISSION_UNSUPPORTED)
    if not math.isfinite(item.param1):
        raise RefusedItemError(mav.MAV_MISSION_INVALID_PARAM1)
    kept = placed(item)
    return Item(
        mav.MAV_FRAME_GLOBAL,
        kept.command,
        kept.param1 if kept.command != mav.MAV_CMD_NAV_FENCE_RETURN_POINT else 0.0,
        0.0,
        0.0,
        0.0,
        kept.x,
        kept.y,
        0.0,
    )


def _rally_item(item: Item) -> Item:
    if item.command != mav.MAV_CMD_NAV_RALLY_POINT:
        raise RefusedItemError(mav.MAV_MISSION_UNSUPPORTED)
    kept = placed(item)
    return Item(kept.frame, kept.command, 0.0, 0.0, 0.0, 0.0, kept.x, kept.y, float(round(kept.z)))


def _fence_bytes(items: list[Item]) -> int | None:
    """Give the room a fence takes in storage; None where its vertex counts do not add up."""
    size, i = 5, 0
    while i < len(items):
        item = items[i]
        if item.command in _POLYGONS:
            count = int(item.param1)
            ring = items[i : i + count]
            if count < 3 or len(ring) < count:
                return None
            if any((v.command, v.param1) != (item.command, item.param1) for v in ring):
                return None
            size, i = size + 2 + 8 * count, i + count
        elif item.command in _CIRCLES:
            if not item.param1 > 0:
                return None
            size, i = size + 13, i + 1
        else:
            size, i = size + 9, i + 1
    return size
