"""The autopilot of the practice aircraft: arming, modes, the mission, the camera, the battery and the log.

It behaves as ArduPilot Copter 4.7 does, as far as a survey goes. Messages reach it through `sim.commands`;
what it has to tell everyone waits in `outbox`.
"""

import math
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mav

from sim import events, modes
from sim.aircraft import AircraftState
from sim.battery import Battery
from sim.body import STEP_S, Body, Setup
from sim.firmware import Item
from sim.flightlog import FlightLog
from sim.mission_run import MissionRun
from sim.missionstore import ItemStore
from sim.modes import Mode, Reason
from sim.navigation import Point, Speeds, point_of
from sim.parameters import Parameters
from sim.shutter import Exposure, Moment, Shutter
from sim.tasks import Stand, Task

ARM_MAGIC = 2989
"""Param 2 of the arming command that skips the checks."""
_BATTERY_PERIOD = 10
_TAKEOFF_GRID_S = 5.0
_CRASH_M_S = 2.0
_SETTLE_S = 1.5
_FARTHEST_M = 1e6
"""The local frame means nothing beyond; an item there is taken as one without a place."""
_SPEED_CLIMB, _SPEED_DESCENT = 2, 3
_BATTERY_SUBSYSTEM, _GCS_SUBSYSTEM, _CRASH_SUBSYSTEM = 6, 8, 12
_GCS_GOES_ON_IN_AUTO = 2


class Autopilot:
    """One aircraft with its autopilot; `tick` moves it on by STEP_S."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.clock = setup.clock
        self.parameters = Parameters(setup.parameters)
        self.mode = Mode.STABILIZE
        self.armed = False
        self.failsafe = False
        self.outbox: list[Any] = []
        self.speeds: Speeds = modes.speeds_of(self.parameters)
        self.task: Task = Stand()
        self.stores = {
            kind: ItemStore(kind, setup.firmware, self.home_item, self.warn)
            for kind in (mav.MAV_MISSION_TYPE_MISSION, mav.MAV_MISSION_TYPE_FENCE, mav.MAV_MISSION_TYPE_RALLY)
        }
        self.mission = MissionRun(self.stores[mav.MAV_MISSION_TYPE_MISSION], self)
        self.shutter = Shutter(self.clock, setup.frame)
        self.flights = 0
        self._body = Body(setup)
        self.home: Point = point_of(self.now.estimate)
        self._origin = self.home
        self._log: FlightLog | None = None
        self._mission_running = False
        self._ending = False
        self._on_ground_s = 0.0
        self._idle_s = 0.0

    # What others ask it

    @property
    def flying(self) -> bool:
        """Whether it is off the ground."""
        return not self.now.truth.on_ground

    @property
    def busy(self) -> bool:
        """Whether it is on its way somewhere, so that waiting for it may be shortened."""
        return self.armed and (self.task.busy or self._ending)

    @property
    def now(self) -> Moment:
        """The time, the true state and the estimated one."""
        return self._body.now

    @property
    def battery(self) -> Battery:
        """The battery as it is now."""
        return self._body.battery

    @property
    def wind_m_s(self) -> tuple[float, float]:
        """The air's velocity towards east and north, now."""
        return self._body.errors.wind_m_s

    @property
    def airspeed_m_s(self) -> float:
        """Speed through the air."""
        return self._body.airspeed_m_s

    def home_item(self) -> Item:
        """Give home as item 0 of the mission."""
        lat, lon = self.latlon_e7(self.home)
        altitude = round(self.home.alt_amsl_m, 2)
        return Item(mav.MAV_FRAME_GLOBAL, mav.MAV_CMD_NAV_WAYPOINT, 0, 0, 0, 0, lat, lon, altitude)

    def home_message(self) -> Any:
        """Give HOME_POSITION."""
        return events.home(self.latlon_e7(self.home), self.home.alt_amsl_m, self.clock)

    def latlon_e7(self, place: Point | AircraftState) -> tuple[int, int]:
        """Give latitude and longitude in 1e-7 degrees, in MAVLink's order."""
        lon, lat = self.setup.frame.to_lonlat([[place.east_m, place.north_m]])[0]
        return round(float(lat) * 1e7), round(float(lon) * 1e7)

    def say(self, text: str, severity: int = mav.MAV_SEVERITY_INFO) -> None:
        """Tell the ground station and the log."""
        self.outbox.append(events.text(severity, text))
        if self._log is not None:
            self._log.message(text[:64])

    def warn(self, text: str) -> None:
        """Tell the ground station of something that is wrong."""
        self.say(text, mav.MAV_SEVERITY_WARNING)

    # What it is told

    def arming_faults(self) -> list[str]:
        """Say what stands against arming, as the pre-arm checks do."""
        items = self.stores[mav.MAV_MISSION_TYPE_MISSION].items
        return modes.arming_faults(self.battery, items, self.parameters)

    def arm(self, forced: bool) -> bool:
        """Arm the motors; False, with the reasons told, where that is refused."""
        if self.armed:
            return True
        if not modes.armable(self.mode, self.parameters):
            self.say(f"Arm: {self.mode.name} mode not armable", mav.MAV_SEVERITY_CRITICAL)
            return False
        if not forced and (faults := self.arming_faults()):
            for fault in faults:
                self.say(f"Arm: {fault}", mav.MAV_SEVERITY_CRITICAL)
            return False
        self._body.begin_flight(self.flights)
        self.set_home(point_of(self.now.estimate))
        self.armed = True
        self._open_log(forced)
        self.say("Arming motors")
        self._idle_s = 0.0
        if self.mode == Mode.AUTO and modes.auto_takes_off_on_arming(self.parameters):
            self.start_mission()
        return True

    def disarm(self, forced: bool = False) -> bool:
        """Disarm the motors; in flight that is refused, for the practice aircraft does not tumble."""
        if not self.armed:
            return True
        if self.flying:
            if forced:
                self.warn("practice aircraft: no forced disarm in flight")
            return False
        self.say("Disarming motors")
        self.armed, self._mission_running, self._ending = False, False, False
        self.task = Stand()
        self.mission.reset()
        if self._log is not None:
            self._log.armed(False, 0, forced, 14)
            self._log.event(11)
            self._log.close()
            self._log = None
        self.flights += 1
        self.setup.save_triggers(self.shutter.rows)
        return True

    def set_mode(self, number: int, reason: Reason = Reason.GCS_COMMAND) -> bool:
        """Change the flight mode; False, with the reason told, where that is refused."""
        if number not in list(Mode):
            self.warn(f"No such mode {number}")
            return False
        mode = Mode(number)
        if mode == self.mode:
            return True
        if mode == Mode.AUTO:
            if len(self.stores[mav.MAV_MISSION_TYPE_MISSION].items) < 2:
                self.warn("Mode change to AUTO failed: init failed")
                return False
            if self.armed and not self.flying and not self.mission.begins_with_takeoff():
                self.say("Auto: Missing Takeoff Cmd", mav.MAV_SEVERITY_CRITICAL)
                return False
        self.mode = mode
        self.speeds = modes.speeds_of(self.parameters)
        self._mission_running = False
        if self._log is not None:
            self._log.mode(mode, reason)
        if mode == Mode.AUTO:
            self.task = Stand() if not self.flying else modes.begin(mode, *self._situation())
            if self.flying:
                self.start_mission()
        else:
            self.task = modes.begin(mode, *self._situation())
        return True

    def start_mission(self) -> bool:
        """Fly the mission, as MISSION_START does; it takes off only when it is armed."""
        if not self.set_mode(Mode.AUTO):
            return False
        if self.armed and not self._mission_running:
            if not self.flying and not self.mission.begins_with_takeoff():
                self.say("Auto: Missing Takeoff Cmd", mav.MAV_SEVERITY_CRITICAL)
                return False
            if self.parameters["MIS_RESTART"] == 1:
                self.mission.reset()
            if self._log is not None:
                self._log.event(15)
            self._mission_running = True
            self.mission.start(self.now.estimate)
            self.task = self.mission.task or self.task
        return True

    def take_off(self, height_m: float) -> bool:
        """Take off in GUIDED to a height above home."""
        if self.mode != Mode.GUIDED or not self.armed or self.flying or height_m <= 0:
            return False
        self.task = modes.takeoff_task(
            self.now.estimate, self.home.alt_amsl_m + height_m, self.speeds, self.spool_s()
        )
        return True

    def go_to(self, point: Point) -> bool:
        """Fly to a point in GUIDED."""
        if self.mode != Mode.GUIDED or not self.flying:
            return False
        self.task = modes.go_to(self.now.estimate, point, self.speeds)
        return True

    def set_home(self, point: Point) -> None:
        """Move home."""
        self.home = point
        self.outbox.append(self.home_message())
        if self._log is not None:
            self._log.event(25)

    def take_photo(self) -> None:
        """Trigger the camera now."""
        self._note_photo(self.shutter.take(self.now, self._body.errors))

    # What its mission asks it

    def place(self, item: Item, state: AircraftState) -> Point:
        """Give the place of a mission item in the frame, height AMSL as the autopilot reckons it."""
        east, north = state.east_m, state.north_m
        if item.has_place:
            there = self.setup.frame.to_enu([[item.y / 1e7, item.x / 1e7]])[0]
            if math.hypot(*there) < _FARTHEST_M:  # also False for NaN, which the far side of the globe gives
                east, north = map(float, there)
        if item.frame == mav.MAV_FRAME_GLOBAL:
            altitude = item.z if item.has_place or item.z else state.alt_amsl_m
        else:
            altitude = self.home.alt_amsl_m + item.z
        return Point(east, north, altitude)

    def execute(self, item: Item) -> bool:
        """Do a DO command, from the mission or from the link; False for one that it does not know."""
        match item.command:
            case mav.MAV_CMD_DO_CHANGE_SPEED:
                if item.param2 > 0:
                    self._change_speed(int(item.param1), item.param2)
            case mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST:
                self.shutter.distance_m = max(0.0, item.param1)
                if item.param3 == 1:
                    self.take_photo()
            case mav.MAV_CMD_DO_DIGICAM_CONTROL:
                if item.x == 1:
                    self.take_photo()
            case mav.MAV_CMD_IMAGE_START_CAPTURE:
                self.take_photo()
            case mav.MAV_CMD_DO_SET_HOME:
                self.set_home(
                    point_of(self.now.estimate) if item.param1 == 1 else self.place(item, self.now.estimate)
                )
            case mav.MAV_CMD_DO_FENCE_ENABLE:
                self.parameters.set("FENCE_ENABLE", float(item.param1 == 1))
            case _:
                return False
        return True

    def item_started(self, seq: int, item: Item, name: str) -> None:
        """Tell that a mission item began."""
        total = len(self.stores[mav.MAV_MISSION_TYPE_MISSION].items)
        if self._log is not None:
            self._log.item("MISE", seq, total, item)
        self.say(f"Mission: {seq} {name}")

    def item_reached(self, seq: int) -> None:
        """Tell that a NAV command is done."""
        self.say(f"Reached command #{seq}")
        self.outbox.append(events.item_reached(seq))

    def home_task(self, state: AircraftState) -> Task:
        """Make the task of returning home and landing."""
        return modes.home_task(state, self.speeds, self.home, self.parameters)

    def land_task(self, state: AircraftState, point: Point) -> Task:
        """Make the task of landing at a point."""
        return modes.land_task(state, point, self.speeds, self.home, self.parameters)

    def spool_s(self) -> float:
        """Give the time the motors take to spin up, stretched so that take-off falls on a multiple of 5 s.

        How long a ground station takes to give its commands then does not change the flight.
        """
        least = self.clock.boot_s + modes.SPOOL_S
        return math.ceil(least / _TAKEOFF_GRID_S) * _TAKEOFF_GRID_S - self.clock.boot_s

    # How it flies

    def tick(self) -> None:
        """Go on by one step."""
        before = self.now
        demand = self.task.demand(before.estimate, STEP_S)
        self._body.move(demand, motors_turn=self.armed and self.task.busy)
        self._photograph(before)
        if self.armed:
            self._supervise(before.truth)
            if self._log is not None:
                self._log.state(self._body.steps, self.now, demand.yaw_deg, self.battery)

    def lose_ground_station(self) -> None:
        """Act on the ground station's silence as FS_GCS_ENABLE and FS_OPTIONS say."""
        goes_on = self.mode == Mode.AUTO and int(self.parameters["FS_OPTIONS"]) & _GCS_GOES_ON_IN_AUTO
        if self.parameters["FS_GCS_ENABLE"] == 0 or not self.flying or goes_on:
            return
        if self.mode not in (Mode.RTL, Mode.LAND):
            self.warn("GCS Failsafe")
            self._fail(_GCS_SUBSYSTEM, Mode.RTL, Reason.GCS_FAILSAFE)

    def switch_off(self) -> None:
        """End a log that is open and keep the triggers so far."""
        if self._log is not None:
            self._log.close()
            self._log = None
            self.setup.save_triggers(self.shutter.rows)

    def _open_log(self, forced: bool) -> None:
        path = self.setup.card.next_path()
        self._log = FlightLog(path, self.clock, self.setup.frame, self._origin, self.home)
        store = self.stores[mav.MAV_MISSION_TYPE_MISSION]
        self._log.header(self.parameters.table(), [store.item(seq) for seq in range(len(store.items))])
        self._log.mode(self.mode, Reason.GCS_COMMAND)
        self._log.armed(True, int(self.parameters["ARMING_CHECK"]), forced, 2)
        self._log.event(10)

    def _situation(self) -> tuple[AircraftState, Speeds, Point, Parameters]:
        return self.now.estimate, self.speeds, self.home, self.parameters

    def _photograph(self, before: Moment) -> None:
        if self.parameters["CAM_AUTO_ONLY"] == 1 and self.mode != Mode.AUTO:
            return
        least_s = self.parameters["CAM1_INTRVAL_MIN"]
        if (exposure := self.shutter.update(before, self.now, self._body.errors, least_s)) is not None:
            self._note_photo(exposure)

    def _note_photo(self, exposure: Exposure) -> None:
        if self._log is not None:
            self._log.photo(exposure)
        place = self.latlon_e7(exposure.moment.estimate)
        self.outbox.append(events.photo(exposure, place, self.home.alt_amsl_m, self.clock))

    def _change_speed(self, kind: int, wanted_m_s: float) -> None:
        speed_m_s = max(modes.LEAST_SPEED_M_S, wanted_m_s)
        if kind == _SPEED_CLIMB:
            self.speeds.climb_m_s = speed_m_s
        elif kind == _SPEED_DESCENT:
            self.speeds.descent_m_s = speed_m_s
        else:
            self.speeds.cruise_m_s = speed_m_s

    def _supervise(self, before: AircraftState) -> None:
        """Go through the mission, and look for take-off, touchdown, crash and an empty battery."""
        if self._mission_running:
            self._fly_mission()
        truth = self.now.truth
        if before.on_ground and not truth.on_ground and self._log is not None:
            self._log.event(28)
        if truth.on_ground and not before.on_ground:
            self._touch_down(truth)
        self._on_ground_s = self._on_ground_s + STEP_S if truth.on_ground else 0.0
        self._idle_s = self._idle_s + STEP_S if truth.on_ground and not self.busy else 0.0
        self._ending = truth.on_ground and self._has_come_to_rest()
        delay_s = self.parameters["DISARM_DELAY"]
        if (self._ending and self._on_ground_s > _SETTLE_S) or 0 < delay_s < self._idle_s:
            if self._log is not None:
                self._log.event(18)
            self.disarm()
        elif self._body.steps % _BATTERY_PERIOD == 0:
            self._watch_battery()

    def _has_come_to_rest(self) -> bool:
        """Say whether the aircraft, on the ground, has done what it was to do."""
        if not (self.task.done or isinstance(self.task, Stand)):
            return False
        item = self.mission.current_item
        going_home = item is not None and item.command == mav.MAV_CMD_NAV_RETURN_TO_LAUNCH
        mission_over = self.mode == Mode.AUTO and (self.mission.complete or going_home)
        return self.mode in (Mode.RTL, Mode.LAND) or mission_over

    def _fly_mission(self) -> None:
        task = self.mission.task
        self.mission.advance(self.now.estimate, STEP_S)
        if self.mission.task is not task or self.task is not self.mission.task:
            if self.mission.task is not None:
                self.task = self.mission.task
            else:  # the mission is over: stay, or stand where it landed
                self._mission_running = False
                self.task = modes.begin(Mode.LOITER, *self._situation())

    def _touch_down(self, truth: AircraftState) -> None:
        self.say(f"SIM Hit ground at {truth.impact_m_s:.6f} m/s")
        if self._log is not None:
            self._log.event(17)
        if truth.impact_m_s > _CRASH_M_S:
            self.say("Crash: Disarming", mav.MAV_SEVERITY_EMERGENCY)
            if self._log is not None:
                self._log.error(_CRASH_SUBSYSTEM, 1)
            self.failsafe = True
            self.disarm()

    def _watch_battery(self) -> None:
        left_mah = self.battery.capacity_mah - self.battery.used_mah
        for name, action in (("BATT_CRT_MAH", "BATT_FS_CRT_ACT"), ("BATT_LOW_MAH", "BATT_FS_LOW_ACT")):
            if not self.flying or left_mah >= self.parameters[name]:
                continue
            mode = {1: Mode.LAND, 2: Mode.RTL, 3: Mode.RTL, 4: Mode.RTL}.get(int(self.parameters[action]))
            done = self.mode == Mode.LAND or (self.mode == Mode.RTL and mode == Mode.RTL)
            if mode is not None and not done:
                self.warn(f"Battery 1 is low {self.battery.volt:.2f}V used {self.battery.used_mah:.0f} mAh")
                self._fail(_BATTERY_SUBSYSTEM, mode, Reason.BATTERY_FAILSAFE)
            return

    def _fail(self, subsystem: int, mode: Mode, reason: Reason) -> None:
        self.failsafe = True
        if self._log is not None:
            self._log.error(subsystem, 1)
        self.set_mode(mode, reason)
