"""The one published objective: the soft goals of ROSTERING as points to minimise, none of them a constant.

    points = 1000 · people missing below `min_staff`, over all working days and shifts
           +  100 · |hours - 4.33 · contract hours| / 8, over all employees and months
           +    4 · ((hours of the year - fair share) / 8)², over all employees
           +    2 · shifts that their employee does not prefer
           +    1 · places left empty between `min_staff` and `max_staff`

Eight hours make one day's work, so the weights compare whole shifts: a missing person outweighs any month's hours,
a day's work outweighs the fair share until someone is about twelve shifts above it, and a preference yields to both.
The **fair share** is the same for everyone as far as contract and absences let them: the hours that can be staffed
at all (every place filled, or everyone at work as much as allowed), poured evenly over the employees, none above what
the person can work in the year. It depends on the problem only, so one day's change moves few terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from services.benchmarks.problem.arrays import OFF, Floats, Ints, RosterArray
from services.benchmarks.problem.model import MONTHS, RosterProblem

MISSING_PERSON = 1000.0
CONTRACT_DAY = 100.0
FAIRNESS_DAY_SQUARED = 4.0
UNWANTED_SHIFT = 2.0
EMPTY_PLACE = 1.0
DAY_MINUTES = 480
"""One day's work, the unit of hours in the objective."""


@dataclass(frozen=True, slots=True)
class Objective:
    """Points per soft goal; `total` is what algorithms minimise."""

    understaffing: float
    contract: float
    fairness: float
    preferences: float
    empty_places: float

    @property
    def total(self) -> float:
        return self.understaffing + self.contract + self.fairness + self.preferences + self.empty_places


def evaluate(problem: RosterProblem, roster: RosterArray) -> Objective:
    """All points of a roster, from scratch."""
    staff = staff_of(problem, roster)[problem.working]
    month = month_minutes_of(problem, roster)
    missing = np.maximum(problem.min_staff - staff, 0).sum()
    empty = np.maximum(problem.max_staff - np.maximum(staff, problem.min_staff), 0).sum()
    return Objective(
        understaffing=MISSING_PERSON * float(missing),
        contract=CONTRACT_DAY / DAY_MINUTES * float(np.abs(month - problem.month_target[:, None]).sum()),
        fairness=FAIRNESS_DAY_SQUARED
        * float((((month.sum(axis=1) - fair_share(problem)) / DAY_MINUTES) ** 2).sum()),
        preferences=UNWANTED_SHIFT * unwanted_shifts(problem, roster),
        empty_places=EMPTY_PLACE * float(empty),
    )


def staff_of(problem: RosterProblem, roster: RosterArray) -> Ints:
    """[day, shift]: people at work."""
    employee, day = np.nonzero(roster != OFF)
    cells = day * problem.shifts + roster[employee, day]
    counts = np.bincount(cells, minlength=problem.days * problem.shifts)
    return counts.reshape(problem.days, problem.shifts).astype(np.int32)


def minutes_of(problem: RosterProblem, roster: RosterArray) -> Ints:
    """[employee, day]: minutes of work, a night shift in full on its first day."""
    return problem.minutes_of_index[roster]


def month_minutes_of(problem: RosterProblem, roster: RosterArray) -> Ints:
    """[employee, month]"""
    starts = np.searchsorted(problem.calendar.month, np.arange(MONTHS))
    return np.add.reduceat(minutes_of(problem, roster), starts, axis=1)


def week_minutes_of(problem: RosterProblem, roster: RosterArray) -> Ints:
    """[employee, ISO week of the year]"""
    return np.add.reduceat(minutes_of(problem, roster), problem.week_starts[:-1], axis=1)


def unwanted_shifts(problem: RosterProblem, roster: RosterArray) -> int:
    """Assignments that their employee does not prefer."""
    employee, day = np.nonzero(roster != OFF)
    return int((~problem.preferred[employee, roster[employee, day]]).sum())


def unwanted_points(problem: RosterProblem) -> Floats:
    """[employee, shift]: points of a shift that its employee does not prefer."""
    return np.where(problem.preferred, 0.0, UNWANTED_SHIFT)


@lru_cache(maxsize=32)
def fair_share(problem: RosterProblem) -> Floats:
    """[employee]: minutes of the year that an even roster gives each person."""
    capacity = yearly_capacity(problem)
    total = min(float(_staffable_minutes(problem)), float(capacity.sum()))
    return np.minimum(capacity, _water_level(capacity, total))


def yearly_capacity(problem: RosterProblem) -> Floats:
    """[employee]: minutes of the year that contract and absences allow."""
    longest = int(problem.shift_minutes.max())
    days = np.add.reduceat(problem.available, problem.week_starts[:-1], axis=1, dtype=np.int32)
    limit = problem.week_limit
    if (problem.shift_minutes == longest).all():
        limit = limit // longest * longest
    return np.asarray(np.minimum(days * longest, limit[:, None]).sum(axis=1), np.float64)


def _staffable_minutes(problem: RosterProblem) -> int:
    """Minutes of work if every place is taken, or everyone available is there."""
    places = int((problem.useful_staff * problem.shift_minutes).sum())
    people = problem.available.sum(axis=0) * int(problem.shift_minutes.max())
    return int(np.minimum(people, places)[problem.working].sum())


def _water_level(capacity: Floats, total: float) -> float:
    """The level to which `total` fills vessels of these capacities."""
    ordered = np.sort(capacity)
    filled = np.concatenate(([0.0], np.cumsum(ordered)[:-1]))
    remaining = len(ordered) - np.arange(len(ordered))
    levels = (total - filled) / remaining
    return float(levels[np.argmax(levels <= ordered)]) if (levels <= ordered).any() else float(ordered[-1])
