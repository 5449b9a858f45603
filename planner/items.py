"""A sortie as the list of MAVLink mission items that makes an autopilot fly it.

Written to files by :mod:`planner.formats` and sent to the aircraft by :mod:`planner.link`: one list for both,
so that what is looked at on the ground station is what is flown.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from missions.catalogue import AircraftModel
from missions.errors import PlanError
from missions.records import Aim, HeightFrame, PathPoint, Site, Sortie

# MAV_CMD and MAV_FRAME numbers, from MAVLink's common.xml. They are written out so that files can be made
# without pymavlink.
NAV_WAYPOINT = 16
NAV_RETURN_TO_LAUNCH = 20
NAV_LAND = 21
NAV_TAKEOFF = 22
NAV_VTOL_TAKEOFF = 84
NAV_VTOL_LAND = 85
NAV_LAST = 95
"""Up to here the fifth and sixth parameter of a command are a place."""
DO_CHANGE_SPEED = 178
DO_SET_ROI_LOCATION = 195
DO_SET_ROI_NONE = 197
DO_MOUNT_CONTROL = 205
DO_SET_CAM_TRIGG_DIST = 206
IMAGE_START_CAPTURE = 2000
IMAGE_STOP_CAPTURE = 2001

FRAME_GLOBAL = 0
FRAME_MISSION = 2
FRAME_GLOBAL_RELATIVE_ALT = 3
FRAME_GLOBAL_TERRAIN_ALT = 10

_FRAMES: dict[HeightFrame, int] = {
    "relative": FRAME_GLOBAL_RELATIVE_ALT,
    "amsl": FRAME_GLOBAL,
    "terrain": FRAME_GLOBAL_TERRAIN_ALT,
}

_SPEED_OF_AIR, _SPEED_OVER_GROUND = 0, 1
_KEEP_THROTTLE = -1
_MOUNT_BY_MAVLINK = 2
"""MAV_MOUNT_MODE_MAVLINK_TARGETING: the mount holds the angles that it is told."""


@dataclass(frozen=True)
class MissionItem:
    """One MAVLink mission item, as in MISSION_ITEM_INT but with degrees and metres.

    Attributes
    ----------
    command, frame
        Numbers of MAV_CMD and MAV_FRAME.
    param1, param2, param3, param4
        As the command defines them; NaN means "unchanged".
    lon_deg, lat_deg
        WGS 84 degrees; 0 for items without a place.
    z_m
        Metres above home in FRAME_GLOBAL_RELATIVE_ALT, above sea level in FRAME_GLOBAL, above the terrain
        below in FRAME_GLOBAL_TERRAIN_ALT, else 0.
    """

    command: int
    frame: int
    param1: float = 0.0
    param2: float = 0.0
    param3: float = 0.0
    param4: float = 0.0
    lon_deg: float = 0.0
    lat_deg: float = 0.0
    z_m: float = 0.0

    @property
    def x_1e7(self) -> int:
        """Latitude in 1e-7 degrees: the `x` of MISSION_ITEM_INT."""
        return round(self.lat_deg * 1e7)

    @property
    def y_1e7(self) -> int:
        """Longitude in 1e-7 degrees: the `y` of MISSION_ITEM_INT."""
        return round(self.lon_deg * 1e7)


def mission_items(
    sortie: Sortie, site: Site, aircraft: AircraftModel, height_frame: HeightFrame = "relative"
) -> list[MissionItem]:
    """Items of a sortie in the order in which they are flown, without the home item.

    The camera is started at each transect's `start` with a photo at once, and stopped at its `end`: a return
    to launch would not stop it.

    Where the path looks aside, each place to look at is set as the region of interest: both autopilots turn
    nose and gimbal to it and keep them there through waypoints (ArduCopter drops a CONDITION_YAW at the next
    one). Behind it the region is cleared and the camera told to look straight down again.

    Parameters
    ----------
    sortie
        Its path begins with `takeoff` (the height to climb to above the site) and ends with `land`.
    site
        The sortie's site; it becomes home.
    aircraft
        Its kind decides about take-off and landing, its controller about headings.
    height_frame
        What heights count from: the site and the sea level, which both ArduPilot and PX4 take, or the terrain
        below, which ArduPilot looks up in its own terrain data.

    Raises
    ------
    PlanError
        When heights above the terrain are wanted of a path that has none.
    """

    def waypoint(point: PathPoint, command: int = NAV_WAYPOINT) -> MissionItem:
        return MissionItem(
            command,
            _FRAMES[height_frame],
            param4=heading_deg,
            lon_deg=round(point.lon, 7),
            lat_deg=round(point.lat, 7),
            z_m=round(_height_m(point, site, height_frame), 2),
        )

    # PX4 reads a heading of 0 as "face north"; NaN leaves it to its own yaw mode. ArduPilot drops it either
    # way.
    heading_deg = math.nan if aircraft.controller == "px4" else 0.0
    speed_kind = _SPEED_OVER_GROUND if aircraft.kind == "multirotor" else _SPEED_OF_AIR
    speed = MissionItem(DO_CHANGE_SPEED, FRAME_MISSION, speed_kind, sortie.speed_m_s, _KEEP_THROTTLE)
    camera_off = MissionItem(DO_SET_CAM_TRIGG_DIST, FRAME_MISSION)

    items: list[MissionItem] = []
    aim: Aim | None = None
    for point in sortie.path:
        if point.aim != aim:
            aim = point.aim
            items += _look_at(aim, site) if aim else _look_down()
        match point.kind:
            case "takeoff":
                command = NAV_VTOL_TAKEOFF if aircraft.kind == "vtol" else NAV_TAKEOFF
                items += [waypoint(point, command), speed]
            case "start":
                camera_on = MissionItem(
                    DO_SET_CAM_TRIGG_DIST, FRAME_MISSION, sortie.trigger_from(point), 0, 1
                )
                items += [waypoint(point), camera_on]
            case "end":
                items += [waypoint(point), camera_off]
            case "land" if aircraft.kind == "vtol":
                items.append(waypoint(point, NAV_VTOL_LAND))
            case "land":
                # The path ends above the site, so the return is a descent and crosses nothing.
                items.append(MissionItem(NAV_RETURN_TO_LAUNCH, FRAME_MISSION))
            case _:
                items.append(waypoint(point))
    return items


def home_item(site: Site) -> MissionItem:
    """Home as ArduPilot keeps it in item 0 and as the first line of a .waypoints file: AMSL height."""
    return MissionItem(
        NAV_WAYPOINT, FRAME_GLOBAL, lon_deg=site.lon, lat_deg=site.lat, z_m=round(site.alt_amsl_m, 2)
    )


def item_count(path: Sequence[PathPoint]) -> int:
    """Number of items that `mission_items` makes of a path."""
    aims = [None, *(point.aim for point in path)]
    turns = sum((1 if after else 2) for before, after in pairwise(aims) if before != after)
    return len(path) + turns + sum(point.kind in ("takeoff", "start", "end") for point in path)


def _look_at(aim: Aim, site: Site) -> list[MissionItem]:
    height_m = round(aim.alt_amsl_m - site.alt_amsl_m, 2)
    return [
        MissionItem(
            DO_SET_ROI_LOCATION, FRAME_GLOBAL_RELATIVE_ALT, lon_deg=aim.lon, lat_deg=aim.lat, z_m=height_m
        )
    ]


def _look_down() -> list[MissionItem]:
    return [
        MissionItem(DO_SET_ROI_NONE, FRAME_MISSION),
        MissionItem(DO_MOUNT_CONTROL, FRAME_MISSION, -90.0, z_m=_MOUNT_BY_MAVLINK),
    ]


def _height_m(point: PathPoint, site: Site, height_frame: HeightFrame) -> float:
    match height_frame:
        case "relative":
            return point.alt_amsl_m - site.alt_amsl_m
        case "amsl":
            return point.alt_amsl_m
        case "terrain":
            if point.alt_agl_m is None:
                raise PlanError(
                    f"the point at {point.lon:.7f}, {point.lat:.7f} has no height above the terrain; make "
                    "the plan again with `tianmu plan`"
                )
            return point.alt_agl_m
