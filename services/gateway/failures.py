"""The answer to a request whose job did not succeed: the problem in which it ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aiohttp import web

from libs.common.errors import Conflict, EntrepotError, InvalidInput, NotFound, Unavailable
from libs.common.events.jobs import ErrorInfo
from libs.common.jobs.model import Job
from services.gateway import problems

KINDS: Final[dict[str, type[EntrepotError]]] = {
    "already-registered": Conflict,
    "plan-changed": Conflict,
    "no-working-copy": NotFound,
    "upload-gone": NotFound,
    "version-not-found": NotFound,
    "bundle-gone": Unavailable,
    "revision-moved": Unavailable,
    "snapshot-lost": Unavailable,
    "working-copy-changed": Unavailable,
}
"""Errors that other services define for themselves, which the gateway cannot import; a test holds it to them."""


class JobCancelled(Conflict):
    """The job was cancelled before it was done."""

    code = "job-cancelled"


def failure(job: Job) -> web.Response:
    """problem+json of a job that failed or was cancelled, with its id."""
    error = job.error or ErrorInfo.of(JobCancelled())
    kind = _kind_of(error) if job.error else JobCancelled
    body = EntrepotError(error.message, problems=error.problems).as_problem_details()
    told = {"type": f"urn:entrepot:problem:{error.code}", "title": kind.__doc__, "status": kind.status}
    return problems.respond(body | told | {"job_id": job.id})


def _kind_of(error: ErrorInfo) -> type[EntrepotError]:
    """What a code names; an unknown one with a list of problems tells of bad input."""
    if error.code in KINDS:
        return KINDS[error.code]
    shared = (kind for kind in kinds(EntrepotError) if kind.__module__.startswith("libs.common."))
    unknown = InvalidInput if error.problems else EntrepotError
    return next((kind for kind in shared if kind.code == error.code), unknown)


def kinds(kind: type[EntrepotError]) -> Iterator[type[EntrepotError]]:
    """A class of errors and all narrower ones."""
    yield kind
    for narrower in kind.__subclasses__():
        yield from kinds(narrower)
