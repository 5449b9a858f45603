"""When on a day photos can be taken: working hours while the sun is high enough."""

import datetime
from dataclasses import dataclass

import numpy as np
from astral import Observer
from astral.sun import elevation
from numpy.typing import NDArray

_STEP_MIN = 1
_DAY_MIN = 24 * 60


@dataclass(frozen=True)
class Daylight:
    """What one day offers, in minutes after local midnight.

    Attributes
    ----------
    day
        The date.
    open_min, close_min
        Within working hours and with the sun high enough for photos; equal where there is no such time.
    highest_deg
        Height that the sun reaches within working hours.
    """

    day: datetime.date
    open_min: int
    close_min: int
    highest_deg: float

    @property
    def minutes(self) -> int:
        """How long photos can be taken."""
        return self.close_min - self.open_min


def daylight(
    lon: float,
    lat: float,
    day: datetime.date,
    *,
    utc_offset_h: float,
    from_h: float,
    to_h: float,
    min_sun_deg: float,
) -> Daylight:
    """Find the longest time of a day within working hours in which the sun is high enough.

    The sun's height, without refraction, is looked at every minute of the local day (astral, after NOAA's
    solar calculator), so that polar days and nights need no case of their own.

    Parameters
    ----------
    lon, lat : float
        Degrees, WGS 84.
    utc_offset_h, from_h, to_h : float
        Local time's offset from UTC, and the working hours in local time.
    min_sun_deg : float
        Height of the sun above the horizon that photos need.
    """
    heights = _sun_heights_deg(lon, lat, day, utc_offset_h)
    minutes = np.arange(0, _DAY_MIN + 1, _STEP_MIN)
    working = (minutes >= 60.0 * from_h) & (minutes <= 60.0 * to_h)
    first, last = _longest_run(working & (heights >= min_sun_deg))
    highest = float(heights[working].max()) if working.any() else float(heights.max())
    return Daylight(day, int(minutes[first]), int(minutes[last]), highest)


def _sun_heights_deg(lon: float, lat: float, day: datetime.date, utc_offset_h: float) -> NDArray[np.float64]:
    """Heights of the sun at every minute from local midnight to the next."""
    observer = Observer(latitude=lat, longitude=lon)
    offset = datetime.timezone(datetime.timedelta(hours=utc_offset_h))
    midnight = datetime.datetime.combine(day, datetime.time(), offset)
    steps = range(0, _DAY_MIN + 1, _STEP_MIN)
    times = [(midnight + datetime.timedelta(minutes=minute)).astimezone(datetime.UTC) for minute in steps]
    return np.array([elevation(observer, time, with_refraction=False) for time in times])


def _longest_run(flags: NDArray[np.bool_]) -> tuple[int, int]:
    """First and last index of the longest run of true values; (0, 0) where there is none."""
    steps = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    if len(steps) == 0:
        return 0, 0
    runs = steps.reshape(-1, 2)
    first, end = runs[int(np.argmax(runs[:, 1] - runs[:, 0]))].tolist()
    return first, end - 1
