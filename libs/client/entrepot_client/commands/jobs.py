"""`entrepot jobs`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from entrepot_client.client import Client
from entrepot_client.commands.options import AsJson
from entrepot_client.commands.output import facts, moment, present, rows
from entrepot_client.commands.running import run
from entrepot_client.errors import Refused
from entrepot_client.jobs import Tell
from entrepot_client.models.jobs import Job, JobPage, JobState
from entrepot_client.models.problems import ProblemDetails


def jobs(
    job_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One job; else the newest.")] = None,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Until it has ended.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Ask for its end.")] = False,
    slug: Annotated[str | None, typer.Option(help="Only those of this experiment.")] = None,
    state: Annotated[JobState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    as_json: AsJson = False,
) -> None:
    """List the newest jobs, or show one; with --wait the exit status is 0 only if it succeeds.

    Examples: entrepot jobs --state running; entrepot jobs 0198c0de-… --wait
    """
    if job_id is None:
        if wait or cancel:
            raise typer.BadParameter("--wait and --cancel need the ID of a job.")
        _list(slug, state, limit, as_json=as_json)
    else:
        _one(job_id, wait=wait, cancel=cancel, as_json=as_json)


def _list(slug: str | None, state: JobState | None, limit: int, *, as_json: bool) -> None:
    async def work(client: Client, _: Tell) -> JobPage:
        return await client.jobs.page(slug=slug, state=state, limit=limit)

    present(run(work, as_json=as_json).jobs, _table, as_json=as_json)


def _one(job_id: str, *, wait: bool, cancel: bool, as_json: bool) -> None:
    async def work(client: Client, tell: Tell) -> Job:
        job = await (client.jobs.cancel(job_id) if cancel else client.jobs.get(job_id))
        if wait:
            job = await client.jobs.ended(job_id, tell)
            if job.result is None and not cancel:
                raise Refused(ProblemDetails.of(job))
        return job

    present(run(work, as_json=as_json), _card, as_json=as_json)


def _card(job: Job) -> Table:
    error = job.error
    told = {
        "kind": job.kind,
        "subject": job.subject,
        "state": job.state,
        "stage": None if job.ended else _stage(job),
        "by": job.requester.email,
        "created": job.created_at,
        "started": job.started_at,
        "finished": job.finished_at,
        "attempt": job.attempt,
        "message": (job.result or {}).get("message"),
        "error": error and f"{error.code}: {error.message}",
        "problems": error and "\n".join(f"{each.path or '-'}: {each.message}" for each in error.problems),
    }
    return facts(told, title=job.id)


def _stage(job: Job) -> str:
    if job.ended or job.progress is None:
        return ""
    told = job.progress
    if told.done is None:
        return told.stage
    of = f" of {told.total:,}" if told.total is not None else ""
    return f"{told.stage}, {told.done:,}{of} {told.unit or ''}".rstrip()


def _table(found: tuple[Job, ...]) -> Table:
    lines = [
        (
            each.id,
            each.kind,
            each.subject,
            each.state,
            _stage(each),
            each.requester.email,
            moment(each.created_at),
        )
        for each in found
    ]
    return rows(("job", "kind", "subject", "state", "stage", "by", "created"), lines)
