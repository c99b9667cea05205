"""Models built from arrays, and convex costs as pieces."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ortools.math_opt.python import mathopt

from services.benchmarks.algorithms.exact.convex import pieces_of
from services.benchmarks.algorithms.exact.linear_model import SERIAL, LinearModel, LinearResult

LIMITS = mathopt.SolveParameters(time_limit=timedelta(seconds=10), highs=SERIAL)


def solve(model: LinearModel, solver: mathopt.SolverType = mathopt.SolverType.HIGHS) -> LinearResult:
    parameters = LIMITS if solver == mathopt.SolverType.HIGHS else mathopt.SolveParameters(threads=1)
    return model.solve(solver, parameters)


def knapsack() -> LinearModel:
    model = LinearModel(offset=100.0)
    taken = model.columns((3,), upper=1.0, cost=np.array([-6.0, -10.0, -12.0]), integer=True)
    row = model.rows(1, upper=5.0)
    model.add(row, taken, np.array([1.0, 2.0, 3.0]))
    return model


@pytest.mark.parametrize("solver", [mathopt.SolverType.HIGHS, mathopt.SolverType.CP_SAT])
def test_both_solvers_find_the_optimum(solver: mathopt.SolverType) -> None:
    result = solve(knapsack(), solver)
    assert result.optimal
    assert result.cost == pytest.approx(78.0)
    assert result.bound == pytest.approx(78.0)
    assert result.values is not None
    assert np.rint(result.values).tolist() == [0, 1, 1]


def test_impossible_models_have_no_values() -> None:
    model = LinearModel()
    column = model.columns((1,), upper=1.0)
    model.add(model.rows(1, lower=2.0), column)
    result = solve(model)
    assert result.values is None
    assert not result.optimal


@given(st.integers(0, 40), st.integers(1, 60), st.integers(0, 20), st.integers(0, 100))
def test_pieces_are_exact_at_whole_units(low: int, span: int, unit_index: int, centre: int) -> None:
    unit = 30 * (unit_index + 1)
    pieces = pieces_of(lambda minutes: np.abs(minutes - centre * 17.3), unit, low, low + span)
    assert (np.diff(pieces.slopes) > 0).all()
    for value in range(low, low + span + 1):
        filled = np.clip(value - np.append(0.0, np.cumsum(pieces.widths[:-1])), 0.0, pieces.widths)
        cost = pieces.start + float(filled @ pieces.slopes)
        assert cost == pytest.approx(abs(value * unit - centre * 17.3))


@given(st.integers(5, 40), st.integers(1, 10))
def test_outside_their_range_pieces_stay_below(low: int, span: int) -> None:
    pieces = pieces_of(lambda minutes: (minutes - 100.0) ** 2, 10, low, low + span)
    for value in (*range(low), *range(low + span, low + span + 50)):
        filled = np.clip(value - np.append(0.0, np.cumsum(pieces.widths[:-1])), 0.0, pieces.widths)
        assert pieces.start + float(filled @ pieces.slopes) <= (value * 10 - 100.0) ** 2 + 1e-6


def test_pieces_charge_rows() -> None:
    model = LinearModel()
    hours = model.columns((2,), upper=np.array([3.0, 9.0]))
    rows = model.rows(2, lower=0.0, upper=0.0)
    model.add(rows, hours)
    pieces_of(lambda minutes: np.abs(minutes - 50.0), 10, 0, 9).add_to(model, rows)
    result = solve(model)
    assert result.cost == pytest.approx(20.0)
    assert result.values is not None
    assert result.values[hours].tolist() == pytest.approx([3.0, 5.0])
