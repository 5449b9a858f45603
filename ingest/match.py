"""Which photo is which of the autopilot's camera events.

The camera's clock is wrong by an unknown amount, photos are missing, events are missing or double. So the
clock's offset and a monotone assignment with skips are solved together: for every offset that lines up many
photos with events, dynamic programming finds the cheapest assignment, and the cheapest of all wins,
provided that no other assignment is nearly as cheap. One-to-one is never assumed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# Costs are negative log likelihoods, up to a constant. A photo without an event is rarer (1 in 400, say) than
# an event without a photo (1 in 20), which misfiring shutters and full cards make common.
_PHOTO_ALONE = 6.0
_EVENT_ALONE = 3.0
_MARGIN = 6.0
"""How much cheaper than any other assignment the best must be: e**6, 400 times as likely."""
_JITTER_S = 0.15
"""Standard error of a camera's time stamp against the event, beyond its resolution."""
_PLACE_M = 8.0
"""Standard error between two receivers' positions of one exposure, the lag of the camera's included."""
_FAR_M = 60.0
_GATE = 4.0
_OFFSETS_TRIED = 40
_ROUNDS = 4


@dataclass(frozen=True)
class Shots:
    """Photos or events in order; arrays of shape (N,). Places are metres, NaN where unknown."""

    time_s: Array
    east_m: Array
    north_m: Array


@dataclass(frozen=True)
class Match:
    """An assignment of photos to events."""

    event: Index
    """For each photo the event's index, or -1."""
    offset_s: float
    """To add to the camera's clock to get the log's."""
    residual_s: Array
    """Photo minus event after the offset; NaN where there is no event."""


@dataclass(frozen=True)
class NoMatch:
    """Why photos and events could not be put together."""

    reason: str


def match_shots(
    photos: Shots, events: Shots, time_step_s: float, clock_error_s: float | None = None
) -> Match | NoMatch:
    """Assign photos to camera events.

    Parameters
    ----------
    photos, events : Shots
        Photos in the order in which the camera took them, events in order of time.
    time_step_s : float
        Resolution of the photos' times.
    clock_error_s : float, optional
        Standard error of the difference of the two clocks, where both state UTC; unknown by default.

    Returns
    -------
    Match or NoMatch
        NoMatch when there is nothing to match, too little agrees, or two assignments are about as likely.
    """
    if not len(photos.time_s) or not len(events.time_s):
        return NoMatch("the log has no camera events" if len(photos.time_s) else "there are no photos")
    # A time cut to the step is late by half a step on average, which the offset takes up.
    sigma_s = float(np.hypot(_JITTER_S, time_step_s / np.sqrt(12)))
    place = _place_cost(photos, events)
    found: dict[tuple[int, ...], tuple[float, float]] = {}
    for guess in _likely_offsets(photos, events, place, sigma_s, clock_error_s):
        cost, offset, event = _settle(photos, events, guess, place, sigma_s)
        if clock_error_s is not None:
            cost += 0.5 * (offset / clock_error_s) ** 2
        if np.any(event >= 0):
            key = tuple(event.tolist())
            found[key] = min(found.get(key, (np.inf, 0.0)), (cost, offset))
    return _decide(found, photos, events)


def _settle(
    photos: Shots, events: Shots, offset: float, place: Array, sigma_s: float
) -> tuple[float, float, Index]:
    """Assign, move the offset to the middle of what was assigned, and again until nothing moves."""
    cost, event = _assign(photos.time_s + offset, events.time_s, place, sigma_s)
    for _ in range(_ROUNDS):
        matched = event >= 0
        if not matched.any():
            break
        step = float(np.median(photos.time_s[matched] + offset - events.time_s[event[matched]]))
        if abs(step) < 1e-3:
            break
        offset -= step
        cost, event = _assign(photos.time_s + offset, events.time_s, place, sigma_s)
    return cost, offset, event


def _decide(
    found: dict[tuple[int, ...], tuple[float, float]], photos: Shots, events: Shots
) -> Match | NoMatch:
    if not found:
        return NoMatch("no offset of the camera's clock brings photos and camera events together")
    ranked = sorted(found.items(), key=lambda item: item[1][0])
    best, (cost, offset) = ranked[0]
    event = np.array(best, dtype=np.int64)
    matched = event >= 0
    for other, (other_cost, _) in ranked[1:]:
        if other_cost - cost >= _MARGIN:
            break
        differing = np.mean(event != np.array(other))
        if differing > 0.02:  # a doubtful double here and there moves no other photo
            return NoMatch(
                f"photos and camera events fit together in more than one way: {len(photos.time_s)} photos, "
                f"{len(events.time_s)} events, and another place for {differing:.0%} of them is as likely"
            )
    located = np.isfinite(photos.east_m).any()
    if matched.sum() < (1 if located else 3) or matched.mean() < 0.5:
        return NoMatch(
            f"only {matched.sum()} of {len(photos.time_s)} photos agree with the log's {len(events.time_s)} "
            "camera events; is the log of this flight?"
        )
    residual = np.full(len(event), np.nan)
    residual[matched] = photos.time_s[matched] + offset - events.time_s[event[matched]]
    return Match(event, offset, residual)


def _place_cost(photos: Shots, events: Shots) -> Array:
    """Cost of each photo (rows) having been taken at each event (columns), from their places."""
    apart = np.hypot(
        photos.east_m[:, None] - events.east_m[None, :], photos.north_m[:, None] - events.north_m[None, :]
    )
    cost = np.where(apart > _FAR_M, np.inf, 0.5 * (apart / _PLACE_M) ** 2)
    return np.where(np.isfinite(apart), cost, 0.0)


def _likely_offsets(
    photos: Shots, events: Shots, place: Array, sigma_s: float, clock_error_s: float | None
) -> list[float]:
    """Offsets at which many differences of times agree, most agreeing first."""
    difference = (events.time_s[None, :] - photos.time_s[:, None])[np.isfinite(place)]
    if clock_error_s is not None:
        difference = difference[np.abs(difference) <= _GATE * clock_error_s]
    if not len(difference):
        return []
    width = 2 * sigma_s
    low = difference.min()
    bins = np.floor((difference - low) / width).astype(np.int64)
    values, counts = np.unique(bins, return_counts=True)
    values, counts = values[counts > 0.4 * counts.max()], counts[counts > 0.4 * counts.max()]
    order = np.lexsort((values, -counts))[:_OFFSETS_TRIED]
    return [float(low + (values[i] + 0.5) * width) for i in order]


def _assign(photo_s: Array, event_s: Array, place: Array, sigma_s: float) -> tuple[float, Index]:
    """Find the cheapest monotone assignment: (cost, event of each photo or -1).

    Row by row, D[i, j] is the cheapest explanation of the first i photos and j events. Skipping events is a
    running minimum along the row, so a row costs a few array operations.
    """
    photos, events = len(photo_s), len(event_s)
    skips = _EVENT_ALONE * np.arange(events + 1)
    row = skips.copy()
    came = np.zeros((photos + 1, events + 1), dtype=np.int8)  # 0: event skipped, 1: photo skipped, 2: matched
    for i in range(photos):
        residual = (photo_s[i] - event_s) / sigma_s
        pair = np.where(np.abs(residual) > _GATE, np.inf, 0.5 * residual**2 + place[i])
        alone = row + _PHOTO_ALONE
        both = np.concatenate([[np.inf], row[:-1] + pair])
        start = np.minimum(alone, both) - skips
        best = np.minimum.accumulate(start)
        row = best + skips
        came[i + 1] = np.where(start > best, 0, np.where(both <= alone, 2, 1))
    event = np.full(photos, -1, dtype=np.int64)
    i, j = photos, events
    while i > 0:
        if came[i, j] == 2:
            event[i - 1] = j - 1
            i, j = i - 1, j - 1
        elif came[i, j] == 1:
            i -= 1
        else:
            j -= 1
    return float(row[-1]), event
