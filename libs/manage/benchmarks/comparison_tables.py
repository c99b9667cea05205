"""A comparison as tables for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from services.benchmarks.results.compare import Comparison, Line
from services.benchmarks.results.figures import FIGURES
from services.benchmarks.results.statistics import Estimate

SHORT_RUN = 8
"""Last characters of a run's id; its first ones are the time, and alike for runs of one day."""
TITLES = {figure.key: figure.title for figure in FIGURES}


def tables(comparison: Comparison) -> Iterator[Table]:
    yield _lines(comparison)
    if comparison.winners:
        yield _winners(comparison)
    if comparison.changes:
        yield _changes(comparison)


def short(run: str) -> str:
    return f"…{run[-SHORT_RUN:]}"


def _lines(comparison: Comparison) -> Table:
    table = Table("machine", "company", "algorithm", "run", title="Means over seeds (95 % confidence)")
    for figure in FIGURES:
        table.add_column(figure.title, justify="right")
    table.add_column("failed", justify="right")
    for line in comparison.lines:
        group = line.group
        table.add_row(
            group.machine,
            group.company,
            group.algorithm,
            short(group.run),
            *_estimates(line),
            str(line.failed),
        )
    return table


def _estimates(line: Line) -> Iterator[str]:
    for figure in FIGURES:
        found = line.estimates.get(figure.key)
        yield "-" if found is None else _estimate(found)


def _estimate(value: Estimate) -> str:
    if value.low is None or value.high is None:
        return f"{value.mean:,.4g}"
    return f"{value.mean:,.4g} ± {(value.high - value.low) / 2:.2g}"


def _winners(comparison: Comparison) -> Table:
    table = Table("machine", "company", "run", "figure", "best", title="Winners")
    table.add_column("mean", justify="right")
    for winner in comparison.winners:
        best = ", ".join(winner.algorithms)
        mean = f"{winner.value:,.4g}"
        table.add_row(winner.machine, winner.company, short(winner.run), TITLES[winner.figure], best, mean)
    return table


def _changes(comparison: Comparison) -> Table:
    table = Table("company", "algorithm", "figure", title="Changes beyond chance")
    for heading in ("before", "after"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for change in comparison.changes:
        verdict = "[red]worse[/]" if change.worse else "[green]better[/]"
        before, after = f"{change.before:,.4g}", f"{change.after:,.4g}"
        table.add_row(change.company, change.algorithm, TITLES[change.figure], before, after, verdict)
    return table
