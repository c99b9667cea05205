"""Delta evaluation: a roster with its sums, and what each assignment of one day would cost.

Given the rest of the year, the points of a day are a sum over its employees plus a sum over its places, so the
cheapest column of a day is an assignment problem (see `algorithms/day_move.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from services.benchmarks.problem.arrays import OFF, Bools, Floats, Ints, RosterArray
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.objective import (
    CONTRACT_DAY,
    DAY_MINUTES,
    EMPTY_PLACE,
    FAIRNESS_DAY_SQUARED,
    MISSING_PERSON,
    fair_share,
    month_minutes_of,
    unwanted_points,
    week_minutes_of,
)

CONTRACT = CONTRACT_DAY / DAY_MINUTES
FAIRNESS = FAIRNESS_DAY_SQUARED / DAY_MINUTES**2


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    """What delta evaluation needs of a problem, computed once."""

    share: Floats
    """[employee]"""
    unwanted: Floats
    """[employee, shift]: points of a shift that is not preferred."""
    unwanted_or_off: Floats
    """[employee, shift or OFF]: the same with 0 for a day off at the end, where -1 finds it."""
    places: Floats
    """[shift, people]: points of a working day's staffing."""


@lru_cache(maxsize=32)
def _terms(problem: RosterProblem) -> _Terms:
    staff = np.arange(problem.employees + 1)
    lower, upper = problem.min_staff[:, None], problem.max_staff[:, None]
    empty = np.maximum(upper - np.maximum(staff, lower), 0)
    places = MISSING_PERSON * np.maximum(lower - staff, 0) + EMPTY_PLACE * empty
    unwanted = unwanted_points(problem)
    return _Terms(fair_share(problem), unwanted, np.pad(unwanted, ((0, 0), (0, 1))), places)


@dataclass(slots=True, eq=False)
class RosterState:
    """A roster and its running sums in minutes; `put` keeps them in step."""

    problem: RosterProblem
    roster: RosterArray
    week: Ints
    """[employee, week]"""
    month: Ints
    """[employee, month]"""
    year: Ints
    """[employee]"""

    @classmethod
    def of(cls, problem: RosterProblem, roster: RosterArray) -> RosterState:
        month = month_minutes_of(problem, roster)
        return cls(
            problem, roster.copy(), week_minutes_of(problem, roster), month, month.sum(axis=1, dtype=np.int32)
        )

    def copy(self) -> RosterState:
        return RosterState(
            self.problem, self.roster.copy(), self.week.copy(), self.month.copy(), self.year.copy()
        )

    def day_costs(self, day: int, share: Floats | None = None) -> Floats:
        """[employee, shift]: points of working that shift instead of not at all; inf where a rule forbids it.

        `share` replaces the fair share, for a roster that is only filled up to some day.
        """
        problem, terms = self.problem, _terms(self.problem)
        added = problem.shift_minutes
        now = problem.minutes_of_index[self.roster[:, day]]
        month = (self.month[:, problem.calendar.month[day]] - now - problem.month_target)[:, None]
        above = self.year - now - (terms.share if share is None else share)
        cost = CONTRACT * (np.abs(month + added) - np.abs(month))
        cost += FAIRNESS * added * (2.0 * above[:, None] + added)
        cost += terms.unwanted
        cost[~self._allowed(day, now)] = np.inf
        return cost

    def change(self, day: int, column: RosterArray, costs: Floats) -> float:
        """Points by which the objective rises if `column` replaces the day; `costs` are the day's."""
        return self._points(column, costs) - self._points(self.roster[:, day], costs)

    def put(self, day: int, column: RosterArray) -> None:
        """Replace a day."""
        minutes = self.problem.minutes_of_index
        added = minutes[column] - minutes[self.roster[:, day]]
        self.week[:, self.problem.calendar.week[day]] += added
        self.month[:, self.problem.calendar.month[day]] += added
        self.year += added
        self.roster[:, day] = column

    def points_of(self, days: Ints, share: Floats | None = None) -> float:
        """The part of the objective that assignments on some days decide: compare it before and after a change."""
        problem, terms = self.problem, _terms(self.problem)
        roster = self.roster[:, days]
        months = self.month[:, np.unique(problem.calendar.month[days])]
        contract = np.abs(months - problem.month_target[:, None]).sum()
        fairness = ((self.year - (terms.share if share is None else share)) ** 2).sum()
        unwanted = np.take_along_axis(terms.unwanted_or_off, roster, axis=1).sum()
        kinds = problem.shifts + 1
        cells = roster + (1 + kinds * np.arange(len(days)))
        staff = np.bincount(cells.ravel(), minlength=kinds * len(days)).reshape(-1, kinds)[:, 1:]
        places = terms.places[np.arange(problem.shifts), staff].sum()
        return float(CONTRACT * contract + FAIRNESS * fairness + unwanted + places)

    def clear_week(self, days: Ints) -> None:
        """Take everyone off the days of one week."""
        calendar = self.problem.calendar
        minutes = self.problem.minutes_of_index[self.roster[:, days]]
        self.week[:, calendar.week[days[0]]] -= minutes.sum(axis=1, dtype=np.int32)
        self.year -= minutes.sum(axis=1, dtype=np.int32)
        for day, column in zip(days, minutes.T, strict=True):
            self.month[:, calendar.month[day]] -= column
        self.roster[:, days] = OFF

    def columns(self, days: Ints) -> RosterArray:
        """A copy of some days, to go back to."""
        return self.roster[:, days].copy()

    def put_all(self, days: Ints, columns: RosterArray) -> None:
        """Replace some days."""
        for day, column in zip(days, columns.T, strict=True):
            self.put(int(day), column)

    def _allowed(self, day: int, now: Ints) -> Bools:
        """[employee, shift]: availability, weekly hours and rest on both sides permit it."""
        problem = self.problem
        week = self.week[:, problem.calendar.week[day]] - now
        allowed = week[:, None] + problem.shift_minutes <= problem.week_limit[:, None]
        allowed &= problem.available[:, day, None]
        if day > 0:
            allowed &= problem.follows[self.roster[:, day - 1]]
        if day + 1 < problem.days:
            allowed &= problem.precedes[self.roster[:, day + 1]]
        return allowed

    def _points(self, column: RosterArray, costs: Floats) -> float:
        at_work = np.flatnonzero(column != OFF)
        shift = column[at_work]
        places = _terms(self.problem).places
        staff = np.bincount(shift, minlength=len(places))
        return float(costs[at_work, shift].sum() + places[np.arange(len(places)), staff].sum())
