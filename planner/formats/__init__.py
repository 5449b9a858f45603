"""Plans in the formats that ground stations and people open, one file each, and read back.

In goes a `missions.records.Plan`; out come for each sortie `S01.plan` and `S01-survey.plan` (QGroundControl)
and `S01.waypoints` (Mission Planner and others), or for DJI's controllers `S01.kmz` (waylines) and `S01.csv`
(Litchi), and plan.kml for all. In goes a file of any of these formats but Litchi's; out comes a
`MissionFile`.
"""

from collections.abc import Sequence
from pathlib import Path

from missions.catalogue import AircraftModel
from missions.errors import PlanError
from missions.features import Area, Plot
from missions.records import Plan, Sortie
from planner.fence import Fencing
from planner.formats.dji_read import read_wpml_file
from planner.formats.dji_wpml import write_wpml_file
from planner.formats.litchi import write_litchi_files
from planner.formats.load import Load, load_of
from planner.formats.missionfile import MarkedArea, MissionFile, Place, Route
from planner.formats.plan_kml import read_plan_kml, write_plan_kml
from planner.formats.qgc_plan import write_plan_file
from planner.formats.qgc_read import read_plan_file
from planner.formats.qgc_survey import write_survey_file
from planner.formats.waypoints import read_waypoints_file, write_waypoints_file


def write_plan_files(
    folder: Path, plan: Plan, aircraft: AircraftModel, plots: Sequence[Plot], no_fly: Sequence[Area]
) -> list[str]:
    """Write all files of a plan but plan.json into a folder.

    Returns
    -------
    list of str
        What could not be put into the files as planned, in words.

    Raises
    ------
    PlanError
        When a sortie cannot be written for its controller at all.
    """
    warnings: list[str] = []
    fencing = Fencing.of(plan, no_fly)
    for sortie in plan.sorties:
        if aircraft.controller == "dji":
            warnings += _write_for_dji(folder, plan, sortie, aircraft)
        else:
            load = load_of(plan, sortie, aircraft, fencing.geofence(sortie))
            write_plan_file(folder / f"{sortie.name}.plan", load)
            write_survey_file(folder / f"{sortie.name}-survey.plan", load, plan, plots)
            write_waypoints_file(folder / f"{sortie.name}.waypoints", load.items, load.site)
            warnings += [f"{sortie.name}: the fence is not complete: {problem}" for problem in load.problems]
    write_plan_kml(folder / "plan.kml", plan, plots, no_fly)
    return warnings


def file_to_load(sortie: Sortie, aircraft: AircraftModel) -> str:
    """Name the file that a crew loads for a sortie."""
    if aircraft.controller != "dji":
        return f"{sortie.name}.plan"
    return f"{sortie.name}.{'csv' if aircraft.wpml_drone is None else 'kmz'}"


def read_mission_file(path: Path) -> MissionFile:
    """Read a mission file by its ending: .plan, .waypoints, .kml, or DJI's .kmz.

    Raises
    ------
    PlanError
        The ending is another one, or the file cannot be read; the message names the place in it.
    """
    readers = {
        ".plan": read_plan_file,
        ".waypoints": read_waypoints_file,
        ".kml": read_plan_kml,
        ".kmz": read_wpml_file,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise PlanError(f"{path}: expected a file that ends in {', '.join(readers)}")
    return reader(path)


def _write_for_dji(folder: Path, plan: Plan, sortie: Sortie, aircraft: AircraftModel) -> list[str]:
    if aircraft.wpml_drone is not None:
        write_wpml_file(folder / f"{sortie.name}.kmz", plan, sortie, aircraft)
    try:
        write_litchi_files(folder, plan, sortie)
    except PlanError as error:  # the waylines are there all the same
        return [str(error)]
    return []


__all__ = [
    "Load",
    "MarkedArea",
    "MissionFile",
    "Place",
    "Route",
    "file_to_load",
    "load_of",
    "read_mission_file",
    "read_plan_file",
    "read_plan_kml",
    "read_waypoints_file",
    "read_wpml_file",
    "write_litchi_files",
    "write_plan_file",
    "write_plan_files",
    "write_plan_kml",
    "write_survey_file",
    "write_waypoints_file",
    "write_wpml_file",
]
