"""The exact model of some weeks, the rest of the year given: every hard rule and every soft goal (ROSTERING)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.benchmarks.algorithms.exact.convex import contract_cost, fairness_cost, pieces_of, unit_of
from services.benchmarks.algorithms.exact.linear_model import LinearModel
from services.benchmarks.problem.arrays import OFF, Bools, Ints, RosterArray
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.objective import EMPTY_PLACE, MISSING_PERSON, unwanted_points
from services.benchmarks.problem.state import RosterState


@dataclass(frozen=True, slots=True, eq=False)
class WindowModel:
    """A model and its assignment variables [employee, day of the window, shift]."""

    model: LinearModel
    works: Ints

    def columns_of(self, values: np.ndarray) -> RosterArray:
        """[employee, day of the window] from a solution."""
        chosen = values[self.works] > 0.5  # noqa: PLR2004 - binary with tolerance
        return np.where(chosen.any(axis=2), chosen.argmax(axis=2), OFF).astype(np.int16)


def working_days(problem: RosterProblem, first_week: int, weeks: int) -> Ints:
    """The working days of some ISO weeks."""
    start, stop = problem.week_starts[first_week], problem.week_starts[first_week + weeks]
    return np.arange(start, stop, dtype=np.int32)[problem.working[start:stop]]


def window_model(state: RosterState, days: Ints) -> WindowModel:
    """Model of the working days of whole ISO weeks; `state` gives everything outside of them."""
    problem = state.problem
    model = LinearModel()
    works = model.columns(
        (problem.employees, len(days), problem.shifts),
        upper=_allowed(state, days).astype(np.float64),
        cost=unwanted_points(problem)[:, None, :],
        integer=True,
    )
    _limit_people(model, problem, works, days)
    _keep_rest(model, problem, works, days)
    _staff(model, problem, works, len(days))
    _count_hours(model, state, works, days)
    return WindowModel(model, works)


def _allowed(state: RosterState, days: Ints) -> Bools:
    """[employee, day, shift]: available, and rested towards the fixed days before and after."""
    problem, roster = state.problem, state.roster
    allowed = np.repeat(problem.available[:, days, None], problem.shifts, axis=2)
    if days[0] > 0:
        allowed[:, 0] &= problem.follows[roster[:, days[0] - 1]]
    if days[-1] + 1 < problem.days:
        allowed[:, -1] &= problem.precedes[roster[:, days[-1] + 1]]
    return allowed


def _limit_people(model: LinearModel, problem: RosterProblem, works: Ints, days: Ints) -> None:
    """At most one shift a day; a week's hours within the contract."""
    people = problem.employees
    one = model.rows(people * len(days), upper=1.0).reshape(people, -1)
    model.add(one[:, :, None], works)
    week = problem.calendar.week[days] - problem.calendar.week[days[0]]
    weeks = int(week[-1]) + 1
    limit = problem.week_limit // unit_of(problem)
    rows = model.rows(people * weeks, upper=np.repeat(limit, weeks)).reshape(people, -1)
    model.add(rows[:, week, None], works, problem.shift_minutes // unit_of(problem))


def _keep_rest(model: LinearModel, problem: RosterProblem, works: Ints, days: Ints) -> None:
    """A shift excludes what begins less than 11 h after it on the next day."""
    neighbours = np.flatnonzero(np.diff(days) == 1)
    for shift in range(problem.shifts):
        excluded = np.flatnonzero(~problem.may_follow[shift])
        if excluded.size and neighbours.size:
            shape = (problem.employees, len(neighbours))
            rows = model.rows(shape[0] * shape[1], upper=1.0).reshape(shape)
            model.add(rows, works[:, neighbours, shift])
            model.add(rows[:, :, None], works[:, neighbours + 1][:, :, excluded])


def _staff(model: LinearModel, problem: RosterProblem, works: Ints, days: int) -> None:
    """Who works takes a needed or a further place."""
    needed_places = np.minimum(problem.min_staff, problem.useful_staff).astype(np.float64)
    shape = (days, problem.shifts)
    needed = model.columns(shape, upper=needed_places, cost=-MISSING_PERSON)
    further = model.columns(shape, upper=problem.useful_staff - needed_places, cost=-EMPTY_PLACE)
    rows = model.rows(days * problem.shifts, lower=0.0, upper=0.0).reshape(shape)
    model.add(rows[None], works)
    model.add(rows, needed, -1.0)
    model.add(rows, further, -1.0)


def _count_hours(model: LinearModel, state: RosterState, works: Ints, days: Ints) -> None:
    """Contract of the months touched and fair share, on top of the hours outside the window."""
    problem, unit = state.problem, unit_of(state.problem)
    lengths = problem.shift_minutes // unit
    minutes = problem.minutes_of_index[state.roster[:, days]]
    month = problem.calendar.month[days]
    year_elsewhere = state.year - minutes.sum(axis=1)
    for number in np.unique(month):
        inside = month == number
        elsewhere = state.month[:, number] - minutes[:, inside].sum(axis=1)
        most = int(inside.sum() * lengths.max())
        for employee in range(problem.employees):
            row = model.rows(1, lower=0.0, upper=0.0)
            model.add(row, works[employee][inside], lengths)
            pieces_of(contract_cost(problem, employee, elsewhere[employee]), unit, 0, most).add_to(model, row)
    most = int(len(days) * lengths.max())
    for employee in range(problem.employees):
        row = model.rows(1, lower=0.0, upper=0.0)
        model.add(row, works[employee], lengths)
        pieces_of(fairness_cost(problem, employee, year_elsewhere[employee]), unit, 0, most).add_to(
            model, row
        )
