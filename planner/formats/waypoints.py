"""The plain mission text "QGC WPL 110" that Mission Planner and others read (mavlink.io, File Formats)."""

import math
from collections.abc import Sequence
from pathlib import Path

from missions.errors import PlanError
from missions.records import Site
from planner.formats.checked import read_text
from planner.formats.missionfile import MissionFile, Place, Route
from planner.items import FRAME_GLOBAL, NAV_LAST, NAV_WAYPOINT, MissionItem, home_item

_HEADER = "QGC WPL 110"


def write_waypoints_file(path: Path, items: Sequence[MissionItem], site: Site) -> None:
    """Write home as line 0 and then a sortie's items."""
    lines = [_line(number, item) for number, item in enumerate([home_item(site), *items])]
    path.write_text(f"{_HEADER}\n" + "\n".join(lines) + "\n", encoding="ascii", newline="\n")


def read_waypoints_file(path: Path) -> MissionFile:
    """Read a .waypoints file; line 0 is home, as ArduPilot's ground stations write it.

    Raises
    ------
    PlanError
        The file is no such text, or one of its lines is not a mission item; the message names the line.
    """
    header, *lines = read_text(path).splitlines() or [""]
    if header.strip() != _HEADER:
        raise PlanError(f'{path}: line 1: expected "{_HEADER}", received "{header[:40]}"')
    numbered = [(number, line) for number, line in enumerate(lines, start=2) if line.strip()]
    items = [_item(path, number, line, seq) for seq, (number, line) in enumerate(numbered)]
    if not items:
        raise PlanError(f"{path}: expected home in line 2, and there is none")
    home = items[0]
    if (home.command, home.frame) != (NAV_WAYPOINT, FRAME_GLOBAL):
        raise PlanError(
            f"{path}: line {numbered[0][0]}: expected home (command {NAV_WAYPOINT} in frame {FRAME_GLOBAL}), "
            f"received command {home.command} in frame {home.frame}"
        )
    place = Place(home.lon_deg, home.lat_deg, home.z_m)
    return MissionFile(routes=(Route(path.stem, tuple(items[1:])),), home=place)


def _line(number: int, item: MissionItem) -> str:
    current, autocontinue = int(number == 0), 1
    params = [f"{value:.6f}" for value in (item.param1, item.param2, item.param3, item.param4)]
    place = [f"{item.lat_deg:.8f}", f"{item.lon_deg:.8f}", f"{item.z_m:.6f}"]
    return "\t".join(map(str, (number, current, item.frame, item.command, *params, *place, autocontinue)))


def _item(path: Path, number: int, line: str, seq: int) -> MissionItem:
    words = line.split()
    if len(words) != 12:
        raise PlanError(f"{path}: line {number}: expected 12 fields, received {len(words)}")
    try:
        written_seq, _, frame, command, *_ = (int(word) for word in words[:4])
        param1, param2, param3, param4, lat, lon, height = (float(word) for word in words[4:11])
    except ValueError as error:
        raise PlanError(f"{path}: line {number}: expected numbers: {error}") from error
    if written_seq != seq:
        raise PlanError(f"{path}: line {number}: expected item {seq}, received item {written_seq}")
    if command <= NAV_LAST and (abs(lat) > 90 or abs(lon) > 180 or math.isinf(height)):
        raise PlanError(
            f"{path}: line {number}: expected latitude, longitude and height, received {lat}, {lon}, {height}"
        )
    return MissionItem(command, frame, param1, param2, param3, param4, lon_deg=lon, lat_deg=lat, z_m=height)
