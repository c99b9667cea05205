"""The moves of all heuristics: the cheapest column of a day, or a week torn out and filled again.

With the rest of the year fixed, the objective of a day is separable over employees and places, so its exact minimum
is a linear assignment of people to places. Rest, weekly hours and availability are infinite costs: no move can break
a hard constraint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from services.benchmarks.problem.arrays import OFF, Floats, Ints, RosterArray
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.objective import CONTRACT_DAY, EMPTY_PLACE, MISSING_PERSON, fair_share
from services.benchmarks.problem.state import RosterState

URGENCY = 0.4 * CONTRACT_DAY
"""Points per spare day of a person in a week: whoever could not make up for a day off goes first."""
SPARE_DAYS = 3
ORDER_NOISE = 2.0
"""People by which two days of a week may differ and still change places in the order of filling."""


NEEDED_FIRST = 0.5
"""How often a week is filled up to the minimum on all days before any further place is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Places of a working day, those up to the minimum first."""

    shift: Ints
    """[place]"""
    saves: Floats
    """[place]: points that taking it saves."""

    def needed(self) -> Places:
        """Those up to the minimum only."""
        kept = self.saves == MISSING_PERSON
        return Places(self.shift[kept], self.saves[kept])


@dataclass(frozen=True, eq=False)
class Moves:
    """Moves on rosters of one problem; each changes the state in place and tells by how many points."""

    problem: RosterProblem
    week_days: tuple[Ints, ...] = field(init=False)
    """Working days of each ISO week."""
    days: Ints = field(init=False)
    """All working days."""
    longest: int = field(init=False)
    """Minutes of the longest shift."""
    open_days: Ints = field(init=False)
    """[employee, day]: days left in the week on which the person may work, this one included."""
    places: Places = field(init=False)
    needed: Places = field(init=False)

    def __post_init__(self) -> None:
        problem = self.problem
        days = np.flatnonzero(problem.working).astype(np.int32)
        weeks = np.split(days, np.searchsorted(days, problem.week_starts[1:-1]))
        shift = np.repeat(np.arange(problem.shifts, dtype=np.int32), problem.useful_staff)
        first = np.cumsum(problem.useful_staff) - problem.useful_staff
        needed = np.arange(len(shift)) - first[shift] < problem.min_staff[shift]
        values = {
            "days": days,
            "week_days": tuple(week for week in weeks if week.size),
            "longest": int(problem.shift_minutes.max()),
            "open_days": _open_days(problem),
            "places": (places := Places(shift, np.where(needed, MISSING_PERSON, EMPTY_PLACE))),
            "needed": places.needed(),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def construct(self) -> RosterState:
        """A good roster in one pass over the weeks, each filled in the better of two ways.

        Until the last day everyone is far below the fair share, so each day is held against the part of it that
        falls due, in proportion to the days on which a person was available.
        """
        state = RosterState.of(self.problem, self.problem.empty_roster())
        gone = np.cumsum(self.problem.available, axis=1)
        due = fair_share(self.problem)[:, None] * gone / np.maximum(gone[:, -1:], 1)
        for week in self.week_days:
            options = []
            for rounds in ((self.places,), (self.needed, self.places)):
                state.clear_week(week)
                self._fill(state, week, rounds, lambda costs: costs, due)
                options.append((state.points_of(week, due[:, week[-1]]), state.columns(week)))
            state.put_all(week, min(options, key=lambda option: option[0])[1])
        return state

    def refill_day(self, state: RosterState, day: int, source: np.random.Generator, noise: float) -> float:
        """Replace a day by the column that is cheapest under costs blurred by `noise` points."""
        costs = state.day_costs(day)
        column = self.best_column(_blurred(costs, source, noise))
        change = state.change(day, column, costs)
        state.put(day, column)
        return change

    def refill_week(self, state: RosterState, week: Ints, source: np.random.Generator, noise: float) -> float:
        """Empty the days of a week, then fill them one by one, the days with the fewest people first."""
        people = self.problem.available[:, week].sum(axis=0) + source.uniform(0.0, ORDER_NOISE, len(week))
        rounds = (self.needed, self.places) if source.random() < NEEDED_FIRST else (self.places,)
        before = state.points_of(week)
        state.clear_week(week)
        self._fill(state, week[np.argsort(people)], rounds, lambda costs: _blurred(costs, source, noise))
        return state.points_of(week) - before

    def descend(self, state: RosterState) -> None:
        """One pass of cheapest columns over all days; never makes a roster worse."""
        for day in self.days:
            column = self.best_column(state.day_costs(day))
            state.put(day, column)

    def best_column(self, costs: Floats, places: Places | None = None) -> RosterArray:
        """Who works what on a day so that the points are least; `costs` [employee, shift] against not working."""
        shift, saves = (places or self.places).shift, (places or self.places).saves
        # A place stays empty where nobody improves on it; cutting at 0 makes that an ordinary assignment.
        matrix = np.minimum(costs[:, shift] - saves, 0.0)
        people, taken = linear_sum_assignment(matrix)
        useful = matrix[people, taken] < 0.0
        column = np.full(self.problem.employees, OFF, np.int16)
        column[people[useful]] = shift[taken[useful]]
        return column

    def _fill(
        self,
        state: RosterState,
        days: Ints,
        rounds: tuple[Places, ...],
        blur: Callable[[Floats], Floats],
        due: Floats | None = None,
    ) -> None:
        """Fill empty days with some places, then with more; `due` [employee, day] stands in for the fair share."""
        for places in rounds:
            for day in days:
                costs = state.day_costs(day, None if due is None else due[:, day])
                state.put(day, self.best_column(blur(costs + self._urgency(state, day)), places))

    def _urgency(self, state: RosterState, day: int) -> Floats:
        """[employee, 1]: points that hold back people who have days to spare."""
        minutes_left = self.problem.week_limit - state.week[:, self.problem.calendar.week[day]]
        spare = self.open_days[:, day] - minutes_left // self.longest
        return URGENCY * np.minimum(np.maximum(spare, 0), SPARE_DAYS)[:, None]


def _blurred(costs: Floats, source: np.random.Generator, noise: float) -> Floats:
    return costs + source.uniform(0.0, noise, costs.shape) if noise > 0.0 else costs


def _open_days(problem: RosterProblem) -> Ints:
    left = np.zeros(problem.available.shape, np.int32)
    for start, stop in zip(problem.week_starts[:-1], problem.week_starts[1:], strict=True):
        backwards = problem.available[:, start:stop][:, ::-1]
        left[:, start:stop] = np.cumsum(backwards, axis=1)[:, ::-1]
    return left
