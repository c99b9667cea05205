"""The answer to a request whose job did not succeed: the problem in which it ended."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web

from libs.common.errors import Conflict, EntrepotError, InvalidInput
from libs.common.events.jobs import ErrorInfo
from libs.common.jobs.model import Job
from services.gateway import problems


class JobCancelled(Conflict):
    """The job was cancelled before it was done."""

    code = "job-cancelled"


def failure(job: Job) -> web.Response:
    """problem+json of a job that failed or was cancelled, with its id."""
    error = job.error or ErrorInfo.of(JobCancelled())
    kind = _kind_of(error)
    body = kind(error.message, problems=error.problems).as_problem_details()
    return problems.respond(body | {"type": f"urn:entrepot:problem:{error.code}", "job_id": job.id})


def _kind_of(error: ErrorInfo) -> type[EntrepotError]:
    """The class that a code names; codes of a service's own that list problems tell of bad input."""
    for kind in _kinds(EntrepotError):
        if kind.code == error.code:
            return kind
    return InvalidInput if error.problems else EntrepotError


def _kinds(kind: type[EntrepotError]) -> Iterator[type[EntrepotError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)
