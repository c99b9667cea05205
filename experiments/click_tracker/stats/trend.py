"""Days and how they compare."""

from datetime import date, timedelta

import numpy as np


def every_day(counted):
    """Clicks per day without gaps, from `{"2025-03-01": 4, ...}`: quiet days count as 0."""
    if not counted:
        return []
    first, last = date.fromisoformat(min(counted)), date.fromisoformat(max(counted))
    days = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
    return [(day, counted.get(day, 0)) for day in days]


def moving_average(values, window=7):
    """Mean of each value and up to `window - 1` before it, so that the line starts with the first day."""
    if not values:
        return []
    sums = np.cumsum(np.asarray(values, dtype=float))
    sums[window:] = sums[window:] - sums[:-window]
    lengths = np.minimum(np.arange(1, len(values) + 1), window)
    return [round(float(mean), 2) for mean in sums / lengths]
