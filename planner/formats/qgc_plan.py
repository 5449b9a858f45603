"""QGroundControl's .plan: mission and fence as JSON (docs.qgroundcontrol.com, Plan File Format)."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely

from missions.catalogue import AircraftModel
from missions.features import Area
from missions.records import Site
from planner.items import FRAME_GLOBAL_RELATIVE_ALT, MissionItem

# MAV_AUTOPILOT and MAV_TYPE of MAVLink's common.xml, by which QGroundControl knows firmware and vehicle. A
# plan for a DJI controller is for looking at, and generic.
_FIRMWARE = {"ardupilot": 3, "px4": 12, "dji": 0}
_VEHICLE = {"multirotor": 2, "fixed_wing": 1, "vtol": 20}
_ALTITUDE_RELATIVE = 1


def write_plan_file(
    path: Path,
    items: Sequence[MissionItem],
    site: Site,
    aircraft: AircraftModel,
    speed_m_s: float,
    no_fly: Sequence[Area],
) -> None:
    """Write a sortie's items, its site as planned home, and the no-fly areas as exclusion fences.

    Parameters
    ----------
    items
        From `planner.items.mission_items`, without home.
    speed_m_s
        Only shown by QGroundControl; the mission's own speed item sets it.
    """
    document = {
        "fileType": "Plan",
        "geoFence": {"circles": [], "polygons": _fences(no_fly), "version": 2},
        "groundStation": "QGroundControl",
        "mission": {
            "cruiseSpeed": speed_m_s,
            "firmwareType": _FIRMWARE[aircraft.controller],
            "globalPlanAltitudeMode": _ALTITUDE_RELATIVE,
            "hoverSpeed": speed_m_s,
            "items": [_simple_item(item, number) for number, item in enumerate(items, start=1)],
            "plannedHomePosition": [site.lat, site.lon, site.alt_amsl_m],
            "vehicleType": _VEHICLE[aircraft.kind],
            "version": 2,
        },
        "rallyPoints": {"points": [], "version": 2},
        "version": 1,
    }
    path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8", newline="\n")


def _simple_item(item: MissionItem, number: int) -> dict[str, Any]:
    params = (item.param1, item.param2, item.param3, item.param4, item.lat_deg, item.lon_deg, item.z_m)
    written: dict[str, Any] = {
        "autoContinue": True,
        "command": item.command,
        "doJumpId": number,
        "frame": item.frame,
        "params": [None if math.isnan(value) else value for value in params],
        "type": "SimpleItem",
    }
    if item.frame == FRAME_GLOBAL_RELATIVE_ALT:
        written |= {"AMSLAltAboveTerrain": None, "Altitude": item.z_m, "AltitudeMode": _ALTITUDE_RELATIVE}
    return written


def _fences(no_fly: Sequence[Area]) -> list[dict[str, Any]]:
    """Outer rings of the no-fly areas: QGroundControl closes rings itself, and knows no holes."""
    parts = [part for area in no_fly for part in shapely.get_parts(area.polygon)]
    return [
        {
            "inclusion": False,
            "polygon": [[round(lat, 7), round(lon, 7)] for lon, lat in part.exterior.coords[:-1]],
            "version": 1,
        }
        for part in parts
    ]
