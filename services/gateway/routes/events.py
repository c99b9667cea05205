"""Events as they happen (docs/events.md). Viewers hear of their own jobs; developers and administrators of all."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from libs.common.errors import BadRequest, Problem
from libs.common.jobs.model import Requester, Role
from services.gateway.admission import caller_of
from services.gateway.auth.access import VIEWER, has_role
from services.gateway.edge import edge_of
from services.gateway.events.entry import Interest
from services.gateway.events.feed import Reader
from services.gateway.events.stream import stream
from services.gateway.reading import read_query
from services.gateway.resources.events import EventQuery, ResumeQuery
from services.gateway.routes.jobs import visible_job
from services.gateway.routing import Endpoint

LAST_EVENT_ID: Final = "Last-Event-ID"
LARGEST_ID: Final = 2**63 - 1


async def all_events(request: web.Request) -> web.StreamResponse:
    """From now on, or from where the client was."""
    query, caller = read_query(request, EventQuery), caller_of(request)
    interest = Interest(
        patterns=tuple(query.type),
        subject=query.subject,
        correlation_id=query.correlation_id,
        owner=owner_limit(caller),
    )
    return await _stream(request, interest, query.after, otherwise=edge_of(request).feed.head)


async def job_events(request: web.Request) -> web.StreamResponse:
    """From the job's first event on, or from where the client was; it goes on after the terminal one."""
    query, job = read_query(request, ResumeQuery), await visible_job(request)
    return await _stream(request, Interest(correlation_id=job.id), query.after, otherwise=0)


def owner_limit(caller: Requester) -> str | None:
    """Of whose jobs a caller may hear; None means everybody's."""
    return None if has_role(caller, Role.DEVELOPER) else caller.email


async def _stream(
    request: web.Request, interest: Interest, after: int | None, *, otherwise: int
) -> web.StreamResponse:
    feed = edge_of(request).feed
    asked = _last_event_id(request) if after is None else after
    if asked is None:
        return await stream(request, feed, Reader(interest, otherwise), missed=None)
    last = await feed.events.last()
    if asked > last:  # of another installation, or of this one before its database was restored
        return await stream(request, feed, Reader(interest, last), missed=last + 1)
    oldest = await feed.oldest()
    is_gone = 0 < asked < oldest - 1
    return await stream(request, feed, Reader(interest, asked), missed=oldest if is_gone else None)


def _last_event_id(request: web.Request) -> int | None:
    """Raises: BadRequest."""
    text = request.headers.get(LAST_EVENT_ID)
    if not text:
        return None
    if text.isascii() and text.isdecimal() and int(text) <= LARGEST_ID:
        return int(text)
    problem = Problem(
        category="request",
        code="invalid-value",
        path=LAST_EVENT_ID,
        message="This is not the id of an event that was sent here.",
        remedy="Send the last id again as it was received, or none.",
    )
    raise BadRequest(problem.message, problems=[problem])


ENDPOINTS: Final = [
    Endpoint("GET", "/api/events", all_events, VIEWER),
    Endpoint("GET", "/api/jobs/{job_id}/events", job_events, VIEWER),
]
