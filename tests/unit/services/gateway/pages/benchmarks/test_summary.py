from __future__ import annotations

import math
from typing import Any

import pytest

from libs.common.benchmarks.model import PublishedRoster
from services.gateway.pages.benchmarks.estimates import Estimate
from services.gateway.pages.benchmarks.figures import FIGURES
from services.gateway.pages.benchmarks.summary import SHOWN_FRONT, Coverage, FrontPoint, Summary

from .summaries import kpis


def grouped(**best: object) -> dict[str, Any]:
    keys = [figure.key for figure in FIGURES]
    return {
        "_id": {"algorithm": "NSGA-II", "machine": {"processor": "Laptop", "cores": 2, "memory_gib": 8}},
        "counts": dict.fromkeys(keys, 2),
        "means": dict.fromkeys(keys, 10.0) | {"objective": None},
        "deviations": dict.fromkeys(keys, 0.0),
        "best": {"kpis": {name: kpis()[name] for name in ("coverage", "monthly_hours")}} | best,
    }


def test_a_group_of_results_is_summed_up() -> None:
    front = [{"coverage": 0, "fairness": 2.0, "preferences": 3.0}]
    summary = Summary.of_results(grouped(front=front, optimal=True, truncated=False))

    assert (summary.algorithm, summary.machine_words) == ("NSGA-II", "Laptop, 2 cores, 8 GiB")
    assert summary.estimates["gini"] == Estimate(2, 10.0, 10.0, 10.0)
    assert "objective" not in summary.estimates
    assert summary.coverage[1] == Coverage("SupportShift", None)
    assert summary.monthly_hours["32"] == (128.0,) * 12
    assert summary.front == (FrontPoint(0, 2.0, 3.0),)
    assert (summary.is_optimal, summary.is_truncated) == (True, False)


def test_results_of_an_older_dump_may_lack_most() -> None:
    summary = Summary.of_results(grouped(kpis={}))
    assert (summary.coverage, summary.monthly_hours, summary.front) == ((), {}, ())


def test_a_published_roster_speaks_for_itself() -> None:
    roster = PublishedRoster(
        algorithm="GA",
        generation="g",
        entries=10,
        year=2025,
        holidays="reference",
        kpis=kpis(objective=None),
    )
    summary = Summary.of_published(roster)
    assert summary.estimates["violations"] == Estimate(1, 3.0)
    assert summary.estimates.keys().isdisjoint({"objective", "runtime_seconds"})
    assert (summary.machine, summary.machine_words) == ((), "")


def test_a_roster_without_key_figures_has_no_estimates() -> None:
    roster = PublishedRoster(algorithm="GA", generation="g", entries=0, year=2025, holidays="reference")
    assert Summary.of_published(roster).estimates == {}


@pytest.mark.parametrize(
    "hours", [{"forty": [160.0] * 12}, {"40": [160.0] * 11}, {"40": [math.nan] * 12}, {"4/0": [1.0] * 12}]
)
def test_months_that_no_roster_can_have_are_left_out(hours: dict[str, list[float]]) -> None:
    assert Summary.of_results(grouped(kpis={"monthly_hours": hours})).monthly_hours == {}


def test_numbers_that_are_none_are_left_out() -> None:
    broken = grouped(
        front=[{"coverage": 0.0, "fairness": math.inf, "preferences": 0.0}],
        kpis={"coverage": [{"shift": "EarlyShift", "percent_of_minimum": math.nan}]},
    )
    broken["means"] = {"gini": math.nan, "jain": 1.0}
    broken["deviations"] = {"gini": 0.0, "jain": math.nan}
    summary = Summary.of_results(broken)
    assert summary.estimates == {"jain": Estimate(2, 1.0)}
    assert (summary.front, summary.coverage) == ((), ())


def test_a_front_of_any_length_has_a_bound() -> None:
    front = [{"coverage": 0.0, "fairness": 1.0, "preferences": 0.0}] * (SHOWN_FRONT + 1)
    assert len(Summary.of_results(grouped(front=front)).front) == SHOWN_FRONT
