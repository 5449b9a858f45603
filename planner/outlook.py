"""What the sorties of a plan will show of all plots, and whether that is enough."""

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from geo.frusta import Frusta
from geo.pose import Pose
from missions.features import Plot
from missions.records import LeftOut, PlannedPhoto, PlotReport, Sortie
from missions.settings import SurveySettings
from planner.foreseen import Foreseen, Gap, Wanted, foresee, gaps, promised_photos
from planner.predict import Eye
from planner.prepare import Task
from planner.sightlines import hidden_yard, sight_of

_WORTH_LISTING_M2 = 20.0
_SHARE_DECIMALS = 5


@dataclass(frozen=True, eq=False)
class Outlook:
    """What all photos of a plan show.

    Attributes
    ----------
    plots
        By name, as in `Task.areas`.
    """

    task: Task
    frusta: Frusta
    wanted: Wanted
    plots: dict[str, Foreseen]

    def short(self) -> dict[str, Foreseen]:
        """Plots of which less than the target is seen as wanted, what lies in no-fly areas apart."""
        return {name: plot for name, plot in self.plots.items() if plot.least < self.wanted.share}

    def gaps(self, plot: str) -> list[Gap]:
        """What of a plot is not seen as wanted, largest first."""
        return gaps(self.task.areas[plot], self.frusta, self.task.ground.terrain, self.wanted, self._no_fly)

    def reports(self, plots: Sequence[Plot]) -> list[PlotReport]:
        """What plan.json says of each plot; shares are rounded down."""
        return [
            PlotReport(
                name=name,
                area_ha=round(self.task.areas[name].area / 1e4, 4),
                coverage=_down(plot.seen),
                at_gsd=_down(plot.at_gsd),
                at_overlap=None if plot.at_overlap is None else _down(plot.at_overlap),
                priority=_priority(name, plots),
            )
            for name, plot in self.plots.items()
        ]

    def hidden(self, plots: Sequence[Plot], apart_from: Container[str]) -> list[LeftOut]:
        """Parts of plots that no photo shows as wanted because they lie in no-fly areas.

        Parameters
        ----------
        apart_from
            Plots that are left out for a reason of their own.
        """
        reason = "it lies too deep in no-fly areas to be seen from outside"
        return [
            self._left_out(name, plot.excused, reason, plots)
            for name, plot in self.plots.items()
            if name not in apart_from and plot.excused * self.task.areas[name].area > _WORTH_LISTING_M2
        ]

    def unflown(self, plots: Sequence[Plot], reasons: Mapping[str, str]) -> list[LeftOut]:
        """What is not shown of plots whose lines cannot all be flown, with the reasons by plot."""
        return [
            self._left_out(name, 1.0 - self.plots[name].at_gsd, reason, plots)
            for name, reason in reasons.items()
        ]

    def _left_out(self, name: str, share: float, reason: str, plots: Sequence[Plot]) -> LeftOut:
        return LeftOut(
            plot=name,
            area_ha=round(share * self.task.areas[name].area / 1e4, 4),
            priority=_priority(name, plots),
            minutes=None,
            reason=reason,
        )

    @property
    def _no_fly(self) -> BaseGeometry:
        return self.task.rules.airspace.blocked


def look_ahead(task: Task, sorties: Sequence[Sortie], survey: SurveySettings) -> Outlook:
    """Predict what the photos of all sorties show of all plots."""
    rules = task.rules
    photos = [photo for sortie in sorties for photo in sortie.photos if photo.plot in task.areas]
    frusta = Frusta.of(rules.eye.camera, _poses(photos, rules.eye), rules.eye.frame)
    wanted = Wanted(
        gsd_cm=survey.gsd_cm * (1.0 + survey.gsd_tolerance_pct / 100.0),
        photos=promised_photos(*rules.overlaps, grids=2 if survey.cross_grid else 1),
        margin_m=rules.margin_m,
        photo_m=rules.photo_m,
        share=survey.target_pct / 100.0,
    )
    plots = {
        name: foresee(area, frusta, task.ground.terrain, wanted, rules.airspace.blocked)
        for name, area in task.areas.items()
    }
    return Outlook(task, frusta, wanted, plots)


def ring_reports(task: Task, sorties: Sequence[Sortie]) -> list[PlotReport]:
    """Share of each cluster's roofs and yards that its ring shows; of yards that walls hide is warned."""
    if task.ring_rules is None:
        return []
    eye = task.rules.eye
    reports: list[PlotReport] = []
    for cluster in task.clusters:
        photos = [photo for sortie in sorties for photo in sortie.photos if photo.plot == cluster.name]
        sight = sight_of(cluster, _poses(photos, eye), eye.camera, eye.terrain, eye.frame)
        if warning := hidden_yard(cluster, sight, task.ring_rules):
            task.warnings.append(warning)
        area_ha = round(cluster.hull.area / 1e4, 4)
        reports.append(PlotReport(name=cluster.name, area_ha=area_ha, coverage=_down(sight.in_photos)))
    return reports


def _poses(photos: Sequence[PlannedPhoto], eye: Eye) -> list[Pose]:
    """Poses as they are written down, rounding included."""
    if not photos:
        return []
    places = eye.frame.to_enu([(photo.lon, photo.lat) for photo in photos]).tolist()
    return [
        Pose(east, north, photo.alt_amsl_m, photo.yaw_deg, photo.pitch_deg, photo.roll_deg)
        for (east, north), photo in zip(places, photos, strict=True)
    ]


def _priority(name: str, plots: Sequence[Plot]) -> float:
    return next((plot.priority for plot in plots if plot.name == name), 1.0)


def _down(share: float) -> float:
    return math.floor(share * 10**_SHARE_DECIMALS + 1e-9) / 10**_SHARE_DECIMALS
