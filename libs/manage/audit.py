"""`audit`: who did what."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table

from libs.common.audit import AuditEntry, AuditFilter, AuditLog
from libs.common.limits import Limits
from libs.manage.console import wide_console
from libs.manage.session import with_database


def audit(
    actor: Annotated[str | None, typer.Option(help="Only what this person did, by email.")] = None,
    target: Annotated[str | None, typer.Option(help="Only what was done to this slug, id or email.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Entries, the newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for machines.")] = False,
) -> None:
    """Show who did what, to what, how it ended, and by which job.

    Example: ./manage.py audit --actor ana@example.org --json
    """
    which, kept = AuditFilter(actor=actor, target=target), Limits().kept_audit_seconds
    entries = with_database(lambda database: AuditLog(database, kept_seconds=kept).find(which, limit=limit))
    if as_json:
        typer.echo(json.dumps([entry.model_dump(mode="json", exclude_none=True) for entry in entries]))
    elif entries:
        wide_console().print(_table(entries))
    else:
        typer.echo("Nothing is noted.")


def _table(entries: list[AuditEntry]) -> Table:
    table = Table("when", "who", "what", "to what", "outcome", "job")
    for each in entries:
        who = f"{each.actor} ({each.account})" if each.account else each.actor
        when, outcome = f"{each.at:%Y-%m-%d %H:%M:%S}", f"{each.outcome} {each.status or ''}".strip()
        table.add_row(when, who, each.action, each.target or "", outcome, each.job or "")
    return table
