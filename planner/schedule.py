"""Who flies which sortie when: crews with an aircraft each, driving from site to site, day after day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from planner.calendar import Calendar

Array = NDArray[np.float64]

_ROUNDS = 200
_FEW = 12
"""So many jobs of a crew, the last ones, or the least or most worth, are looked at in every round."""
_DAY_MIN = 24.0 * 60.0


@dataclass(frozen=True)
class Job:
    """A flight as the schedule sees it: the number of its site, how long it takes, and what it is worth."""

    site: int
    minutes: float
    worth: float = 0.0


@dataclass(frozen=True)
class Slot:
    """When a job is done, and by which crew, counted from 1."""

    aircraft: int
    day: int
    start_min: float
    """Take-off, minutes after local midnight."""


@dataclass(frozen=True, eq=False)
class Crews:
    """Crews with one aircraft each, and the times that they need between flights.

    Attributes
    ----------
    sites_m
        Places (N, 2) of the sites.
    swap_min, setup_min
        Between two flights from one site; from arriving at a site to the first take-off.
    drive_m_min
        Speed between sites over the straight distance.
    """

    count: int
    sites_m: Array
    swap_min: float
    setup_min: float
    drive_m_min: float

    def moving_min(self, site: int, to: int) -> float:
        """From a landing at one site to the next take-off from another, or the same."""
        if site == to:
            return self.swap_min
        drive_m = float(np.linalg.norm(self.sites_m[site] - self.sites_m[to]))
        return max(self.swap_min, drive_m / self.drive_m_min + self.setup_min)


def schedule(jobs: Sequence[Job], crews: Crews, calendar: Calendar) -> list[Slot | None]:
    """Share jobs among crews and days so that all crews finish early and at about the same time.

    A crew keeps to a site until its work there is done. Jobs are first handed to the crew that is free first
    (list scheduling, the site with most work first), then moved and exchanged between crews as long as more
    is done, or the last crew finishes earlier.

    Returns
    -------
    list of Slot or None
        One for each job; None for those that the days cannot take.
    """
    roster = _Roster(jobs, crews, calendar)
    queues = roster.first_queues()
    for _ in range(_ROUNDS):
        found = roster.better(queues)
        if found is None:
            break
        queues = found
    slots: list[Slot | None] = [None] * len(jobs)
    for number, queue in enumerate(queues, start=1):
        for job, day, start in roster.timed(queue):
            slots[job] = Slot(number, day, start)
    return slots


Queue = tuple[int, ...]
"""The jobs of one crew in order."""


@dataclass(frozen=True, eq=False)
class _Roster:
    """Jobs to be shared among crews."""

    jobs: Sequence[Job]
    crews: Crews
    calendar: Calendar

    def first_queues(self) -> list[Queue]:
        """Hand out the jobs, one at a time, to the crew that is free first."""
        left: dict[int, list[int]] = {}
        for number, job in enumerate(self.jobs):
            left.setdefault(job.site, []).append(number)
        queues: list[Queue] = [()] * self.crews.count
        clocks = [(0.0, number) for number in range(self.crews.count)]
        site_of: dict[int, int] = {}
        while any(left.values()):
            clock, crew = min(clocks)
            here = site_of.get(crew)
            if here is None or not left[here]:
                here = self._most_work(left, list(site_of.values()))
                site_of[crew] = here
            job = left[here].pop(0)
            queues[crew] = (*queues[crew], job)
            clocks[crew] = (clock + self.jobs[job].minutes + self.crews.swap_min, crew)
        return queues

    def _most_work(self, left: dict[int, list[int]], taken: Sequence[int]) -> int:
        """The site with most work left for each crew there, the newcomer included."""

        def share(site: int) -> float:
            return sum(self.jobs[job].minutes for job in left[site]) / (1 + taken.count(site))

        return max(sorted(left), key=share)

    def timed(self, queue: Queue) -> list[tuple[int, int, float]]:
        """Job, day and take-off for all jobs of a queue that the days can take."""
        times: list[tuple[int, int, float]] = []
        day, site, landed = 0, -1, 0.0
        for number in queue:
            job = self.jobs[number]
            begun = site >= 0
            start = landed + self.crews.moving_min(site, job.site) if begun else np.inf
            first_try = day
            while day < self.calendar.days:
                opens, closes = self.calendar.hours_min(day)
                if not begun or day > first_try:
                    start = self.calendar.begin_min + self.crews.setup_min
                start = max(start, opens)
                if start + job.minutes <= closes:
                    break
                day += 1
            else:
                day = first_try  # a shorter one may fit yet
                continue
            times.append((number, day, start))
            site, landed = job.site, start + job.minutes
        return times

    def rank(self, queues: Iterable[Queue]) -> tuple[float, float, float]:
        """Less is better: work that is not done, when the last crew finishes, and when all do."""
        undone, ends = zip(*(self.outcome(queue) for queue in queues), strict=True)
        return round(sum(undone), 9), max(ends), sum(ends)

    def outcome(self, queue: Queue) -> tuple[float, float]:
        """Work of a queue that is not done, and when its crew finishes."""
        if queue not in self._outcomes:
            times = self.timed(queue)
            done = {job for job, _, _ in times}
            undone = sum(self.jobs[job].worth + 1e-9 for job in queue if job not in done)
            end = 0.0
            if times:
                job, day, start = times[-1]
                end = day * _DAY_MIN + start + self.jobs[job].minutes
            self._outcomes[queue] = undone, end
        return self._outcomes[queue]

    @cached_property
    def _outcomes(self) -> dict[Queue, tuple[float, float]]:
        return {}

    def better(self, queues: list[Queue]) -> list[Queue] | None:
        """Change the queues in one place so that more is done, or the last crew finishes earlier."""
        now = self.rank(queues)
        changes = chain(self._more_worth(queues), self._evened(queues))
        return next((changed for changed in changes if self.rank(changed) < now), None)

    def _more_worth(self, queues: list[Queue]) -> Iterator[list[Queue]]:
        """Let a job that is not done take the place of one that is worth less."""
        done = {job for queue in queues for job, _, _ in self.timed(queue)}
        left = [job for queue in queues for job in queue if job not in done]
        for new in sorted(left, key=lambda job: -self.jobs[job].worth)[:_FEW]:
            for old in sorted(done, key=lambda job: self.jobs[job].worth)[:_FEW]:
                if self.jobs[old].worth >= self.jobs[new].worth:
                    break
                swap = {new: old, old: new}
                yield [tuple(swap.get(job, job) for job in queue) for queue in queues]

    def _evened(self, queues: list[Queue]) -> Iterator[list[Queue]]:
        """Move one job from the crew that finishes last to another, or exchange it for a shorter one."""
        ends = [self.outcome(queue)[1] for queue in queues]
        last = int(np.argmax(ends))
        others = [crew for crew in range(len(queues)) if crew != last]
        for job in queues[last][-_FEW:]:
            for other in others:
                for given in (None, *queues[other][-_FEW:]):
                    shift = self.jobs[job].minutes - (self.jobs[given].minutes if given is not None else 0.0)
                    if not 0.0 < shift < ends[last] - ends[other]:
                        continue  # the other crew would finish as late
                    changed = list(queues)
                    changed[last] = self._without(queues[last], job)
                    changed[other] = queues[other]
                    if given is not None:
                        changed[other] = self._without(changed[other], given)
                        changed[last] = self._with(changed[last], given)
                    changed[other] = self._with(changed[other], job)
                    yield changed

    def _without(self, queue: Queue, job: int) -> Queue:
        return tuple(number for number in queue if number != job)

    def _with(self, queue: Queue, job: int) -> Queue:
        """Put a job beside the others of its site, in their order, or at the end."""
        of_site = [
            place for place, number in enumerate(queue) if self.jobs[number].site == self.jobs[job].site
        ]
        if not of_site:
            return (*queue, job)
        place = next((place for place in of_site if queue[place] > job), of_site[-1] + 1)
        return (*queue[:place], job, *queue[place:])
