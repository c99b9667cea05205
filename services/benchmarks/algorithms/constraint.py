"""Constraint Programming (CP-SAT): the exact model of the weeks, solved by OR-tools.

CP-SAT gets the same model as HiGHS does, with whole numbers throughout: sums of hours come in units. One worker and a
limit in deterministic time make runs repeatable. The unit of the budget is a window of weeks.
"""

from __future__ import annotations

from datetime import timedelta

from ortools.math_opt.python import mathopt
from ortools.sat.sat_parameters_pb2 import SatParameters

from services.benchmarks.algorithms.exact.decomposition import solve_by_windows
from services.benchmarks.algorithms.exact.window import WindowModel
from services.benchmarks.algorithms.port import Effort, Solution
from services.benchmarks.problem.arrays import Floats
from services.benchmarks.problem.model import RosterProblem

PASSES = 1
"""Passes of improvement by default."""
DETERMINISTIC_SECONDS = 4.0
"""CP-SAT's own measure of work per window, about a second each on one core."""


class ConstraintProgramming:
    """CP-SAT over windows, bounded by the relaxed year."""

    name = "Constraint Programming (CP-SAT)"
    key = "ConstraintProgramming"

    def solve(self, problem: RosterProblem, effort: Effort) -> Solution:
        return solve_by_windows(problem, effort, _cp_sat, PASSES)


def _cp_sat(window: WindowModel, *, seconds: float, seed: int) -> Floats | None:
    parameters = mathopt.SolveParameters(
        time_limit=timedelta(seconds=seconds),
        threads=1,
        random_seed=seed % 2**31,
        cp_sat=SatParameters(max_deterministic_time=DETERMINISTIC_SECONDS),
    )
    return window.model.solve(mathopt.SolverType.CP_SAT, parameters).values
