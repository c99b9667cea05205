"""Fronts and knees."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.benchmarks.algorithms.nsga2 import NSGA2, front_of, knee_of
from services.benchmarks.algorithms.port import Effort
from tests.unit.services.benchmarks.workplaces import problem_of, shop

points = st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=1, max_size=30)


@given(points)
def test_nobody_beats_the_front(rows: list[tuple[int, int, int]]) -> None:
    goals = np.array(rows, np.float64)
    front = front_of(goals)
    for index in front:
        assert not ((goals <= goals[index]).all(axis=1) & (goals < goals[index]).any(axis=1)).any()


@given(points)
def test_everyone_else_is_beaten_or_a_double(rows: list[tuple[int, int, int]]) -> None:
    goals = np.array(rows, np.float64)
    kept = goals[front_of(goals)]
    for row in goals:
        assert (kept <= row).all(axis=1).any()
    assert len(np.unique(kept, axis=0)) == len(kept)


@given(points)
def test_the_knee_is_on_the_front(rows: list[tuple[int, int, int]]) -> None:
    goals = np.array(rows, np.float64)
    assert knee_of(goals) in front_of(goals)


def test_the_knee_is_the_balanced_point() -> None:
    assert knee_of(np.array([[0.0, 10, 10], [10, 0, 10], [2, 2, 2], [10, 10, 0]])) == 2


def test_solution_reports_its_front_and_stores_a_point_of_it() -> None:
    solution = NSGA2().solve(problem_of(shop()), Effort(budget=8))
    own = solution.objective
    coverage = own.understaffing + own.contract + own.empty_places
    assert (coverage, own.fairness, own.preferences) in [
        (point.coverage, point.fairness, point.preferences) for point in solution.front
    ]
