"""The flight modes of ArduPilot Copter that the practice aircraft has, and what each does when it begins."""

from collections.abc import Sequence
from enum import IntEnum

from pymavlink.dialects.v20 import ardupilotmega as mav

from sim.aircraft import AircraftState
from sim.battery import Battery
from sim.firmware import Item
from sim.navigation import Leg, Point, Speeds, level_distance_m, point_of
from sim.parameters import Parameters
from sim.tasks import Brake, FlyLeg, Hold, InTurn, Land, Stand, Takeoff, Task, return_home


class Mode(IntEnum):
    """Custom modes of ArduPilot Copter; with no pilot at the sticks the manual ones hold the place."""

    STABILIZE = 0
    ALT_HOLD = 2
    AUTO = 3
    GUIDED = 4
    LOITER = 5
    RTL = 6
    LAND = 9
    POSHOLD = 16
    BRAKE = 17


class Reason(IntEnum):
    """Why a mode was changed, as MODE.Rsn in the log says it."""

    GCS_COMMAND = 2
    BATTERY_FAILSAFE = 4
    GCS_FAILSAFE = 5


NOT_ARMABLE = (Mode.RTL, Mode.LAND, Mode.BRAKE)
_AUTO_ARMABLE = 1
_AUTO_TAKES_OFF = 2
SPOOL_S = 2.0
"""Least time from the command to take off until the aircraft leaves the ground."""
LEAST_SPEED_M_S = 0.2
_CM = 0.01
_RTL_LEAST_M = 2.0


def speeds_of(parameters: Parameters) -> Speeds:
    """Take the speeds every mode begins with; DO_CHANGE_SPEED does not outlive the mode it was given in."""

    def metres(name: str, least: float) -> float:
        return max(least, parameters[name] * _CM)

    return Speeds(
        cruise_m_s=metres("WPNAV_SPEED", LEAST_SPEED_M_S),
        climb_m_s=metres("WPNAV_SPEED_UP", 0.1),
        descent_m_s=metres("WPNAV_SPEED_DN", 0.1),
        accel_m_s2=metres("WPNAV_ACCEL", 0.5),
        radius_m=metres("WPNAV_RADIUS", 0.5),
    )


def armable(mode: Mode, parameters: Parameters) -> bool:
    """Say whether the motors may be armed in this mode."""
    if mode == Mode.AUTO:
        return bool(int(parameters["AUTO_OPTIONS"]) & _AUTO_ARMABLE)
    return mode not in NOT_ARMABLE


def arming_faults(battery: Battery, mission: Sequence[Item], parameters: Parameters) -> list[str]:
    """Say what stands against arming, as the pre-arm checks do."""
    faults: list[str] = []
    if parameters["ARMING_CHECK"] == 0:
        return faults
    left_mah = battery.capacity_mah - battery.used_mah
    if left_mah < max(parameters["BATT_ARM_MAH"], parameters["BATT_LOW_MAH"]):
        faults.append("Battery 1 low capacity failsafe")
    if any(item.frame == mav.MAV_FRAME_GLOBAL_TERRAIN_ALT for item in mission):
        faults.append("waiting for terrain data")  # this aircraft neither asks for tiles nor has any
    return faults


def auto_takes_off_on_arming(parameters: Parameters) -> bool:
    """Say whether arming in AUTO starts the mission without a throttle or a MISSION_START."""
    return bool(int(parameters["AUTO_OPTIONS"]) & _AUTO_TAKES_OFF)


def begin(mode: Mode, state: AircraftState, speeds: Speeds, home: Point, parameters: Parameters) -> Task:
    """Make the task that a mode other than AUTO begins with."""
    if state.on_ground:
        return Stand()
    match mode:
        case Mode.RTL:
            return home_task(state, speeds, home, parameters)
        case Mode.LAND:
            return InTurn(
                lambda _: Brake(speeds),
                lambda now: land_task(now, point_of(now), speeds, home, parameters),
            )
        case _:
            return Brake(speeds)


def home_task(state: AircraftState, speeds: Speeds, home: Point, parameters: Parameters) -> Task:
    """Return as RTL does: never lower than now, at RTL_ALT unless near home RTL_CONE_SLOPE says less."""
    if parameters["RTL_SPEED"] > 0:
        speeds.cruise_m_s = parameters["RTL_SPEED"] * _CM
    height = state.alt_amsl_m - home.alt_amsl_m
    wanted = max(parameters["RTL_ALT"] * _CM, height + parameters["RTL_CLIMB_MIN"] * _CM)
    if (slope := parameters["RTL_CONE_SLOPE"]) > 0:
        wanted = min(wanted, max(level_distance_m(home, point_of(state)) * slope, _RTL_LEAST_M))
    altitude = home.alt_amsl_m + max(wanted, height)
    wait_s = parameters["RTL_LOIT_TIME"] / 1000
    return return_home(state, home, altitude, wait_s, speeds, parameters["LAND_SPEED"] * _CM)


def land_task(
    state: AircraftState, point: Point, speeds: Speeds, home: Point, parameters: Parameters
) -> Task:
    """Come down over a point."""
    return Land(point, state.yaw_deg, speeds, home.alt_amsl_m, parameters["LAND_SPEED"] * _CM)


def go_to(state: AircraftState, point: Point, speeds: Speeds) -> Task:
    """Fly to a point and stay there, as GUIDED does."""
    return InTurn(
        lambda now: FlyLeg(Leg(point_of(now), point, 0.0), speeds),
        lambda now: Hold(point, now.yaw_deg, speeds),
    )


def takeoff_task(state: AircraftState, alt_amsl_m: float, speeds: Speeds, spool_s: float) -> Task:
    """Rise to a height and stay there."""
    point = Point(state.east_m, state.north_m, alt_amsl_m)
    return InTurn(
        lambda now: Takeoff(now, alt_amsl_m, speeds, spool_s),
        lambda now: Hold(point, now.yaw_deg, speeds),
    )
