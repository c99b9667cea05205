"""Linear Programming (ILP): the exact model solved by HiGHS, with a proved bound.

A year of 100 people and four shifts has 140,000 binaries, which no solver closes within minutes. The bound therefore
comes from a relaxation of the whole year (see `exact.relaxation`), which in practice is all but attained, and the
roster from exact models of weeks that are steered by it. The unit of the budget is a window of weeks.
"""

from __future__ import annotations

from datetime import timedelta

from ortools.math_opt.python import mathopt

from services.benchmarks.algorithms.exact.decomposition import solve_by_windows
from services.benchmarks.algorithms.exact.linear_model import SERIAL
from services.benchmarks.algorithms.exact.window import WindowModel
from services.benchmarks.algorithms.port import Effort, Solution
from services.benchmarks.problem.arrays import Floats
from services.benchmarks.problem.model import RosterProblem

PASSES = 2
"""Passes of improvement by default."""
NODES = 50
"""Branch-and-bound nodes per window; nearly all windows are solved at the root."""
WINDOW_GAP = 1e-6


class LinearProgramming:
    """HiGHS over windows, bounded by the relaxed year."""

    name = "Linear Programming (ILP)"
    key = "LinearProgramming"

    def solve(self, problem: RosterProblem, effort: Effort) -> Solution:
        return solve_by_windows(problem, effort, _highs, PASSES)


def _highs(window: WindowModel, *, seconds: float, seed: int) -> Floats | None:
    parameters = mathopt.SolveParameters(
        time_limit=timedelta(seconds=seconds),
        highs=SERIAL,
        random_seed=seed % 2**31,
        node_limit=NODES,
        relative_gap_tolerance=WINDOW_GAP,
    )
    return window.model.solve(mathopt.SolverType.HIGHS, parameters).values
