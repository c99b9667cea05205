"""`/admin` and `/admin/experiments/{slug}`: upload an experiment; look after one."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from libs.common.events.exports import ExportKind
from libs.common.exports import ExportRow
from libs.common.overview import ExperimentOverview, Overviews
from libs.common.registry import ExperimentNotFound
from services.gateway.auth.access import DEVELOPER, VIEWER
from services.gateway.edge import edge_of
from services.gateway.pages.rendering import fragment, page
from services.gateway.resources.experiments_versions import VersionResource
from services.gateway.routes.pages.panel import asked_job
from services.gateway.routing import Endpoint

UPLOAD_PANEL: Final = "upload-panel"
SHOWN_EXPORTS: Final = 20
SHOWN_VERSIONS: Final = 20


async def show_upload(request: web.Request) -> web.StreamResponse:
    """The form, and the job of an upload that was begun before."""
    limit = edge_of(request).parts.limits.upload_packed_limit
    job, panel = await asked_job(request, UPLOAD_PANEL)
    slug = request.query.get("slug", "")
    return await page(request, "upload.html", limit=int(limit), slug=slug, job=job, panel=panel)


async def show_experiment(request: web.Request) -> web.StreamResponse:
    experiment, exports, versions = await asyncio.gather(
        _overview(request), _exports(request), _versions(request)
    )
    job, panel = await asked_job(request)
    return await page(
        request,
        "experiment.html",
        experiment=experiment,
        exports=exports,
        versions=versions,
        kinds=list(ExportKind),
        job=job,
        panel=panel,
    )


async def show_serving(request: web.Request) -> web.StreamResponse:
    try:
        return fragment(request, "serving.html", experiment=await _overview(request))
    except ExperimentNotFound:  # deleted while somebody looks at its page
        return fragment(request, "gone.html", element="serving")


async def show_exports(request: web.Request) -> web.StreamResponse:
    slug = request.match_info["slug"]
    return fragment(request, "exports.html", slug=slug, exports=await _exports(request))


async def show_versions(request: web.Request) -> web.StreamResponse:
    slug = request.match_info["slug"]
    try:
        return fragment(request, "versions.html", slug=slug, versions=await _versions(request))
    except ExperimentNotFound:
        return fragment(request, "gone.html", element="versions")


async def _overview(request: web.Request) -> ExperimentOverview:
    return await Overviews(edge_of(request).parts.database).get(request.match_info["slug"])


async def _exports(request: web.Request) -> list[ExportRow]:
    slug = request.match_info["slug"]
    return await edge_of(request).exports.page(slug=slug, before=None, limit=SHOWN_EXPORTS)


async def _versions(request: web.Request) -> list[VersionResource]:
    edge, slug = edge_of(request), request.match_info["slug"]
    current = (await edge.registry.get(slug)).platform.revision
    found = await edge.versions.newest(slug, before=None, limit=SHOWN_VERSIONS)
    return [VersionResource.of(version, current=current) for version in found]


ENDPOINTS: Final = [
    Endpoint("GET", "/admin", show_upload, DEVELOPER),
    Endpoint("GET", "/admin/experiments/{slug}", show_experiment, VIEWER),
    Endpoint("GET", "/admin/experiments/{slug}/serving", show_serving, VIEWER),
    Endpoint("GET", "/admin/experiments/{slug}/exports", show_exports, VIEWER),
    Endpoint("GET", "/admin/experiments/{slug}/versions", show_versions, VIEWER),
]
