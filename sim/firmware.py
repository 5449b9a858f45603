"""What one build of ArduPilot takes as mission items, and how it reads them back.

Measured on ArduPilot 4.7-dev in software in the loop, command by command; the tests replay that.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from pymavlink.dialects.v20 import ardupilotmega as mav


class Item(NamedTuple):
    """A mission item, or a vertex of a fence, or a rally point, as MISSION_ITEM_INT carries it."""

    frame: int
    command: int
    param1: float
    param2: float
    param3: float
    param4: float
    x: int
    y: int
    z: float

    @property
    def has_place(self) -> bool:
        """Whether it says where; 0, 0 means where the aircraft is."""
        return self.x != 0 or self.y != 0


class RefusedItemError(Exception):
    """An item that the aircraft does not take; `result` is the MAV_MISSION_RESULT it answers."""

    def __init__(self, result: int) -> None:
        super().__init__(f"MAV_MISSION_RESULT {result}")
        self.result = result


@dataclass(frozen=True)
class Firmware:
    """The limits and habits of one build."""

    name: str
    mission_items: int
    """Including home, item 0; more is answered with NO_SPACE."""
    fence_bytes: int
    """Room for the fence: a polygon takes 2 and 8 a vertex, a circle 13, a return point 9, the rest 5."""
    rally_items: int
    waypoint_delay: bool
    """Whether NAV_WAYPOINT keeps param1, the seconds to stay."""
    also_refused: frozenset[int]
    request: type[mav.MAVLink_mission_request_int_message] | type[mav.MAVLink_mission_request_message] = (
        mav.MAVLink_mission_request_int_message
    )
    """What it asks with; builds that ask with MISSION_REQUEST take MISSION_ITEM_INT all the same."""


COPTER = Firmware("ArduCopter", 650, 560, 20, True, frozenset())
"""A fence of 63 items was taken and a polygon of 70 vertices refused; 20 rally points taken, 50 refused."""
PLANE = Firmware("ArduPlane", 655, 672, 20, False, frozenset({mav.MAV_CMD_NAV_SPLINE_WAYPOINT}))
"""A fence of 70 items was taken and one of 84 refused."""

FRAMES = {
    mav.MAV_FRAME_GLOBAL: mav.MAV_FRAME_GLOBAL,
    mav.MAV_FRAME_MISSION: mav.MAV_FRAME_GLOBAL,
    mav.MAV_FRAME_GLOBAL_RELATIVE_ALT: mav.MAV_FRAME_GLOBAL_RELATIVE_ALT,
    mav.MAV_FRAME_GLOBAL_INT: mav.MAV_FRAME_GLOBAL,
    mav.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT: mav.MAV_FRAME_GLOBAL_RELATIVE_ALT,
    mav.MAV_FRAME_GLOBAL_TERRAIN_ALT: mav.MAV_FRAME_GLOBAL_TERRAIN_ALT,
    mav.MAV_FRAME_GLOBAL_TERRAIN_ALT_INT: mav.MAV_FRAME_GLOBAL_TERRAIN_ALT,
}
"""Frame that was sent: frame that is read back. Others are refused."""

_WITH_PLACE = frozenset(
    {
        mav.MAV_CMD_NAV_WAYPOINT,
        mav.MAV_CMD_NAV_SPLINE_WAYPOINT,
        mav.MAV_CMD_NAV_LOITER_UNLIM,
        mav.MAV_CMD_NAV_LOITER_TURNS,
        mav.MAV_CMD_NAV_LOITER_TIME,
        mav.MAV_CMD_NAV_LOITER_TO_ALT,
        mav.MAV_CMD_NAV_TAKEOFF,
        mav.MAV_CMD_NAV_LAND,
        mav.MAV_CMD_NAV_GUIDED_ENABLE,
        mav.MAV_CMD_NAV_VTOL_TAKEOFF,
        mav.MAV_CMD_NAV_VTOL_LAND,
        mav.MAV_CMD_NAV_PAYLOAD_PLACE,
        mav.MAV_CMD_DO_SET_HOME,
        mav.MAV_CMD_DO_LAND_START,
        mav.MAV_CMD_DO_GO_AROUND,
        mav.MAV_CMD_DO_RETURN_PATH_START,
        mav.MAV_CMD_DO_SET_ROI_LOCATION,
        mav.MAV_CMD_DO_SET_ROI,
    }
)
_WITHOUT_PLACE = frozenset(
    {
        mav.MAV_CMD_NAV_RETURN_TO_LAUNCH,
        mav.MAV_CMD_NAV_DELAY,
        mav.MAV_CMD_CONDITION_DELAY,
        mav.MAV_CMD_CONDITION_DISTANCE,
        mav.MAV_CMD_CONDITION_YAW,
        mav.MAV_CMD_DO_JUMP,
        mav.MAV_CMD_DO_CHANGE_SPEED,
        mav.MAV_CMD_DO_SET_SERVO,
        mav.MAV_CMD_DO_SET_RELAY,
        mav.MAV_CMD_DO_SET_ROI_NONE,
        mav.MAV_CMD_DO_DIGICAM_CONTROL,
        mav.MAV_CMD_DO_MOUNT_CONTROL,
        mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST,
        mav.MAV_CMD_DO_FENCE_ENABLE,
        mav.MAV_CMD_DO_INVERTED_FLIGHT,
        mav.MAV_CMD_DO_GRIPPER,
        mav.MAV_CMD_DO_AUTOTUNE_ENABLE,
        mav.MAV_CMD_DO_SET_RESUME_REPEAT_DIST,
        mav.MAV_CMD_DO_GUIDED_LIMITS,
        mav.MAV_CMD_SET_CAMERA_ZOOM,
        mav.MAV_CMD_SET_CAMERA_FOCUS,
        mav.MAV_CMD_JUMP_TAG,
        mav.MAV_CMD_DO_JUMP_TAG,
        mav.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW,
        mav.MAV_CMD_IMAGE_START_CAPTURE,
        mav.MAV_CMD_IMAGE_STOP_CAPTURE,
        mav.MAV_CMD_VIDEO_START_CAPTURE,
        mav.MAV_CMD_VIDEO_STOP_CAPTURE,
        mav.MAV_CMD_DO_VTOL_TRANSITION,
        mav.MAV_CMD_DO_WINCH,
        mav.MAV_CMD_NAV_SCRIPT_TIME,
    }
)
_HIGHEST_M = 83_000
_NOWHERE_E7 = 2**31 - 1
_MAY_BE_NAN = {
    mav.MAV_CMD_NAV_WAYPOINT: {3},
    mav.MAV_CMD_NAV_TAKEOFF: {3},
    mav.MAV_CMD_NAV_LAND: {3},
    mav.MAV_CMD_NAV_VTOL_TAKEOFF: {2, 3},
    mav.MAV_CMD_NAV_VTOL_LAND: {2, 3},
}
"""Params (0 to 3) in which NaN means "as it is"; anywhere else NaN is refused."""


def read_back(item: Item, firmware: Firmware) -> Item:
    """Say how an item that was sent will be read back.

    Raises
    ------
    RefusedItemError
        When the build refuses its command, its frame, or a value.
    """
    known = item.command in _WITH_PLACE or item.command in _WITHOUT_PLACE
    if not known or item.command in firmware.also_refused:
        raise RefusedItemError(mav.MAV_MISSION_UNSUPPORTED)
    for i, value in enumerate(item[2:6]):
        allowed = math.isnan(value) and i in _MAY_BE_NAN.get(item.command, ())
        if not math.isfinite(value) and not allowed:
            raise RefusedItemError(mav.MAV_MISSION_INVALID_PARAM1 + i)
    kept = item._replace(
        **dict(
            zip(("param1", "param2", "param3", "param4"), _params(item, firmware.waypoint_delay), strict=True)
        )
    )
    if item.command in _WITH_PLACE:
        return placed(kept)
    return kept._replace(frame=mav.MAV_FRAME_GLOBAL, **_leftovers(item))


def placed(item: Item) -> Item:
    """Check the place of an item; heights are stored in centimetres.

    Raises
    ------
    RefusedItemError
        For a frame that is not supported, or a place that is not on Earth.
    """
    if item.frame not in FRAMES:
        raise RefusedItemError(mav.MAV_MISSION_UNSUPPORTED_FRAME)
    if abs(item.x) > 900_000_000:
        raise RefusedItemError(mav.MAV_MISSION_INVALID_PARAM5_X)
    if abs(item.y) > 1_800_000_000:
        raise RefusedItemError(mav.MAV_MISSION_INVALID_PARAM6_Y)
    if not abs(item.z) < _HIGHEST_M:
        raise RefusedItemError(mav.MAV_MISSION_INVALID_PARAM7)
    return item._replace(frame=FRAMES[item.frame], z=round(item.z * 100) / 100)


def keeps_place(command: int) -> bool:
    """Say whether x and y of a command are a place, in degrees or 1e-7 of them."""
    return command not in _WITHOUT_PLACE


def degrees_e7(degrees: float) -> int:
    """Turn degrees into 1e-7 degrees; what is no place on Earth becomes MAVLink's mark for that."""
    return round(degrees * 1e7) if abs(degrees) <= 180 else _NOWHERE_E7


def clamped_int(value: float) -> int:
    """Turn a number into a 32-bit integer; what is none becomes 0."""
    return int(max(-(2**31), min(_NOWHERE_E7, value))) if math.isfinite(value) else 0


def _params(item: Item, waypoint_delay: bool) -> tuple[float, float, float, float]:
    """Say which of the four params survive storage."""
    p1, p2, p3, p4 = item[2:6]
    match item.command:
        case mav.MAV_CMD_NAV_WAYPOINT:
            return (_whole(p1), 0, 0, 0) if waypoint_delay else (0, _whole(p2), _whole(p3), 0)
        case mav.MAV_CMD_NAV_SPLINE_WAYPOINT | mav.MAV_CMD_NAV_TAKEOFF:
            return _whole(p1), 0, 0, 0
        case mav.MAV_CMD_NAV_LOITER_TIME:
            return _whole(p1), 0, -1 if p3 < 0 else 1, 1 if p4 == 1 else 0
        case mav.MAV_CMD_NAV_LOITER_TO_ALT:
            return 0, p2, 0, 1 if p4 == 1 else 0
        case mav.MAV_CMD_NAV_LAND:
            return _whole(p1), 0, 0, -1 if p4 < 0 else 1
        case mav.MAV_CMD_DO_SET_ROI:
            return _whole(p1), 0, 0, 0
        case mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST:
            return p1, 0, _whole(p3) & 0xFF, 0
        case _:
            return p1, p2, p3, p4


def _leftovers(item: Item) -> dict[str, float]:
    """Say what is left of x, y and z in commands that keep no place: some use them for something else."""
    match item.command:
        case mav.MAV_CMD_DO_DIGICAM_CONTROL:
            return {"x": item.x & 0xFF, "y": item.y & 0xFF, "z": 0.0}
        case mav.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW:
            return {"x": item.x & 0xFF, "y": 0, "z": float(_whole(item.z) & 0xFF)}
        case mav.MAV_CMD_NAV_SCRIPT_TIME:
            return {"x": _int16(item.x), "y": _int16(item.y), "z": 0.0}
        case mav.MAV_CMD_DO_MOUNT_CONTROL:
            return {"x": 0, "y": 0, "z": float(mav.MAV_MOUNT_MODE_MAVLINK_TARGETING)}
        case _:
            return {"x": 0, "y": 0, "z": 0.0}


def _whole(value: float) -> int:
    return max(0, min(0xFFFF, int(value))) if math.isfinite(value) else 0


def _int16(value: int) -> int:
    return (value + 0x8000) % 0x10000 - 0x8000
