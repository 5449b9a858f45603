"""A plan that does not show enough: the map of what is missing, and the reason."""

import math
import shutil
from collections.abc import Sequence

from missions import Mission
from missions.errors import PlanError
from missions.records import Plan
from missions.workspace import atomic_write
from planner.outlook import Outlook
from report.missing import MissingPlace, missing_geojson, missing_html, missing_map_png
from report.words import Words

FOLDER = "plan-refused"
_NAMED_PLOTS, _NAMED_PLACES = 5, 3
_MOST_TOLERANCE_PCT = 100.0
_SPECK_M2 = 1.0
"""Smaller pieces are not listed one by one; the shares count them all the same."""


def refuse(mission: Mission, plan: Plan, outlook: Outlook, short: Sequence[str]) -> PlanError:
    """Write missing.html, missing.png and missing.geojson into plan-refused/, and give the error to raise.

    Parameters
    ----------
    short
        Plots that stay below the target.
    """
    to_lonlat = outlook.task.ground.frame.geometry_to_lonlat
    places = [
        MissingPlace(name, gap.kind, to_lonlat(gap.polygon), gap.polygon.area)
        for name in short
        for gap in outlook.gaps(name)
        if gap.polygon.area >= _SPECK_M2
    ]
    places.sort(key=lambda place: (-place.area_m2, place.plot, place.polygon.bounds))
    remedies = _remedies(mission, outlook, short)
    _write(mission, plan, outlook, places, remedies)
    ways = " or ".join([*remedies, Words("en")("remedy_lines")])
    return PlanError(f"{mission.root}: {_message(outlook, places, short)}: {ways}")


def withdraw(mission: Mission) -> None:
    """Remove what an earlier refusal left: the plan is good now."""
    shutil.rmtree(mission.root / FOLDER, ignore_errors=True)


def _write(
    mission: Mission, plan: Plan, outlook: Outlook, places: Sequence[MissingPlace], remedies: Sequence[str]
) -> None:
    task, language = outlook.task, mission.settings.mission.language
    drawn = plan, places, mission.plots().items, task.no_fly, task.ground, language
    folder = mission.root / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        atomic_write(folder / "missing.html", missing_html(*drawn, remedies=remedies).encode())
        atomic_write(folder / "missing.png", missing_map_png(*drawn))
        atomic_write(folder / "missing.geojson", missing_geojson(places))
    except OSError as error:
        raise PlanError(
            f"{folder}: the map of what a refused plan misses cannot be written: {error}"
        ) from error


def _message(outlook: Outlook, places: Sequence[MissingPlace], short: Sequence[str]) -> str:
    worst = sorted(short, key=lambda name: (outlook.plots[name].least, name))
    named = [_plot_words(name, outlook) for name in worst[:_NAMED_PLOTS]]
    if len(worst) > _NAMED_PLOTS:
        named.append(f"and {len(worst) - _NAMED_PLOTS} more plots")
    where = ", ".join(_place_words(place) for place in places[:_NAMED_PLACES])
    return (
        f"{len(short)} of {len(outlook.plots)} plots would be seen less than the target of "
        f"{100 * outlook.wanted.share:g} % (survey.target_pct): {'; '.join(named)}"
        f"{'. Largest missing: ' + where if where else ''}. The map is {FOLDER}/missing.html. What would work"
    )


def _plot_words(name: str, outlook: Outlook) -> str:
    plot = outlook.plots[name]
    words = (
        f'"{name}" {100 * plot.due:.1f} % at {outlook.wanted.gsd_cm:.2f} cm/px or finer, '
        f"{100 * plot.seen:.1f} % at all"
    )
    if plot.at_overlap is not None and plot.at_overlap < outlook.wanted.share:
        words += f", {100 * plot.at_overlap:.1f} % in {outlook.wanted.photos} photos as the overlaps promise"
    return words


def _place_words(place: MissingPlace) -> str:
    point = place.polygon.representative_point()
    return f"{place.area_m2:,.0f} m2 ({place.kind}) at {point.x:.6f}, {point.y:.6f}"


def _remedies(mission: Mission, outlook: Outlook, short: Sequence[str]) -> list[str]:
    """Settings at which this plan would be taken."""
    least = min(outlook.plots[name].least for name in short)
    remedies = [f"survey.target_pct = {math.floor(1000 * least) / 10:g}"] if least >= 0.001 else []
    coarsest = max(outlook.plots[name].gsd_cm for name in short)
    only_coarse = all(outlook.plots[name].least == outlook.plots[name].due for name in short)
    tolerance_pct = 100 * (coarsest / mission.settings.survey.gsd_cm - 1.0)
    if only_coarse and tolerance_pct <= _MOST_TOLERANCE_PCT:
        remedies.append(f"survey.gsd_tolerance_pct = {math.ceil(tolerance_pct)}")
    return remedies
