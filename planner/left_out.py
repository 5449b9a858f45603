"""What a plan leaves out, and why."""

from collections.abc import Mapping, Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from missions.records import LeftOut
from planner.campaign import Skipped


def left_out(
    areas: Mapping[str, BaseGeometry],
    worth: Mapping[str, float],
    skipped: Sequence[Skipped],
    unplanned: Mapping[str, str],
) -> tuple[LeftOut, ...]:
    """List plots, or parts of them, that no sortie covers; the most promising first.

    Parameters
    ----------
    areas
        Plots by name, metres.
    worth
        Priorities by plot.
    skipped
        What the flights leave out.
    unplanned
        Reasons, by plot, why no lines could be laid at all.
    """
    all_skipped = [*skipped, *(Skipped(plot, 1.0, None, reason) for plot, reason in unplanned.items())]
    return tuple(
        LeftOut(
            plot=entry.plot,
            area_ha=round(entry.share * areas[entry.plot].area / 1e4, 4),
            priority=worth[entry.plot],
            minutes=entry.minutes,
            reason=entry.reason,
        )
        for entry in sorted(all_skipped, key=lambda entry: (-worth[entry.plot], entry.plot))
    )


def why_closed(area: BaseGeometry, no_fly: BaseGeometry, margin_m: float) -> str:
    """Say why no line can be laid over a plot, and with what margin one could.

    Parameters
    ----------
    no_fly
        The no-fly areas without their margin.
    """
    open_part = area.difference(no_fly)
    if open_part.is_empty:
        return "all of it lies in no-fly areas, whatever their margin; ask for approval or take it out"
    places = shapely.points(shapely.get_coordinates(shapely.segmentize(open_part, 1.0)))
    clear_m = float(shapely.distance(places, no_fly).max())
    return (
        f"all of it lies in no-fly areas and their margin of {margin_m:g} m; it reaches {clear_m:.1f} m out "
        "of them, and airspace.no_fly_margin_m would have to be less than that"
    )
