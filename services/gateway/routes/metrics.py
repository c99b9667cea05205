"""`GET /metrics`: what a Prometheus with an administrator's token reads; the same as on HEALTH_PORT."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from libs.common.telemetry.exposition import metrics
from services.gateway.auth.access import ADMIN
from services.gateway.edge import edge_of
from services.gateway.routing import Endpoint


async def scrape(request: web.Request) -> web.Response:
    return await metrics(edge_of(request).parts)


ENDPOINTS: Final = [Endpoint("GET", "/metrics", scrape, ADMIN)]
