"""Errors as people see them: a page in the common layout, with what happened and what to do next."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from aiohttp import hdrs, web
from pydantic import BaseModel

from libs.common.errors import Problem
from services.gateway.accepts import wants_page
from services.gateway.headers import FOREIGN
from services.gateway.pages.rendering import page
from services.gateway.problems import MEDIA_TYPE
from services.gateway.routing import Handler

ADVICE: Final = {
    HTTPStatus.BAD_REQUEST: "Check what was sent; the points below say what does not fit.",
    HTTPStatus.FORBIDDEN: "Ask an administrator for a token with a higher role, or sign in with another one.",
    HTTPStatus.NOT_FOUND: "Check the address. It may have been deleted, or you may not be allowed to see it.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Follow the links of the pages; this address is meant for programs.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Send something smaller.",
    HTTPStatus.TOO_MANY_REQUESTS: "Wait a minute, then try again.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Reload. If it happens again, report it together with the id below.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Reload in a few seconds. If it stays so, look at the logs of the services.",
}
KEPT_HEADERS: Final = (hdrs.ALLOW, hdrs.RETRY_AFTER, hdrs.WWW_AUTHENTICATE)
REFRESH: Final = "Refresh"


class Details(BaseModel):
    """Problem details (RFC 9457) as our answers carry them."""

    title: str
    status: int
    detail: str
    errors: list[Problem] = []
    instance: str | None = None
    job_id: str | None = None


@web.middleware
async def for_people(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Where a browser shows the answer to a person, a problem of ours becomes a page."""
    answer = await handler(request)
    if not isinstance(answer, web.Response) or answer.get(FOREIGN) or answer.content_type != MEDIA_TYPE:
        return answer
    if not wants_page(request) or not isinstance(answer.body, bytes):
        return answer
    if answer.status == HTTPStatus.UNAUTHORIZED and request.method == hdrs.METH_GET:
        return _to_sign_in(request)
    shown = await error_page(request, Details.model_validate_json(answer.body))
    shown.headers.update({name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers})
    return shown


async def error_page(request: web.Request, details: Details) -> web.Response:
    advice = ADVICE.get(HTTPStatus(details.status), "")
    return await page(request, "error.html", status=details.status, details=details, advice=advice)


def _to_sign_in(request: web.Request) -> web.Response:
    """To the sign-in, and back afterwards.

    A link on another site brings no `SameSite=Strict` cookie, so whoever follows one may well be signed in: the first
    answer makes the browser ask again, now from here.
    """
    here = request.rel_url.raw_path_qs
    if request.headers.get("Sec-Fetch-Site") == "cross-site" and not request.path.startswith("/api/"):
        return web.Response(headers={REFRESH: f"0;url={here}"}, content_type="text/html", text="")
    return web.Response(status=303, headers={hdrs.LOCATION: f"/login?next={quote(here, safe='')}"})
