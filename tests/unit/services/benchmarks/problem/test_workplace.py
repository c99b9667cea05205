"""Shifts know how long they last."""

from __future__ import annotations

from datetime import time

import pytest

from services.benchmarks.problem.workplace import Shift


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (time(6), time(14), 480),
        (time(22), time(6), 480),
        (time(10), time(10, 1), 1),
        (time(0), time(23, 59), 1439),
        (time(8), time(8), 1440),
        (time(23, 30), time(0), 30),
    ],
)
def test_length_counts_past_midnight(start: time, end: time, minutes: int) -> None:
    assert Shift("Any", start, end, 0, 1).minutes == minutes
