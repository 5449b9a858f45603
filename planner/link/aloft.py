"""The flight itself, seen from the ground: nothing is sent here."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from missions.errors import LinkError
from planner.link.connection import Link
from planner.link.watch import FlightWatch

_OVERDUE_FACTOR, _OVERDUE_S = 2.0, 600.0
"""A flight is overdue after this many times its planned duration and this long, by the aircraft's clock."""

_TOUCHDOWN_S = 5.0
"""Within this after disarming the aircraft says whether it stands on the ground."""


@dataclass(frozen=True)
class Patience:
    """How long to wait on the link, in seconds of our own clock; the flight is timed by the aircraft's.

    Attributes
    ----------
    heartbeat_s
        For the aircraft to be heard for the first time.
    quiet_s
        Without news before it is told.
    lost_s
        Without news before the aircraft is given up as lost to us. It goes on by its own rules.
    """

    heartbeat_s: float = 30.0
    quiet_s: float = 5.0
    lost_s: float = 120.0


PATIENCE = Patience()


def watch_home(
    link: Link, watch: FlightWatch, flight_s: float, patience: Patience, events: Callable[[str], None]
) -> None:
    """Watch until the aircraft has landed and disarmed.

    Parameters
    ----------
    flight_s
        The planned duration.

    Raises
    ------
    LinkError
        When the link is lost, the aircraft never takes off, or the flight is long overdue; with the last that
        is known of it.
    """
    try:
        _watch(link, watch, flight_s, patience, events)
    except LinkError as error:
        raise LinkError(f"{error}; {_last_known(watch)}") from error
    link.wait_until(lambda: watch.landed, _TOUCHDOWN_S)


def _watch(
    link: Link, watch: FlightWatch, flight_s: float, patience: Patience, events: Callable[[str], None]
) -> None:
    overdue_s = _OVERDUE_FACTOR * flight_s + _OVERDUE_S
    heard_at = time.monotonic()
    while not watch.ended:
        news = _news(link, watch, patience.quiet_s)
        silence_s = time.monotonic() - heard_at
        if news:
            heard_at = time.monotonic()
            if silence_s > patience.quiet_s:
                events(f"heard again after {silence_s:.0f} s")
        elif silence_s > patience.lost_s:
            raise LinkError(f"nothing heard for {silence_s:.0f} s")
        else:
            events(f"nothing heard for {silence_s:.0f} s")
        if not watch.armed and not watch.flown:
            raise LinkError("the aircraft disarmed before it had taken off")
        if watch.clock_s - watch.armed_at_s > overdue_s:
            raise LinkError(
                f"still flying {overdue_s / 60:.0f} min after arming; planned were {flight_s / 60:.0f} min"
            )


def _news(link: Link, watch: FlightWatch, timeout_s: float) -> bool:
    """Wait until the aircraft's clock has moved on, or the flight is over."""
    before_s = watch.clock_s
    return link.wait_until(lambda: watch.ended or watch.clock_s != before_s, timeout_s)


def _last_known(watch: FlightWatch) -> str:
    return (
        f"last known: mode {watch.mode}, item {watch.item} of {watch.items - 1}, "
        f"{watch.photos_taken} of {watch.photos_planned} photos, "
        f"at {watch.lon_deg:.6f}, {watch.lat_deg:.6f}, {watch.height_m:.0f} m above home. "
        "The aircraft goes on by its own rules; nothing was sent to it"
    )
