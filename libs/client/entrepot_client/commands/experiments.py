"""`entrepot experiments`: look at them, and change what is served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from rich.table import Table

from entrepot_client.client import Client
from entrepot_client.commands.exits import Exit
from entrepot_client.commands.options import AsJson, Note, Slug
from entrepot_client.commands.output import facts, moment, present, rows
from entrepot_client.commands.running import run
from entrepot_client.jobs import Tell
from entrepot_client.models.experiments import Change, Experiment, Version

app = typer.Typer(no_args_is_help=True, help="Experiments: look, start, stop, roll back, clone, delete.")


@app.command("list")
def show_list(*, as_json: AsJson = False) -> None:
    """List all experiments, how they are hosted, and their last exports.

    Example: entrepot experiments list
    """

    async def work(client: Client, _: Tell) -> list[Experiment]:
        return [each async for each in client.experiments.all()]

    present(run(work, as_json=as_json), _table, as_json=as_json)


@app.command()
def status(slug: Slug, *, as_json: AsJson = False) -> None:
    """Show one experiment: what is registered, what serves, and why a version did not start.

    Example: entrepot experiments status click
    """

    async def work(client: Client, _: Tell) -> Experiment:
        return await client.experiments.get(slug)

    present(run(work, as_json=as_json), _card, as_json=as_json)


@app.command()
def versions(slug: Slug, *, as_json: AsJson = False) -> None:
    """List the versions, the newest first; the current one has a star.

    Example: entrepot experiments versions click
    """

    async def work(client: Client, _: Tell) -> list[Version]:
        return [each async for each in client.experiments.versions(slug)]

    present(run(work, as_json=as_json), _history, as_json=as_json)


@app.command()
def start(slug: Slug, *, as_json: AsJson = False) -> None:
    """Start the registered version, and wait until it serves.

    Example: entrepot experiments start click
    """
    _change(lambda client, tell: client.experiments.start(slug, tell=tell), as_json=as_json)


@app.command()
def stop(slug: Slug, *, as_json: AsJson = False) -> None:
    """Stop an experiment until it is started or gets a new version.

    Example: entrepot experiments stop click
    """
    _change(lambda client, tell: client.experiments.stop(slug, tell=tell), as_json=as_json)


@app.command()
def rollback(
    slug: Slug,
    *,
    revision: Annotated[
        int | None, typer.Option(min=1, help="Revision to go back to; default: the one before.")
    ] = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Make the files of a kept version current again. Data stay as they are.

    Example: entrepot experiments rollback click --revision 3
    """

    async def work(client: Client, tell: Tell) -> Change:
        return await client.experiments.rollback(slug, revision, note=note, tell=tell)

    _change(work, as_json=as_json)


@app.command()
def clone(
    slug: Slug,
    to: Annotated[str, typer.Argument(help="The slug of the copy.")],
    *,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Register the files under another slug, without data.

    Example: entrepot experiments clone click click-2
    """
    _change(lambda client, tell: client.experiments.clone(slug, to, note=note, tell=tell), as_json=as_json)


@app.command()
def delete(
    slug: Slug,
    *,
    data: Annotated[
        bool, typer.Option("--data", help="Also drop its collections and its kept versions, for good.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take an experiment out of the platform. Without --data its data and versions stay, and `rollback` undoes it.

    Example: entrepot experiments delete click
    """
    what = f"{slug} with all its data and versions, for good" if data else slug
    if not yes and not typer.confirm(f"Delete {what}?", err=True):
        raise typer.Exit(Exit.FAILED)
    _change(lambda client, tell: client.experiments.delete(slug, data=data, tell=tell), as_json=as_json)


def _change(work: Callable[[Client, Tell], Awaitable[Change]], *, as_json: bool) -> None:
    present(run(work, as_json=as_json), lambda done: done.message, as_json=as_json)


def _last_export(experiment: Experiment) -> str:
    last = experiment.last_export
    return f"{moment(last.created_at)}, {last.kind}" if last else ""


def _table(found: list[Experiment]) -> Table:
    lines = [
        (
            each.slug,
            each.name,
            each.status,
            each.hosting.state,
            each.revision,
            each.version,
            _last_export(each),
        )
        for each in found
    ]
    return rows(("slug", "name", "status", "hosting", "revision", "version", "last export"), lines)


def _card(found: Experiment) -> Table:
    hosting = found.hosting
    told = {
        "hosting": hosting.state,
        "since": hosting.since,
        "serving": hosting.serving_revision and f"revision {hosting.serving_revision}",
        "registered": f"revision {found.revision}, version {found.version}, by {found.author}",
        "updated": found.updated_at,
        "status": found.status,
        "address": hosting.path,
        "last export": _last_export(found),
        "error": "\n".join(hosting.error),
    }
    return facts(told, title=found.name)


def _history(found: list[Version]) -> Table:
    lines = [
        (
            f"{each.revision}{' *' if each.current else ''}",
            each.version,
            moment(each.created_at),
            each.author,
            each.origin,
            "yes" if each.kept else "",
            each.note,
        )
        for each in found
    ]
    return rows(("revision", "version", "created", "by", "origin", "kept", "note"), lines)
