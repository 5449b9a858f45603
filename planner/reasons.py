"""Why photos cannot be taken on one battery, with the number that would work."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from missions.errors import PlanError
from planner.flights import Base, Limits, way_home, way_out
from planner.lines import Transect, part
from planner.router import NO_WAY, Router


@dataclass(frozen=True, eq=False)
class Missed:
    """A line, or a part of one, that no flight reaches."""

    plot: str
    line: Transect


def reasons(
    missed: Sequence[Missed], bases: Sequence[Base], router: Router, limits: Limits, trigger_m: float
) -> list[tuple[str, str]]:
    """Say for each plot with missed lines how many photos, what they would take, and what would do."""
    by_plot: dict[str, list[Transect]] = {}
    for entry in missed:
        by_plot.setdefault(entry.plot, []).append(entry.line)
    said: list[tuple[str, str]] = []
    for plot, lines in by_plot.items():
        photos = sum(line.photos for line in lines)
        pairs = [pair for line in lines for pair in _end_pairs(line)]
        # The pair of photos that is hardest to reach, from the site that reaches it best.
        best = [min(_need(pair, base, router, limits, trigger_m) for base in bases) for pair in pairs]
        said.append(
            (plot, f"{photos} of its photos are out of reach of every site on one battery: {max(best).words}")
        )
    return said


@dataclass(frozen=True, order=True)
class _Need:
    """What two photos take, as a share of a flight's limits, and that in words."""

    share: float
    words: str


def _end_pairs(line: Transect) -> list[Transect]:
    last = line.photos - 1
    return [part(line, 0, min(1, last)), part(line, max(0, last - 1), last)]


def _need(pair: Transect, base: Base, router: Router, limits: Limits, trigger_m: float) -> _Need:
    try:
        visit = router.visit("", pair, trigger_m)
    except PlanError as error:
        return _Need(np.inf, str(error))
    out, home = way_out(base, visit, router), way_home(visit, base, router)
    if out is NO_WAY or home is NO_WAY:
        return _Need(
            np.inf, f'nothing leads there from "{base.name}" over known terrain and past the no-fly areas'
        )
    effort = out.effort + visit.effort + home.effort
    if effort.items > limits.items:
        return _Need(
            effort.items / limits.items,
            f'from "{base.name}" two photos need {effort.items} mission items and the controller takes '
            f"{limits.items}; a site nearer by would do",
        )
    if effort.seconds > limits.seconds:
        return _Need(
            effort.seconds / limits.seconds,
            f'from "{base.name}" two photos need {effort.seconds / 60:.0f} minutes, and the days leave '
            f"{limits.seconds / 60:.0f} for one flight (schedule.from_h, to_h, min_sun_deg, setup_min)",
        )
    away_km = float(np.linalg.norm(base.place_m - pair.first_m)) / 1000.0
    up_m, down_m = out.points_m[0, 2] - base.ground_amsl_m, home.points_m[-1, 2] - base.ground_amsl_m
    hovering = router.performance.take_off(float(up_m)) + router.performance.landing(float(down_m))
    fixed_wh = visit.effort.energy_wh + hovering.energy_wh
    remedy = _remedy(away_km, fixed_wh, effort.energy_wh, limits.energy_wh)
    return _Need(
        effort.energy_wh / limits.energy_wh,
        f'from "{base.name}", {away_km:.1f} km away, two photos need {effort.energy_wh:.0f} Wh of the '
        f"{limits.energy_wh:.0f} Wh above the reserve; {remedy}",
    )


def _remedy(away_km: float, fixed_wh: float, whole_wh: float, limit_wh: float) -> str:
    """The distance from which the battery would last; the ways' share grows with it, the rest is fixed."""
    if fixed_wh >= limit_wh:
        return f"a battery of {fixed_wh:.0f} Wh above the reserve is needed from any site"
    within_km = np.floor(10.0 * away_km * (limit_wh - fixed_wh) / (whole_wh - fixed_wh)) / 10.0
    return f"a site within {within_km:.1f} km would do"
