"""Measures of evenness at their ends and in between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.benchmarks.kpis.fairness import gini, jain, sample_deviation

hours = st.lists(st.floats(0, 3000), min_size=1, max_size=50).map(np.array)


def test_even_hours() -> None:
    even = np.full(10, 1600.0)
    assert gini(even) == pytest.approx(0.0)
    assert jain(even) == pytest.approx(1.0)
    assert sample_deviation(even) == 0.0


def test_one_person_does_everything() -> None:
    alone = np.array([0.0] * 9 + [1600.0])
    assert gini(alone) == pytest.approx(0.9)
    assert jain(alone) == pytest.approx(0.1)


def test_known_values() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0])
    assert gini(values) == pytest.approx(0.25)
    assert jain(values) == pytest.approx(100 / 120)
    assert sample_deviation(values) == pytest.approx(1.2909944)


def test_nobody_and_no_hours() -> None:
    assert gini(np.array([])) == 0.0
    assert gini(np.zeros(3)) == 0.0
    assert jain(np.zeros(3)) == 1.0
    assert sample_deviation(np.array([5.0])) == 0.0


@given(hours)
def test_gini_is_the_mean_difference_between_people(values: np.ndarray) -> None:
    total = values.sum()
    if total > 1e-3:
        pairs = np.abs(values[:, None] - values[None]).sum() / (2 * len(values) * total)
        assert gini(values) == pytest.approx(pairs, abs=1e-9)


@given(hours, st.floats(0.1, 10))
def test_scale_does_not_matter(values: np.ndarray, factor: float) -> None:
    if values.sum() > 1e-3:
        assert gini(values * factor) == pytest.approx(gini(values), abs=1e-9)
        assert jain(values * factor) == pytest.approx(jain(values), rel=1e-6)
