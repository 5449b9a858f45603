"""The season of opium poppy: which stage it is in where and when, and what its photos need."""

import datetime
import tomllib
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from missions.errors import MissionError

Stage = Literal["sowing", "emergence", "rosette", "flower", "capsule", "harvest"]
STAGES: tuple[Stage, ...] = ("sowing", "emergence", "rosette", "flower", "capsule", "harvest")
SEASON_FILE = "season.toml"
_BEFORE_WINTER: tuple[Stage, ...] = ("sowing", "emergence", "rosette")
_LEAP_YEAR = 2028


def _month_day(text: str) -> str:
    datetime.date.fromisoformat(f"{_LEAP_YEAR}-{text}")
    return text


MonthDays = tuple[
    Annotated[str, AfterValidator(_month_day)],
    Annotated[str, AfterValidator(_month_day)],
]


class Window(NamedTuple):
    """First and last day of a stage."""

    first: datetime.date
    last: datetime.date

    def __contains__(self, day: object) -> bool:
        """Whether a day lies in the window, its ends included."""
        return isinstance(day, datetime.date) and self.first <= day <= self.last

    def in_words(self) -> str:
        """Give it as people plan: ISO weeks, and the days."""
        first, last = self.first.isocalendar(), self.last.isocalendar()
        years = f"{first.year}" if first.year == last.year else f"{first.year}/{last.year}"
        return f"weeks {first.week}-{last.week} of {years} ({self.first:%Y-%m-%d} to {self.last:%Y-%m-%d})"


class CalendarRow(BaseModel):
    """When the stages come in a belt of latitude, at a height above sea level."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    belt: str
    lat: tuple[float, float]
    alt_m: float
    sown: Literal["autumn", "spring"]
    sowing: MonthDays
    emergence: MonthDays
    rosette: MonthDays
    flower: MonthDays
    capsule: MonthDays
    harvest: MonthDays
    source: str

    def month_days(self, stage: Stage) -> MonthDays:
        """First and last day of a stage, as month-day."""
        return getattr(self, stage)


class Need(BaseModel):
    """What a stage asks of the photos."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gsd_cm: Annotated[float, Field(gt=0)]
    small_white_gsd_cm: Annotated[float, Field(gt=0)] | None = None
    served: bool
    """Whether the shipped detector finds this stage by itself."""
    source: str


class Calendar(BaseModel):
    """The whole table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shift_days_per_100m: float
    most_shift_days: float
    shift_source: str
    calendar: tuple[CalendarRow, ...]
    needs: dict[Literal["rosette", "flower", "capsule"], Need]

    def at(self, lat: float, alt_m: float) -> "Season | None":
        """Give the season of a place; None outside all belts.

        Parameters
        ----------
        lat
            Degrees north, WGS 84.
        alt_m
            Height of the ground above sea level.
        """
        for row in self.calendar:
            if row.lat[0] <= lat <= row.lat[1]:
                shift = self.shift_days_per_100m * (alt_m - row.alt_m) / 100.0
                shift = max(-self.most_shift_days, min(self.most_shift_days, shift))
                return Season(row, 7 * round(shift / 7))  # in whole weeks: the table knows no days
        return None


@dataclass(frozen=True)
class Season:
    """The season of one place: a row of the calendar, and by how many days its height moves it."""

    row: CalendarRow
    shift_days: int

    def windows(self, year: int) -> dict[Stage, Window]:
        """Give the windows of the season whose flowering ends in a year, all shifted by the height.

        The stages begin one after another, so the years of the others follow from that of the flowering.
        """
        begun = {"flower": _on_or_before(self.row.flower[0], _day(year, self.row.flower[1]))}
        flower = STAGES.index("flower")
        for later, earlier in pairwise(STAGES[flower::-1]):
            begun[earlier] = _on_or_before(self.row.month_days(earlier)[0], begun[later])
        for earlier, later in pairwise(STAGES[flower:]):
            begun[later] = _on_or_after(self.row.month_days(later)[0], begun[earlier])
        return {
            stage: self._shifted(
                stage, Window(begun[stage], _on_or_after(self.row.month_days(stage)[1], begun[stage]))
            )
            for stage in STAGES
        }

    def next_window(self, stage: Stage, day: datetime.date) -> Window:
        """Give the first window of a stage that is not over on a day."""
        years = (day.year - 1, day.year, day.year + 1, day.year + 2)
        windows = [self.windows(year)[stage] for year in years]
        return next(window for window in windows if window.last >= day)

    def stages_on(self, day: datetime.date) -> list[Stage]:
        """Give the stages that plants may be in on a day, none between harvest and sowing."""
        return [stage for stage in STAGES if day in self.next_window(stage, day)]

    def _shifted(self, stage: Stage, window: Window) -> Window:
        """Move a window by the height; what happens before winter is not moved."""
        shift, still = datetime.timedelta(days=self.shift_days), datetime.timedelta()
        if self.row.sown == "spring":
            return Window(window.first + shift, window.last + shift)
        begins = still if stage in _BEFORE_WINTER else shift
        ends = still if stage in _BEFORE_WINTER[:-1] else shift  # rosettes grow on until they flower
        return Window(window.first + begins, window.last + ends)


def read_calendar(folder: Path) -> Calendar:
    """Read a mission folder's own season.toml, or else the shipped table.

    Raises
    ------
    MissionError
        When the folder's own table is not one; all faults at once.
    """
    own = folder / SEASON_FILE
    if not own.exists():
        return Calendar.model_validate(tomllib.loads(shipped_table().read_text(encoding="utf-8")))
    try:
        return Calendar.model_validate(tomllib.loads(own.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MissionError(f"{own}: expected a table of seasons in TOML: {error}") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].lower()}, received {fault['input']!r}"
            for fault in error.errors()
        )
        raise MissionError(f"{own}: {faults}") from error


def shipped_table() -> Path:
    """Where the shipped table is, for people to copy and edit."""
    return Path(str(resources.files("missions") / "catalogue_data" / SEASON_FILE))


def _day(year: int, month_day: str) -> datetime.date:
    """Give a day of a year; 29 February is the 28th where there is none."""
    month, day = map(int, month_day.split("-"))
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return datetime.date(year, month, day - 1)


def _on_or_before(month_day: str, day: datetime.date) -> datetime.date:
    found = _day(day.year, month_day)
    return found if found <= day else _day(day.year - 1, month_day)


def _on_or_after(month_day: str, day: datetime.date) -> datetime.date:
    found = _day(day.year, month_day)
    return found if found >= day else _day(day.year + 1, month_day)
