"""Simulated Annealing over days and weeks, with three ways of cooling.

A move re-assigns a whole day (or week) by exact assignment under costs blurred by the temperature, so that a hot
search wanders and a cold one descends; Metropolis' rule decides on the true change of the objective. The unit of the
budget is a move.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np

from services.benchmarks.algorithms.moves import Moves
from services.benchmarks.algorithms.port import Effort, Solution, Stop, Watch
from services.benchmarks.problem.arrays import Ints
from services.benchmarks.problem.model import RosterProblem, require_solvable
from services.benchmarks.problem.objective import evaluate
from services.benchmarks.problem.state import RosterState

Cooling = Literal["exponential", "linear", "logarithmic"]
HOT, COLD = 10.0, 0.3
"""Temperatures in points: from a tenth of a day's contract hours down to below the lightest goal."""
MOVES = 2500
WEEK_SHARE = 0.3
"""Moves that refill a week; they cost as much as six to seven days."""

SCHEDULES: dict[Cooling, Callable[[float], float]] = {
    "exponential": lambda done: HOT * (COLD / HOT) ** done,
    "linear": lambda done: HOT + (COLD - HOT) * done,
    "logarithmic": lambda done: HOT / (1.0 + (HOT / COLD - 1.0) * math.log1p(done) / math.log(2.0)),
}


class SimulatedAnnealing:
    """One walk from a constructed roster; the best one seen is the result."""

    name = "Simulated Annealing"
    key = "SimulatedAnnealing"

    def __init__(self, cooling: Cooling = "exponential") -> None:
        self._temperature = SCHEDULES[cooling]

    def solve(self, problem: RosterProblem, effort: Effort) -> Solution:
        require_solvable(problem)
        watch = Watch(effort, effort.budget or MOVES)
        source = np.random.default_rng(effort.seed)
        moves = Moves(problem)
        state = moves.construct()
        points = least = evaluate(problem, state.roster).total
        best = state.roster.copy()
        stop: Stop | None = "budget" if not moves.days.size else None
        while not (stop := stop or watch.stop()):
            temperature = self._temperature(watch.iterations / watch.budget)
            days = _draw(moves, source)
            before = state.columns(days)
            if days.size > 1:
                change = moves.refill_week(state, days, source, temperature)
            else:
                change = moves.refill_day(state, days[0], source, temperature)
            if change > 0.0 and source.random() >= math.exp(-change / temperature):
                state.put_all(days, before)
            else:
                points += change
            if points < least:
                least, best = points, state.roster.copy()
            watch.step(least)
        state = RosterState.of(problem, best)
        moves.descend(state)
        return watch.solution(problem, state.roster, stop)


def _draw(moves: Moves, source: np.random.Generator) -> Ints:
    """The days of the next move."""
    if source.random() < WEEK_SHARE:
        return moves.week_days[source.integers(len(moves.week_days))]
    day = source.integers(len(moves.days))
    return moves.days[day : day + 1]
