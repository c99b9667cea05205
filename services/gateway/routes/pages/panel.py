"""A job's panel, which any page may show: what the job is at and what came of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from aiohttp import web

from libs.common.errors import BadRequest, NotFound
from libs.common.jobs.model import Job, Role
from services.gateway.admission import caller_of
from services.gateway.auth.access import has_role
from services.gateway.auth.commands import access_to
from services.gateway.routes.jobs import job_for

PANEL: Final = "panel"
_ELEMENT_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,40}")


@dataclass(frozen=True)
class Panel:
    """How it stands in a page. `id` is the element's, which the page chooses."""

    id: str
    may_cancel: bool
    may_retry: bool

    @classmethod
    def of(cls, request: web.Request, job: Job, *, unless_named: str = PANEL) -> Self:
        """Raises: BadRequest."""
        element = request.query.get("id", unless_named)
        if not _ELEMENT_ID.fullmatch(element):
            raise BadRequest("`id` must be the id of an element.")
        caller = caller_of(request)
        least = access_to(job.kind, job.input).role
        return cls(
            element,
            may_cancel=job.requester.email == caller.email or has_role(caller, Role.ADMIN),
            may_retry=_can_help(job) and (least is None or has_role(caller, least)),
        )


def _can_help(job: Job) -> bool:
    """Whether the same work again could end otherwise: an upload is gone by then, and bad input stays bad."""
    return "upload_key" not in job.input and not (job.error and job.error.problems)


async def asked_job(request: web.Request, panel: str = PANEL) -> tuple[Job | None, Panel | None]:
    """The job that the page's address names, so that a reload shows it again; none that may not be seen."""
    if not (job_id := request.query.get("job")):
        return None, None
    try:
        job = await job_for(request, job_id)
    except NotFound:
        return None, None
    return job, Panel.of(request, job, unless_named=panel)
