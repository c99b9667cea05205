"""How runs look in a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.benchmarks.runs.local import Report
from services.benchmarks.runs.run import OpenRun
from services.benchmarks.runs.task import Task
from services.benchmarks.store.results import StoredResult

STEPS = 1000
"""Of a bar; parts of work come as fractions."""


class Bars:
    """One bar over all tasks, and one for the task at hand with the best objective so far."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._all = TaskID(0)
        self._one = TaskID(0)

    def begin(self, opened: OpenRun) -> None:
        self._all = self._progress.add_task("All", total=len(opened.tasks), note="")
        self._one = self._progress.add_task("", total=STEPS, note="")

    def start(self, task: Task) -> None:
        name = f"{task.company.name}, {task.title}, seed {task.seed}"
        self._progress.reset(self._one, description=name, note="")

    def advance(self, done: float, objective: float) -> None:
        self._progress.update(self._one, completed=done * STEPS, note=f"{objective:,.0f} points")

    def finish(self, task: Task, result: StoredResult | None) -> None:
        self._progress.update(self._one, completed=STEPS)
        self._progress.advance(self._all)
        note = "failed" if result is None else note_of(result)
        if not self._progress.console.is_terminal:
            self._progress.console.print(
                f"{task.company.name}, {task.title}, seed {task.seed}: {note or 'done'}"
            )


@contextmanager
def bars(*, quiet: bool) -> Iterator[Bars]:
    """On standard error, so that standard output holds results only; without a terminal one line per task."""
    console = Console(stderr=True, quiet=quiet)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Bars(progress)


def note_of(result: StoredResult) -> str:
    """What is special about a result."""
    notes = {
        "recognised": result.recognised,
        "optimal": result.optimal,
        "truncated": result.truncated,
    }
    return ", ".join(note for note, holds in notes.items() if holds)


def report_tables(report: Report) -> Iterator[Table]:
    """One per company."""
    names = [result.company for result in report.results] + [task.company.name for task, _ in report.failures]
    for company in dict.fromkeys(names):
        table = Table(title=company, title_justify="left")
        table.add_column("algorithm", no_wrap=True)
        for heading in ("seed", "points", "gap %", "short", "Gini", "std h", "wishes %", "broken", "seconds"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("note")
        for result in report.results:
            if result.company == company:
                table.add_row(result.algorithm, str(result.seed), *_figures(result), note_of(result))
        for task, error in report.failures:
            if task.company.name == company:
                reason = f"[red]failed: {escape(error.detail)}[/]"
                table.add_row(task.title, str(task.seed), *["-"] * 8, reason)
        yield table


def report_json(report: Report) -> dict[str, Any]:
    return {
        "run": report.run_id,
        "tasks": report.tasks,
        "results": [result.model_dump(mode="json", exclude={"roster_key"}) for result in report.results],
        "failures": [
            {
                "company": task.company.name,
                "algorithm": task.title,
                "seed": task.seed,
                "code": error.code,
                "message": error.detail,
            }
            for task, error in report.failures
        ],
        "published": report.published,
    }


def _figures(result: StoredResult) -> list[str]:
    kpis = result.kpis
    if kpis is None:
        return ["-"] * 8
    violations = sum(kpis.violations.model_dump().values())
    return [
        "-" if kpis.objective is None else f"{kpis.objective:,.0f}",
        "-" if result.gap is None else f"{100 * result.gap:.2f}",
        str(kpis.understaffed_slots),
        f"{kpis.gini:.4f}",
        f"{kpis.std_hours:.1f}",
        f"{kpis.preference_percent:.1f}",
        str(violations),
        f"{result.runtime_seconds:.1f}",
    ]
