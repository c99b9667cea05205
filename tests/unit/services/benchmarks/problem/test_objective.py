"""The objective is what its docstring says, and deltas agree with it."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.benchmarks.problem.arrays import OFF, RosterArray
from services.benchmarks.problem.check import check
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.objective import evaluate, fair_share, yearly_capacity
from services.benchmarks.problem.roster import entries_of, roster_of
from services.benchmarks.problem.state import RosterState
from services.benchmarks.problem.workplace import Employee, Workplace
from tests.unit.services.benchmarks.workplaces import absent_except, problem_of, shop, workplaces


def random_roster(problem: RosterProblem, seed: int) -> RosterArray:
    """Any assignment on available days, rules of rest and hours disregarded."""
    source = np.random.default_rng(seed)
    roster = source.integers(-1, problem.shifts, (problem.employees, problem.days)).astype(np.int16)
    roster[~problem.available] = OFF
    return roster


def by_the_text(problem: RosterProblem, roster: RosterArray) -> float:
    """The published formula, written out in plain loops."""
    shifts, points = problem.workplace.shifts, 0.0
    share = fair_share(problem) / 60
    for day in np.flatnonzero(problem.working):
        staff = Counter(roster[:, day].tolist())
        for index, shift in enumerate(shifts):
            points += 1000 * max(shift.min_staff - staff[index], 0)
            points += max(shift.max_staff - max(staff[index], shift.min_staff), 0)
    for number, person in enumerate(problem.workplace.employees):
        worked = [
            (int(index), date) for index, date in zip(roster[number], problem.calendar.dates, strict=True)
        ]
        hours = [(shifts[index].minutes / 60, day) for index, day in worked if index != OFF]
        for month in range(1, 13):
            in_month = sum(length for length, day in hours if day.month == month)
            points += 100 * abs(in_month - 4.33 * person.max_hours_per_week) / 8
        points += 4 * ((sum(length for length, _ in hours) - share[number]) / 8) ** 2
        wishes = {shift.name for shift in shifts} & set(person.preferred_shifts)
        points += 2 * sum(
            bool(wishes) and shifts[index].name not in wishes for index, _ in worked if index != OFF
        )
    return points


@settings(max_examples=25, deadline=None)
@given(workplaces(), st.integers(0, 1000))
def test_full_evaluation_follows_the_text(workplace: Workplace, seed: int) -> None:
    problem = problem_of(workplace)
    roster = random_roster(problem, seed)
    assert evaluate(problem, roster).total == pytest.approx(by_the_text(problem, roster))


@settings(max_examples=40, deadline=None)
@given(workplaces(), st.integers(0, 1000))
def test_delta_agrees_with_full_evaluation(workplace: Workplace, seed: int) -> None:
    problem = problem_of(workplace)
    source = np.random.default_rng(seed)
    state = RosterState.of(problem, problem.empty_roster())
    points = evaluate(problem, state.roster).total
    for day in source.choice(np.flatnonzero(problem.working), 60):
        costs = state.day_costs(day)
        allowed = np.isfinite(costs)
        choices = [[OFF, *np.flatnonzero(row)] for row in allowed]
        column = np.array([source.choice(row) for row in choices], np.int16)
        points += state.change(day, column, costs)
        state.put(day, column)
    assert points == pytest.approx(evaluate(problem, state.roster).total)
    violations = check(problem, entries_of(state.roster))
    assert violations.total == violations.overstaffed


@settings(max_examples=30, deadline=None)
@given(workplaces(), st.integers(0, 1000))
def test_sums_stay_in_step(workplace: Workplace, seed: int) -> None:
    problem = problem_of(workplace)
    target = random_roster(problem, seed)
    state = RosterState.of(problem, problem.empty_roster())
    state.put_all(np.arange(problem.days, dtype=np.int32), target)
    fresh = RosterState.of(problem, target)
    assert (state.week == fresh.week).all()
    assert (state.month == fresh.month).all()
    assert (state.year == fresh.year).all()


@given(workplaces())
@settings(max_examples=40, deadline=None)
def test_fair_share_is_even_and_within_everyones_reach(workplace: Workplace) -> None:
    problem = problem_of(workplace)
    share, capacity = fair_share(problem), yearly_capacity(problem)
    assert (share <= capacity + 1e-6).all()
    below = share < capacity - 1e-6
    if below.any():
        assert np.ptp(share[below]) == pytest.approx(0.0, abs=1e-6)
        assert share.max() == pytest.approx(share[below].max())


def test_fair_share_pours_what_can_be_staffed() -> None:
    part_time = Employee("Part", 8)
    problem = problem_of(shop(part_time, Employee("Full", 40), Employee("More", 40)))
    share = fair_share(problem) / 480
    weeks = problem.calendar.weeks
    assert share[0] == pytest.approx(weeks - 0, abs=2)
    assert share[1] == share[2] > 4 * share[0]


def test_nobody_at_work_costs_every_place() -> None:
    problem = problem_of(shop(Employee("Ann", 40, absent_except(date(2025, 3, 3)))))
    points = evaluate(problem, problem.empty_roster())
    days = int(problem.working.sum())
    assert points.understaffing == 2 * 1000 * days
    assert points.empty_places == 2 * days
    assert points.preferences == 0
    assert points.contract == pytest.approx(100 * 12 * 4.33 * 40 / 8)


def test_roster_survives_the_way_through_entries() -> None:
    problem = problem_of(shop())
    roster = random_roster(problem, 3)
    assert (roster_of(problem, entries_of(roster)) == roster).all()
