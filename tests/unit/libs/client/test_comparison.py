"""Two runs side by side."""

from __future__ import annotations

import pytest
from entrepot_client import Result, RunWithResults
from entrepot_client.comparison import Difference, compare, figures_of

from .samples import AT


def result(algorithm: str, seed: int, points: float | None, seconds: float = 2.0) -> Result:
    kpis = (
        None
        if points is None
        else {"objective": points, "gini": 0.1, "violations": {"rest": 1, "absence": 2}}
    )
    return Result(
        company="Café", algorithm=algorithm, seed=seed, status="completed", runtime_seconds=seconds, kpis=kpis
    )


def run(*results: Result) -> RunWithResults:
    return RunWithResults(
        id="r",
        state="completed",
        requested_by="ana@example.org",
        companies=("Café",),
        algorithms=("A",),
        seeds=(1, 2),
        time_limit=300,
        created_at=AT,
        results=results,
    )


def test_figures_are_means_over_seeds() -> None:
    before = run(result("A", 1, 100), result("A", 2, 200))
    after = run(result("A", 1, 120, seconds=4), result("A", 2, 120, seconds=2))

    found = {each.figure: (each.before, each.after, each.percent) for each in compare(before, after)}

    assert found == {
        "points": (150, 120, -20),
        "violations": (3, 3, 0),
        "Gini": (pytest.approx(0.1), pytest.approx(0.1), 0),
        "seconds": (2, 3, 50),
    }


def test_what_only_one_run_has_is_told() -> None:
    found = list(compare(run(result("A", 1, 100)), run(result("B", 1, None))))

    assert Difference("Café", "A", "points", 100, None) in found
    assert Difference("Café", "B", "seconds", None, 2) in found
    assert [each for each in found if each.percent is not None] == []


def test_a_figure_that_was_nothing_has_no_percentage() -> None:
    assert Difference("Café", "A", "understaffed", 0, 3).percent is None


def test_a_roster_without_key_figures_has_its_time_at_most() -> None:
    assert figures_of(None, 1.5) == {"seconds": 1.5}
    assert figures_of({}, None) == {}
