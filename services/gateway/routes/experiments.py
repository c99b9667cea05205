"""Registered experiments: what is known of them, and their administration."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from libs.common.events.exports import ExportRequest
from libs.common.events.imports import ExperimentAction, ExperimentRequest
from libs.common.jobs.model import Job
from services.gateway.admission import caller_of
from services.gateway.answers import answer, answer_job
from services.gateway.auth.access import ADMIN, DEVELOPER, VIEWER
from services.gateway.edge import edge_of
from services.gateway.reading import read_json, read_query
from services.gateway.resources.experiments import (
    ChangeAnswer,
    DeleteQuery,
    EstimateAnswer,
    EstimateQuery,
    ExperimentPage,
    ExperimentQuery,
    ExperimentResource,
    RollbackBody,
    VersionPage,
    VersionQuery,
    VersionResource,
)
from services.gateway.routing import Endpoint
from services.gateway.submit import Order


async def list_experiments(request: web.Request) -> web.StreamResponse:
    query = read_query(request, ExperimentQuery)
    found = await edge_of(request).registry.page(after=query.after, limit=query.limit)
    return answer(
        ExperimentPage(
            experiments=[ExperimentResource.of(registered) for registered in found],
            next=found[-1].slug if len(found) == query.limit else None,
        )
    )


async def show_experiment(request: web.Request) -> web.StreamResponse:
    registered = await edge_of(request).registry.get(request.match_info["slug"])
    return answer(ExperimentResource.of(registered))


async def list_versions(request: web.Request) -> web.StreamResponse:
    query, edge = read_query(request, VersionQuery), edge_of(request)
    registered = await edge.registry.get(request.match_info["slug"])
    found = await edge.versions.newest(registered.slug, before=query.before, limit=query.limit)
    current = registered.platform.revision
    return answer(
        VersionPage(
            slug=registered.slug,
            versions=[VersionResource.of(version, current=current) for version in found],
            next=found[-1].revision if len(found) == query.limit else None,
        )
    )


async def estimate(request: web.Request) -> web.StreamResponse:
    """How large an export would be."""
    query, edge = read_query(request, EstimateQuery), edge_of(request)
    slug = (await edge.registry.get_active(request.match_info["slug"])).slug
    order = Order.of("export.request", slug, ExportRequest(slug=slug, kind=query.kind, estimate=True))
    submitted = await edge.submissions.submit(request, caller_of(request), order)

    async def estimated(job: Job) -> web.StreamResponse:
        return answer(EstimateAnswer.of(job))

    return await answer_job(submitted, estimated)


async def rollback(request: web.Request) -> web.StreamResponse:
    body = await read_json(request, RollbackBody)
    slug = request.match_info["slug"]
    return await _change(
        request,
        ExperimentRequest(
            slug=slug, action=ExperimentAction.ROLLBACK, revision=body.revision, note=body.note
        ),
    )


async def sync(request: web.Request) -> web.StreamResponse:
    """Register a working copy that was edited by hand."""
    slug = request.match_info["slug"]
    return await _change(request, ExperimentRequest(slug=slug, action=ExperimentAction.SYNC))


async def delete(request: web.Request) -> web.StreamResponse:
    query, slug = read_query(request, DeleteQuery), request.match_info["slug"]
    return await _change(
        request,
        ExperimentRequest(slug=slug, action=ExperimentAction.DELETE, delete_data=query.delete_data),
    )


async def _change(request: web.Request, command: ExperimentRequest) -> web.StreamResponse:
    edge = edge_of(request)
    await edge.registry.get(command.slug)
    order = Order.of("experiment.request", command.slug, command)
    submitted = await edge.submissions.submit(request, caller_of(request), order)

    async def changed(job: Job) -> web.StreamResponse:
        return answer(ChangeAnswer.of(job))

    return await answer_job(submitted, changed)


ENDPOINTS: Final = [
    Endpoint("GET", "/api/experiments", list_experiments, VIEWER),
    Endpoint("GET", "/api/experiments/{slug}", show_experiment, VIEWER),
    Endpoint("DELETE", "/api/experiments/{slug}", delete, ADMIN),
    Endpoint("GET", "/api/experiments/{slug}/versions", list_versions, VIEWER),
    Endpoint("GET", "/api/experiments/{slug}/estimate", estimate, VIEWER),
    Endpoint("POST", "/api/experiments/{slug}/rollback", rollback, DEVELOPER),
    Endpoint("POST", "/api/experiments/{slug}/sync", sync, DEVELOPER),
]
