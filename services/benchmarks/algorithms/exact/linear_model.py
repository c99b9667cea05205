"""A mixed-integer model built from arrays and solved through OR-tools' MathOpt, by HiGHS or CP-SAT.

The arrays go into MathOpt's message as they are; a Python object per variable would cost more than the solution.
OR-tools carries its own HiGHS: a second one (highspy) in the same process clashes with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt
from ortools.math_opt.solvers.highs_pb2 import HighsOptionsProto

from services.benchmarks.problem.arrays import Bools, Floats, Ints

INFINITY = float("inf")
SERIAL = HighsOptionsProto(string_options={"parallel": "off"})
"""One thread, so that HiGHS does the same work in each run."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearResult:
    """What the solver found: values (None if nothing feasible in time), their cost and the proved lower bound."""

    values: Floats | None
    cost: float
    bound: float
    optimal: bool


@dataclass(slots=True, eq=False)
class LinearModel:
    """Minimise costs over columns within bounds, subject to rows within bounds."""

    offset: float = 0.0
    _columns: int = 0
    _rows: int = 0
    _cost: list[Floats] = field(default_factory=list)
    _upper: list[Floats] = field(default_factory=list)
    _integer: list[Bools] = field(default_factory=list)
    _row_lower: list[Floats] = field(default_factory=list)
    _row_upper: list[Floats] = field(default_factory=list)
    _entries: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)

    def columns(
        self,
        shape: tuple[int, ...],
        *,
        upper: float | Floats | Ints = INFINITY,
        cost: float | Floats = 0.0,
        integer: bool = False,
    ) -> Ints:
        """New variables from 0 to `upper`; their indices in the given shape."""
        count = int(np.prod(shape))
        self._upper.append(np.broadcast_to(np.asarray(upper, np.float64), shape).ravel())
        self._cost.append(np.broadcast_to(np.asarray(cost, np.float64), shape).ravel())
        self._integer.append(np.full(count, integer))
        self._columns += count
        return np.arange(self._columns - count, self._columns, dtype=np.int32).reshape(shape)

    def rows(
        self, count: int, *, lower: float | Floats | Ints = -INFINITY, upper: float | Floats | Ints = INFINITY
    ) -> Ints:
        """New constraints; their indices."""
        self._row_lower.append(np.broadcast_to(np.asarray(lower, np.float64), (count,)))
        self._row_upper.append(np.broadcast_to(np.asarray(upper, np.float64), (count,)))
        self._rows += count
        return np.arange(self._rows - count, self._rows, dtype=np.int32)

    def add(self, rows: Ints, columns: Ints, values: float | Floats | Ints = 1.0) -> None:
        """Coefficients at (row, column); the three are broadcast against each other."""
        row, column, value = np.broadcast_arrays(rows, columns, np.asarray(values, np.float64))
        self._entries.append((row.ravel(), column.ravel(), value.ravel()))

    def solve(self, solver: mathopt.SolverType, parameters: mathopt.SolveParameters) -> LinearResult:
        """Run a solver within its parameters."""
        result = mathopt.solve(mathopt.Model.from_model_proto(self._message()), solver, params=parameters)
        optimal = result.termination.reason == mathopt.TerminationReason.OPTIMAL
        bound = float(result.best_objective_bound())
        if not result.has_primal_feasible_solution():
            return LinearResult(None, INFINITY, bound, optimal)
        solution = result.to_proto().solutions[0].primal_solution.variable_values
        values = np.zeros(self._columns)
        values[np.array(solution.ids, np.int64)] = np.array(solution.values, np.float64)
        return LinearResult(values, float(result.objective_value()), bound, optimal)

    def _message(self) -> model_pb2.ModelProto:
        row, column, value = (np.concatenate(parts) for parts in zip(*self._entries, strict=True))
        order = np.lexsort((column, row))
        cost = np.concatenate(self._cost)
        message = model_pb2.ModelProto()
        message.variables.ids.extend(range(self._columns))
        message.variables.lower_bounds.extend([0.0] * self._columns)
        message.variables.upper_bounds.extend(np.concatenate(self._upper).tolist())
        message.variables.integers.extend(np.concatenate(self._integer).tolist())
        message.objective.offset = self.offset
        message.objective.linear_coefficients.ids.extend(np.flatnonzero(cost).tolist())
        message.objective.linear_coefficients.values.extend(cost[cost != 0.0].tolist())
        message.linear_constraints.ids.extend(range(self._rows))
        message.linear_constraints.lower_bounds.extend(np.concatenate(self._row_lower).tolist())
        message.linear_constraints.upper_bounds.extend(np.concatenate(self._row_upper).tolist())
        message.linear_constraint_matrix.row_ids.extend(row[order].tolist())
        message.linear_constraint_matrix.column_ids.extend(column[order].tolist())
        message.linear_constraint_matrix.coefficients.extend(value[order].tolist())
        return message
