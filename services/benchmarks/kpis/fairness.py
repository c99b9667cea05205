"""How evenly hours are spread."""

from __future__ import annotations

import numpy as np

from services.benchmarks.problem.arrays import Floats


def gini(hours: Floats) -> float:
    """2 Σ(i·xᵢ) / (n Σx) - (n+1)/n on sorted hours; 0 is even, towards 1 one person works alone."""
    total = float(hours.sum())
    count = len(hours)
    if count == 0 or total == 0.0:
        return 0.0
    rank = np.arange(1, count + 1)
    return float(2.0 * (rank * np.sort(hours)).sum() / (count * total) - (count + 1) / count)


def jain(hours: Floats) -> float:
    """(Σx)² / (n Σx²); 1 is even, 1/n one person works alone."""
    squares = float((hours**2).sum())
    return 1.0 if squares == 0.0 else float(hours.sum() ** 2 / (len(hours) * squares))


def sample_deviation(hours: Floats) -> float:
    """Standard deviation of a sample (n - 1)."""
    return float(hours.std(ddof=1)) if len(hours) > 1 else 0.0
