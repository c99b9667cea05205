"""Means over seeds and how sure they are."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import t as student

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean of a sample with its confidence interval (Student's t); no interval for a single value."""

    count: int
    mean: float
    std: float
    low: float | None
    high: float | None


def estimate(values: Sequence[float]) -> Estimate:
    """The estimate of at least one value."""
    count, mean = len(values), statistics.fmean(values)
    if count == 1:
        return Estimate(1, mean, 0.0, None, None)
    std = statistics.stdev(values)
    margin = float(student.ppf((1.0 + CONFIDENCE) / 2.0, count - 1)) * std / math.sqrt(count)
    return Estimate(count, mean, std, mean - margin, mean + margin)


def differ(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether two means differ beyond chance: their confidence intervals do not meet.

    With one value on a side there is no interval, and any difference counts.
    """
    first, second = estimate(one), estimate(other)
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return first.mean != second.mean
    return first.high < second.low or second.high < first.low
