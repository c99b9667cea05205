"""Means and intervals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.benchmarks.results.statistics import differ, estimate

numbers = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20)


def test_known_interval() -> None:
    found = estimate([10.0, 12.0, 14.0])
    assert (found.count, found.mean, found.std) == (3, 12.0, 2.0)
    assert found.low == pytest.approx(12 - 4.968275)
    assert found.high == pytest.approx(12 + 4.968275)


def test_one_value_has_no_interval() -> None:
    found = estimate([3.0])
    assert (found.mean, found.std, found.low, found.high) == (3.0, 0.0, None, None)


@given(numbers)
def test_the_mean_lies_in_its_interval(values: list[float]) -> None:
    found = estimate(values)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.mean <= found.high


@given(numbers)
def test_nothing_differs_from_itself(values: list[float]) -> None:
    assert not differ(values, values)


def test_difference_beyond_chance() -> None:
    assert differ([1.0, 1.1, 0.9], [5.0, 5.1, 4.9])
    assert not differ([1.0, 9.0], [2.0, 10.0])
    assert differ([1.0], [2.0])
    assert not differ([1.0], [1.0])
    assert differ([1.0, 1.0], [2.0])
