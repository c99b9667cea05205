"""`entrepot events`."""

from __future__ import annotations

import sys
from contextlib import aclosing
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from entrepot_client.client import Client
from entrepot_client.commands.options import AsJson
from entrepot_client.commands.running import run
from entrepot_client.events import EVERYTHING, Subscription
from entrepot_client.jobs import Tell
from entrepot_client.models.events import Event


def events(
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="From now on, until Ctrl-C.")] = False,
    types: Annotated[
        list[str],
        typer.Option("--type", help="Topic pattern, such as export.*; may be given more than once."),
    ] = [EVERYTHING],  # noqa: B006  (Typer copies it)
    subject: Annotated[str | None, typer.Option(help="Slug or run id.")] = None,
    job: Annotated[str | None, typer.Option(help="Only those of this job.")] = None,
    after: Annotated[
        int | None, typer.Option(min=0, help="Go on after this number; with --follow, too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the events of the last day, or follow those to come, one a line, each once and in order.

    A connection that is lost is made anew, and goes on where it was. With --json each line is the event as CloudEvents
    has it, with its `number`.

    Example: entrepot events --follow --type 'export.*' --json
    """
    which = Subscription(types=tuple(types), subject=subject, job_id=job)

    async def work(client: Client, _: Tell) -> None:
        found = (
            client.events.follow(which, after=after, missed=_tell_gap)
            if follow
            else client.events.kept(which, after=after or 0, missed=_tell_gap)
        )
        async with aclosing(found):
            async for event in found:
                _print(event, as_json=as_json)

    run(work, as_json=as_json)


def _print(event: Event, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(f"{event.model_dump_json(exclude_unset=True)}\n")
        sys.stdout.flush()
        return
    line = f"{event.number:>7}  {event.time:%H:%M:%S}  [bold]{event.routing_key}[/]"
    words = f"{event.subject or ''}  {_words(event)}".strip()
    Console(highlight=False, soft_wrap=True).print(f"{line}  {escape(words)}")


def _words(event: Event) -> str:
    data = event.data
    if stage := (data.get("progress") or {}).get("stage"):
        return str(stage)
    return str((data.get("error") or data).get("message") or data.get("reason") or "")


def _tell_gap(oldest: int) -> None:
    typer.echo(f"warning: events before number {oldest} are no longer kept; they were missed.", err=True)
