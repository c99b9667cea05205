"""Genetic Algorithm: rosters recombined by whole weeks and mutated by exact re-assignment of days and weeks.

The unit of the budget is a generation.
"""

from __future__ import annotations

import numpy as np

from services.benchmarks.algorithms.breeding import cross, mutate
from services.benchmarks.algorithms.moves import Moves
from services.benchmarks.algorithms.port import Effort, Solution, Stop, Watch
from services.benchmarks.problem.model import RosterProblem, require_solvable
from services.benchmarks.problem.objective import evaluate
from services.benchmarks.problem.state import RosterState

GENERATIONS = 100
POPULATION = 50
CHILDREN = 12
"""Per generation; the better of parents and children live on."""
CONTESTANTS = 3
"""Drawn at random for each tournament that chooses a parent."""
SHAKE = 6
"""Mutations by which the first generation differs from the constructed roster."""
CROSSOVER_RATE = 0.6


class GeneticAlgorithm:
    """A steady population of rosters, all of which keep the hard constraints."""

    name = "Genetic Algorithm"
    key = "GeneticAlgorithm"

    def solve(self, problem: RosterProblem, effort: Effort) -> Solution:
        require_solvable(problem)
        watch = Watch(effort, effort.budget or GENERATIONS)
        source = np.random.default_rng(effort.seed)
        moves = Moves(problem)
        population = [moves.construct()]
        points = np.array([_points(population[0])])
        stop: Stop | None = watch.stop() if moves.days.size else "budget"
        while stop is None:
            children = _children(population, points, moves, source)
            population += children
            points = np.concatenate((points, [_points(child) for child in children]))
            fittest = np.argsort(points, kind="stable")[:POPULATION]
            population = [population[index] for index in fittest]
            points = points[fittest]
            watch.step(float(points[0]))
            stop = watch.stop()
        moves.descend(population[0])
        return watch.solution(problem, population[0].roster, stop)


def _points(state: RosterState) -> float:
    return evaluate(state.problem, state.roster).total


def _children(
    population: list[RosterState], points: np.ndarray, moves: Moves, source: np.random.Generator
) -> list[RosterState]:
    """The next children; while the population is small, shaken copies of its best."""
    if len(population) < POPULATION:
        missing = min(CHILDREN, POPULATION - len(population))
        return [_shaken(population[0], moves, source) for _ in range(missing)]
    children = []
    for _ in range(CHILDREN):
        first, second = (population[_tournament(points, source)] for _ in range(2))
        child = cross(first, second, source) if source.random() < CROSSOVER_RATE else first.copy()
        mutate(child, moves, source, 1 + int(source.integers(2)))
        children.append(child)
    return children


def _shaken(state: RosterState, moves: Moves, source: np.random.Generator) -> RosterState:
    child = state.copy()
    mutate(child, moves, source, SHAKE)
    return child


def _tournament(points: np.ndarray, source: np.random.Generator) -> int:
    drawn = source.integers(len(points), size=CONTESTANTS)
    return int(drawn[np.argmin(points[drawn])])
