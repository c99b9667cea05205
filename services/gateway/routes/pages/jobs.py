"""`/jobs` and `/jobs/{id}`: what is being worked on, and what came of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from aiohttp import web

from libs.common.errors import BadRequest
from libs.common.jobs.model import Job, JobState, Role
from libs.common.jobs.store import JobFilter
from services.gateway.admission import caller_of
from services.gateway.auth.access import VIEWER, has_role
from services.gateway.auth.commands import access_to
from services.gateway.edge import edge_of
from services.gateway.pages.happenings import happenings_of
from services.gateway.pages.rendering import fragment, page
from services.gateway.reading import PageSize, read_fields
from services.gateway.resources.jobs import JobQuery
from services.gateway.routes.jobs import visible_job
from services.gateway.routing import Endpoint

SHOWN: Final = 50
PANEL: Final = "panel"
_ELEMENT_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,40}")


@dataclass(frozen=True)
class Panel:
    """How a job's panel stands in a page. `id` is the element's, which the page chooses."""

    id: str
    may_cancel: bool
    may_retry: bool

    @classmethod
    def of(cls, request: web.Request, job: Job) -> Self:
        """Raises: BadRequest."""
        element = request.query.get("id", PANEL)
        if not _ELEMENT_ID.fullmatch(element):
            raise BadRequest("`id` must be the id of an element.")
        caller = caller_of(request)
        least = access_to(job.kind, job.input).role
        return cls(
            element,
            may_cancel=job.requester.email == caller.email or has_role(caller, Role.ADMIN),
            may_retry=least is None or has_role(caller, least),
        )


class JobsQuery(JobQuery):
    limit: PageSize = SHOWN


async def list_jobs(request: web.Request) -> web.StreamResponse:
    query, caller = read_fields(request.query, JobsQuery), caller_of(request)
    email = None if has_role(caller, Role.DEVELOPER) else caller.email
    which = JobFilter(subject=query.slug, email=email, state=query.state, before=query.before)
    found = await edge_of(request).parts.jobs.find(which, limit=query.limit + 1)
    shown = found[: query.limit]
    return await page(
        request,
        "jobs.html",
        jobs=shown,
        query=query,
        states=list(JobState),
        next=shown[-1].id if len(found) > len(shown) else None,
    )


async def show_job(request: web.Request) -> web.StreamResponse:
    job = await visible_job(request)
    happenings = await happenings_of(edge_of(request).feed, job.id)
    return await page(request, "job.html", job=job, panel=Panel.of(request, job), happenings=happenings)


async def show_panel(request: web.Request) -> web.StreamResponse:
    """What a job is at and what came of it, for any page that asked for it."""
    job = await visible_job(request)
    return await fragment(request, "job_panel.html", job=job, panel=Panel.of(request, job))


async def show_log(request: web.Request) -> web.StreamResponse:
    job = await visible_job(request)
    happenings = await happenings_of(edge_of(request).feed, job.id)
    return await fragment(request, "job_log.html", job=job, happenings=happenings)


ENDPOINTS: Final = [
    Endpoint("GET", "/jobs", list_jobs, VIEWER),
    Endpoint("GET", "/jobs/{job_id}", show_job, VIEWER),
    Endpoint("GET", "/jobs/{job_id}/panel", show_panel, VIEWER),
    Endpoint("GET", "/jobs/{job_id}/log", show_log, VIEWER),
]
