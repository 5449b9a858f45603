"""What the practice aircraft tells of itself: a builder for each message, and how often a link wants it."""

import math
from collections.abc import Callable
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mav

from sim.autopilot import Autopilot
from sim.flightlog import course_of
from sim.modes import Mode

_SENSORS = (
    mav.MAV_SYS_STATUS_SENSOR_3D_GYRO
    | mav.MAV_SYS_STATUS_SENSOR_3D_ACCEL
    | mav.MAV_SYS_STATUS_SENSOR_3D_MAG
    | mav.MAV_SYS_STATUS_SENSOR_ABSOLUTE_PRESSURE
    | mav.MAV_SYS_STATUS_SENSOR_GPS
    | mav.MAV_SYS_STATUS_SENSOR_ANGULAR_RATE_CONTROL
    | mav.MAV_SYS_STATUS_SENSOR_ATTITUDE_STABILIZATION
    | mav.MAV_SYS_STATUS_SENSOR_YAW_POSITION
    | mav.MAV_SYS_STATUS_SENSOR_Z_ALTITUDE_CONTROL
    | mav.MAV_SYS_STATUS_SENSOR_XY_POSITION_CONTROL
    | mav.MAV_SYS_STATUS_SENSOR_MOTOR_OUTPUTS
    | mav.MAV_SYS_STATUS_AHRS
    | mav.MAV_SYS_STATUS_LOGGING
    | mav.MAV_SYS_STATUS_SENSOR_BATTERY
)
_CAPABILITIES = (
    mav.MAV_PROTOCOL_CAPABILITY_MISSION_FLOAT
    | mav.MAV_PROTOCOL_CAPABILITY_PARAM_FLOAT
    | mav.MAV_PROTOCOL_CAPABILITY_MISSION_INT
    | mav.MAV_PROTOCOL_CAPABILITY_COMMAND_INT
    | mav.MAV_PROTOCOL_CAPABILITY_SET_POSITION_TARGET_GLOBAL_INT
    | mav.MAV_PROTOCOL_CAPABILITY_MAVLINK2
    | mav.MAV_PROTOCOL_CAPABILITY_MISSION_FENCE
    | mav.MAV_PROTOCOL_CAPABILITY_MISSION_RALLY
)
_EKF_HEALTHY = 831
"""Attitude, velocities, positions relative and absolute, predictions: as a healthy EKF3 reports with GNSS."""
_VERSION_DEV = (4 << 24) | (7 << 16)
_NO_VALUE_MV = 65535


def heartbeat(a: Autopilot) -> Any:
    """HEARTBEAT."""
    flags = (
        mav.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED
        | mav.MAV_MODE_FLAG_STABILIZE_ENABLED
        | mav.MAV_MODE_FLAG_MANUAL_INPUT_ENABLED
    )
    if a.mode not in (Mode.STABILIZE, Mode.ALT_HOLD):
        flags |= mav.MAV_MODE_FLAG_GUIDED_ENABLED
    if a.armed:
        flags |= mav.MAV_MODE_FLAG_SAFETY_ARMED
    status = mav.MAV_STATE_ACTIVE if a.flying else mav.MAV_STATE_STANDBY
    if a.failsafe:
        status = mav.MAV_STATE_CRITICAL
    return mav.MAVLink_heartbeat_message(
        mav.MAV_TYPE_QUADROTOR, mav.MAV_AUTOPILOT_ARDUPILOTMEGA, flags, a.mode, status, 3
    )


def _system_time(a: Autopilot) -> Any:
    return mav.MAVLink_system_time_message(a.clock.unix_us(a.clock.boot_s), a.clock.time_ms)


def _attitude(a: Autopilot) -> Any:
    e = a.now.estimate
    yaw = math.radians((e.yaw_deg + 180) % 360 - 180)
    return mav.MAVLink_attitude_message(
        a.clock.time_ms,
        math.radians(e.roll_deg),
        math.radians(e.pitch_deg),
        yaw,
        0.0,
        0.0,
        math.radians(e.yaw_rate_deg_s),
    )


def _global_position(a: Autopilot) -> Any:
    e = a.now.estimate
    return mav.MAVLink_global_position_int_message(
        a.clock.time_ms,
        *a.latlon_e7(e),
        round(e.alt_amsl_m * 1000),
        round((e.alt_amsl_m - a.home.alt_amsl_m) * 1000),
        round(e.north_m_s * 100),
        round(e.east_m_s * 100),
        round(-e.up_m_s * 100),
        round(e.yaw_deg * 100) % 36000,
    )


def _gps_raw(a: Autopilot) -> Any:
    e = a.now.estimate
    speed, course = course_of(e.east_m_s, e.north_m_s)
    return mav.MAVLink_gps_raw_int_message(
        a.clock.time_us,
        mav.GPS_FIX_TYPE_3D_FIX,
        *a.latlon_e7(e),
        round(e.alt_amsl_m * 1000),
        80,
        140,
        round(speed * 100),
        round(course * 100) % 36000,
        17,
        0,
        1000,
        1700,
        200,
    )


def _vfr_hud(a: Autopilot) -> Any:
    e = a.now.estimate
    speed, _ = course_of(e.east_m_s, e.north_m_s)
    throttle = 39 if a.flying else 0
    return mav.MAVLink_vfr_hud_message(
        a.airspeed_m_s, speed, round(e.yaw_deg) % 360, throttle, e.alt_amsl_m, e.up_m_s
    )


def _sys_status(a: Autopilot) -> Any:
    ready = 0 if a.arming_faults() else mav.MAV_SYS_STATUS_PREARM_CHECK
    sensors = _SENSORS | mav.MAV_SYS_STATUS_PREARM_CHECK
    return mav.MAVLink_sys_status_message(
        sensors,
        sensors,
        _SENSORS | ready,
        250,
        round(a.battery.volt * 1000),
        round(a.battery.amp * 100),
        a.battery.remaining_pct,
        0,
        0,
        0,
        0,
        0,
        0,
    )


def _battery_status(a: Autopilot) -> Any:
    volts = [round(a.battery.volt * 1000), *[_NO_VALUE_MV] * 9]
    return mav.MAVLink_battery_status_message(
        0,
        mav.MAV_BATTERY_FUNCTION_UNKNOWN,
        mav.MAV_BATTERY_TYPE_UNKNOWN,
        32767,
        volts,
        round(a.battery.amp * 100),
        round(a.battery.used_mah),
        round(a.battery.used_wh * 36),
        a.battery.remaining_pct,
    )


def _mission_current(a: Autopilot) -> Any:
    store = a.stores[mav.MAV_MISSION_TYPE_MISSION]
    if not store.items:
        state = mav.MISSION_STATE_NO_MISSION
    elif a.mission.complete:
        state = mav.MISSION_STATE_COMPLETE
    elif a.mode == Mode.AUTO and a.armed:
        state = mav.MISSION_STATE_ACTIVE
    else:
        state = mav.MISSION_STATE_NOT_STARTED if not store.current else mav.MISSION_STATE_PAUSED
    total = max(0, len(store.items) - 1)
    return mav.MAVLink_mission_current_message(store.current, total, state, int(a.mode == Mode.AUTO))


def _ekf(a: Autopilot) -> Any:
    return mav.MAVLink_ekf_status_report_message(_EKF_HEALTHY, 0.02, 0.03, 0.02, 0.03, 0.0)


def _extended_state(a: Autopilot) -> Any:
    state = mav.MAV_LANDED_STATE_IN_AIR if a.flying else mav.MAV_LANDED_STATE_ON_GROUND
    if a.flying and a.mode == Mode.LAND:
        state = mav.MAV_LANDED_STATE_LANDING
    return mav.MAVLink_extended_sys_state_message(mav.MAV_VTOL_STATE_UNDEFINED, state)


def _wind(a: Autopilot) -> Any:
    east, north = a.wind_m_s
    speed, towards = course_of(east, north)
    return mav.MAVLink_wind_message((towards + 180) % 360, speed, 0.0)


def _home(a: Autopilot) -> Any:
    return a.home_message()


def _version(a: Autopilot) -> Any:
    nothing = [0] * 8
    return mav.MAVLink_autopilot_version_message(
        _CAPABILITIES, _VERSION_DEV, 0, 0, 0, nothing, nothing, nothing, 0, 0, 0
    )


BUILDERS: dict[int, Callable[[Autopilot], Any]] = {
    mav.MAVLINK_MSG_ID_HEARTBEAT: heartbeat,
    mav.MAVLINK_MSG_ID_SYSTEM_TIME: _system_time,
    mav.MAVLINK_MSG_ID_ATTITUDE: _attitude,
    mav.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: _global_position,
    mav.MAVLINK_MSG_ID_GPS_RAW_INT: _gps_raw,
    mav.MAVLINK_MSG_ID_VFR_HUD: _vfr_hud,
    mav.MAVLINK_MSG_ID_SYS_STATUS: _sys_status,
    mav.MAVLINK_MSG_ID_BATTERY_STATUS: _battery_status,
    mav.MAVLINK_MSG_ID_MISSION_CURRENT: _mission_current,
    mav.MAVLINK_MSG_ID_EKF_STATUS_REPORT: _ekf,
    mav.MAVLINK_MSG_ID_EXTENDED_SYS_STATE: _extended_state,
    mav.MAVLINK_MSG_ID_WIND: _wind,
    mav.MAVLINK_MSG_ID_HOME_POSITION: _home,
    mav.MAVLINK_MSG_ID_AUTOPILOT_VERSION: _version,
}
"""Messages that can be asked for, by id; some of them are in no stream."""

STREAMS: dict[int, tuple[int, ...]] = {
    mav.MAV_DATA_STREAM_EXTENDED_STATUS: (
        mav.MAVLINK_MSG_ID_SYS_STATUS,
        mav.MAVLINK_MSG_ID_MISSION_CURRENT,
        mav.MAVLINK_MSG_ID_GPS_RAW_INT,
    ),
    mav.MAV_DATA_STREAM_POSITION: (mav.MAVLINK_MSG_ID_GLOBAL_POSITION_INT,),
    mav.MAV_DATA_STREAM_EXTRA1: (mav.MAVLINK_MSG_ID_ATTITUDE,),
    mav.MAV_DATA_STREAM_EXTRA2: (mav.MAVLINK_MSG_ID_VFR_HUD,),
    mav.MAV_DATA_STREAM_EXTRA3: (
        mav.MAVLINK_MSG_ID_SYSTEM_TIME,
        mav.MAVLINK_MSG_ID_WIND,
        mav.MAVLINK_MSG_ID_BATTERY_STATUS,
        mav.MAVLINK_MSG_ID_EKF_STATUS_REPORT,
    ),
}
"""The streams of REQUEST_DATA_STREAM."""

DEFAULT_HZ = 4.0
HEARTBEAT_HZ = 1.0


class Rates:
    """How often one link gets which message.

    Intervals are of simulated time, as the aircraft knows no other; but however fast that runs, a link gets a
    message at most `most_hz` times a second of real time, as a real link would not carry more.

    Parameters
    ----------
    hz : float
        Rate of the streams until something else is asked for.
    most_hz : float
    """

    def __init__(self, hz: float = DEFAULT_HZ, most_hz: float = 20.0) -> None:
        self._least_real_s = 1.0 / most_hz
        self._interval_s = {mav.MAVLINK_MSG_ID_HEARTBEAT: 1.0 / HEARTBEAT_HZ}
        for members in STREAMS.values():
            self._interval_s.update(dict.fromkeys(members, 1.0 / hz))
        self._sent: dict[int, tuple[float, float]] = {}

    def interval_us(self, message_id: int) -> int:
        """Answer MESSAGE_INTERVAL: microseconds, -1 for not sent."""
        interval = self._interval_s.get(message_id)
        return -1 if interval is None else round(interval * 1e6)

    def set_interval(self, message_id: int, interval_us: float) -> bool:
        """Do SET_MESSAGE_INTERVAL: -1 stops, 0 is the default rate; False for a message there is not."""
        if message_id not in BUILDERS:
            return False
        if interval_us < 0:
            self._interval_s.pop(message_id, None)
        else:
            default = 1.0 / (HEARTBEAT_HZ if message_id == mav.MAVLINK_MSG_ID_HEARTBEAT else DEFAULT_HZ)
            self._interval_s[message_id] = interval_us / 1e6 or default
        return True

    def set_stream(self, stream: int, hz: float) -> None:
        """Do REQUEST_DATA_STREAM; stream 0 is all of them, a rate of 0 stops."""
        wanted = STREAMS.values() if stream == mav.MAV_DATA_STREAM_ALL else [STREAMS.get(stream, ())]
        for members in wanted:
            for message_id in members:
                self.set_interval(message_id, 1e6 / hz if hz > 0 else -1)

    def due(self, boot_s: float, real_s: float) -> list[int]:
        """Give the ids of the messages to send now, and note them as sent."""
        ids: list[int] = []
        for message_id, interval_s in self._interval_s.items():
            last = self._sent.get(message_id)
            if last is None or (
                boot_s - last[0] >= interval_s - 1e-6 and real_s - last[1] >= self._least_real_s
            ):
                ids.append(message_id)
                self._sent[message_id] = (boot_s, real_s)
        return ids
