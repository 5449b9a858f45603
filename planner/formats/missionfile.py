"""What a mission file says, whatever its format: the one small model that every reader gives."""

from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from planner.fence import CircleFence, Fence, RallyPoint
from planner.items import MissionItem


@dataclass(frozen=True)
class Place:
    """A place on the map; its height above sea level (EGM96) where the file has one."""

    lon: float
    lat: float
    alt_amsl_m: float | None = None


@dataclass(frozen=True)
class Route:
    """One flight as MAVLink items, without home; what switches a camera stands among them as in MAVLink."""

    name: str
    items: tuple[MissionItem, ...]


@dataclass(frozen=True)
class MarkedArea:
    """A shape that a file draws beside the flight: the outline of a survey, the line of a corridor.

    Attributes
    ----------
    kind
        What the file calls it: "survey", "CorridorScan", "StructureScan", "mapping2d", a KML folder's name.
    geometry
        Longitude and latitude.
    direction_deg
        True bearing of the transects, where the file states one.
    """

    name: str
    kind: str
    geometry: BaseGeometry
    direction_deg: float | None = None


@dataclass(frozen=True)
class MissionFile:
    """All that could be read of a mission file.

    Attributes
    ----------
    set_aside
        What the file holds and this model does not, each with its place in the file and the reason.
    """

    routes: tuple[Route, ...] = ()
    home: Place | None = None
    areas: tuple[MarkedArea, ...] = ()
    fences: tuple[Fence | CircleFence, ...] = ()
    rally: tuple[RallyPoint, ...] = ()
    set_aside: tuple[str, ...] = ()
