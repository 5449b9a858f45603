"""What a plan leaves out, and why."""

from collections.abc import Mapping, Sequence

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
            priority=worth.get(entry.plot, 1.0),
            minutes=entry.minutes,
            reason=entry.reason,
        )
        for entry in sorted(all_skipped, key=lambda entry: (-worth.get(entry.plot, 1.0), entry.plot))
    )
