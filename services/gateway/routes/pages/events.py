"""`/events`: what is told, as it happens."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from services.gateway.auth.access import VIEWER
from services.gateway.edge import edge_of
from services.gateway.pages.rendering import page
from services.gateway.reading import read_fields
from services.gateway.resources.events import EventQuery
from services.gateway.routing import Endpoint

SHOWN_BEFORE: Final = 50
"""Events of the past that the feed begins with."""


async def show_events(request: web.Request) -> web.StreamResponse:
    query = read_fields(request.query, EventQuery)
    after = max(0, edge_of(request).feed.head - SHOWN_BEFORE)
    pattern = ",".join(query.type) if "type" in query.model_fields_set else ""
    return await page(request, "events.html", query=query, pattern=pattern, after=after)


ENDPOINTS: Final = [Endpoint("GET", "/events", show_events, VIEWER)]
