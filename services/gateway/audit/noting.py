"""Middleware: which requests are noted, and as what."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from aiohttp import web

from libs.common.audit import AuditEntry, Outcome
from services.gateway.admission import CALLER
from services.gateway.audit.writer import AuditWriter
from services.gateway.auth.forgery import SAFE_METHODS
from services.gateway.observed import route_of
from services.gateway.routing import ANY_METHOD, Handler, endpoint_of
from services.gateway.submit import JOB

AUDIT: Final = web.AppKey("audit", AuditWriter)
ANONYMOUS: Final = "anonymous"
TARGETS: Final = ("slug", "job_id", "export_id", "run_id", "webhook_id")
"""Parts of addresses that say what a request was about."""


@web.middleware
async def audited(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note what changed something or was meant to, and what made a job; never what is passed on to experiments.

    Of callers whom nobody knows only sign-ins are noted, which are limited: else they could fill the log.
    """
    response = await handler(request)
    writer = request.app.get(AUDIT)
    if writer is not None and _is_noted(request):
        await writer.note(_entry(request, response.status))
    return response


def _is_noted(request: web.Request) -> bool:
    endpoint = endpoint_of(request)
    if endpoint is None or endpoint.method == ANY_METHOD:
        return False
    changes = JOB in request or request.method not in SAFE_METHODS
    return changes and (CALLER in request or endpoint.access.role is None)


def _entry(request: web.Request, status: int) -> AuditEntry:
    caller, job = request.get(CALLER), request.get(JOB)
    target = next((request.match_info[name] for name in TARGETS if name in request.match_info), None)
    return AuditEntry(
        actor=caller.email if caller else ANONYMOUS,
        role=caller.role if caller else None,
        action=f"{request.method} {route_of(request).rstrip('/')}",
        target=(target or (job.subject if job else None) or "")[:200] or None,
        outcome=_outcome(status, is_job=job is not None),
        status=status,
        job=job.id if job else None,
    )


def _outcome(status: int, *, is_job: bool) -> Outcome:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome.FAILED
    if is_job:
        return Outcome.ACCEPTED
    return Outcome.REFUSED if status >= HTTPStatus.BAD_REQUEST else Outcome.DONE
