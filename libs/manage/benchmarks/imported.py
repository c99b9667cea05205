"""What an import did or would do, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Callable

import typer
from rich.table import Table

from libs.common.errors import EntrepotError
from libs.common.events.benchmarks import BenchmarkImportCompleted
from libs.manage.console import wide_console

SHOWN_WARNINGS = 20


def report_import(work: Callable[[], BenchmarkImportCompleted], *, as_json: bool) -> None:
    """Import and show. As JSON, a refusal is the same problem details as over HTTP, with exit status 1."""
    try:
        completed = work()
    except EntrepotError as error:
        if not as_json:
            raise
        typer.echo(json.dumps(error.as_problem_details()))
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(completed.model_dump_json())
    else:
        _show(completed)


def _show(completed: BenchmarkImportCompleted) -> None:
    console = wide_console()
    table = Table("model", title="Plan" if completed.dry_run else "Import")
    for heading in ("insert", "update", "leave", "delete"):
        table.add_column(heading, justify="right")
    for model, counts in completed.plan:
        numbers = (counts.insert, counts.update, counts.leave, counts.delete)
        table.add_row(model, *(f"{number:,}" for number in numbers))
    console.print(table)
    for warning in completed.warnings[:SHOWN_WARNINGS]:
        console.print(f"[yellow]warning:[/] {warning.path or '-'}: {warning.message}", soft_wrap=True)
    if len(completed.warnings) > SHOWN_WARNINGS:
        console.print(f"… and {len(completed.warnings) - SHOWN_WARNINGS} more warnings; --json has them all.")
    console.print(completed.message)
