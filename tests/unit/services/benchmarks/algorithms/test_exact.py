"""The exact algorithms against enumeration: bounds are bounds, and optima are optima."""

from __future__ import annotations

import itertools
from datetime import date, time

import numpy as np
import pytest

from services.benchmarks.algorithms.constraint import ConstraintProgramming
from services.benchmarks.algorithms.exact.relaxation import parts_of, relax
from services.benchmarks.algorithms.linear import LinearProgramming
from services.benchmarks.algorithms.port import Algorithm, Effort
from services.benchmarks.problem.arrays import OFF
from services.benchmarks.problem.calendar import calendar_of
from services.benchmarks.problem.check import check
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.objective import evaluate
from services.benchmarks.problem.roster import entries_of
from services.benchmarks.problem.workplace import Employee, Shift
from tests.unit.services.benchmarks.workplaces import EARLY, LATE, NIGHT, absent_except, problem_of, shop

OPEN = (date(2025, 3, 31), date(2025, 4, 1), date(2025, 4, 2))
"""Three days of one week that lie in two months."""
SHORT = Shift("Short", time(8), time(12, 30), 1, 1)


def least_points(problem: RosterProblem) -> float:
    """The optimum by trying every roster."""
    cells = list(itertools.product(range(problem.employees), (problem.calendar.index(day) for day in OPEN)))
    best = float("inf")
    for choice in itertools.product(range(OFF, problem.shifts), repeat=len(cells)):
        roster = problem.empty_roster()
        for (employee, day), shift in zip(cells, choice, strict=True):
            roster[employee, day] = shift
        points = evaluate(problem, roster).total
        if points < best and check(problem, entries_of(roster)).total == 0:
            best = points
    return best


PROBLEMS = [
    shop(Employee("A", 16, absent_except(*OPEN)), Employee("B", 40, absent_except(*OPEN), ("LateShift",))),
    shop(
        Employee("A", 8, absent_except(*OPEN)), Employee("B", 16, absent_except(*OPEN)), shifts=(LATE, EARLY)
    ),
    shop(Employee("A", 40, absent_except(*OPEN), ("NightShift",)), shifts=(EARLY, LATE, NIGHT)),
    shop(
        Employee("A", 9, absent_except(*OPEN)), Employee("B", 12, absent_except(*OPEN)), shifts=(EARLY, SHORT)
    ),
]


@pytest.mark.parametrize("work", PROBLEMS, ids=["wishes", "tight", "nights", "lengths"])
@pytest.mark.parametrize(
    "algorithm", [LinearProgramming(), ConstraintProgramming()], ids=lambda item: item.key
)
def test_optimum_and_bound_against_enumeration(algorithm: Algorithm, work: object) -> None:
    problem = problem_of(work)  # type: ignore[arg-type]
    optimum = least_points(problem)
    solution = algorithm.solve(problem, Effort(budget=60))
    assert solution.bound is not None
    assert solution.bound <= optimum * (1 + 1e-9)
    assert solution.objective.total == pytest.approx(optimum)
    assert not solution.optimal or solution.bound == pytest.approx(optimum)


def test_optimal_is_said_only_with_proof() -> None:
    problem = problem_of(shop())
    solution = LinearProgramming().solve(problem, Effort(budget=1))
    assert solution.bound is not None
    assert solution.gap is not None
    assert solution.optimal == (solution.objective.total - solution.bound <= 1e-6 * solution.objective.total)
    assert not solution.optimal


def test_a_whole_year_is_proved_optimal() -> None:
    solution = LinearProgramming().solve(problem_of(shop()), Effort())
    assert solution.optimal
    assert solution.stop == "optimal"
    assert solution.gap == pytest.approx(0.0, abs=1e-6)


def test_without_time_there_is_no_bound() -> None:
    assert relax(problem_of(shop()), 0.0).bound == float("-inf")


def test_parts_are_weeks_cut_at_the_ends_of_months() -> None:
    problem = problem_of(shop())
    part, calendar = parts_of(problem), problem.calendar
    keys = list(zip(calendar.week.tolist(), calendar.month.tolist(), strict=True))
    assert len(set(part.tolist())) == len(set(keys))
    assert all((part[i] == part[i - 1]) == (keys[i] == keys[i - 1]) for i in range(1, calendar.days))


def test_plan_respects_contracts() -> None:
    problem = problem_of(shop())
    plan = relax(problem, 60.0)
    assert plan.minutes is not None
    starts = np.searchsorted(plan.part, np.arange(plan.minutes.shape[1]))
    week = np.zeros((problem.employees, problem.calendar.weeks))
    np.add.at(week.T, problem.calendar.week[starts], plan.minutes.T)
    assert (week <= problem.week_limit[:, None] + 1e-6).all()


def test_a_week_without_working_days_is_passed_over() -> None:
    problem = RosterProblem(shop(), calendar_of(2023))  # 1 January 2023 is a Sunday, a week of its own
    solution = LinearProgramming().solve(problem, Effort(budget=3))
    assert not problem.working[problem.week_starts[0] : problem.week_starts[1]].any()
    assert check(problem, entries_of(solution.roster)).total == 0


def test_weeks_that_are_not_reached_are_filled_all_the_same() -> None:
    problem = problem_of(shop())
    short = LinearProgramming().solve(problem, Effort(budget=10))
    weeks = np.add.reduceat(short.roster != OFF, problem.week_starts[:-1], axis=1)
    assert weeks.sum(axis=0).min() > 0
    assert short.stop == "budget"
