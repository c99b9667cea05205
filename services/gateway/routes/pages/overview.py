"""`/`: what there is, how it is, and what is going on."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from libs.common.jobs.model import Job, Role
from libs.common.jobs.store import JobFilter
from libs.common.overview import Overviews
from services.gateway.admission import caller_of
from services.gateway.auth.access import VIEWER, has_role
from services.gateway.edge import edge_of
from services.gateway.pages.rendering import fragment, page
from services.gateway.reading import PageSize, read_query
from services.gateway.resources.experiments import ExperimentQuery
from services.gateway.routing import Endpoint

SHOWN_EXPERIMENTS: Final = 25
SHOWN_JOBS: Final = 10


class OverviewQuery(ExperimentQuery):
    limit: PageSize = SHOWN_EXPERIMENTS


async def overview(request: web.Request) -> web.StreamResponse:
    query = read_query(request, OverviewQuery)
    overviews = Overviews(edge_of(request).parts.database)
    found = await overviews.page(after=query.after, limit=query.limit + 1)
    shown = found[: query.limit]
    return await page(
        request,
        "overview.html",
        experiments=shown,
        next=shown[-1].slug if len(found) > len(shown) else None,
        is_first=not query.after,
        jobs=await _recent_jobs(request),
    )


async def recent_jobs(request: web.Request) -> web.StreamResponse:
    """The part of the overview that follows events."""
    return fragment(request, "recent_jobs.html", jobs=await _recent_jobs(request))


async def _recent_jobs(request: web.Request) -> list[Job]:
    caller = caller_of(request)
    email = None if has_role(caller, Role.DEVELOPER) else caller.email
    return await edge_of(request).parts.jobs.find(JobFilter(email=email), limit=SHOWN_JOBS)


ENDPOINTS: Final = [
    Endpoint("GET", "/", overview, VIEWER),
    Endpoint("GET", "/jobs/recent", recent_jobs, VIEWER),
]
