"""A multirotor in wind, kinematic: demanded velocity and heading in, place, attitude and power out.

The aircraft accelerates towards the demanded velocity within its limits, and leans as much as that
acceleration and the drag of the air it moves through need. Nothing here knows where it believes it is.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

GRAVITY_M_S2 = 9.80665


@dataclass(frozen=True)
class Airframe:
    """What the aircraft can do.

    The defaults below the first three are those of ArduPilot Copter (WPNAV_ACCEL_Z, ANGLE_MAX, ATC_SLEW_YAW);
    the drag leans it 8 degrees at 8 m/s and 11 at 10 m/s in still air, as survey multirotors of 3 to 4 kg do.
    """

    accel_m_s2: float
    climb_m_s: float
    descent_m_s: float
    accel_z_m_s2: float = 1.0
    tilt_max_deg: float = 30.0
    yaw_rate_max_deg_s: float = 60.0
    yaw_gain_1_s: float = 2.5
    drag_linear_1_s: float = 0.11
    """Rotor drag: deceleration for each m/s of airspeed."""
    drag_quadratic_1_m: float = 0.008
    """Form drag: deceleration for each (m/s)^2 of airspeed."""
    response_s: float = 0.3
    """Time constant with which the velocity, and half of it with which the acceleration, follows."""


class AircraftState(NamedTuple):
    """Where the aircraft is and how it moves, in metres, m/s and degrees of the local frame; heights AMSL.

    `yaw_deg` is clockwise from north, `pitch_deg` nose up, `roll_deg` right side down.
    """

    east_m: float
    north_m: float
    alt_amsl_m: float
    yaw_deg: float = 0.0
    east_m_s: float = 0.0
    north_m_s: float = 0.0
    up_m_s: float = 0.0
    east_m_s2: float = 0.0
    north_m_s2: float = 0.0
    up_m_s2: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    yaw_rate_deg_s: float = 0.0
    on_ground: bool = True
    impact_m_s: float = 0.0
    """Speed at which the ground was last touched."""


class Demand(NamedTuple):
    """What the autopilot asks for: a velocity in the local frame and a heading."""

    east_m_s: float
    north_m_s: float
    up_m_s: float
    yaw_deg: float


def step(
    state: AircraftState,
    demand: Demand,
    wind_m_s: tuple[float, float],
    ground_amsl_m: float,
    airframe: Airframe,
    dt_s: float,
) -> AircraftState:
    """Move the aircraft by one step of time.

    Parameters
    ----------
    wind_m_s : (float, float)
        Velocity of the air towards east and north.
    ground_amsl_m : float
        Height of the ground below the aircraft.
    dt_s : float
        At most 0.1 s: the motion is integrated by semi-implicit Euler steps.
    """
    if state.on_ground and demand.up_m_s <= 0:
        return AircraftState(
            state.east_m, state.north_m, state.alt_amsl_m, state.yaw_deg, impact_m_s=state.impact_m_s
        )
    east_a, north_a = _horizontal_acceleration(state, demand, airframe, dt_s)
    drag_east, drag_north = _drag(state, wind_m_s, airframe)
    east_a, north_a = _within_tilt(east_a, north_a, drag_east, drag_north, airframe)
    up_a = _limited(
        (demand.up_m_s - state.up_m_s) / airframe.response_s, airframe.accel_z_m_s2, airframe.accel_z_m_s2
    )
    east_v, north_v = state.east_m_s + east_a * dt_s, state.north_m_s + north_a * dt_s
    up_v = state.up_m_s + up_a * dt_s
    yaw, yaw_rate = _turned(state, demand.yaw_deg, airframe, dt_s)
    pitch, roll = _attitude(east_a + drag_east, north_a + drag_north, up_a, yaw)
    altitude = state.alt_amsl_m + up_v * dt_s
    touched = altitude <= ground_amsl_m
    impact = math.sqrt(east_v**2 + north_v**2 + up_v**2) if touched else state.impact_m_s
    return AircraftState(
        state.east_m + east_v * dt_s,
        state.north_m + north_v * dt_s,
        ground_amsl_m if touched else altitude,
        yaw,
        *((0.0, 0.0, 0.0, 0.0, 0.0, 0.0) if touched else (east_v, north_v, up_v, east_a, north_a, up_a)),
        0.0 if touched else pitch,
        0.0 if touched else roll,
        yaw_rate,
        touched,
        impact,
    )


def between(before: AircraftState, after: AircraftState, share: float) -> AircraftState:
    """Interpolate between two states; `share` 0 gives the first, 1 the second."""
    turn = share * wrapped_deg(after.yaw_deg - before.yaw_deg)
    values = [a + share * (b - a) for a, b in zip(before[:13], after[:13], strict=True)]
    values[3] = (before.yaw_deg + turn) % 360.0
    return AircraftState(*values, on_ground=after.on_ground, impact_m_s=after.impact_m_s)


def wrapped_deg(angle: float) -> float:
    """Bring an angle into [-180, 180)."""
    return (angle + 180.0) % 360.0 - 180.0


def _horizontal_acceleration(
    state: AircraftState, demand: Demand, airframe: Airframe, dt_s: float
) -> tuple[float, float]:
    """Accelerate towards the demanded velocity; the acceleration itself follows with a lag (jerk limit)."""
    east = (demand.east_m_s - state.east_m_s) / airframe.response_s
    north = (demand.north_m_s - state.north_m_s) / airframe.response_s
    size = math.hypot(east, north)
    if size > airframe.accel_m_s2:
        east, north = east * airframe.accel_m_s2 / size, north * airframe.accel_m_s2 / size
    follow = min(1.0, dt_s / (0.5 * airframe.response_s))
    return (
        state.east_m_s2 + (east - state.east_m_s2) * follow,
        state.north_m_s2 + (north - state.north_m_s2) * follow,
    )


def _drag(state: AircraftState, wind_m_s: tuple[float, float], airframe: Airframe) -> tuple[float, float]:
    """Give the acceleration that the thrust must spend against the air (towards where the aircraft moves)."""
    east, north = state.east_m_s - wind_m_s[0], state.north_m_s - wind_m_s[1]
    factor = airframe.drag_linear_1_s + airframe.drag_quadratic_1_m * math.hypot(east, north)
    return factor * east, factor * north


def _within_tilt(
    east_a: float, north_a: float, drag_east: float, drag_north: float, airframe: Airframe
) -> tuple[float, float]:
    """Give up acceleration where the tilt limit cannot supply it together with the drag."""
    most = GRAVITY_M_S2 * math.tan(math.radians(airframe.tilt_max_deg))
    east, north = east_a + drag_east, north_a + drag_north
    size = math.hypot(east, north)
    if size <= most:
        return east_a, north_a
    return east * most / size - drag_east, north * most / size - drag_north


def _attitude(east: float, north: float, up: float, yaw_deg: float) -> tuple[float, float]:
    """Lean the thrust so that it gives this specific force: (pitch, roll) in degrees."""
    yaw = math.radians(yaw_deg)
    forward = east * math.sin(yaw) + north * math.cos(yaw)
    right = east * math.cos(yaw) - north * math.sin(yaw)
    lift = GRAVITY_M_S2 + up
    pitch = -math.atan2(forward, lift)
    roll = math.atan2(right, math.hypot(lift, forward))
    return math.degrees(pitch), math.degrees(roll)


def _turned(state: AircraftState, wanted_deg: float, airframe: Airframe, dt_s: float) -> tuple[float, float]:
    error = wrapped_deg(wanted_deg - state.yaw_deg)
    rate = _limited(error * airframe.yaw_gain_1_s, airframe.yaw_rate_max_deg_s, airframe.yaw_rate_max_deg_s)
    # A quadrotor builds up its turn with little authority: the rate follows as slowly as the velocity does.
    rate = state.yaw_rate_deg_s + (rate - state.yaw_rate_deg_s) * min(1.0, dt_s / airframe.response_s)
    return (state.yaw_deg + rate * dt_s) % 360.0, rate


def _limited(value: float, down: float, up: float) -> float:
    return max(-down, min(up, value))
