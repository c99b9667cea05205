"""A lower bound for the whole year: shifts counted per employee and part of a week instead of placed on days.

Every roster gives a point of this model with the same points, so its minimum is a proved bound. It leaves out rest
and the placing of an employee's shifts within a week; it keeps availability, weekly hours, staffing of each day and
all soft goals. Parts are ISO weeks cut at the ends of months, since the contract is counted by month.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from ortools.math_opt.python import mathopt

from services.benchmarks.algorithms.exact.convex import contract_cost, fairness_cost, pieces_of, unit_of
from services.benchmarks.algorithms.exact.linear_model import SERIAL, LinearModel
from services.benchmarks.problem.arrays import Floats, Ints
from services.benchmarks.problem.model import MONTHS, RosterProblem
from services.benchmarks.problem.objective import EMPTY_PLACE, MISSING_PERSON, fair_share, unwanted_points

RADIUS = 40
"""Units on each side of a goal within which its cost is exact; farther away it is bounded from below."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The relaxed optimum."""

    bound: float
    """-inf if the time did not suffice."""
    minutes: Floats | None
    """[employee, part]: work in each part of a week; None without an optimum."""
    part: Ints
    """[day]: its part."""


def parts_of(problem: RosterProblem) -> Ints:
    """[day]: number of the part of a week."""
    calendar = problem.calendar
    cut = (np.diff(calendar.week) != 0) | (np.diff(calendar.month) != 0)
    return np.concatenate(([0], np.cumsum(cut))).astype(np.int32)


def relax(problem: RosterProblem, seconds: float) -> Plan:
    """Solve the relaxation."""
    part = parts_of(problem)
    parts = int(part[-1]) + 1
    starts = np.searchsorted(part, np.arange(parts)).astype(np.int32)
    open_days = np.add.reduceat(problem.available, starts, axis=1, dtype=np.int32)
    model = LinearModel()
    count = model.columns(
        (problem.employees, parts, problem.shifts),
        upper=open_days[:, :, None].astype(np.float64),
        cost=unwanted_points(problem)[:, None, :],
    )
    _limit_people(model, problem, count, open_days, starts)
    _staff_days(model, problem, count, part)
    _count_hours(model, problem, count, starts)
    limits = mathopt.SolveParameters(time_limit=timedelta(seconds=seconds), highs=SERIAL)
    result = model.solve(mathopt.SolverType.HIGHS, limits)
    minutes = (
        result.values[count] @ problem.shift_minutes if result.optimal and result.values is not None else None
    )
    return Plan(result.bound, minutes, part)


def _limit_people(
    model: LinearModel, problem: RosterProblem, count: Ints, open_days: Ints, starts: Ints
) -> None:
    """One shift on an open day; the week's hours within the contract."""
    one = model.rows(open_days.size, upper=open_days.ravel()).reshape(open_days.shape)
    model.add(one[:, :, None], count)
    unit = unit_of(problem)
    limit = problem.week_limit // unit
    weeks = problem.calendar.weeks
    rows = model.rows(problem.employees * weeks, upper=np.repeat(limit, weeks)).reshape(-1, weeks)
    model.add(rows[:, problem.calendar.week[starts], None], count, problem.shift_minutes // unit)


def _staff_days(model: LinearModel, problem: RosterProblem, count: Ints, part: Ints) -> None:
    """Places of every working day in two kinds, needed and further; a part's shifts fill its days' places."""
    days = np.flatnonzero(problem.working)
    needed_places = np.minimum(problem.min_staff, problem.useful_staff).astype(np.float64)
    shape = (len(days), problem.shifts)
    needed = model.columns(shape, upper=needed_places, cost=-MISSING_PERSON)
    further = model.columns(shape, upper=problem.useful_staff - needed_places, cost=-EMPTY_PLACE)
    surplus = problem.max_staff - problem.min_staff
    model.offset += len(days) * float(MISSING_PERSON * problem.min_staff.sum() + EMPTY_PLACE * surplus.sum())
    people = model.rows(len(days), upper=problem.available[:, days].sum(axis=0))
    model.add(people[:, None], needed)
    model.add(people[:, None], further)
    parts = count.shape[1]
    filled = model.rows(parts * problem.shifts, lower=0.0, upper=0.0).reshape(parts, problem.shifts)
    model.add(filled[None], count)
    model.add(filled[part[days]], needed, -1.0)
    model.add(filled[part[days]], further, -1.0)


def _count_hours(model: LinearModel, problem: RosterProblem, count: Ints, starts: Ints) -> None:
    """Contract per month and fair share of the year, as sums of linear pieces."""
    unit = unit_of(problem)
    lengths = problem.shift_minutes // unit
    month = problem.calendar.month[starts]
    share = fair_share(problem)
    for employee in range(problem.employees):
        rows = model.rows(MONTHS, lower=0.0, upper=0.0)
        model.add(rows[month, None], count[employee], lengths)
        target = int(problem.month_target[employee]) // unit
        pieces_of(contract_cost(problem, employee), unit, *_around(target)).add_to(model, rows)
        row = model.rows(1, lower=0.0, upper=0.0)
        model.add(row, count[employee], lengths)
        pieces_of(fairness_cost(problem, employee), unit, *_around(int(share[employee]) // unit)).add_to(
            model, row
        )


def _around(centre: int) -> tuple[int, int]:
    return max(centre - RADIUS, 0), centre + RADIUS
