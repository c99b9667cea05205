"""`experiments start|stop|rollback|restore-data|clone|sync|delete`: each is a job, as the same action over HTTP is."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from libs.common.events.imports import ExperimentAction, ExperimentRequest
from libs.common.jobs.model import Job
from libs.common.owned_collections import own_collections
from libs.common.parts import Parts
from libs.common.registry import Registered, Registry
from libs.manage.console import wide_console
from libs.manage.deeds import Deed
from libs.manage.experiments.desk import Desk, at_desk
from libs.manage.experiments.options import AsJson, Note, Slug
from libs.manage.experiments.outcome import FAILED, echo_json, told
from libs.manage.session import with_parts

DONE: Final = {
    ExperimentAction.START: "{slug} serves revision {revision}.",
    ExperimentAction.STOP: "{slug} is stopped, until it is started or gets a new version.",
}
"""Of actions whose outcome has no message of its own."""


def start(slug: Slug, *, as_json: AsJson = False) -> None:
    """Start the registered version, and wait until it serves.

    Exit status: 0, 1 if it does not start (the last lines of the error are shown), 2 if there is no such experiment.

    Example: ./manage.py experiments start click
    """
    _change(ExperimentRequest(slug=slug, action=ExperimentAction.START), as_json=as_json)


def stop(slug: Slug, *, as_json: AsJson = False) -> None:
    """Stop an experiment until it is started or gets a new version; requests do not start it.

    Example: ./manage.py experiments stop click
    """
    _change(ExperimentRequest(slug=slug, action=ExperimentAction.STOP), as_json=as_json)


def sync(slug: Slug, *, note: Note = None, as_json: AsJson = False) -> None:
    """Register a working copy that was edited by hand, or a new folder beside the others.

    Exit status: 0, 1 if it failed, 2 if the folder is not there or cannot be registered as it is.

    Example: ./manage.py experiments sync click --note "quick fix"
    """
    _change(ExperimentRequest(slug=slug, action=ExperimentAction.SYNC, note=note), as_json=as_json)


def rollback(
    slug: Slug,
    *,
    revision: Annotated[
        int | None, typer.Option(min=1, help="Revision to go back to; default: the one before.")
    ] = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Make the files of a kept version current again, also of an experiment that was deleted. Data stay as they are.

    Exit status: 0, 1 if it failed, 2 if the version is not kept.

    Example: ./manage.py experiments rollback click --revision 3
    """
    command = ExperimentRequest(slug=slug, action=ExperimentAction.ROLLBACK, revision=revision, note=note)
    _change(command, as_json=as_json)


def restore_data(
    slug: Slug,
    kept_data: Annotated[str, typer.Argument(help="Id under which the import says that it kept them.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Put back the data that an import with data replaced; those of now are kept in turn. Files stay as they are.

    Exit status: 0, 1 if it failed, 2 if they are not kept.

    Example: ./manage.py experiments restore-data click 01a2018d-…
    """
    command = ExperimentRequest(slug=slug, action=ExperimentAction.RESTORE_DATA, kept_data=kept_data)
    _change(command, as_json=as_json)


def clone(
    slug: Slug,
    to: Annotated[str, typer.Argument(help="The slug of the copy.")],
    *,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Register the files under another slug, without data.

    Exit status: 0, 1 if the other slug is taken, 2 if it is none, or there is no such experiment.

    Example: ./manage.py experiments clone click click-2
    """
    _change(ExperimentRequest(slug=slug, action=ExperimentAction.CLONE, to=to, note=note), as_json=as_json)


def delete(
    slug: Slug,
    *,
    data: Annotated[
        bool, typer.Option("--data", help="Also drop its collections and its kept versions, for good.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Take an experiment out of the platform. Without --data its data and versions stay, and `rollback` undoes it.

    Says what it will change, and asks once. Exit status: 0, 1 if it failed or was not agreed to, 2 if there is no
    such experiment.

    Example: ./manage.py experiments delete click --data
    """
    with told(as_json=as_json):
        losses = with_parts(lambda parts: _losses(parts, slug, data=data))
    if not yes:
        for line in losses:
            typer.echo(line, err=True)
        if not typer.confirm("Go on?", err=True):
            raise typer.Exit(FAILED)
    command = ExperimentRequest(slug=slug, action=ExperimentAction.DELETE, delete_data=data, note=note)
    _change(command, as_json=as_json)


async def _losses(parts: Parts, slug: str, *, data: bool) -> list[str]:
    """What a deletion takes, in words. Raises: ExperimentNotFound."""
    registered = await Registry(parts.database).get(slug)
    said = [_served(registered)]
    if not data:
        return [*said, "Its data and its kept versions stay; `experiments rollback` brings it back."]
    for found in await own_collections(parts.database, slug):
        count = await parts.database[found.name].estimated_document_count()
        said.append(f"The collection {found.name} with {count:,} documents is dropped.")
    return [*said, "Its kept versions are removed: nothing of it can be brought back."]


def _served(registered: Registered) -> str:
    return (
        f"{registered.slug}, revision {registered.platform.revision}, is stopped and registered no longer; "
        "its working copy is removed, unless it was edited."
    )


def _change(command: ExperimentRequest, *, as_json: bool) -> None:
    async def work(desk: Desk) -> Job:
        return await desk.ask(command)

    with told(as_json=as_json):
        job = at_desk(work, deed=Deed(f"experiments {command.action}", command.slug))
    result = job.result or {}
    message = result.get("message") or DONE[command.action].format(**result)
    if as_json:
        echo_json({"status": "success", "job_id": job.id, **result, "message": message})
    else:
        wide_console().print(message, soft_wrap=True)
