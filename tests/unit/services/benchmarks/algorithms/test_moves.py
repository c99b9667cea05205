"""Moves improve or wander, and say truly by how much."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.benchmarks.algorithms.breeding import cross, mutate
from services.benchmarks.algorithms.moves import Moves
from services.benchmarks.problem.arrays import OFF
from services.benchmarks.problem.check import check
from services.benchmarks.problem.objective import evaluate
from services.benchmarks.problem.roster import entries_of
from services.benchmarks.problem.workplace import Workplace
from tests.unit.services.benchmarks.workplaces import problem_of, shop, workplaces


def source(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@settings(max_examples=25, deadline=None)
@given(workplaces(), st.integers(0, 1000), st.floats(0, 50))
def test_moves_tell_the_true_change(workplace: Workplace, seed: int, noise: float) -> None:
    problem = problem_of(workplace)
    moves, dice = Moves(problem), source(seed)
    state = moves.construct()
    points = evaluate(problem, state.roster).total
    for week in moves.week_days[:3]:
        points += moves.refill_week(state, week, dice, noise)
        points += moves.refill_day(state, int(week[0]), dice, noise)
    assert points == pytest.approx(evaluate(problem, state.roster).total)
    assert check(problem, entries_of(state.roster)).total == 0


@settings(max_examples=20, deadline=None)
@given(workplaces())
def test_descending_never_makes_worse(workplace: Workplace) -> None:
    problem = problem_of(workplace)
    moves = Moves(problem)
    state = moves.construct()
    before = evaluate(problem, state.roster).total
    moves.descend(state)
    assert evaluate(problem, state.roster).total <= before + 1e-6


def test_a_day_is_assigned_optimally() -> None:
    problem = problem_of(shop())
    moves = Moves(problem)
    state = moves.construct()
    day = int(moves.days[40])
    costs = state.day_costs(day)
    best = state.change(day, moves.best_column(costs), costs)
    for choice in itertools.product((OFF, 0, 1), repeat=problem.employees):
        column = np.array(choice, np.int16)
        people = np.flatnonzero(column != OFF)
        staff = np.bincount(column[people], minlength=2)
        if np.isfinite(costs[people, column[people]]).all() and (staff <= problem.max_staff).all():
            assert state.change(day, column, costs) >= best - 1e-9


def test_weeks_and_days_are_working_days() -> None:
    problem = problem_of(shop())
    moves = Moves(problem)
    assert (
        np.concatenate(moves.week_days).tolist()
        == moves.days.tolist()
        == np.flatnonzero(problem.working).tolist()
    )


@settings(max_examples=25, deadline=None)
@given(workplaces(), st.integers(0, 1000))
def test_children_keep_every_hard_rule(workplace: Workplace, seed: int) -> None:
    problem = problem_of(workplace)
    moves, dice = Moves(problem), source(seed)
    first, second = moves.construct(), moves.construct()
    mutate(first, moves, dice, 20)
    mutate(second, moves, dice, 20)
    child = cross(first, second, dice)
    assert check(problem, entries_of(child.roster)).total == 0
    assert (child.year == child.month.sum(axis=1)).all()


def test_children_have_weeks_of_both_parents() -> None:
    problem = problem_of(shop())
    moves = Moves(problem)
    full = moves.construct()
    empty = full.copy()
    for day in moves.days:
        empty.put(int(day), np.full(problem.employees, OFF, np.int16))
    child = cross(full, empty, source(3))
    weeks = np.add.reduceat(child.roster != OFF, problem.week_starts[:-1], axis=1).sum(axis=0)
    theirs = np.add.reduceat(full.roster != OFF, problem.week_starts[:-1], axis=1).sum(axis=0)
    assert ((weeks == 0) | (weeks == theirs)).all()
    assert (weeks == 0).any()
    assert (weeks[theirs > 0] > 0).any()


def test_copies_are_independent() -> None:
    state = Moves(problem_of(shop())).construct()
    twin = state.copy()
    twin.put(40, np.full(4, OFF, np.int16))
    assert (state.roster != twin.roster).any()
