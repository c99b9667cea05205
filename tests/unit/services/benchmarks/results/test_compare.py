"""Runs side by side."""

from __future__ import annotations

from services.benchmarks.results.compare import Change, Comparison, compare
from services.benchmarks.results.figures import FIGURES
from tests.unit.services.benchmarks.results.results import LAPTOP, SERVER, kpis, result


def changes_of(comparison: Comparison) -> dict[str, Change]:
    return {change.figure: change for change in comparison.changes}


def test_seeds_are_averaged_per_company_algorithm_and_run() -> None:
    found = compare([result(seed=seed, runtime_seconds=float(seed)) for seed in (1, 2, 3)])
    (line,) = found.lines
    assert line.estimates["runtime_seconds"].mean == 2.0
    assert line.estimates["runtime_seconds"].count == 3
    assert line.failed == 0


def test_machines_are_never_mixed() -> None:
    found = compare([result(), result(machine=SERVER, runtime_seconds=9.0)])
    assert {line.group.machine for line in found.lines} == {LAPTOP.fingerprint, SERVER.fingerprint}
    assert [line.estimates["runtime_seconds"].count for line in found.lines] == [1, 1]
    later = compare([result(), result("r2", hours=1, machine=SERVER, runtime_seconds=9.0)])
    assert later.changes == ()


def test_failures_are_counted_but_not_averaged() -> None:
    found = compare([result(), result(seed=2, status="failed", kpis=None, runtime_seconds=99.0)])
    assert found.lines[0].failed == 1
    assert found.lines[0].estimates["runtime_seconds"].mean == 1.0


def test_only_failures_have_no_estimates() -> None:
    found = compare([result(status="failed", kpis=None)])
    assert found.lines[0].estimates == {}
    assert found.winners == ()


def test_winner_per_figure_in_its_direction() -> None:
    good, bad = kpis(objective=1.0, jain=0.9), kpis(objective=2.0, jain=0.5)
    found = compare(
        [result(algorithm="Good", kpis=good), result(algorithm="Bad", kpis=bad, runtime_seconds=0.5)]
    )
    winners = {winner.figure: winner.algorithms for winner in found.winners}
    assert winners["objective"] == ("Good",)
    assert winners["jain"] == ("Good",)
    assert winners["runtime_seconds"] == ("Bad",)
    assert winners["gini"] == ("Bad", "Good")


def test_nobody_wins_alone() -> None:
    assert compare([result()]).winners == ()


def test_regressions_against_the_previous_run() -> None:
    before = [result(seed=seed, runtime_seconds=1.0 + seed / 100) for seed in (1, 2, 3)]
    after = [result("r2", seed=seed, hours=1, runtime_seconds=5.0 + seed / 100) for seed in (1, 2, 3)]
    found = compare(before + after)
    (change,) = found.regressions
    assert (change.figure, change.worse) == ("runtime_seconds", True)
    assert change.after > change.before


def test_improvements_are_no_regressions() -> None:
    found = compare([result(), result("r2", hours=1, kpis=kpis(objective=50.0, jain=0.9))])
    assert found.regressions == ()
    assert set(changes_of(found)) == {"objective", "jain"}


def test_times_may_vary_a_little() -> None:
    found = compare([result(runtime_seconds=1.0), result("r2", hours=1, runtime_seconds=1.05)])
    assert found.changes == ()


def test_a_run_is_held_against_the_last_that_has_the_pair() -> None:
    runs = [
        result("r1", runtime_seconds=1.0),
        result("r2", algorithm="B", hours=1),
        result("r3", hours=2, runtime_seconds=2.0),
    ]
    assert changes_of(compare(runs))["runtime_seconds"].before == 1.0


def test_named_runs_in_the_given_order() -> None:
    runs = [result("r1"), result("r2", hours=1, runtime_seconds=3.0), result("r3", hours=2)]
    found = compare(runs, ("r2", "r1"))
    assert {line.group.run for line in found.lines} == {"r1", "r2"}
    assert changes_of(found)["runtime_seconds"].after == 1.0


def test_figures_have_keys_of_their_own() -> None:
    keys = [figure.key for figure in FIGURES]
    assert len(set(keys)) == len(keys)
    assert all(figure.of(result()) is not None for figure in FIGURES)
