"""How the autopilot flies from place to place: velocities along legs, at corners, and to hold a point.

Legs are followed as ArduPilot Copter follows them: along the straight line between waypoints in three
dimensions, slowing down for a corner to the speed at which it can be rounded within WPNAV_RADIUS, and
stopping where the mission asks for a stop. In its own log a right-angled corner between legs of 10 m/s is
passed at 2.9 m/s, 1 m wide of the point.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sim.aircraft import AircraftState, Demand

BRAKING_SHARE = 0.75
"""Share of the acceleration limit that braking is planned with; the rest is for correcting."""
REACTION_S = 0.5
"""Lead by which braking and turning begin earlier, for the lag of the velocity."""
RESPONSE_S = 0.3
"""Time constant with which the aircraft follows a demanded velocity, as the autopilot was tuned for."""
GAINING_SHARE = 0.7
"""Share of the acceleration limit with which speed is gained along a leg; the rest is for its line."""
_CROSS_TRACK_GAIN_1_S = 0.8
_HEIGHT_GAIN_1_S = 0.8
_HOLD_GAIN_1_S = 0.6
_LEVEL_LEG_M = 0.5
_START_M_S = 1.5
"""Speed from which a leg is begun: out of a corner some of the old leg's is still there."""
_CREEP_M_S = 0.5
"""Speed at which the last of the way to a stop is flown."""


class Point(NamedTuple):
    """A place in the local frame, metres, height AMSL as the autopilot reckons it."""

    east_m: float
    north_m: float
    alt_amsl_m: float


@dataclass
class Speeds:
    """The speeds and accelerations that parameters and DO_CHANGE_SPEED set."""

    cruise_m_s: float
    climb_m_s: float
    descent_m_s: float
    accel_m_s2: float
    radius_m: float


class Leg(NamedTuple):
    """A straight line to fly, and how fast its end may be passed (0: stop there)."""

    start: Point
    end: Point
    end_m_s: float


def plan_leg(start: Point, end: Point, following: Sequence[Point], speeds: Speeds) -> Leg:
    """Say how fast the end of a leg may be passed.

    Parameters
    ----------
    following : points that come after `end` without a stop; empty: stop at `end`. At the last of them the
        aircraft is taken to stop.
    """
    points = (start, end, *following)
    end_m_s = 0.0
    for before, corner, after in reversed(list(zip(points, points[1:], points[2:], strict=False))):
        brake = math.sqrt(end_m_s**2 + 2 * BRAKING_SHARE * speeds.accel_m_s2 * _level_distance(corner, after))
        end_m_s = min(corner_speed(before, corner, after, speeds), brake)
    return Leg(start, end, end_m_s)


def corner_speed(before: Point, corner: Point, after: Point, speeds: Speeds) -> float:
    """Give the speed of the circle that touches both legs and passes the corner at the waypoint radius."""
    east_in, north_in = corner.east_m - before.east_m, corner.north_m - before.north_m
    east_out, north_out = after.east_m - corner.east_m, after.north_m - corner.north_m
    size = math.hypot(east_in, north_in) * math.hypot(east_out, north_out)
    if size < _LEVEL_LEG_M**2:
        return 0.0
    cosine = max(-1.0, min(1.0, (east_in * east_out + north_in * north_out) / size))
    half = math.sqrt((1 + cosine) / 2)  # cosine of half the change of course
    if half < 0.02:
        return 0.0
    if half > 0.9999:
        return speeds.cruise_m_s
    turn_radius_m = speeds.radius_m * half / (1 - half)
    return min(speeds.cruise_m_s, math.sqrt(BRAKING_SHARE * speeds.accel_m_s2 * turn_radius_m))


def follow(leg: Leg, state: AircraftState, speeds: Speeds) -> tuple[Demand, float]:
    """Demand the velocity that flies a leg.

    Returns
    -------
    Demand
        Heading along the leg; for a leg that only climbs, the heading stays.
    float
        Metres left to the end, along the leg.
    """
    east, north = leg.end.east_m - leg.start.east_m, leg.end.north_m - leg.start.north_m
    length = math.hypot(east, north)
    if length < _LEVEL_LEG_M:
        demand = hold(leg.end, state, speeds, state.yaw_deg)
        return demand, math.dist(leg.end, state[:3])
    east, north = east / length, north / length
    slope = (leg.end.alt_amsl_m - leg.start.alt_amsl_m) / length
    off_east, off_north = state.east_m - leg.start.east_m, state.north_m - leg.start.north_m
    along = off_east * east + off_north * north
    left = length - along

    moving = state.east_m_s * east + state.north_m_s * north
    gained = max(_START_M_S, moving) + GAINING_SHARE * speeds.accel_m_s2 * RESPONSE_S
    speed = min(gained, _braked(left, leg.end_m_s, _along_limit(slope, speeds), speeds))
    cross = _CROSS_TRACK_GAIN_1_S
    cross_east, cross_north = -cross * (off_east - along * east), -cross * (off_north - along * north)
    side = math.hypot(cross_east, cross_north)
    if side > (most := max(1.0, 0.5 * speeds.cruise_m_s)):
        cross_east, cross_north = cross_east * most / side, cross_north * most / side

    wanted_alt = leg.start.alt_amsl_m + slope * max(0.0, min(length, along))
    up = slope * moving + _HEIGHT_GAIN_1_S * (wanted_alt - state.alt_amsl_m)
    bearing = math.degrees(math.atan2(east, north)) % 360.0
    demand = Demand(
        speed * east + cross_east,
        speed * north + cross_north,
        max(-speeds.descent_m_s, min(speeds.climb_m_s, up)),
        bearing,
    )
    return demand, left


def hold(point: Point, state: AircraftState, speeds: Speeds, yaw_deg: float) -> Demand:
    """Demand the velocity that goes straight to a point and stays there."""
    east, north = point.east_m - state.east_m, point.north_m - state.north_m
    distance = math.hypot(east, north)
    speed = min(_braked(distance, 0.0, speeds.cruise_m_s, speeds), distance * _HOLD_GAIN_1_S)
    factor = speed / distance if distance > 1e-6 else 0.0
    up = _HEIGHT_GAIN_1_S * (point.alt_amsl_m - state.alt_amsl_m)
    limited = max(-speeds.descent_m_s, min(speeds.climb_m_s, up))
    return Demand(factor * east, factor * north, limited, yaw_deg)


def point_of(state: AircraftState) -> Point:
    """Give the place of a state."""
    return Point(state.east_m, state.north_m, state.alt_amsl_m)


def level_distance_m(a: Point, b: Point) -> float:
    """Give the horizontal distance."""
    return _level_distance(a, b)


def _along_limit(slope: float, speeds: Speeds) -> float:
    """Limit the speed along a leg to what the climb or descent on it allows."""
    vertical = speeds.climb_m_s if slope > 0 else speeds.descent_m_s
    return min(speeds.cruise_m_s, vertical / abs(slope)) if abs(slope) > 1e-6 else speeds.cruise_m_s


def _braked(left_m: float, end_m_s: float, most_m_s: float, speeds: Speeds) -> float:
    """Give the speed from which the end's speed is still reached in the distance left."""
    if left_m <= 0:
        return min(end_m_s, most_m_s)
    braking = BRAKING_SHARE * speeds.accel_m_s2
    room = max(0.0, left_m - REACTION_S * most_m_s * 0.5)
    allowed = math.sqrt(end_m_s**2 + 2 * braking * room)
    return min(most_m_s, max(allowed, end_m_s or _CREEP_M_S))


def _level_distance(a: Point, b: Point) -> float:
    return math.hypot(b.east_m - a.east_m, b.north_m - a.north_m)
