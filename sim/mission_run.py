"""Flies the stored mission: which item is current, which task that is, and which DO commands are due."""

from collections.abc import Iterator
from typing import Protocol

from pymavlink.dialects.v20 import ardupilotmega as mav

from sim.aircraft import AircraftState
from sim.firmware import Item
from sim.missionstore import ItemStore
from sim.navigation import Leg, Point, Speeds, level_distance_m, plan_leg, point_of
from sim.tasks import Circle, FlyLeg, Hold, InTurn, Takeoff, Task

_LOOK_AHEAD_M = 80.0
_LAST_NAV = 95  # MAV_CMDs up to here (and a few above) are flown, the rest are done at once
_WAYPOINTS = (mav.MAV_CMD_NAV_WAYPOINT, mav.MAV_CMD_NAV_SPLINE_WAYPOINT)
_TAKEOFFS = (mav.MAV_CMD_NAV_TAKEOFF, mav.MAV_CMD_NAV_VTOL_TAKEOFF)
_LANDINGS = (mav.MAV_CMD_NAV_LAND, mav.MAV_CMD_NAV_VTOL_LAND)
_ENDLESS = -1

NAMES = {
    mav.MAV_CMD_NAV_WAYPOINT: "WP",
    mav.MAV_CMD_NAV_SPLINE_WAYPOINT: "SplineWP",
    mav.MAV_CMD_NAV_RETURN_TO_LAUNCH: "RTL",
    mav.MAV_CMD_NAV_LOITER_UNLIM: "LoitUnlim",
    mav.MAV_CMD_NAV_LOITER_TIME: "LoitTime",
    mav.MAV_CMD_NAV_LOITER_TURNS: "LoitTurns",
    mav.MAV_CMD_NAV_LOITER_TO_ALT: "LoitAltitude",
    mav.MAV_CMD_NAV_LAND: "Land",
    mav.MAV_CMD_NAV_TAKEOFF: "Takeoff",
    mav.MAV_CMD_NAV_DELAY: "Delay",
    mav.MAV_CMD_CONDITION_DELAY: "CondDelay",
    mav.MAV_CMD_CONDITION_DISTANCE: "CondDist",
    mav.MAV_CMD_CONDITION_YAW: "CondYaw",
    mav.MAV_CMD_DO_CHANGE_SPEED: "ChangeSpeed",
    mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST: "SetCamTrigDst",
    mav.MAV_CMD_DO_DIGICAM_CONTROL: "DigiCamCtrl",
    mav.MAV_CMD_DO_JUMP: "Jump",
    mav.MAV_CMD_DO_LAND_START: "LandStart",
}
"""What ArduPilot calls the commands in its messages."""


class MissionVehicle(Protocol):
    """What flying a mission asks of the autopilot."""

    speeds: Speeds

    def spool_s(self) -> float:
        """Give the time until the aircraft leaves the ground."""
        ...

    def place(self, item: Item, state: AircraftState) -> Point:
        """Give the place of an item; where it has none, the aircraft's own."""
        ...

    def execute(self, item: Item) -> bool:
        """Do a DO command; False for one that is not known."""
        ...

    def item_started(self, seq: int, item: Item, name: str) -> None:
        """Note that an item has begun."""
        ...

    def item_reached(self, seq: int) -> None:
        """Note that a NAV command is done."""
        ...

    def home_task(self, state: AircraftState) -> Task:
        """Make the task of returning home and landing."""
        ...

    def land_task(self, state: AircraftState, point: Point) -> Task:
        """Make the task of landing at a point."""
        ...


class MissionRun:
    """Where the aircraft is in its mission."""

    def __init__(self, store: ItemStore, vehicle: MissionVehicle) -> None:
        self.task: Task | None = None
        self._store, self._vehicle = store, vehicle
        self._nav_seq = 0
        self._due: list[int] = []
        self._wait_s: float | None = None
        self._wait_m: float | None = None
        self._jumps: dict[int, int] = {}
        self._last_target: Point | None = None

    @property
    def complete(self) -> bool:
        """Whether the last item is done."""
        return self._nav_seq >= len(self._store.items) > 0

    @property
    def current_item(self) -> Item | None:
        """The NAV command that is being flown."""
        return self._store.items[self._nav_seq] if 0 < self._nav_seq < len(self._store.items) else None

    def reset(self) -> None:
        """Go back to the start, as disarming does."""
        self.task, self._last_target = None, None
        self._nav_seq, self._due, self._jumps = 0, [], {}
        self._store.current = 0

    def begins_with_takeoff(self) -> bool:
        """Whether the first NAV command takes off."""
        nav = next((item for item in self._store.items[1:] if _is_nav(item)), None)
        return nav is not None and nav.command in _TAKEOFFS

    def start(self, state: AircraftState) -> None:
        """Begin, or go on with the item that was current when the mission was left."""
        self._last_target = None
        if self._nav_seq == 0 or self.complete:
            self.reset()
            self._advance(state)
        elif (item := self.current_item) is not None:
            self._begin(self._nav_seq, item, state)

    def jump(self, seq: int, state: AircraftState | None) -> bool:
        """Make an item the current one; False where there is none such. In flight with the state, at once."""
        if not 0 <= seq < len(self._store.items):
            return False
        self._due, self._last_target = [], None
        self._nav_seq, self._store.current = max(0, seq - 1), seq
        self.task = None
        if state is not None:
            self._advance(state)
        elif seq > 0:
            self._nav_seq = seq
        return True

    def advance(self, state: AircraftState, dt_s: float) -> None:
        """Do what is due, and go to the next item when the current one is done."""
        self._do_due(state, dt_s)
        if self.task is not None and self.task.done:
            self._vehicle.item_reached(self._nav_seq)
            self._advance(state)

    def _advance(self, state: AircraftState) -> None:
        """Do the DO commands up to the next NAV command, and begin that."""
        self._due, self._wait_s, self._wait_m = [], None, None
        for seq, item in self._from(self._nav_seq + 1):
            if _is_nav(item):
                self._do_due(state, 0.0)
                self._begin(seq, item, state)
                return
            self._due.append(seq)
        self._do_due(state, 0.0)
        self._nav_seq = len(self._store.items)
        self.task = None

    def _from(self, seq: int) -> Iterator[tuple[int, Item]]:
        """Go through the items in the order they are flown in; jumps are counted."""
        steps = 0
        while seq < len(self._store.items) and steps < 2 * len(self._store.items):
            steps += 1
            item = self._store.items[seq]
            if item.command == mav.MAV_CMD_DO_JUMP:
                used = self._jumps.get(seq, 0)
                endless = int(item.param2) == _ENDLESS
                if endless or used < item.param2:
                    self._jumps[seq] = used + 1
                    seq = int(item.param1)
                    if seq < 1:
                        return
                    continue
            elif item.command not in (mav.MAV_CMD_JUMP_TAG, mav.MAV_CMD_DO_JUMP_TAG):
                yield seq, item
            seq += 1

    def _do_due(self, state: AircraftState, dt_s: float) -> None:
        """Do DO commands in order; a condition holds up those behind it."""
        if self._wait_s is not None:
            self._wait_s -= dt_s
            if self._wait_s > 0:
                return
            self._wait_s = None
        if self._wait_m is not None:
            if self._last_target and level_distance_m(self._last_target, point_of(state)) > self._wait_m:
                return
            self._wait_m = None
        while self._due:
            seq = self._due.pop(0)
            item = self._store.items[seq]
            self._vehicle.item_started(seq, item, NAMES.get(item.command, f"CMD {item.command}"))
            if item.command == mav.MAV_CMD_CONDITION_DELAY:
                self._wait_s = item.param1
                return
            if item.command == mav.MAV_CMD_CONDITION_DISTANCE:
                self._wait_m = item.param1
                return
            self._vehicle.execute(item)

    def _begin(self, seq: int, item: Item, state: AircraftState) -> None:
        self._nav_seq = self._store.current = seq
        self._vehicle.item_started(seq, item, NAMES.get(item.command, f"CMD {item.command}"))
        self.task = self._task(seq, item, state)

    def _task(self, seq: int, item: Item, state: AircraftState) -> Task:
        speeds, here = self._vehicle.speeds, point_of(state)
        start, target = self._last_target or here, self._vehicle.place(item, state)
        self._last_target = target
        leg = Leg(start, target, 0.0)

        def stay(now: AircraftState) -> Task:
            return Hold(target, now.yaw_deg, speeds)

        match item.command:
            case command if command in _WAYPOINTS:
                following = [] if item.param1 > 0 else self._following(seq, target, state)
                return FlyLeg(plan_leg(start, target, following, speeds), speeds, item.param1)
            case command if command in _TAKEOFFS:
                self._last_target = Point(here.east_m, here.north_m, target.alt_amsl_m)
                return Takeoff(
                    state, target.alt_amsl_m, speeds, self._vehicle.spool_s() if state.on_ground else 0.0
                )
            case mav.MAV_CMD_NAV_RETURN_TO_LAUNCH:
                return self._vehicle.home_task(state)
            case command if command in _LANDINGS:
                over = Leg(start, Point(target.east_m, target.north_m, here.alt_amsl_m), 0.0)
                return InTurn(
                    lambda _: FlyLeg(over, speeds), lambda now: self._vehicle.land_task(now, over.end)
                )
            case mav.MAV_CMD_NAV_LOITER_UNLIM:
                return InTurn(lambda _: FlyLeg(leg, speeds), stay)
            case mav.MAV_CMD_NAV_LOITER_TIME:
                return FlyLeg(leg, speeds, item.param1)
            case mav.MAV_CMD_NAV_LOITER_TURNS:
                return InTurn(
                    lambda _: FlyLeg(leg, speeds),
                    lambda _: Circle(target, item.param3, item.param1, speeds),
                )
            case mav.MAV_CMD_NAV_LOITER_TO_ALT:
                return FlyLeg(leg, speeds)
            case mav.MAV_CMD_NAV_DELAY:
                return Hold(here, state.yaw_deg, speeds, item.param1)
            case _:  # a guided, scripted or payload command that a practice flight has no part in
                return Hold(here, state.yaw_deg, speeds, 0.0)

    def _following(self, seq: int, target: Point, state: AircraftState) -> list[Point]:
        """Look ahead along the waypoints that come without a stop."""
        points: list[Point] = []
        way_m = 0.0
        for item in self._store.items[seq + 1 :]:
            if not _is_nav(item):
                if item.command == mav.MAV_CMD_DO_JUMP:
                    break
                continue
            if item.command not in _WAYPOINTS or not item.has_place:
                break
            point = self._vehicle.place(item, state)
            way_m += level_distance_m(points[-1] if points else target, point)
            points.append(point)
            if item.param1 > 0 or way_m > _LOOK_AHEAD_M:
                break
        return points


def _is_nav(item: Item) -> bool:
    return item.command <= _LAST_NAV or item.command == mav.MAV_CMD_NAV_SCRIPT_TIME
