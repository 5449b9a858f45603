"""All flights of a survey with the crew, day and time of each, and what the days do not suffice for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from geo.frames import LocalFrame
from missions.settings import Settings
from planner.calendar import Calendar
from planner.flights import Base, Block, Flight
from planner.flyer import Flyer, Work
from planner.priorities import rank_plots
from planner.reasons import Missed, reasons
from planner.schedule import Crews, Job, Slot, schedule
from planner.sites import SiteRules, serving_s
from planner.sorties import fly

_PLANS = 5
"""So many choices of plots are planned in full before the best is taken."""
_CHANGES, _CHANGES_OF_FEW = 3, 300
"""So many changes of single plots are then tried; with few plots, so many divided by their number."""


@dataclass(frozen=True, eq=False)
class Skipped:
    """A plot, or a share of one, that is not flown."""

    plot: str
    share: float
    minutes: float | None
    reason: str


@dataclass(frozen=True, eq=False)
class Campaign:
    """Flights in the order of crews and times, the slot of each, and what is left out."""

    flights: list[Flight]
    slots: list[Slot]
    skipped: list[Skipped]


@dataclass(frozen=True, eq=False)
class Staff:
    """Who flies when.

    Attributes
    ----------
    aircraft
        Number of aircraft, each with a crew.
    site_rules
        Setting up and driving.
    swap_s
        From landing to the next take-off from the same site.
    """

    aircraft: int
    site_rules: SiteRules
    calendar: Calendar
    swap_s: float

    @classmethod
    def of(cls, settings: Settings, frame: LocalFrame) -> "Staff":
        """Make it from a mission's settings, with the sun as it stands over the frame's centre."""
        schedule = settings.schedule
        return cls(
            settings.aircraft.count,
            SiteRules(60.0 * schedule.setup_min, schedule.drive_km_h / 3.6, schedule.max_sites),
            Calendar(schedule, (frame.lon_deg, frame.lat_deg)),
            60.0 * settings.battery.swap_min,
        )

    @property
    def longest_flight_s(self) -> float:
        """Longest flight that fits into a day; PlanError when no day has time for any."""
        return self.calendar.longest_flight_s()


def plan_campaign(
    blocks: Sequence[Block], worth: Mapping[str, float], bases: Sequence[Base], flyer: Flyer, staff: Staff
) -> Campaign:
    """Plan all flights and share them among crews and days; leave out what the days do not suffice for.

    Where they do not suffice, the plots are ranked by the expected finds that each adds for each minute it
    adds (`rank_plots`), and as many of the first as the days take are flown.

    Parameters
    ----------
    worth
        Expected finds of each plot, or any weight in proportion to them.

    Returns
    -------
    Campaign
        Its skipped plots are those out of reach, with the number that would work, and those left out.
    """
    works, unflyable = flyer.works(blocks)
    office = _Office(bases, flyer, staff, worth, {work.plot: work.photos for work in works})
    whole = office.draft(works)
    chosen, minutes = (whole, dict[str, float]()) if whole.fits else office.choice(works, whole)
    missed = [*unflyable, *whole.missed]
    photos = {block.plot: sum(line.photos for line in block.transects) for block in blocks}
    beyond = _out_of_reach(missed, photos, bases, flyer)
    late = [] if whole.fits else office.out_of_time(chosen, whole, minutes)
    order = sorted((slot.aircraft, slot.day, slot.start_min, number) for number, slot in chosen.slots.items())
    numbers = [number for *_, number in order]
    return Campaign(
        [chosen.flights[number] for number in numbers],
        [chosen.slots[number] for number in numbers],
        [*beyond, *late],
    )


@dataclass(frozen=True, eq=False)
class _Draft:
    """Flights over some of the plots, and the slots of those that the days take, by number."""

    flights: list[Flight]
    slots: dict[int, Slot]
    missed: list[Missed]
    worth: float
    """Of what is flown in a slot."""

    @property
    def fits(self) -> bool:
        return len(self.slots) == len(self.flights)

    @property
    def share_done(self) -> float:
        """Share of the time of all flights that is in slots."""
        done = sum(self.flights[number].effort.seconds for number in self.slots)
        return done / sum(flight.effort.seconds for flight in self.flights)


@dataclass(frozen=True, eq=False)
class _Office:
    """Plans choices of plots."""

    bases: Sequence[Base]
    flyer: Flyer
    staff: Staff
    worth: Mapping[str, float]
    photos: Mapping[str, int]

    def draft(self, works: Sequence[Work]) -> _Draft:
        """Plan all flights over some plots and share them out."""
        flights, missed = fly(works, self.bases, self.flyer, self.staff.site_rules)
        slots = self._slots(flights, self.staff.calendar)
        return _Draft(flights, slots, missed, sum(self._worth_of(flights[number]) for number in slots))

    def choice(self, works: Sequence[Work], whole: _Draft) -> tuple[_Draft, dict[str, float]]:
        """The best draft found for too few days; also the minutes that each plot would take."""
        order, minutes = self._ranked(works)
        cumulated = np.cumsum([minutes[works[number].plot] for number in order])
        best, draft, fit, too_many = whole, whole, 0, len(order)
        for _ in range(_PLANS):
            if draft.fits:
                tried = (fit + too_many) // 2
            else:
                tried = int(np.searchsorted(cumulated, draft.share_done * cumulated[too_many - 1]))
            tried = min(max(tried, fit + 1), too_many - 1)
            if tried <= fit:
                break
            draft = self.draft([works[number] for number in order[:tried]])
            best = max(best, draft, key=lambda found: found.worth)
            fit, too_many = (tried, too_many) if draft.fits else (fit, tried)
        return self._improved(best, [works[number] for number in order]), minutes

    def out_of_time(self, draft: _Draft, whole: _Draft, minutes: Mapping[str, float]) -> list[Skipped]:
        """Plots, or shares of them, that are within reach and that no flight with a slot shows."""
        shown = dict.fromkeys(self.photos, 0)
        for number in draft.slots:
            for visit in draft.flights[number].visits:
                shown[visit.plot] += visit.transect.photos
        for entry in whole.missed:
            shown[entry.plot] += entry.line.photos
        calendar = self.staff.calendar
        unlimited = self._slots(whole.flights, calendar.without_limit())
        needed = 1 + max(slot.day for slot in unlimited.values())
        reason = (
            f"the {calendar.days} days allowed (schedule.days) go to plots that promise more finds a minute; "
            f"all plots would take {needed} days"
        )
        left = {plot: 1.0 - shown[plot] / count for plot, count in self.photos.items()}
        return [
            Skipped(plot, share, round(minutes[plot] * share, 1), reason)
            for plot, share in left.items()
            if share > 0
        ]

    def _improved(self, draft: _Draft, ranked: Sequence[Work]) -> _Draft:
        """Add single plots to a draft, or exchange them for worthier ones, where that pays."""
        flown = {visit.plot for number in draft.slots for visit in draft.flights[number].visits}
        inside = [work for work in ranked if work.plot in flown]
        outside = [work for work in ranked if work.plot not in flown]
        left = max(_CHANGES, _CHANGES_OF_FEW // len(ranked))
        for new in outside:
            # The least promising plots are the first to make room.
            for old in (
                None,
                *(work for work in inside[::-1] if self.worth[work.plot] < self.worth[new.plot]),
            ):
                if left == 0:
                    return draft
                left -= 1
                changed = [*(work for work in inside if work is not old), new]
                more = self.draft(changed)
                if more.worth > draft.worth + 1e-9:
                    draft, inside = more, changed
                    break
        return draft

    def _ranked(self, works: Sequence[Work]) -> tuple[list[int], dict[str, float]]:
        places = np.array([work.place_m for work in works])
        ways = self.flyer.seconds_between(places, np.array([base.place_m for base in self.bases]))
        loads = np.array([work.load_s for work in works])
        serving = serving_s(loads, ways, self.flyer.cycle_s, self.flyer.overhead_s).min(axis=1)
        serving = np.where(np.isfinite(serving), serving, 1e3 * loads)
        near = np.minimum(ways.min(axis=1), self.flyer.cycle_s)
        between = np.minimum(self.flyer.seconds_between(places, places), self.flyer.cycle_s)
        worth = np.array([self.worth[work.plot] for work in works])
        order, marginal = rank_plots(worth, serving / 60.0, near / 60.0, between / 60.0)
        return order, {work.plot: float(took) for work, took in zip(works, marginal, strict=True)}

    def _slots(self, flights: Sequence[Flight], calendar: Calendar) -> dict[int, Slot]:
        number_of = {base.name: number for number, base in enumerate(self.bases)}
        jobs = [
            Job(number_of[flight.base.name], flight.effort.seconds / 60.0, self._worth_of(flight))
            for flight in flights
        ]
        rules = self.staff.site_rules
        crews = Crews(
            count=self.staff.aircraft,
            sites_m=np.array([base.place_m for base in self.bases]),
            swap_min=self.staff.swap_s / 60.0,
            setup_min=rules.setup_s / 60.0,
            drive_m_min=60.0 * rules.drive_m_s,
        )
        slots = schedule(jobs, crews, calendar)
        return {number: slot for number, slot in enumerate(slots) if slot is not None}

    def _worth_of(self, flight: Flight) -> float:
        """Expected finds of a flight: of each plot the share of its photos."""
        return sum(
            self.worth[visit.plot] * visit.transect.photos / self.photos[visit.plot]
            for visit in flight.visits
        )


def _out_of_reach(
    missed: Sequence[Missed], photos: Mapping[str, int], bases: Sequence[Base], flyer: Flyer
) -> list[Skipped]:
    lost: dict[str, int] = {}
    for entry in missed:
        lost[entry.plot] = lost.get(entry.plot, 0) + entry.line.photos
    said = reasons(missed, bases, flyer.router, flyer.limits, flyer.trigger_m)
    return [Skipped(plot, min(1.0, lost[plot] / photos[plot]), None, reason) for plot, reason in said]
