"""Algorithms by name, own ones included."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from libs.common.errors import Misconfigured, NotFound
from services.benchmarks.algorithms import registry
from services.benchmarks.algorithms.port import Effort, Solution, Watch
from services.benchmarks.algorithms.registry import algorithm_named, algorithms
from services.benchmarks.problem.model import RosterProblem
from tests.unit.services.benchmarks.workplaces import problem_of, shop


class LeaveEmpty:
    """An algorithm of somebody else."""

    name = "Leave Empty"
    key = "LeaveEmpty"

    def solve(self, problem: RosterProblem, effort: Effort) -> Solution:
        return Watch(effort, 1).solution(problem, problem.empty_roster(), "budget")


class Impostor(LeaveEmpty):
    key = "geneticalgorithm"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    algorithms.cache_clear()
    yield
    algorithms.cache_clear()


def add(monkeypatch: pytest.MonkeyPatch, attribute: str) -> None:
    point = EntryPoint("theirs", f"{__name__}:{attribute}", registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda _self: globals()[attribute])
    monkeypatch.setattr(registry, "entry_points", lambda group: [point] if group == point.group else [])


def test_shipped_algorithms() -> None:
    assert {key: algorithm.name for key, algorithm in algorithms().items()} == {
        "LinearProgramming": "Linear Programming (ILP)",
        "GeneticAlgorithm": "Genetic Algorithm",
        "SimulatedAnnealing": "Simulated Annealing",
        "NSGA2": "NSGA-II",
        "ConstraintProgramming": "Constraint Programming (CP-SAT)",
    }


@pytest.mark.parametrize("text", ["NSGA2", "nsga2", "NSGA-II"])
def test_by_key_or_name(text: str) -> None:
    assert algorithm_named(text).key == "NSGA2"


def test_unknown_names_list_what_there_is() -> None:
    with pytest.raises(NotFound, match="GeneticAlgorithm"):
        algorithm_named("Tabu")


def test_entry_points_add_algorithms(monkeypatch: pytest.MonkeyPatch) -> None:
    add(monkeypatch, "LeaveEmpty")
    solution = algorithm_named("leave empty").solve(problem_of(shop()), Effort())
    assert solution.objective.understaffing > 0
    assert solution.bound is None
    assert solution.gap is None
    assert not solution.optimal


def test_names_may_not_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    add(monkeypatch, "Impostor")
    with pytest.raises(Misconfigured, match="geneticalgorithm"):
        algorithms()
