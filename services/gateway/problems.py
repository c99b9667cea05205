"""Middleware: every error leaves as `application/problem+json` (RFC 9457), and none with details of our inside."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import orjson
import structlog
from aiohttp import ClientConnectionError, hdrs, web
from pymongo.errors import ConnectionFailure, PyMongoError

from libs.common.database.client import DatabaseUnavailable
from libs.common.errors import EntrepotError, TooLarge, Unauthenticated
from libs.common.events.envelope import new_id
from services.gateway.routing import Handler

MEDIA_TYPE: Final = "application/problem+json"
KEPT_HEADERS: Final = (hdrs.ALLOW, hdrs.CONTENT_RANGE)
UNAVAILABLE_RETRY_SECONDS: Final = 5
CHALLENGE: Final = 'Bearer realm="entrepot"'

log = structlog.get_logger(__name__)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except EntrepotError as error:
        return of_error(error)
    except web.HTTPException as answer:
        return _of_http_exception(answer)
    except (ConnectionError, ClientConnectionError):
        raise  # the client has gone: there is nobody to answer
    except Exception as error:  # whatever it is, the caller gets an answer
        if _is_outage(error):
            return of_error(DatabaseUnavailable(f"The database cannot be reached: {type(error).__name__}."))
        incident = new_id()
        log.exception("unexpected error", incident=incident, method=request.method)
        return _unexpected(incident)


def respond(body: dict[str, Any], *, headers: dict[str, str] | None = None) -> web.Response:
    """A problem from its members; `status` is one of them."""
    return web.Response(
        body=orjson.dumps(body), status=body["status"], content_type=MEDIA_TYPE, headers=headers
    )


def of_error(error: EntrepotError) -> web.Response:
    """The answer to an error of our tree."""
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("a request failed", code=error.code, reason=error.detail)
    response = respond(error.as_problem_details(), headers=_headers(error))
    if isinstance(error, TooLarge):
        response.force_close()
    return response


def _headers(error: EntrepotError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {hdrs.WWW_AUTHENTICATE: CHALLENGE}
    if error.status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        return {hdrs.RETRY_AFTER: str(error.extensions.get("retry_after", UNAVAILABLE_RETRY_SECONDS))}
    return {}


def _of_http_exception(answer: web.HTTPException) -> web.StreamResponse:
    """What aiohttp answers itself: no such address, no such method, a request that cannot be read."""
    if answer.status < HTTPStatus.BAD_REQUEST:
        raise answer
    status = HTTPStatus(answer.status)
    body = {
        "type": f"urn:entrepot:problem:{status.phrase.lower().replace(' ', '-')}",
        "title": status.phrase,
        "status": status.value,
        "detail": status.description or status.phrase,
    }
    kept = {str(name): answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
    return respond(body, headers=kept)


def _is_outage(error: Exception) -> bool:
    """Of the database: it is away, or did not answer in time."""
    return isinstance(error, ConnectionFailure) or (isinstance(error, PyMongoError) and error.timeout)


def _unexpected(incident: str) -> web.Response:
    """A fault of ours: the log has the trace, the caller an id to ask about."""
    error = EntrepotError("Something went wrong here; the log has the details under this id.")
    return respond(error.as_problem_details() | {"instance": f"urn:uuid:{incident}"})
