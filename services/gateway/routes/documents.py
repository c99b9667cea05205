"""The interface's documents: for machines, which everybody may read, and as pages."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from libs.common.errors import NotFound
from libs.common.events.envelope import SCHEMA_VERSION
from libs.common.threads import in_thread
from services.gateway.accepts import JSON
from services.gateway.auth.access import PUBLIC, VIEWER
from services.gateway.documents.publication import Publication
from services.gateway.pages.rendering import page
from services.gateway.routing import Endpoint

PUBLICATION: Final = web.AppKey("publication", Publication)


async def show_openapi(request: web.Request) -> web.StreamResponse:
    publication = request.app[PUBLICATION]
    return web.Response(body=await in_thread(lambda: publication.openapi), content_type=JSON)


async def show_asyncapi(request: web.Request) -> web.StreamResponse:
    publication = request.app[PUBLICATION]
    return web.Response(body=await in_thread(lambda: publication.asyncapi), content_type=JSON)


async def show_schema(request: web.Request) -> web.StreamResponse:
    """Of a payload, by version and routing key. Raises: NotFound."""
    version, name = request.match_info["version"], request.match_info["name"]
    publication = request.app[PUBLICATION]
    schema = await in_thread(publication.payload_schema, name) if version == SCHEMA_VERSION else None
    if schema is None:
        raise NotFound(f"There is no schema {name!r} of version {version!r}.")
    return web.Response(body=schema, content_type="application/schema+json")


async def show_docs(request: web.Request) -> web.StreamResponse:
    publication = request.app[PUBLICATION]
    return await page(request, "docs.html", groups=await in_thread(lambda: publication.outline))


async def show_event_docs(request: web.Request) -> web.StreamResponse:
    publication = request.app[PUBLICATION]
    return await page(request, "docs_events.html", exchanges=await in_thread(lambda: publication.exchanges))


PAGES: Final = [
    Endpoint("GET", "/docs", show_docs, VIEWER),
    Endpoint("GET", "/docs/events", show_event_docs, VIEWER),
]
ENDPOINTS: Final = [
    Endpoint("GET", "/openapi.json", show_openapi, PUBLIC),
    Endpoint("GET", "/asyncapi.json", show_asyncapi, PUBLIC),
    Endpoint("GET", "/schemas/{version}/{name}.json", show_schema, PUBLIC),
]
