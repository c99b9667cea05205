"""NSGA-II (Deb et al., 2002): the trade between coverage, fairness and preferences.

Ranking, crowding and survival are pymoo's; breeding is that of the genetic algorithm. The whole front is reported and
its knee is the roster that counts. The unit of the budget is a generation.
"""

from __future__ import annotations

import numpy as np
from pymoo.algorithms.moo.nsga2 import RankAndCrowding
from pymoo.core.population import Population
from pymoo.core.problem import Problem as PymooProblem

from services.benchmarks.algorithms.breeding import cross, mutate
from services.benchmarks.algorithms.moves import Moves
from services.benchmarks.algorithms.port import Effort, ParetoPoint, Solution, Stop, Watch
from services.benchmarks.problem.arrays import Floats
from services.benchmarks.problem.model import RosterProblem, require_solvable
from services.benchmarks.problem.objective import Objective, evaluate
from services.benchmarks.problem.state import RosterState

GENERATIONS = 100
POPULATION = 50
CHILDREN = 12
SHAKE = 6
"""Mutations by which the first generation differs from the constructed roster."""
GOALS = 3


class NSGA2:
    """A population spread over the front of three goals."""

    name = "NSGA-II"
    key = "NSGA2"

    def solve(self, problem: RosterProblem, effort: Effort) -> Solution:
        require_solvable(problem)
        watch = Watch(effort, effort.budget or GENERATIONS)
        source = np.random.default_rng(effort.seed)
        moves = Moves(problem)
        states = [moves.construct()]
        goals = _goals(states)
        stop: Stop | None = watch.stop() if moves.days.size else "budget"
        while stop is None:
            children = _children(states, moves, source)
            states += children
            goals = np.concatenate((goals, _goals(children)))
            survivors = _survivors(goals, source)
            states, goals = [states[index] for index in survivors], goals[survivors]
            watch.step(float(goals.sum(axis=1).min()))
            stop = watch.stop()
        best, front = knee_of(goals), front_of(goals)
        points = tuple(ParetoPoint(*map(float, goals[index])) for index in front)
        return watch.solution(problem, states[best].roster, stop, front=points)


def _goals(states: list[RosterState]) -> Floats:
    """[state, goal]: points to minimise."""
    return np.array([_split(evaluate(state.problem, state.roster)) for state in states], np.float64)


def _split(points: Objective) -> tuple[float, float, float]:
    """Coverage takes understaffing, contract hours and empty places: all ask for more work done."""
    return points.understaffing + points.contract + points.empty_places, points.fairness, points.preferences


def _children(states: list[RosterState], moves: Moves, source: np.random.Generator) -> list[RosterState]:
    """Survivors come sorted by rank and crowding, so the lower of two indices wins a tournament."""
    if len(states) < POPULATION:
        children = [states[0].copy() for _ in range(min(CHILDREN, POPULATION - len(states)))]
        for child in children:
            mutate(child, moves, source, SHAKE)
        return children
    children = []
    for _ in range(CHILDREN):
        first, second = (states[int(source.integers(len(states), size=2).min())] for _ in range(2))
        child = cross(first, second, source)
        mutate(child, moves, source, 1 + int(source.integers(2)))
        children.append(child)
    return children


def _survivors(goals: Floats, source: np.random.Generator) -> list[int]:
    """Indices of the next population, the best rank and the least crowded first."""
    population = Population.new(F=goals, index=np.arange(len(goals)))
    shape = PymooProblem(n_obj=GOALS)
    kept = RankAndCrowding().do(shape, population, n_survive=min(POPULATION, len(goals)), random_state=source)
    order = np.lexsort((-kept.get("crowding"), kept.get("rank")))
    return [int(index) for index in kept.get("index")[order]]


def front_of(goals: Floats) -> list[int]:
    """Indices of the points that no other point beats, in rising order of the first goal, doubles left out."""
    unique, first = np.unique(goals, axis=0, return_index=True)
    no_worse = (unique[:, None] <= unique[None]).all(axis=2)
    better = (unique[:, None] < unique[None]).any(axis=2)
    return [int(index) for index in first[~(no_worse & better).any(axis=0)]]


def knee_of(goals: Floats) -> int:
    """The point of the front closest to the best of each goal, on scales that span the front."""
    front = front_of(goals)
    points = goals[front]
    span = np.ptp(points, axis=0)
    scaled = (points - points.min(axis=0)) / np.where(span > 0.0, span, 1.0)
    return front[int(np.argmin((scaled**2).sum(axis=1)))]
