"""One line per request. The route's pattern is logged, never the address: it may hold a signed link."""

from __future__ import annotations

import logging
from typing import Final

import structlog
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.http_exceptions import HttpProcessingError

from services.gateway.admission import CALLER
from services.gateway.observed import ROUTE, TRACE, UNKNOWN, count

NAMED: Final = ("slug", "job_id", "export_id")
"""Parts of addresses that tell what a request was about, and are no secret."""
PROBES: Final = frozenset({"/livez", "/livez/", "/readyz", "/readyz/"})
"""Asked every few seconds by whoever runs us; nobody wants to read of it."""

log = structlog.get_logger(__name__)


def _is_told(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)


SERVER_LOG: Final = logging.getLogger("services.gateway.server")
"""What aiohttp itself has to say, without requests that cannot be read: the error would quote them with their secrets,
and the line of the request tells of them, too."""
SERVER_LOG.addFilter(_is_told)


class AccessLog(AbstractAccessLogger):
    """aiohttp calls `log` when an answer has gone out."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        count(request, response.status, time)
        about = _about(request)
        log.log(
            logging.DEBUG if about.get("route") in PROBES else logging.INFO,
            "request",
            method=request.method,
            status=response.status,
            ms=round(time * 1000, 1),
            bytes=response.body_length,
            **about,
        )

    @property
    def enabled(self) -> bool:
        return True


def _about(request: web.BaseRequest) -> dict[str, str | None]:
    if not isinstance(request, web.Request) or ROUTE not in request:  # it could not even be read
        return {}
    route = request[ROUTE]
    traced = {"trace": request[TRACE]} if TRACE in request else {}
    return {
        "route": None if route == UNKNOWN else route,
        "caller": request[CALLER].email if CALLER in request else None,
        **{name: request.match_info[name] for name in NAMED if name in request.match_info},
        **traced,
    }
