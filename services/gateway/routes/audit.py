"""Who did what: for administrators."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from services.gateway.answers import answer
from services.gateway.audit.noting import AUDIT
from services.gateway.auth.access import ADMIN
from services.gateway.reading import read_query
from services.gateway.resources.audit import AuditPage, AuditQuery, AuditResource
from services.gateway.routing import Endpoint


async def list_entries(request: web.Request) -> web.StreamResponse:
    query = read_query(request, AuditQuery)
    found = await request.app[AUDIT].audit.find(query, limit=query.limit)
    return answer(
        AuditPage(
            entries=[AuditResource.of(entry) for entry in found],
            next=found[-1].id if len(found) == query.limit else None,
        )
    )


ENDPOINTS: Final = [Endpoint("GET", "/api/audit", list_entries, ADMIN)]
