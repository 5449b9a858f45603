"""QGroundControl's .plan: mission, fence and rally points as JSON (docs.qgroundcontrol.com, Plan Files).

The mission is written as simple items, one for each MAVLink item that is flown: QGroundControl sends these as
they stand, so what is looked at is what is flown. `planner.formats.qgc_survey` writes the same items as
surveys, for people who want to change them there.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from planner.fence import Fence
from planner.formats.load import Load
from planner.items import (
    FRAME_GLOBAL,
    FRAME_GLOBAL_RELATIVE_ALT,
    FRAME_GLOBAL_TERRAIN_ALT,
    MissionItem,
)

# MAV_AUTOPILOT and MAV_TYPE of MAVLink's common.xml, by which QGroundControl knows firmware and vehicle.
_FIRMWARE = {"ardupilot": 3, "px4": 12}
_VEHICLE = {"multirotor": 2, "fixed_wing": 1, "vtol": 20}
# QGroundControl's AltMode (QGroundControlQmlGlobal.h) by MAV_FRAME; 0 is "mixed".
_ALTITUDE_MODE = {FRAME_GLOBAL_RELATIVE_ALT: 1, FRAME_GLOBAL: 2, FRAME_GLOBAL_TERRAIN_ALT: 4}
_MIXED = 0


def write_plan_file(path: Path, load: Load) -> None:
    """Write a sortie's items, its site as planned home, its fences and its rally points."""
    write_plan_document(
        path, load, [simple_item(item, number) for number, item in enumerate(load.items, start=1)]
    )


def write_plan_document(path: Path, load: Load, items: Sequence[dict[str, Any]]) -> None:
    """Write a .plan whose mission items are already in its own form."""
    modes = {_ALTITUDE_MODE[item.frame] for item in load.items if item.frame in _ALTITUDE_MODE}
    speed_m_s = load.sortie.speed_m_s  # only shown: the mission's own speed item sets it
    document = {
        "fileType": "Plan",
        "geoFence": {"circles": [], "polygons": [_fence(fence) for fence in load.fences], "version": 2},
        "groundStation": "QGroundControl",
        "mission": {
            "cruiseSpeed": speed_m_s,
            "firmwareType": _FIRMWARE[load.aircraft.controller],
            "globalPlanAltitudeMode": modes.pop() if len(modes) == 1 else _MIXED,
            "hoverSpeed": speed_m_s,
            "items": list(items),
            "plannedHomePosition": [load.site.lat, load.site.lon, load.site.alt_amsl_m],
            "vehicleType": _VEHICLE[load.aircraft.kind],
            "version": 2,
        },
        "rallyPoints": {
            "points": [[point.lat, point.lon, point.height_m] for point in load.rally],
            "version": 2,
        },
        "version": 1,
    }
    path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8", newline="\n")


def simple_item(item: MissionItem, number: int) -> dict[str, Any]:
    """Give an item of the mission's own list, with its height as QGroundControl shows it."""
    written = stored_item(item, number)
    if item.frame in _ALTITUDE_MODE:
        written |= {
            "AMSLAltAboveTerrain": None,
            "Altitude": item.z_m,
            "AltitudeMode": _ALTITUDE_MODE[item.frame],
        }
    return written


def stored_item(item: MissionItem, number: int) -> dict[str, Any]:
    """Give an item as a complex item stores it; null stands for "leave it as it is"."""
    params = (item.param1, item.param2, item.param3, item.param4, item.lat_deg, item.lon_deg, item.z_m)
    return {
        "autoContinue": True,
        "command": item.command,
        "doJumpId": number,
        "frame": item.frame,
        "params": [None if math.isnan(value) else value for value in params],
        "type": "SimpleItem",
    }


def _fence(fence: Fence) -> dict[str, Any]:
    """QGroundControl closes rings itself."""
    corners = [[lat, lon] for lon, lat in fence.polygon.exterior.coords[:-1]]
    return {"inclusion": fence.inclusion, "polygon": corners, "version": 1}
