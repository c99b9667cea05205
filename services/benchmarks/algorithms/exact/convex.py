"""Convex costs of sums of shift hours as linear pieces, exact at every value that such a sum can take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.benchmarks.algorithms.exact.linear_model import LinearModel
from services.benchmarks.problem.arrays import Floats, Ints
from services.benchmarks.problem.model import RosterProblem
from services.benchmarks.problem.objective import fair_share
from services.benchmarks.problem.state import CONTRACT, FAIRNESS

SAME_SLOPE = 1e-9
"""Points per minute; pieces closer than this are one."""


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Cost at 0, then successive pieces with rising slopes (points per unit) and widths in units."""

    start: float
    widths: Floats
    slopes: Floats

    def add_to(self, model: LinearModel, rows: Ints) -> None:
        """Charge what each row sums (units); one set of pieces for each row."""
        filled = model.columns(
            (len(rows), len(self.widths)), upper=self.widths, cost=self.slopes, integer=False
        )
        model.add(rows[:, None], filled, -1.0)
        model.offset += self.start * len(rows)


def unit_of(problem: RosterProblem) -> int:
    """Greatest common divisor of the shifts' lengths in minutes; every sum of hours is a multiple of it."""
    return int(np.gcd.reduce(problem.shift_minutes))


def pieces_of(cost: Callable[[Floats], Floats], unit: int, low: int, high: int) -> Pieces:
    """Chords of a convex cost (of minutes) between the units from `low` to `high`.

    At fractions they lie above the cost, so a linear relaxation knows that hours come in whole shifts. Outside of
    low to high the first and last slopes go on, which stays below the cost.
    """
    points = np.arange(low, high + 1, dtype=np.float64)
    values = cost(points * unit)
    slopes = np.diff(values)
    changes = np.flatnonzero(np.append(True, np.abs(np.diff(slopes)) > SAME_SLOPE))
    widths = np.append(np.diff(np.append(0.0, points[changes[1:]])), np.inf)
    return Pieces(float(values[0] - slopes[0] * low), widths, slopes[changes])


def contract_cost(
    problem: RosterProblem, employee: int, elsewhere: float = 0.0
) -> Callable[[Floats], Floats]:
    """Points of a month in which `elsewhere` minutes are fixed, by further minutes."""
    missing = float(problem.month_target[employee]) - elsewhere
    return lambda minutes: CONTRACT * np.abs(minutes - missing)


def fairness_cost(
    problem: RosterProblem, employee: int, elsewhere: float = 0.0
) -> Callable[[Floats], Floats]:
    """Points of the year, likewise."""
    missing = float(fair_share(problem)[employee]) - elsewhere
    return lambda minutes: FAIRNESS * (minutes - missing) ** 2
