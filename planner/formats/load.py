"""What a controller is given for one sortie: the same items, fences and rally points in every format."""

from dataclasses import dataclass

from missions.catalogue import AircraftModel
from missions.records import Plan, Site, Sortie
from planner.fence import Fence, Geofence, RallyPoint, rally_points
from planner.items import MissionItem, mission_items


@dataclass(frozen=True)
class Load:
    """A sortie as it is loaded into a controller.

    Attributes
    ----------
    items
        From `planner.items.mission_items`, without home.
    problems
        What the fences could not hold, in words.
    """

    sortie: Sortie
    site: Site
    aircraft: AircraftModel
    items: tuple[MissionItem, ...]
    fences: tuple[Fence, ...] = ()
    rally: tuple[RallyPoint, ...] = ()
    problems: tuple[str, ...] = ()


def load_of(plan: Plan, sortie: Sortie, aircraft: AircraftModel, fence: Geofence) -> Load:
    """Put together what a sortie is flown with."""
    site = plan.site(sortie.site)
    return Load(
        sortie=sortie,
        site=site,
        aircraft=aircraft,
        items=tuple(mission_items(sortie, site, aircraft, plan.height_frame)),
        fences=fence.fences,
        rally=tuple(rally_points(plan, sortie, aircraft)),
        problems=fence.left_out,
    )
