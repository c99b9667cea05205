from __future__ import annotations

import statistics

import pytest
from scipy.stats import t as student

from services.benchmarks.results.statistics import differ, estimate
from services.gateway.pages.benchmarks.estimates import Estimate, t_quantile


def of(*values: float) -> Estimate:
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return Estimate.of(len(values), statistics.fmean(values), deviation)


@pytest.mark.parametrize("degrees", [1, 2, 9, 29, 30, 31, 40, 99, 1000])
def test_quantiles_are_those_of_student(degrees: int) -> None:
    assert t_quantile(degrees) == pytest.approx(float(student.ppf(0.975, degrees)), abs=6e-4)


@pytest.mark.parametrize("values", [(3.0,), (3.0, 3.0), (1.0, 2.0, 4.0), tuple(range(40))])
def test_intervals_are_those_of_the_command_line(values: tuple[float, ...]) -> None:
    theirs, ours = estimate(values), of(*values)
    assert (ours.count, ours.mean) == (theirs.count, theirs.mean)
    assert ours.low == (None if theirs.low is None else pytest.approx(theirs.low, rel=1e-3))
    assert ours.high == (None if theirs.high is None else pytest.approx(theirs.high, rel=1e-3))


def test_there_is_no_spread_without_chance() -> None:
    assert of(3.0).spread is None
    assert of(3.0, 3.0).spread is None
    assert of(10.0, 10.1).spread == pytest.approx((9.4147, 10.6853))


def test_nothing_is_less_than_nothing() -> None:
    assert of(1.0, 3.0).spread == pytest.approx((0.0, 14.706))


@pytest.mark.parametrize(
    ("one", "other"),
    [((1.0,), (2.0,)), ((1.0,), (1.0,)), ((1.0, 1.1), (5.0, 5.1)), ((1.0, 3.0), (2.0, 4.0))],
)
def test_differing_means_the_same_as_on_the_command_line(
    one: tuple[float, ...], other: tuple[float, ...]
) -> None:
    assert of(*one).differs_from(of(*other)) == differ(one, other)
