"""Groups of flowers seen in overlapping photos become suspects on the ground."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from detect.colour import ALIKE, FAMILIES
from detect.nearby import pairs_within

AGAIN, MISSED = 0.6, 0.5
"""Log odds for every further photo that sees a place; off for every one that should and does not."""

MOST_SHIFT, LEAST_SHIFT = 1.0, -1.5
"""Bounds of what other photos say: a stone is seen again as surely as a flower, and leaves hide flowers."""

_APART_SIGMAS = 2.0
_AMONG_M = 1.0
_CROWD_ERRORS = 3.0
_COUNTED_SCORE = 0.3
_LEAST_OWN_M = 0.1
"""Even a perfect pose leaves the choice of the middle of a plot."""


@dataclass(frozen=True)
class Group:
    """Flowers together in one photo; places in metres of the mission's frame."""

    photo: int
    number: int
    enu_alt_m: NDArray[np.float64]
    """(3,) centre, flowers weighted by score."""
    flowers_m: NDArray[np.float64]
    """(K, 2) places of those that count as flowers."""
    radius_m: float
    px: tuple[float, float]
    log_odds: float
    family: int
    reasons: str
    se_m: float
    se_shared_m: float
    chip: str


@dataclass(frozen=True)
class Suspect:
    """One suspect place; `groups` are its sightings, best first, at most a few from each photo."""

    groups: tuple[Group, ...]
    enu_alt_m: NDArray[np.float64]
    se_m: float
    radius_m: float
    flowers: int
    family: int
    covering: int
    score: float

    @property
    def photos(self) -> list[int]:
        """Numbers of the photos that see it."""
        return sorted({group.photo for group in self.groups})


def read_groups(sightings: pa.Table) -> list[Group]:
    """Gather a table of SIGHTINGS into groups, in order of photo and group."""
    flowers = sightings.filter(pc.field("group") >= 0)
    column = {name: flowers.column(name).to_numpy() for name in flowers.column_names}
    rows = np.lexsort((np.arange(len(flowers)), column["group"], column["photo"]))
    cuts = np.flatnonzero(np.diff(column["photo"][rows]) | np.diff(column["group"][rows])) + 1
    groups: list[Group] = []
    for members in np.split(rows, cuts) if len(rows) else []:
        score = column["score"][members]
        best = members[np.argmax(score)]
        places = np.stack([column[name][members] for name in ("east_m", "north_m", "alt_amsl_m")], axis=1)
        centre = np.average(places, axis=0, weights=score)
        counted = score >= min(_COUNTED_SCORE, score.max())
        counting = places[counted, :2]
        votes = np.bincount(column["family"][members], weights=score, minlength=len(FAMILIES))
        groups.append(
            Group(
                photo=int(column["photo"][best]),
                number=int(column["group"][best]),
                enu_alt_m=centre,
                flowers_m=counting,
                radius_m=float(np.max(np.hypot(*(counting - centre[:2]).T))) + 0.1,
                px=(
                    float(np.average(column["px"][members], weights=score)),
                    float(np.average(column["py"][members], weights=score)),
                ),
                log_odds=float(column["log_odds"][best]),
                family=int(np.argmax(votes)),
                reasons=str(column["reasons"][best]),
                se_m=float(column["se_m"][best]),
                se_shared_m=float(column["se_shared_m"][best]),
                chip=str(column["chip"][best]),
            )
        )
    return groups


def fuse(groups: Sequence[Group], footprints: Sequence[shapely.Geometry]) -> list[Suspect]:
    """Merge groups that are one place, and judge each place by all photos.

    Parameters
    ----------
    groups : sequence of Group
    footprints : sequence of shapely geometries
        Of every photo, in the mission's frame, by photo number.

    Returns
    -------
    list of Suspect
        Best first; ties are broken by place, so the order does not depend on that of the groups'
        computation.
    """
    places = _merged(groups)
    tree = shapely.STRtree(list(footprints))
    lonely = _loneliness(groups)
    suspects = [_judge([groups[i] for i in place], lonely[place], tree) for place in places]
    return sorted(suspects, key=lambda s: (-s.score, *(float(v) for v in s.enu_alt_m)))


def _merged(groups: Sequence[Group]) -> list[list[int]]:
    """Lists of positions in `groups` that are one place each.

    Pairs of groups from different photos, of like colour and no farther apart than their errors allow, are
    joined nearest first; never so that two groups of one photo, which that photo shows to be two places,
    become one. What then still lies within a plant's distance of a better seen place was a part of it that
    one photo showed apart.
    """
    if not groups:
        return []
    centres = np.array([group.enu_alt_m[:2] for group in groups])
    error = np.array([group.se_m for group in groups])
    radius = np.array([group.radius_m for group in groups])
    family = np.array([group.family for group in groups])
    photo = np.array([group.photo for group in groups])
    farthest = _APART_SIGMAS * np.sqrt(2.0) * error.max() + radius.max() + 0.5
    one, other = pairs_within(centres, float(farthest))
    distance = np.hypot(*(centres[one] - centres[other]).T)
    limit = _APART_SIGMAS * np.hypot(error[one], error[other]) + np.abs(radius[one] - radius[other]) + 0.5
    match = (photo[one] < photo[other]) & ALIKE[family[one], family[other]] & (distance <= limit)
    one, other, distance = one[match], other[match], distance[match]
    place_of = list(range(len(groups)))
    members = [[i] for i in range(len(groups))]
    for pair in np.lexsort((other, one, distance)):
        a, b = place_of[one[pair]], place_of[other[pair]]
        if a != b and not {groups[i].photo for i in members[a]} & {groups[i].photo for i in members[b]}:
            _join(a, b, place_of, members)
    return _absorbed([place for place in members if place], groups)


def _join(a: int, b: int, place_of: list[int], members: list[list[int]]) -> None:
    for i in members[b]:
        place_of[i] = a
    members[a] += members[b]
    members[b] = []


def _absorbed(places: list[list[int]], groups: Sequence[Group]) -> list[list[int]]:
    """Give each place, best first, what lies among its flowers and is left over."""
    centres = np.array([np.mean([groups[i].enu_alt_m[:2] for i in place], axis=0) for place in places])
    odds = np.array([max(groups[i].log_odds for i in place) for place in places])
    families = [{groups[i].family for i in place} for place in places]
    tree = shapely.STRtree([shapely.Point(centre) for centre in centres])
    kept: list[list[int]] = []
    gone = np.zeros(len(places), dtype=bool)
    for a in np.lexsort((centres[:, 1], centres[:, 0], -odds)):
        if gone[a]:
            continue
        gone[a] = True
        flowers = shapely.MultiPoint(np.concatenate([groups[i].flowers_m for i in places[a]]))
        among = np.sort(tree.query(flowers, predicate="dwithin", distance=_AMONG_M))
        parts = [
            b for b in among if not gone[b] and any(ALIKE[f, g] for f in families[a] for g in families[b])
        ]
        gone[parts] = True
        kept.append(places[a] + [i for b in parts for i in places[b]])
    return kept


def _loneliness(groups: Sequence[Group]) -> NDArray[np.float64]:
    """Chance (N,) that no other group of the same photo and of like colour lies within each group's error.

    In a wood full of glints some glint of every photo lies near enough to any other: to be seen again is
    no evidence there. The expected number is taken from a circle of three times the error around the
    group, itself left out.
    """
    if not groups:
        return np.empty(0)
    centres = np.array([group.enu_alt_m[:2] for group in groups])
    family, photo = (np.array([getattr(group, name) for group in groups]) for name in ("family", "photo"))
    reach = _CROWD_ERRORS * _APART_SIGMAS * np.sqrt(2.0) * np.array([group.se_m for group in groups])
    one, other = pairs_within(centres, float(reach.max()))
    near = np.hypot(*(centres[one] - centres[other]).T) <= reach[one]
    rival = near & (one != other) & (photo[one] == photo[other]) & ALIKE[family[one], family[other]]
    return np.exp(-np.bincount(one[rival], minlength=len(groups)) / _CROWD_ERRORS**2)


def _judge(groups: list[Group], lonely: NDArray[np.float64], footprints: shapely.STRtree) -> Suspect:
    """Weigh the sightings of one place."""
    again = AGAIN * float(lonely.mean())
    groups = sorted(groups, key=lambda g: (-g.log_odds, g.photo, g.number))
    flowers = np.array([len(group.flowers_m) for group in groups], dtype=np.float64)
    place, se = _place(groups, flowers)
    seen = len({group.photo for group in groups})
    covering = max(seen, len(footprints.query(shapely.Point(place[:2]), predicate="within")))
    shift = np.clip(again * (seen - 1) - MISSED * (covering - seen), LEAST_SHIFT, MOST_SHIFT)
    best = groups[0]
    votes = np.bincount([group.family for group in groups], weights=flowers, minlength=len(FAMILIES))
    return Suspect(
        groups=tuple(groups),
        enu_alt_m=place,
        se_m=se,
        radius_m=max(group.radius_m for group in groups),
        flowers=int(flowers.max()),
        family=int(np.argmax(votes)),
        covering=covering,
        score=float(1.0 / (1.0 + np.exp(-(best.log_odds + shift)))),
    )


def _place(groups: Sequence[Group], flowers: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Mean place (3,) of the sightings, and its standard error.

    What every photo draws anew averages out, and is taken larger where the sightings scatter more than
    stated (Birge's ratio, Phys. Rev. 40, 207, 1932); what a flight's photos share stays. A photo that
    shows fewer of the flowers, a plot cut by its border, counts less.
    """
    shared = np.array([group.se_shared_m for group in groups])
    total = np.array([group.se_m for group in groups])
    own = np.sqrt(np.maximum(total**2 - shared**2, _LEAST_OWN_M**2))
    weight = flowers / own**2
    weight /= weight.sum()
    centres = np.array([group.enu_alt_m for group in groups])
    place = weight @ centres
    variance = float(np.sum((weight * own) ** 2))
    if len(groups) > 1:
        off = np.sum((centres[:, :2] - place[:2]) ** 2, axis=1)
        variance *= max(1.0, float(np.sum(off / own**2)) / (len(groups) - 1))
    return place, float(np.sqrt(variance + (weight @ shared) ** 2))
