"""`dead-letters`: what could not be handled, on the bus and in the job store."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from libs.common.bus import DeadLetter
from libs.common.jobs.model import Job, JobState, Requester, Role
from libs.common.jobs.outbox import Outbox
from libs.common.jobs.store import JobFilter, JobNotFound
from libs.common.parts import Parts
from libs.manage.deeds import Deed
from libs.manage.session import with_parts

app = typer.Typer(help="Messages that no service could take, and jobs that failed.", no_args_is_help=True)

OPERATOR = Requester(email="operator@localhost", role=Role.ADMIN)
"""Who asks, when it is asked on the machine itself."""
LISTED = 100
"""Entries shown of each; more than a person reads at once."""


@app.command("list")
def show(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for machines.")] = False,
) -> None:
    """List dead letters and failed jobs.

    Example: ./manage.py dead-letters list --json
    """

    async def read(parts: Parts) -> tuple[list[DeadLetter], list[Job]]:
        failed = await parts.jobs.find(JobFilter(state=JobState.FAILED), limit=LISTED)
        return await parts.bus.dead_letters(limit=LISTED), failed

    letters, failed = with_parts(read)
    if as_json:
        content = {
            "messages": [asdict(entry) for entry in letters],
            "jobs": [job.as_resource() for job in failed],
        }
        typer.echo(json.dumps(content, default=str))
        return
    console = Console()
    console.print(_messages(letters) if letters else "No dead messages.")
    console.print(_jobs(failed) if failed else "No failed jobs.")


@app.command()
def retry(entry: Annotated[str, typer.Argument(help="Id of a dead message or of a failed job.")]) -> None:
    """Put a dead message back to its queue, or ask for a failed job's work again."""

    async def again(parts: Parts) -> str:
        try:
            job = await parts.jobs.retry(entry, OPERATOR)
        except JobNotFound:
            await parts.bus.retry_dead_letter(entry)
            return f"The message {entry} is back in its queue."
        await Outbox(parts.jobs, parts.bus).flush(job)
        return f"The work of {entry} is asked for again, as job {job.id}."

    typer.echo(with_parts(again, deed=Deed("dead-letters retry", entry)))


@app.command()
def drop(entry: Annotated[str, typer.Argument(help="Id of a dead message.")]) -> None:
    """Remove a dead message for good."""
    deed = Deed("dead-letters drop", entry)
    with_parts(lambda parts: parts.bus.drop_dead_letter(entry), deed=deed)
    typer.echo(f"The message {entry} is gone.")


def _messages(letters: list[DeadLetter]) -> Table:
    table = Table("id", "queue", "died", "reason", title="Dead messages")
    for entry in letters:
        table.add_row(entry.id, entry.queue, f"{entry.died_at:%Y-%m-%d %H:%M:%S}", entry.reason)
    return table


def _jobs(failed: list[Job]) -> Table:
    table = Table("id", "kind", "subject", "by", "reason", title="Failed jobs")
    for job in failed:
        reason = job.error.message if job.error else ""
        table.add_row(job.id, job.kind, job.subject or "", job.requester.email, reason)
    return table
