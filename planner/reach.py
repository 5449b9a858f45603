"""What a photo surely shows of the ground, and so how far apart lines and photos may be."""

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.camera import Camera
from geo.terrain import Terrain
from planner.terrain import HeightRule

Array = NDArray[np.float64]

_SAMPLES = 200
"""Places of a plot at which the terrain is looked at."""
_SURE_PCT = 2.0
"""Percentile of the places that is planned for; single steeper spots are left to the proof by footprints."""

_LEAN_REFERENCE_M_S = 50.0
"""Airspeed divided by the tangent of the lean that its drag needs. An estimate: survey multirotors of 3 to 4
kg lean by about one degree for each m/s of airspeed."""


@dataclass(frozen=True)
class Reach:
    """Distances, in metres, that rule a survey over one plot in one direction.

    Attributes
    ----------
    spacing_m
        Widest distance between lines that keeps the side overlap.
    trigger_m
        Longest distance between photos that keeps the front overlap.
    across_m, along_m
        Half width and half length of the rectangle that a photo shows surely, whatever the errors allowed
        for.
    """

    spacing_m: float
    trigger_m: float
    across_m: float
    along_m: float

    def with_trigger(self, trigger_m: float) -> "Reach":
        """Give the same with another trigger distance."""
        return replace(self, trigger_m=trigger_m)

    def tightened(self, factor: float) -> "Reach":
        """Give more cautious distances: lines closer together and nearer to the border; same trigger."""
        across = factor * self.across_m
        spacing = min(factor * self.spacing_m, 2.0 * across)
        return Reach(spacing, self.trigger_m, across, factor * self.along_m)


@dataclass(frozen=True)
class Lean:
    """Steady tilt of a fixed camera while a line is flown, degrees."""

    along_deg: float
    across_deg: float


def lean(kind: str, gimbal: bool, speed_m_s: float, wind_m_s: float) -> Lean:
    """Largest steady lean of a body that holds a speed over ground in a wind from any side.

    A multirotor leans until its thrust balances the drag; aeroplanes fly level. A gimbal keeps the lean from
    the camera.
    """
    if gimbal or kind != "multirotor":
        return Lean(0.0, 0.0)
    return Lean(lean_deg(speed_m_s + wind_m_s), lean_deg(wind_m_s))


def lean_deg(airspeed_m_s: float) -> float:
    """Steady lean of a multirotor that moves through the air this fast; negative backwards."""
    return float(np.degrees(np.arctan(airspeed_m_s / _LEAN_REFERENCE_M_S)))


def half_angles(camera: Camera, mount_yaw_deg: float) -> tuple[float, float]:
    """Tangents of the half angles of view across and along the flight direction.

    For a camera mounted askew they are those of the largest rectangle of the photo's proportions, square to
    the flight, inside the photo.
    """
    corners = camera.rays(camera.corners_px(1))
    half = np.min(np.abs(corners[:, :2] / corners[:, 2:]), axis=0)
    quarter_turns = round(mount_yaw_deg / 90.0)
    if quarter_turns % 2:
        half = half[::-1]
    askew = np.radians(abs(mount_yaw_deg - 90.0 * quarter_turns))
    c, s = np.cos(askew), np.sin(askew)
    shrink = min(half[0] / (half[0] * c + half[1] * s), half[1] / (half[0] * s + half[1] * c))
    return float(half[0] * shrink), float(half[1] * shrink)


def reach_over(
    area: BaseGeometry,
    direction_deg: float,
    terrain: Terrain,
    rule: HeightRule,
    tangents: tuple[float, float],
    overlaps: tuple[float, float],
    lean_allowed: Lean,
    margin_m: float,
) -> Reach:
    """Work out the distances for lines in a grid direction over an area.

    Rays at the photo's borders are followed to the ground from places all over the area, at the lowest
    height that the height rule allows. Ground that rises to both sides of a line narrows the swath, and the
    side overlap is kept there too.

    Parameters
    ----------
    direction_deg : float
        Grid bearing of the lines.
    tangents, overlaps : (across, along)
        Of the half angles of view; side and front overlap as shares.
    lean_allowed : Lean
        Taken off the rectangle that a photo surely shows, not off the distances between photos: neighbours
        lean alike, so it only matters at the border.
    margin_m : float
        Taken off as well, for errors that differ from photo to photo.
    """
    height = rule.agl_m - rule.tolerance_m
    places = _places(area)
    ground = terrain.height_at(places)
    places, ground = places[~np.isnan(ground)], ground[~np.isnan(ground)]
    eyes = np.column_stack((places, ground + height))
    heading = np.radians(direction_deg)
    ahead = np.array([np.sin(heading), np.cos(heading)])
    right = np.array([np.cos(heading), -np.sin(heading)])

    halves: list[float] = []
    widths: list[float] = []
    for axis, tangent in ((right, tangents[0]), (ahead, tangents[1])):
        one, other = (_throw(eyes, side * tangent * axis, terrain, height * tangent) for side in (1.0, -1.0))
        halves.append(float(np.percentile(np.minimum(one, other), _SURE_PCT)))
        widths.append(float(np.percentile(one + other, _SURE_PCT)))
    shift_across = height * np.tan(np.radians(lean_allowed.across_deg))
    shift_along = height * np.tan(np.radians(lean_allowed.along_deg))
    across = max(halves[0] - margin_m - shift_across, 0.1 * halves[0])
    along = max(halves[1] - margin_m - shift_along, 0.1 * halves[1])
    return Reach(
        spacing_m=min(widths[0] * (1.0 - overlaps[0]), 2.0 * across),
        trigger_m=min(widths[1] * (1.0 - overlaps[1]), max(widths[1] - 2.0 * margin_m, 0.1 * widths[1])),
        across_m=across,
        along_m=along,
    )


def _places(area: BaseGeometry) -> Array:
    """Evenly spread places of an area, shape (N, 2), and those along its border."""
    west, south, east, north = area.bounds
    step = max(1.0, float(np.sqrt((east - west) * (north - south) / _SAMPLES)))
    grid = np.meshgrid(np.arange(west, east + step, step), np.arange(south, north + step, step))
    places = np.column_stack([axis.ravel() for axis in grid])
    inside = places[shapely.intersects_xy(area, places)]
    return np.vstack((inside, shapely.get_coordinates(shapely.segmentize(area, 2 * step))))


def _throw(eyes: Array, slope: Array, terrain: Terrain, default_m: float) -> Array:
    """How far sideways (N,) sight lines of a slope meet the ground; the level distance where they miss it."""
    directions = np.broadcast_to(np.array([slope[0], slope[1], -1.0]), eyes.shape)
    hits = terrain.intersect(eyes, directions)
    distance = np.linalg.norm(hits[:, :2] - eyes[:, :2], axis=1)
    return np.where(np.isnan(distance), default_m, distance)
