"""Experiments: what is known of them, and how large an export would be."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from libs.common.events.exports import ExportRequest
from libs.common.jobs.model import Job
from libs.common.overview import Overviews
from services.gateway.admission import caller_of
from services.gateway.answers import answer, answer_job
from services.gateway.auth.access import VIEWER
from services.gateway.edge import edge_of
from services.gateway.reading import read_query
from services.gateway.resources.experiments import (
    EstimateAnswer,
    EstimateQuery,
    ExperimentPage,
    ExperimentQuery,
)
from services.gateway.routes import experiments_actions, experiments_versions
from services.gateway.routing import Endpoint
from services.gateway.submit import Order


async def list_experiments(request: web.Request) -> web.StreamResponse:
    """Experiments by slug, each with its hosting and its last export."""
    query = read_query(request, ExperimentQuery)
    found = await _overviews(request).page(after=query.after, limit=query.limit)
    following = found[-1].slug if len(found) == query.limit else None
    return answer(ExperimentPage(experiments=found, next=following))


async def show_experiment(request: web.Request) -> web.StreamResponse:
    return answer(await _overviews(request).get(request.match_info["slug"]))


async def estimate(request: web.Request) -> web.StreamResponse:
    """How large an export would be."""
    query, edge = read_query(request, EstimateQuery), edge_of(request)
    slug = (await edge.registry.get_active(request.match_info["slug"])).slug
    order = Order.of("export.request", slug, ExportRequest(slug=slug, kind=query.kind, estimate=True))
    submitted = await edge.submissions.submit(request, caller_of(request), order)

    async def estimated(job: Job) -> web.StreamResponse:
        return answer(EstimateAnswer.of(job))

    return await answer_job(submitted, estimated)


def _overviews(request: web.Request) -> Overviews:
    return Overviews(edge_of(request).parts.database)


ENDPOINTS: Final = [
    Endpoint("GET", "/api/experiments", list_experiments, VIEWER),
    Endpoint("GET", "/api/experiments/{slug}", show_experiment, VIEWER),
    Endpoint("GET", "/api/experiments/{slug}/estimate", estimate, VIEWER),
    *experiments_actions.ENDPOINTS,
    *experiments_versions.ENDPOINTS,
]
