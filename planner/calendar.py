"""The days on which crews may fly, and from when to when on each."""

import datetime
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from missions.errors import PlanError
from missions.settings import ScheduleSettings
from planner.daylight import Daylight, daylight

_LONGEST = 366
"""Days that are looked at when the settings name no number."""


@dataclass(frozen=True, eq=False)
class Calendar:
    """Days of a campaign, numbered from 0.

    Without a first day the days have no dates, and working hours alone decide.

    Attributes
    ----------
    lonlat
        Middle of the survey: where the sun is looked at.
    """

    settings: ScheduleSettings
    lonlat: tuple[float, float]

    @property
    def days(self) -> int:
        """How many days may be used."""
        return self.settings.days or _LONGEST

    def without_limit(self) -> "Calendar":
        """Give the same calendar with as many days as needed."""
        return Calendar(self.settings.model_copy(update={"days": None}), self.lonlat)

    @property
    def begin_min(self) -> float:
        """Beginning of work, minutes after local midnight."""
        return 60.0 * self.settings.from_h

    def hours_min(self, number: int) -> tuple[float, float]:
        """From when to when, in minutes after local midnight, aircraft may be in the air on a day."""
        if self.settings.first_day is None:
            return self.begin_min, 60.0 * self.settings.to_h
        if number not in self._known:
            self._known[number] = self._daylight(number)
        return float(self._known[number].open_min), float(self._known[number].close_min)

    def longest_flight_s(self) -> float:
        """Longest time between the beginning and the end of flying, less setting up, on the first days.

        Raises
        ------
        PlanError
            When there is no time to fly on any day, with the height that the sun reaches.
        """
        looked_at = range(min(self.days, 7))
        longest = max(self._usable_min(number) for number in looked_at)
        if longest <= 0:
            raise PlanError(self._no_time(looked_at))
        return 60.0 * longest

    def time(self, number: int, minute: float) -> datetime.datetime | None:
        """Local time, to the second, of a minute of a day; None where the days have no dates."""
        if self.settings.first_day is None:
            return None
        offset = datetime.timezone(datetime.timedelta(hours=self.settings.utc_offset_h))
        midnight = datetime.datetime.combine(self._date(number), datetime.time(), offset)
        return midnight + datetime.timedelta(seconds=round(60.0 * minute))

    def _usable_min(self, number: int) -> float:
        opens, closes = self.hours_min(number)
        return closes - max(opens, self.begin_min + self.settings.setup_min)

    def _no_time(self, numbers: range) -> str:
        settings = self.settings
        hours = f"{settings.from_h:g} to {settings.to_h:g} h"
        if settings.first_day is None or max(self._known[number].minutes for number in numbers) > 0:
            return (
                f"there is no time to fly between {hours} after {settings.setup_min:g} min of setting up "
                "(schedule.from_h, to_h, setup_min)"
            )
        lon, lat = self.lonlat
        highest = max(self._known[number].highest_deg for number in numbers)
        found = self._first_open_day()
        return (
            f"from {self._date(0)} to {self._date(numbers[-1])} the sun reaches {highest:.1f} degrees at "
            f"most from {hours} at {lon:.2f}, {lat:.2f}, and schedule.min_sun_deg asks for "
            f"{settings.min_sun_deg:g}: set it to {np.floor(highest):.0f} or less"
            + (f", or schedule.first_day to {found} or later" if found else "")
        )

    def _first_open_day(self) -> datetime.date | None:
        days = (self._daylight(number) for number in range(_LONGEST))
        return next((day.day for day in days if day.minutes > self.settings.setup_min), None)

    def _date(self, number: int) -> datetime.date:
        assert self.settings.first_day is not None
        return self.settings.first_day + datetime.timedelta(days=number)

    def _daylight(self, number: int) -> Daylight:
        settings = self.settings
        return daylight(
            *self.lonlat,
            self._date(number),
            utc_offset_h=settings.utc_offset_h,
            from_h=settings.from_h,
            to_h=settings.to_h,
            min_sun_deg=settings.min_sun_deg,
        )

    @cached_property
    def _known(self) -> dict[int, Daylight]:
        return {}
