"""A comparison as tables for people: one per machine and company, the best mean of each run marked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.table import Table

from services.benchmarks.results.compare import Comparison, Line
from services.benchmarks.results.figures import FIGURES
from services.benchmarks.results.statistics import Estimate

SHORT_RUN = 6
"""Last characters of a run's id; its first ones are the time, and alike for runs of one day."""
TITLES = {figure.key: figure.title for figure in FIGURES}
Best = set[tuple[str, str, str, str, str]]
"""(machine, company, run, algorithm, figure) of each winner."""


def tables(comparison: Comparison) -> Iterator[Table]:
    best = {
        (winner.machine, winner.company, winner.run, algorithm, winner.figure)
        for winner in comparison.winners
        for algorithm in winner.algorithms
    }
    lines = sorted(comparison.lines, key=lambda line: line.group)
    for (machine, company), of_company in groupby(
        lines, key=lambda line: (line.group.machine, line.group.company)
    ):
        yield _company(f"{company}, machine {machine}", list(of_company), best)
    if comparison.changes:
        yield _changes(comparison)


def _company(title: str, lines: list[Line], best: Best) -> Table:
    caption = "means over seeds ± 95 % confidence; [bold green]best[/] of the run"
    table = Table(title=title, title_justify="left", caption=caption)
    table.add_column("algorithm", no_wrap=True)
    table.add_column("run", no_wrap=True)
    for figure in FIGURES:
        table.add_column(figure.title, justify="right")
    if any(line.failed for line in lines):
        table.add_column("failed", justify="right")
    for line in lines:
        cells = [_cell(line, figure.key, best) for figure in FIGURES]
        failed = [str(line.failed)] if any(other.failed for other in lines) else []
        table.add_row(line.group.algorithm, f"…{line.group.run[-SHORT_RUN:]}", *cells, *failed)
    return table


def _cell(line: Line, figure: str, best: Best) -> str:
    found = line.estimates.get(figure)
    if found is None:
        return "-"
    group = line.group
    wins = (group.machine, group.company, group.run, group.algorithm, figure) in best
    return f"[bold green]{_estimate(found)}[/]" if wins else _estimate(found)


def _estimate(value: Estimate) -> str:
    if value.low is None or value.high is None:
        return _number(value.mean)
    return f"{_number(value.mean)} ± {(value.high - value.low) / 2:.2g}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"  # noqa: PLR2004  (digits that people read)


def _changes(comparison: Comparison) -> Table:
    table = Table("company", "algorithm", "figure", title="Changes beyond chance", title_justify="left")
    for heading in ("before", "after"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for change in comparison.changes:
        verdict = "[red]worse[/]" if change.worse else "[green]better[/]"
        numbers = (_number(change.before), _number(change.after))
        table.add_row(change.company, change.algorithm, TITLES[change.figure], *numbers, verdict)
    return table
