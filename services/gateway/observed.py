"""Middleware: each request is a span, and is counted while it is answered. The access log times it to its last byte."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from libs.common.telemetry.jobs import traced_logs
from libs.common.telemetry.metrics import HTTP_IN_PROGRESS, HTTP_SECONDS
from libs.common.telemetry.tracing import span, trace_id
from services.gateway.routing import Handler
from services.gateway.submit import caller_traceparent

ROUTE: Final = web.RequestKey("route", str)
"""The pattern that the address fits; absent where a request could not even be read."""
TRACE: Final = web.RequestKey("trace", str)
"""Set where requests are traced."""
UNKNOWN: Final = "other"
"""Stands for methods and addresses that are not ours: a label has few values, whatever callers send."""


@web.middleware
async def observed(request: web.Request, handler: Handler) -> web.StreamResponse:
    route = request[ROUTE] = _pattern(request)
    name = f"{known_method(request.method)} {route}"
    with (
        HTTP_IN_PROGRESS.track_inprogress(),
        span(name, parent=caller_traceparent(request), kind="server"),
        traced_logs(),
    ):
        if trace := trace_id():
            request[TRACE] = trace
        return await handler(request)


def count(request: web.BaseRequest, status: int, seconds: float) -> None:
    """To be called when the answer has gone out."""
    HTTP_SECONDS.labels(known_method(request.method), route_of(request), str(status)).observe(seconds)


def route_of(request: web.BaseRequest) -> str:
    route = request.get(ROUTE)
    return route if isinstance(route, str) else UNKNOWN


def _pattern(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else UNKNOWN


def known_method(method: str) -> str:
    return method if method in hdrs.METH_ALL else UNKNOWN
