"""What of roofs and yards the photos of a ring show."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.camera import Camera
from geo.frames import LocalFrame
from geo.pose import Pose
from geo.terrain import Terrain
from geo.view import View
from planner.ring import Cluster, RingRules

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_WORTH_A_WORD_M2 = 1.0
_PLACES = 10_000
"""Places of a cluster at which the sight is looked at: half a metre apart in a farmhouse of 50 x 50 m."""


@dataclass(frozen=True)
class Sight:
    """What of a cluster at least one photo shows.

    Attributes
    ----------
    in_photos
        Share of roofs and yards together that lies within a photo's borders.
    yard_m2, hidden_yard_m2
        Ground between and within the buildings, and what of it walls hide from every photo.
    """

    in_photos: float
    yard_m2: float
    hidden_yard_m2: float


def sight_of(
    cluster: Cluster, poses: Sequence[Pose], camera: Camera, terrain: Terrain, frame: LocalFrame
) -> Sight:
    """Work out what photos show of roofs and yards.

    Buildings are taken as blocks with flat roofs. A place is seen when it lies inside a photo and the line of
    sight passes over every building: a wall of height w hides the w * a / (h - w) of ground behind it from a
    camera h above the ground and a away from the wall, so a yard is seen whole when from one side or the
    other its width is more than that.

    Parameters
    ----------
    poses
        Of the ring's photos, in the local frame.
    """
    places, on_roof = _places(cluster, terrain)
    in_photos, seen = np.zeros(len(places), dtype=bool), np.zeros(len(places), dtype=bool)
    for pose in poses:
        inside = _inside(View(camera, pose, terrain, frame), places)
        in_photos |= inside
        news = np.flatnonzero(inside & ~seen)
        seen[news] = _unhidden(places[news], pose.position, cluster)
    cell_m2 = cluster.hull.area / len(places)
    return Sight(
        in_photos=float(in_photos.mean()),
        yard_m2=float((~on_roof).sum() * cell_m2),
        hidden_yard_m2=float((~on_roof & in_photos & ~seen).sum() * cell_m2),
    )


def hidden_yard(cluster: Cluster, sight: Sight, rules: RingRules) -> str | None:
    """Say how much of the yards no photo shows, and why."""
    if sight.hidden_yard_m2 < _WORTH_A_WORD_M2:
        return None
    above = rules.rule.agl_m - cluster.height_m
    behind_m = cluster.height_m * rules.distance_m / above
    return (
        f'building "{cluster.name}": walls hide {sight.hidden_yard_m2:.0f} of {sight.yard_m2:.0f} m2 '
        f"of yards and of ground between buildings: seen from {rules.rule.agl_m:g} m up and "
        f"{rules.distance_m:g} m off, a wall of {cluster.height_m:g} m hides the {behind_m:.1f} m behind it "
        "or more; a higher or nearer ring shows more"
    )


def _places(cluster: Cluster, terrain: Terrain) -> tuple[Array, Flags]:
    """Evenly spread places (N, 3) on roofs and on the ground of yards, and which are on roofs."""
    west, south, east, north = cluster.hull.bounds
    step = float(np.sqrt(cluster.hull.area / _PLACES))
    axes = (np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step))
    plan = np.column_stack([axis.ravel() for axis in np.meshgrid(*axes)])
    plan = plan[shapely.contains_xy(cluster.hull, plan)]
    top = np.full(len(plan), -np.inf)
    for house in cluster.houses:
        top[shapely.intersects_xy(house.outline, plan) & (top < house.top_amsl_m)] = house.top_amsl_m
    on_roof = np.isfinite(top)
    return np.column_stack((plan, np.where(on_roof, top, terrain.height_at(plan)))), on_roof


def _inside(view: View, places: Array) -> Flags:
    """Which places lie within the photo's borders."""
    px = view.pixels(places)
    edge = np.array([view.camera.width_px, view.camera.height_px]) - 0.5
    return np.all((px >= -0.5) & (px <= edge), axis=1)  # NaN, behind the camera, is neither


def _unhidden(places: Array, eye: Array, cluster: Cluster) -> Flags:
    """Which places no building hides: where the line of sight is below its roof, it must not be over it."""
    free = np.ones(len(places), dtype=bool)
    for house in cluster.houses:
        share = np.clip((house.top_amsl_m - places[:, 2]) / (eye[2] - places[:, 2]), 0.0, 1.0)
        below = places[:, :2] + share[:, None] * (eye[:2] - places[:, :2])
        lines = shapely.linestrings(np.stack((places[:, :2], below), axis=1))
        free &= (share == 0.0) | ~shapely.intersects(house.outline, lines)
    return free
