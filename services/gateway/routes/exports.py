"""The seed's three export addresses, and the exports that were made."""

from __future__ import annotations

from functools import partial
from typing import Final

from aiohttp import web

from libs.common.events.exports import ExportCompleted, ExportKind, ExportRequest
from libs.common.jobs.model import Job
from libs.common.registry import ExperimentNotFound
from services.gateway.accepts import wants_file
from services.gateway.admission import caller_of
from services.gateway.answers import answer, answer_job, see_other
from services.gateway.auth.access import VIEWER
from services.gateway.edge import Edge, edge_of
from services.gateway.reading import read_query
from services.gateway.resources.exports import (
    DownloadQuery,
    ExportAnswer,
    ExportPage,
    ExportQuery,
    ExportResource,
)
from services.gateway.routing import Endpoint
from services.gateway.submit import Order


async def package(request: web.Request, *, kind: ExportKind) -> web.StreamResponse:
    """Export an experiment (seed, Export Types)."""
    edge, slug = edge_of(request), request.match_info["slug"]
    as_file = read_query(request, DownloadQuery).download or wants_file(request)
    await _require_active(edge, slug)
    order = Order.of("export.request", slug, ExportRequest(slug=slug, kind=kind))
    submitted = await edge.submissions.submit(request, caller_of(request), order)

    async def exported(job: Job) -> web.StreamResponse:
        completed = ExportCompleted.model_validate(job.result)
        export = await edge.exports.get(completed.export_id or "")
        link = await edge.exports.link(export)
        return see_other(link.url) if as_file else answer(ExportAnswer.of(job, completed, export, link))

    return await answer_job(submitted, exported)


async def _require_active(edge: Edge, slug: str) -> None:
    """By what the proxy remembers, but never from memory that there is none. Raises: ExperimentNotFound."""
    try:
        await edge.passage.experiments.find(slug)
    except ExperimentNotFound:
        await edge.registry.get_active(slug)


async def list_exports(request: web.Request) -> web.StreamResponse:
    query, edge = read_query(request, ExportQuery), edge_of(request)
    found = await edge.exports.page(slug=query.slug, before=query.before, limit=query.limit)
    base_url = edge.parts.settings.base_url
    return answer(
        ExportPage(
            exports=[ExportResource.of(export, base_url=base_url) for export in found],
            next=found[-1].id if len(found) == query.limit else None,
        )
    )


async def show_export(request: web.Request) -> web.StreamResponse:
    edge = edge_of(request)
    export = await edge.exports.get(request.match_info["export_id"])
    return answer(ExportResource.of(export, base_url=edge.parts.settings.base_url))


async def download_export(request: web.Request) -> web.StreamResponse:
    """To a link that is made for this request."""
    exports = edge_of(request).exports
    link = await exports.link(await exports.get(request.match_info["export_id"]))
    return see_other(link.url)


ENDPOINTS: Final = [
    *(
        Endpoint("GET", f"/api/package-{kind}/{{slug}}", partial(package, kind=kind), VIEWER)
        for kind in ExportKind
    ),
    Endpoint("GET", "/api/exports", list_exports, VIEWER),
    Endpoint("GET", "/api/exports/{export_id}", show_export, VIEWER),
    Endpoint("GET", "/api/exports/{export_id}/download", download_export, VIEWER),
]
