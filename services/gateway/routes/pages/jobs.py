"""`/jobs` and `/jobs/{id}`: what is being worked on, and what came of it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from libs.common.jobs.model import JobState, Role
from libs.common.jobs.store import JobFilter
from services.gateway.admission import caller_of
from services.gateway.auth.access import VIEWER, has_role
from services.gateway.edge import edge_of
from services.gateway.pages.happenings import happenings_of
from services.gateway.pages.rendering import fragment, page
from services.gateway.reading import PageSize, read_fields
from services.gateway.resources.jobs import JobQuery
from services.gateway.routes.jobs import visible_job
from services.gateway.routes.pages.panel import Panel
from services.gateway.routing import Endpoint

SHOWN: Final = 50


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
    return fragment(request, "job_panel.html", job=job, panel=Panel.of(request, job))


async def show_log(request: web.Request) -> web.StreamResponse:
    job = await visible_job(request)
    happenings = await happenings_of(edge_of(request).feed, job.id)
    return fragment(request, "job_log.html", job=job, happenings=happenings)


ENDPOINTS: Final = [
    Endpoint("GET", "/jobs", list_jobs, VIEWER),
    Endpoint("GET", "/jobs/{job_id}", show_job, VIEWER),
    Endpoint("GET", "/jobs/{job_id}/panel", show_panel, VIEWER),
    Endpoint("GET", "/jobs/{job_id}/log", show_log, VIEWER),
]
