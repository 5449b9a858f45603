"""What the season says about a mission: whether days, GSD and detector serve the stage that is wanted."""

import datetime
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from missions import Ground, Mission, Plot
from missions.season import Calendar, Season, Window, read_calendar
from missions.settings import SurveySettings


def seasons_of(plots: Sequence[Plot], ground: Ground, calendar: Calendar) -> list[Season | None]:
    """Give each plot its season, by its latitude and the height of its ground; None outside all belts."""
    if not plots:
        return []
    middles = np.array([plot.polygon.representative_point().coords[0] for plot in plots])
    heights = np.nan_to_num(ground.terrain.height_at(ground.frame.to_enu(middles)))
    return [
        calendar.at(lat, alt_m) for lat, alt_m in zip(middles[:, 1].tolist(), heights.tolist(), strict=True)
    ]


def season_warnings(mission: Mission, ground: Ground) -> list[str]:
    """Say what about GSD, detector and days does not serve the stage that the survey is meant for."""
    calendar = read_calendar(mission.root)
    return [*_stage_warnings(mission.settings.survey, calendar), *_day_warnings(mission, ground, calendar)]


def _stage_warnings(survey: SurveySettings, calendar: Calendar) -> Iterator[str]:
    need = calendar.needs.get(survey.stage)
    if need is None:
        yield f"the table of seasons has no [needs.{survey.stage}]: GSD and detector are not checked"
        return
    if survey.gsd_cm > need.gsd_cm:
        yield (
            f"{survey.gsd_cm:g} cm/px is too coarse for the {survey.stage} stage, which needs "
            f"{need.gsd_cm:g} cm/px or finer (survey.gsd_cm)"
        )
    elif need.small_white_gsd_cm and survey.gsd_cm > need.small_white_gsd_cm:
        yield (
            f"at {survey.gsd_cm:g} cm/px small and white flowers may be lost; they need "
            f"{need.small_white_gsd_cm:g} cm/px (survey.gsd_cm)"
        )
    if not need.served:
        yield (
            f"the detector does not find the {survey.stage} stage by itself: have people look at the photos"
        )


def _day_warnings(mission: Mission, ground: Ground, calendar: Calendar) -> Iterator[str]:
    """Say which plots the planned days do not see in the wanted stage."""
    schedule, stage = mission.settings.schedule, mission.settings.survey.stage
    if schedule.first_day is None:
        return
    last_day = schedule.first_day + datetime.timedelta(days=(schedule.days or 1) - 1)
    plots = mission.plots().items
    missed: dict[Window, list[str]] = defaultdict(list)
    for plot, season in zip(plots, seasons_of(plots, ground, calendar), strict=True):
        if season is not None and (window := season.next_window(stage, schedule.first_day)).first > last_day:
            missed[window].append(plot.name)
    for window, names in missed.items():
        yield (
            f"flying on {schedule.first_day} misses the {stage} stage of {_in_words(names)}: it is expected "
            f"in {window.in_words()}"
        )


def _in_words(names: list[str], most: int = 3) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more plots"
