"""What holds for every algorithm: hard rules, repeatability, limits, cancellation, progress."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from libs.common.errors import InvalidInput
from services.benchmarks.algorithms.annealing import SimulatedAnnealing
from services.benchmarks.algorithms.constraint import ConstraintProgramming
from services.benchmarks.algorithms.genetic import GeneticAlgorithm
from services.benchmarks.algorithms.linear import LinearProgramming
from services.benchmarks.algorithms.nsga2 import NSGA2
from services.benchmarks.algorithms.port import Algorithm, Effort, Progress
from services.benchmarks.problem.check import check
from services.benchmarks.problem.objective import evaluate
from services.benchmarks.problem.roster import entries_of
from services.benchmarks.problem.workplace import Employee, Workplace
from tests.unit.services.benchmarks.workplaces import problem_of, shop, workplaces

BUDGETS: list[tuple[Algorithm, int]] = [
    (SimulatedAnnealing(), 60),
    (SimulatedAnnealing("linear"), 60),
    (SimulatedAnnealing("logarithmic"), 60),
    (GeneticAlgorithm(), 6),
    (NSGA2(), 6),
    (LinearProgramming(), 2),
    (ConstraintProgramming(), 2),
]
EXACT = (LinearProgramming.key, ConstraintProgramming.key)
every_algorithm = pytest.mark.parametrize(
    ("algorithm", "budget"), BUDGETS, ids=lambda value: value.key if hasattr(value, "key") else ""
)


@every_algorithm
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(workplace=workplaces(), seed=st.integers(0, 2**31))
@example(workplace=shop(Employee("Only", 1)), seed=0)
@example(
    workplace=shop(Employee("Away", 40, tuple(date(2025, 1, 1) + timedelta(n) for n in range(365)))), seed=0
)
def test_no_hard_constraint_is_ever_broken(
    algorithm: Algorithm, budget: int, workplace: Workplace, seed: int
) -> None:
    problem = problem_of(workplace)
    solution = algorithm.solve(problem, Effort(seed=seed, budget=budget))
    assert check(problem, entries_of(solution.roster)).total == 0
    assert solution.objective == evaluate(problem, solution.roster)


@every_algorithm
def test_same_seed_and_budget_give_the_same_roster(algorithm: Algorithm, budget: int) -> None:
    problem = problem_of(shop(sundays=True))
    first, second = (algorithm.solve(problem, Effort(seed=5, budget=budget)) for _ in range(2))
    assert (first.roster == second.roster).all()
    assert first.front == second.front
    assert not first.truncated


@every_algorithm
def test_the_clock_ends_a_run_with_a_sound_roster(algorithm: Algorithm, budget: int) -> None:
    problem = problem_of(shop())
    solution = algorithm.solve(problem, Effort(budget=10**9, time_limit=1e-3))
    assert solution.stop == "time"
    assert solution.truncated
    assert check(problem, entries_of(solution.roster)).total == 0


@every_algorithm
def test_cancelled_runs_end_soon_and_keep_their_roster(algorithm: Algorithm, budget: int) -> None:
    problem = problem_of(shop())
    calls = iter(range(10**9))
    solution = algorithm.solve(problem, Effort(budget=10**9, cancelled=lambda: next(calls) >= 2))
    assert solution.stop == "cancelled"
    assert solution.iterations <= 3
    assert check(problem, entries_of(solution.roster)).total == 0


@every_algorithm
def test_progress_rises_to_the_end_and_points_never_do(algorithm: Algorithm, budget: int) -> None:
    seen: list[Progress] = []
    algorithm.solve(problem_of(shop()), Effort(budget=budget, on_progress=seen.append))
    assert [step.done for step in seen] == sorted(step.done for step in seen)
    assert seen[-1].done == 1.0
    if algorithm.key not in EXACT:
        assert [step.objective for step in seen] == sorted((step.objective for step in seen), reverse=True)


@every_algorithm
def test_companies_that_cannot_be_rostered_are_refused(algorithm: Algorithm, budget: int) -> None:
    with pytest.raises(InvalidInput):
        algorithm.solve(problem_of(shop(shifts=())), Effort(budget=budget))


@every_algorithm
def test_every_minimum_is_met_where_it_can_be(algorithm: Algorithm, budget: int) -> None:
    people = [Employee(f"P{number}", 40) for number in range(8)]
    solution = algorithm.solve(problem_of(shop(*people)), Effort(budget=budget))
    assert solution.objective.understaffing == 0


@pytest.mark.parametrize("algorithm", [SimulatedAnnealing(), GeneticAlgorithm()], ids=lambda item: item.key)
def test_minimum_comes_first_where_hours_are_short(algorithm: Algorithm) -> None:
    """Four people have hours for 19 shifts a week; 24 places, 12 of them needed, tempt to spend these early."""
    solution = algorithm.solve(
        problem_of(shop()), Effort(budget=600 if algorithm.key == "SimulatedAnnealing" else 40)
    )
    assert solution.objective.understaffing == 0
