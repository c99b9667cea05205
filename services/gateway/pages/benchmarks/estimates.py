"""Means over seeds and how sure they are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

T_QUANTILES: Final = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
"""Student's t for 95 % on both sides, by degrees of freedom from 1 on; the gateway's image has no scipy."""
Z: Final = 1.959964


@dataclass(frozen=True)
class Estimate:
    """Mean of a sample with its 95 % confidence interval; none for a single value."""

    count: int
    mean: float
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, count: int, mean: float, deviation: float | None) -> Estimate:
        """From the sample's standard deviation."""
        if count < 2 or deviation is None or not math.isfinite(deviation):  # noqa: PLR2004  (one has no interval)
            return cls(count, mean)
        margin = t_quantile(count - 1) * deviation / math.sqrt(count)
        return cls(count, mean, mean - margin, mean + margin)

    @property
    def spread(self) -> tuple[float, float] | None:
        """The interval, where it has any width to show; no figure of a roster is below zero."""
        if self.low is None or self.high is None or self.low == self.high:
            return None
        return max(self.low, 0.0), self.high

    def differs_from(self, other: Estimate) -> bool:
        """Beyond chance: the intervals do not meet; without intervals any difference counts."""
        if self.low is None or self.high is None or other.low is None or other.high is None:
            return self.mean != other.mean
        return self.high < other.low or other.high < self.low


def t_quantile(degrees: int) -> float:
    """Exact to three digits; beyond the table by the expansion of Cornish and Fisher."""
    if degrees <= len(T_QUANTILES):
        return T_QUANTILES[degrees - 1]
    return Z + (Z**3 + Z) / (4 * degrees) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * degrees**2)
