"""What the aircraft does at a moment: one task at a time, each demanding velocities until it is done."""

import math
from typing import Protocol

from sim.aircraft import AircraftState, Demand
from sim.navigation import (
    REACTION_S,
    Leg,
    Point,
    Speeds,
    follow,
    hold,
    level_distance_m,
    point_of,
)

TAKEOFF_DONE_M = 0.3
_LAND_LOW_M = 10.0
_CLOSE_M = 1.0


class Task(Protocol):
    """Something the aircraft is doing."""

    done: bool
    busy: bool
    """Whether it is on its way somewhere; a task that only waits is not."""

    def demand(self, state: AircraftState, dt_s: float) -> Demand:
        """Say the velocity and heading wanted now, and find out whether the task is done."""
        ...


class Stand:
    """Stay on the ground with the motors idle or off."""

    done = False
    busy = False

    def demand(self, state: AircraftState, dt_s: float) -> Demand:
        """Demand nothing."""
        return Demand(0.0, 0.0, -1.0, state.yaw_deg)


class Hold:
    """Stay over a point; with `seconds`, for so long once it is reached."""

    def __init__(self, point: Point, yaw_deg: float, speeds: Speeds, seconds: float | None = None) -> None:
        self.point = point
        self.done = False
        self.busy = seconds is not None
        self._yaw, self._speeds, self._left = yaw_deg, speeds, seconds

    def demand(self, state: AircraftState, dt_s: float) -> Demand:
        """Hold the point and count the seconds down."""
        if self._left is not None and math.dist(self.point, state[:3]) < self._speeds.radius_m:
            self._left -= dt_s
            self.done = self._left <= 0
        return hold(self.point, state, self._speeds, self._yaw)


class Brake:
    """Stop, and stay where that ends."""

    def __init__(self, speeds: Speeds) -> None:
        self.done = False
        self.busy = True
        self._speeds = speeds
        self._hold: Hold | None = None

    def demand(self, state: AircraftState, dt_s: float) -> Demand:
        """Demand no speed, then the place where it ended."""
        if self._hold is None and math.hypot(state.east_m_s, state.north_m_s) < 0.3:
            self._hold = Hold(point_of(state), state.yaw_deg, self._speeds)
            self.done, self.busy = True, False
        if self._hold is not None:
            return self._hold.demand(state, dt_s)
        return Demand(0.0, 0.0, 0.0, state.yaw_deg)


class Takeoff:
    """Rise from the ground, after the motors have spun up."""

    def __init__(self, start: AircraftState, alt_amsl_m: float, speeds: Speeds, spool_s: float) -> None:
        self.done = False
        self.busy = True
        self._point = Point(start.east_m, start.north_m, alt_amsl_m)
        self._yaw, self._speeds, self._spool_s = start.yaw_deg, speeds, spool_s

    def demand(self, state: AircraftState, dt_s: float) -> Demand:
        """Demand the climb."""
        if self._spool_s > 0:
            self._spool_s -= dt_s
            return Demand(0.0, 0.0, -1.0, state.yaw_deg)
        self.done = state.alt_amsl_m >= self._point.alt_amsl_m - TAKEOFF_DONE_M
        demand = hold(self._point, state, self._speeds, self._yaw)
        # Rising ever slower towards the height would take for ever: keep a little speed until it is there.
        return demand if self.done else demand._replace(up_m_s=max(0.5, demand.up_m_s))


class FlyLeg:
    """Fly a leg; where it ends in a stop, stay there for `seconds`."""

    def __init__(self, leg: Leg, speeds: Speeds, seconds: float = 0.0) -> None:
        self.leg = leg
        self.done = False
        self.busy = True
        self._speeds, self._seconds = speeds, seconds
        self._waiting: Hold | None = None
        self._yaw: float | None = None

    def demand(self, state: AircraftState, dt_s: float) -> Demand:
        """Follow the leg to its end."""
        if self._waiting is not None:
            demand = self._waiting.demand(state, dt_s)
            self.done = self._waiting.done
            return demand
        demand, left = follow(self.leg, state, self._speeds)
        if self._yaw is None or level_distance_m(self.leg.end, point_of(state)) > 2 * _CLOSE_M:
            self._yaw = demand.yaw_deg
        demand = demand._replace(yaw_deg=self._yaw)
        if self.leg.end_m_s > 0:
            speed = math.hypot(state.east_m_s, state.north_m_s)
            # A sharp corner is left a little early, for the lag; straight on, the point itself counts.
            self.done = left <= REACTION_S * speed * (1 - self.leg.end_m_s / self._speeds.cruise_m_s)
            return demand
        if math.dist(self.leg.end, state[:3]) < self._speeds.radius_m:
            self._waiting = Hold(self.leg.end, self._yaw, self._speeds, self._seconds)
        return demand


class Circle:
    """Fly a number of turns around a point at its height; negative radius turns counter-clockwise."""

    def __init__(self, centre: Point, radius_m: float, turns: float, speeds: Speeds) -> None:
        self.done = False
        self.busy = True
        self._centre, self._radius, self._speeds = centre, abs(radius_m) or 10.0, speeds
        self._sense = -1.0 if radius_m < 0 else 1.0
        self._left_rad = 2 * math.pi * abs(turns)
        self._angle: float | None = None

    def demand(self, state: AircraftState, dt_s: float) -> Demand:
        """Chase a point that goes round the circle."""
        if self._angle is None:
            self._angle = math.atan2(state.east_m - self._centre.east_m, state.north_m - self._centre.north_m)
        speed = min(self._speeds.cruise_m_s * 0.5, math.sqrt(self._speeds.accel_m_s2 * self._radius * 0.5))
        goal = Point(
            self._centre.east_m + self._radius * math.sin(self._angle),
            self._centre.north_m + self._radius * math.cos(self._angle),
            self._centre.alt_amsl_m,
        )
        heading = self._angle + self._sense * math.pi / 2
        demand = hold(goal, state, self._speeds, math.degrees(heading) % 360.0)
        if level_distance_m(goal, point_of(state)) < 2 + speed:
            turned = speed * dt_s / self._radius
            self._angle += self._sense * turned
            self._left_rad -= turned
            self.done = self._left_rad <= 0
        return demand._replace(
            east_m_s=demand.east_m_s + speed * math.sin(heading) * 0.5,
            north_m_s=demand.north_m_s + speed * math.cos(heading) * 0.5,
        )


class Land:
    """Come down over a point until the ground is there."""

    def __init__(
        self, point: Point, yaw_deg: float, speeds: Speeds, home_amsl_m: float, slow_m_s: float
    ) -> None:
        self.done = False
        self.busy = True
        self._point, self._yaw, self._speeds = point, yaw_deg, speeds
        self._home_amsl_m, self._slow_m_s = home_amsl_m, slow_m_s

    def demand(self, state: AircraftState, dt_s: float) -> Demand:
        """Demand the descent: slow in the last ten metres above home's height."""
        self.done = state.on_ground
        low = state.alt_amsl_m - self._home_amsl_m < _LAND_LOW_M
        down = self._slow_m_s if low else self._speeds.descent_m_s
        return hold(self._point, state, self._speeds, self._yaw)._replace(up_m_s=-down)


class InTurn:
    """Do several tasks one after another; each is made when its turn comes."""

    def __init__(self, *steps: "TaskMaker") -> None:
        self.done = False
        self.busy = True
        self._steps = list(steps)
        self._task: Task | None = None

    def demand(self, state: AircraftState, dt_s: float) -> Demand:
        """Demand what the task of the moment demands."""
        if self._task is None or self._task.done:
            if not self._steps:
                return Demand(0.0, 0.0, -1.0 if state.on_ground else 0.0, state.yaw_deg)
            self._task = self._steps.pop(0)(state)
        demand = self._task.demand(state, dt_s)
        self.busy = bool(self._steps) or self._task.busy
        self.done = self._task.done and not self._steps
        return demand


class TaskMaker(Protocol):
    """Makes a task from the state in which it begins."""

    def __call__(self, state: AircraftState, /) -> Task:
        """Make the task."""
        ...


def return_home(
    state: AircraftState, home: Point, alt_amsl_m: float, loiter_s: float, speeds: Speeds, slow_m_s: float
) -> Task:
    """Make the task of RTL: climb, fly home, wait, land."""
    up = Point(state.east_m, state.north_m, alt_amsl_m)
    over = Point(home.east_m, home.north_m, alt_amsl_m)

    def climb(now: AircraftState) -> Task:
        return FlyLeg(Leg(point_of(now), up, 0.0), speeds)

    def fly(now: AircraftState) -> Task:
        return FlyLeg(Leg(up, over, 0.0), speeds)

    def wait(now: AircraftState) -> Task:
        return Hold(over, now.yaw_deg, speeds, loiter_s)

    def land(now: AircraftState) -> Task:
        return Land(over, now.yaw_deg, speeds, home.alt_amsl_m, slow_m_s)

    return InTurn(climb, fly, wait, land)
