"""Everything that would fail later, said before anyone plans: inputs, heights, sites, and the season."""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from missions import Mission
from missions.errors import TianmuError
from missions.season import Window, read_calendar
from planner.prepare import prepare
from planner.season import seasons_of

Level = Literal["error", "warning", "good"]
_SHOWN_STAGES = ("rosette", "flower", "capsule")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    where: str
    message: str


@dataclass(frozen=True)
class SeasonOfPlots:
    """The coming windows of the stages that photos can show, for plots that share them.

    Attributes
    ----------
    plots
        Their names.
    belt
        The calendar's row; None where it has none for these plots.
    windows
        By stage.
    """

    plots: tuple[str, ...]
    belt: str | None
    windows: dict[str, Window]


@dataclass(frozen=True)
class Checks:
    """What a mission's check found."""

    findings: tuple[Finding, ...]
    seasons: tuple[SeasonOfPlots, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way of a plan."""
        return all(finding.level != "error" for finding in self.findings)


def check(mission: Mission, today: datetime.date) -> Checks:
    """Look at all that planning will read, and at the season, without planning anything.

    Parameters
    ----------
    today
        Where mission.toml gives no first day, the season is looked at from here.
    """
    seasons: tuple[SeasonOfPlots, ...] = ()
    findings = [*_inputs(mission), *_preparation(mission)]
    try:
        seasons = _season(mission, today)
    except TianmuError as error:
        findings.append(Finding("error", "season", str(error)))
    return Checks(tuple(dict.fromkeys(findings)), seasons)


def _inputs(mission: Mission) -> Iterator[Finding]:
    """Whether each input can be read, feature by feature."""
    readers = {
        "plots": mission.plots,
        "buildings": mission.buildings,
        "no_fly": mission.no_fly,
        "obstacles": mission.obstacles,
        "transit": mission.transit,
        "history": mission.history,
        "satellite": mission.satellite,
    }
    for name, read in readers.items():
        try:
            found = read()
        except TianmuError as error:
            yield Finding("error", name, str(error))
            continue
        for entry in found.rejected:
            yield Finding("warning", entry.file, entry.reason)
        if found.items:
            yield Finding("good", name, f"{len(found.items)} read")


def _preparation(mission: Mission) -> Iterator[Finding]:
    """Whether heights, airspace, sites and wind can be settled."""
    try:
        task = prepare(mission)
    except TianmuError as error:
        yield Finding("error", "mission", str(error))
        return
    for warning in task.warnings:
        yield Finding("warning", "mission", warning)
    for problem in task.problems:
        yield Finding("warning", problem.file, problem.reason)
    height, gsd_cm = task.rules.on_line.agl_m, mission.settings.survey.gsd_cm
    yield Finding("good", "height", f"{gsd_cm:g} cm/px at {height:.0f} m above ground")


def _season(mission: Mission, today: datetime.date) -> tuple[SeasonOfPlots, ...]:
    calendar = read_calendar(mission.root)
    day = mission.settings.schedule.first_day or today
    plots = mission.plots().items
    together: dict[tuple[str | None, tuple[Window, ...]], list[str]] = defaultdict(list)
    for plot, season in zip(plots, seasons_of(plots, mission.ground(), calendar), strict=True):
        windows = () if season is None else tuple(season.next_window(stage, day) for stage in _SHOWN_STAGES)
        together[None if season is None else season.row.belt, windows].append(plot.name)
    return tuple(
        SeasonOfPlots(tuple(names), belt, dict(zip(_SHOWN_STAGES, windows, strict=False)))
        for (belt, windows), names in together.items()
    )
