"""`sweep`: all rules of retention at once, for who looks, or needs room now; services apply theirs by themselves."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Final

import typer
from pydantic import ByteSize
from rich.table import Table

from libs.common.parts import Parts
from libs.common.retention import Doomed, Rule
from libs.common.retention.exports import OldExports
from libs.common.retention.sweep import Swept, sweep
from libs.manage.console import wide_console
from libs.manage.deeds import Deed
from libs.manage.session import with_parts

SHOWN: Final = 200
"""Lines of a table that a person reads; `--json` has them all."""


def sweep_command(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go, and why.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for machines.")] = False,
) -> None:
    """Remove what is kept no longer: exports, uploads, versions, data, jobs, events.

    What a job that has not ended uses stays. Exit status: 0, or 1 if a kind could not be swept.

    Example: ./manage.py sweep --dry-run
    """
    if dry_run:
        doomed = with_parts(survey)
        if as_json:
            typer.echo(json.dumps([asdict(each) for each in doomed], default=str))
        else:
            _show(doomed)
        return
    swept = with_parts(lambda parts: sweep(all_rules(parts)), deed=Deed("sweep"))
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in swept]))
    else:
        wide_console().print(_done(swept))
    raise typer.Exit(any(each.error is not None for each in swept))


def all_rules(parts: Parts) -> list[Rule]:
    """The one list of everything that is kept for a time."""
    from services.benchmarks import retention as benchmarks  # noqa: PLC0415  (numpy: other commands need none of it)
    from services.gateway.events.log import EventLog  # noqa: PLC0415
    from services.gateway.retention import OldEvents  # noqa: PLC0415
    from services.importer.context import Importer  # noqa: PLC0415
    from services.importer.folders import StaleFolders  # noqa: PLC0415
    from services.importer.retention import shared_rules  # noqa: PLC0415

    importer = Importer.of(parts)
    rules: list[Rule] = [
        OldExports(parts),
        *shared_rules(importer),
        StaleFolders(importer),
        *benchmarks.rules(parts),
        OldEvents(EventLog(parts.database)),
    ]
    return list({rule.kind: rule for rule in rules}.values())


async def survey(parts: Parts) -> list[Doomed]:
    """What a sweep would remove now."""
    return [doomed for rule in all_rules(parts) async for doomed in rule.find()]


def _show(doomed: list[Doomed]) -> None:
    console = wide_console()
    if not doomed:
        console.print("Nothing would go.")
        return
    table = Table("kind", "what", "count", "size", "since", "why")
    for each in doomed[:SHOWN]:
        since = f"{each.since:%Y-%m-%d %H:%M}" if each.since else ""
        size = ByteSize(each.size).human_readable() if each.size is not None else ""
        table.add_row(each.kind, each.name, f"{each.count:,}", size, since, each.reason)
    console.print(table)
    if len(doomed) > SHOWN:
        console.print(f"… and {len(doomed) - SHOWN:,} more; --json lists them all.")
    room = ByteSize(sum(each.size or 0 for each in doomed)).human_readable()
    console.print(f"{sum(each.count for each in doomed):,} things would go, {room} of storage with them.")


def _done(swept: list[Swept]) -> Table:
    table = Table("kind", "removed", "problem")
    for each in swept:
        table.add_row(each.kind, f"{each.removed:,}", each.error or "")
    return table
