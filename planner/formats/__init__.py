"""Plans in the formats that ground stations and people open, one file each.

In goes a `missions.records.Plan`; out come `S01.plan` (QGroundControl) and `S01.waypoints` (Mission Planner
and others) for each sortie, and plan.kml.
"""

from collections.abc import Sequence
from pathlib import Path

from missions.catalogue import AircraftModel
from missions.features import Area, Plot
from missions.records import Plan
from planner.formats.plan_kml import write_plan_kml
from planner.formats.qgc_plan import write_plan_file
from planner.formats.waypoints import write_waypoints_file
from planner.items import mission_items


def write_plan_files(
    folder: Path, plan: Plan, aircraft: AircraftModel, plots: Sequence[Plot], no_fly: Sequence[Area]
) -> None:
    """Write all files of a plan but plan.json into a folder."""
    for sortie in plan.sorties:
        site = plan.site(sortie.site)
        items = mission_items(sortie, site, aircraft, plan.height_frame)
        write_plan_file(folder / f"{sortie.name}.plan", items, site, aircraft, sortie.speed_m_s, no_fly)
        write_waypoints_file(folder / f"{sortie.name}.waypoints", items, site)
    write_plan_kml(folder / "plan.kml", plan, plots, no_fly)


__all__ = ["write_plan_file", "write_plan_files", "write_plan_kml", "write_waypoints_file"]
