"""The plain mission text "QGC WPL 110" that Mission Planner and others read (mavlink.io, File Formats)."""

from collections.abc import Sequence
from pathlib import Path

from missions.records import Site
from planner.items import MissionItem, home_item


def write_waypoints_file(path: Path, items: Sequence[MissionItem], site: Site) -> None:
    """Write home as line 0 and then a sortie's items."""
    lines = [_line(number, item) for number, item in enumerate([home_item(site), *items])]
    path.write_text("QGC WPL 110\n" + "\n".join(lines) + "\n", encoding="ascii", newline="\n")


def _line(number: int, item: MissionItem) -> str:
    current, autocontinue = int(number == 0), 1
    params = [f"{value:.6f}" for value in (item.param1, item.param2, item.param3, item.param4)]
    place = [f"{item.lat_deg:.8f}", f"{item.lon_deg:.8f}", f"{item.z_m:.6f}"]
    return "\t".join(map(str, (number, current, item.frame, item.command, *params, *place, autocontinue)))
