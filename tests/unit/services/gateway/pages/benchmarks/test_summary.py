from __future__ import annotations

from libs.common.benchmarks.model import PublishedRoster
from services.gateway.pages.benchmarks.estimates import Estimate
from services.gateway.pages.benchmarks.figures import FIGURES
from services.gateway.pages.benchmarks.summary import Coverage, FrontPoint, Summary

from .summaries import kpis


def grouped(**best: object) -> dict[str, object]:
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
