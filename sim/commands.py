"""What the practice aircraft does with each message a ground station sends, and what it answers."""

import math
from collections.abc import Iterator
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mav

from sim.autopilot import ARM_MAGIC, Autopilot
from sim.firmware import Item, RefusedItemError, clamped_int, degrees_e7, placed
from sim.missionstore import Peer
from sim.telemetry import BUILDERS, Rates

SYSTEM_ID, COMPONENT_ID = 1, 1
_GUIDED_ITEM = 2
_IGNORE_POSITION = 0b111
_MICROSECONDS = 1000


class Conversation:
    """One ground station's side of the aircraft: its telemetry rates and the log it is fetching.

    Parameters
    ----------
    autopilot : Autopilot
    rates : Rates
    """

    def __init__(self, autopilot: Autopilot, rates: Rates) -> None:
        self.rates = rates
        self.download: Iterator[Any] | None = None
        """LOG_DATA and LOG_ENTRY messages that are still to be sent, as fast as the link takes them."""
        self._a = autopilot

    def receive(self, message: Any, now_s: float) -> list[Any]:
        """Act on a message and give the answers to this ground station.

        Parameters
        ----------
        message : a decoded MAVLink message
        now_s : float
            Real time, for the time-outs of the mission protocol.
        """
        if getattr(message, "target_system", 0) not in (0, SYSTEM_ID):
            return []
        kind = message.get_type()
        peer = Peer(message.get_srcSystem(), message.get_srcComponent())
        if kind.startswith("MISSION_"):
            return self._mission(message, peer, now_s)
        if kind.startswith("PARAM_"):
            return self._a.parameters.receive(message)
        if kind.startswith("LOG_"):
            return self._logs(message)
        match kind:
            case "COMMAND_LONG" | "COMMAND_INT":
                result, answers = self._command(_item(message), message)
                ack = mav.MAVLink_command_ack_message(message.command, result, 0, 0, *peer)
                return [ack, *answers]
            case "SET_MODE":
                result = _result(self._a.set_mode(message.custom_mode))
                return [mav.MAVLink_command_ack_message(mav.MAVLINK_MSG_ID_SET_MODE, result, 0, 0, *peer)]
            case "REQUEST_DATA_STREAM":
                self.rates.set_stream(
                    message.req_stream_id, message.req_message_rate if message.start_stop else 0
                )
            case "SET_POSITION_TARGET_GLOBAL_INT" if not message.type_mask & _IGNORE_POSITION:
                self._go_to(message.coordinate_frame, message.lat_int, message.lon_int, message.alt)
            case "AUTOPILOT_VERSION_REQUEST":
                return [BUILDERS[mav.MAVLINK_MSG_ID_AUTOPILOT_VERSION](self._a)]
            case "TIMESYNC" if message.tc1 == 0:
                return [mav.MAVLink_timesync_message(self._a.clock.time_us * _MICROSECONDS, message.ts1)]
            case "PING" if message.target_system == 0:
                return [mav.MAVLink_ping_message(self._a.clock.time_us, message.seq, *peer)]
            case _:
                pass
        return []

    def _mission(self, message: Any, peer: Peer, now_s: float) -> list[Any]:
        kind = message.get_type()
        if kind in ("MISSION_ITEM", "MISSION_ITEM_INT") and message.current == _GUIDED_ITEM:
            x, y = message.x, message.y
            if kind == "MISSION_ITEM":
                x, y = degrees_e7(x), degrees_e7(y)
            done = self._go_to(message.frame, x, y, message.z)
            answer = mav.MAV_MISSION_ACCEPTED if done else mav.MAV_MISSION_ERROR
            return [mav.MAVLink_mission_ack_message(*peer, answer)]
        if kind == "MISSION_SET_CURRENT":
            if self._set_current(message.seq):
                return [BUILDERS[mav.MAVLINK_MSG_ID_MISSION_CURRENT](self._a)]
            return []
        mission_type = getattr(message, "mission_type", mav.MAV_MISSION_TYPE_MISSION)
        if kind == "MISSION_CLEAR_ALL" and mission_type == mav.MAV_MISSION_TYPE_ALL:
            answers = [store.receive(message, peer, now_s) for store in self._a.stores.values()]
            self._count_items()
            return answers[0]
        store = self._a.stores.get(mission_type)
        if store is None:
            unsupported = mav.MAV_MISSION_UNSUPPORTED
            return [mav.MAVLink_mission_ack_message(*peer, unsupported, mission_type)]
        answers = store.receive(message, peer, now_s)
        if answers and answers[-1].get_type() == "MISSION_ACK":
            self._count_items()
        return answers

    def _logs(self, message: Any) -> list[Any]:
        card = self._a.setup.card
        kind = message.get_type()
        if kind == "LOG_REQUEST_END":
            self.download = None
        elif self._a.armed:
            self._a.warn("Disarm for log download")
        elif kind == "LOG_REQUEST_LIST":
            self.download = card.entries(message.start, message.end)
        elif kind == "LOG_REQUEST_DATA":
            self.download = card.data(message.id, message.ofs, message.count)
        elif kind == "LOG_ERASE":
            card.erase()
        return []

    def _command(self, item: Item, message: Any) -> tuple[int, list[Any]]:
        """Do a command; gives MAV_RESULT and messages to send beside the acknowledgement."""
        a = self._a
        answers: list[Any] = []
        match item.command:
            case mav.MAV_CMD_COMPONENT_ARM_DISARM:
                if item.param1 == 1:
                    done = a.arm(forced=item.param2 == ARM_MAGIC)
                else:
                    done = a.disarm(forced=item.param2 != 0)
            case mav.MAV_CMD_DO_SET_MODE:
                done = a.set_mode(int(item.param2))
            case mav.MAV_CMD_MISSION_START:
                done = a.start_mission()
            case mav.MAV_CMD_NAV_TAKEOFF:
                done = a.take_off(item.z)
            case mav.MAV_CMD_NAV_RETURN_TO_LAUNCH:
                done = a.set_mode(6)
            case mav.MAV_CMD_NAV_LAND:
                done = a.set_mode(9)
            case mav.MAV_CMD_NAV_LOITER_UNLIM:
                done = a.set_mode(5)
            case mav.MAV_CMD_DO_REPOSITION if message.get_type() == "COMMAND_INT":
                done = (int(item.param2) & 1 == 0 or a.set_mode(4)) and self._go_to(
                    item.frame, item.x, item.y, item.z
                )
            case mav.MAV_CMD_DO_SET_MISSION_CURRENT:
                done = self._set_current(int(item.param1))
            case mav.MAV_CMD_RUN_PREARM_CHECKS:
                for fault in a.arming_faults():
                    a.say(f"PreArm: {fault}", mav.MAV_SEVERITY_CRITICAL)
                done = True
            case (
                mav.MAV_CMD_REQUEST_MESSAGE
                | mav.MAV_CMD_GET_HOME_POSITION
                | (mav.MAV_CMD_REQUEST_AUTOPILOT_CAPABILITIES)
            ):
                wanted = {
                    mav.MAV_CMD_GET_HOME_POSITION: mav.MAVLINK_MSG_ID_HOME_POSITION,
                    mav.MAV_CMD_REQUEST_AUTOPILOT_CAPABILITIES: mav.MAVLINK_MSG_ID_AUTOPILOT_VERSION,
                }.get(item.command, int(item.param1))
                done = wanted in BUILDERS
                answers = [BUILDERS[wanted](a)] if done else []
            case mav.MAV_CMD_SET_MESSAGE_INTERVAL:
                done = self.rates.set_interval(int(item.param1), item.param2)
            case mav.MAV_CMD_GET_MESSAGE_INTERVAL:
                wanted = int(item.param1)
                answers = [mav.MAVLink_message_interval_message(wanted, self.rates.interval_us(wanted))]
                done = True
            case mav.MAV_CMD_DO_SET_HOME:
                done = _is_placed(item) and a.execute(placed(item))
            case _:
                known = a.execute(item)
                return (mav.MAV_RESULT_ACCEPTED if known else mav.MAV_RESULT_UNSUPPORTED), []
        return _result(done), answers

    def _set_current(self, seq: int) -> bool:
        running = self._a.flying and self._a.mode == 3
        return self._a.mission.jump(seq, self._a.now.estimate if running else None)

    def _go_to(self, frame: int, lat_e7: int, lon_e7: int, alt_m: float) -> bool:
        item = Item(frame, mav.MAV_CMD_NAV_WAYPOINT, 0, 0, 0, 0, lat_e7, lon_e7, alt_m)
        return _is_placed(item) and self._a.go_to(self._a.place(placed(item), self._a.now.estimate))

    def _count_items(self) -> None:
        for kind, name in (
            (mav.MAV_MISSION_TYPE_MISSION, "MIS_TOTAL"),
            (mav.MAV_MISSION_TYPE_FENCE, "FENCE_TOTAL"),
            (mav.MAV_MISSION_TYPE_RALLY, "RALLY_TOTAL"),
        ):
            self._a.parameters.set(name, len(self._a.stores[kind].items))


def _item(message: Any) -> Item:
    """Bring COMMAND_LONG and COMMAND_INT to one form."""
    p1, p2 = _number(message.param1), _number(message.param2)
    p3, p4 = _number(message.param3), _number(message.param4)
    if message.get_type() == "COMMAND_INT":
        return Item(message.frame, message.command, p1, p2, p3, p4, message.x, message.y, _number(message.z))
    fifth, sixth, seventh = (_number(value) for value in (message.param5, message.param6, message.param7))
    if message.command in (mav.MAV_CMD_DO_SET_HOME, mav.MAV_CMD_DO_REPOSITION):
        x, y = degrees_e7(fifth), degrees_e7(sixth)
    else:
        x, y = clamped_int(fifth), clamped_int(sixth)
    return Item(mav.MAV_FRAME_GLOBAL, message.command, p1, p2, p3, p4, x, y, seventh)


def _is_placed(item: Item) -> bool:
    try:
        placed(item)
    except RefusedItemError:
        return False
    return True


def _number(value: float) -> float:
    """Take NaN, which stands for "as it is", as 0."""
    return value if math.isfinite(value) else 0.0


def _result(done: bool) -> int:
    return mav.MAV_RESULT_ACCEPTED if done else mav.MAV_RESULT_FAILED
