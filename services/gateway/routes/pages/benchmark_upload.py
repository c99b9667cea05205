"""`/upload-benchmark`: check and import a dump, as the seed describes it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from services.gateway.auth.access import VIEWER
from services.gateway.edge import edge_of
from services.gateway.pages.rendering import page
from services.gateway.routes.benchmark_uploads import PATH
from services.gateway.routes.pages.panel import asked_job
from services.gateway.routing import Endpoint

UPLOAD_PANEL: Final = "upload-panel"


async def show_upload(request: web.Request) -> web.StreamResponse:
    """Instructions, the form for who may upload, and the job of an upload that was begun before."""
    limit = edge_of(request).parts.limits.benchmark_packed_limit
    job, panel = await asked_job(request, UPLOAD_PANEL)
    return await page(
        request, "benchmarks/upload.html", limit=int(limit), endpoint=PATH, job=job, panel=panel
    )


ENDPOINTS: Final = [Endpoint("GET", "/upload-benchmark", show_upload, VIEWER)]
