"""Middleware: who calls, may they, and is the body of a size that is taken; only then is the body asked for."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from libs.common.errors import Forbidden, TooLarge, Unauthenticated
from libs.common.jobs.model import Requester
from services.gateway.auth.forgery import CSRF_HEADER, SAFE_METHODS, check_token
from services.gateway.auth.loopback import OPERATOR, comes_from_operator
from services.gateway.auth.session import SESSION_COOKIE, VISIT_COOKIE, Purpose, SessionEnded, SignedIn
from services.gateway.continuing import ask_for_body
from services.gateway.edge import edge_of
from services.gateway.routing import Handler, endpoint_of

FORM_OVERHEAD: Final = 64 * 1024
"""Bytes of a multipart body beside the file: boundaries, part headers, small fields."""

CALLER: Final = web.RequestKey("caller", Requester)
SIGNED_IN: Final = web.RequestKey("signed_in", SignedIn)
"""Set where the caller is known by its session."""


def caller_of(request: web.Request) -> Requester:
    """Who sent an admitted request to a route that is not public."""
    return request[CALLER]


@web.middleware
async def admission(request: web.Request, handler: Handler) -> web.StreamResponse:
    endpoint = endpoint_of(request)
    if endpoint is None:
        if request.match_info.http_exception is None:
            raise Forbidden("This address says nothing of who may call it.")
        return await handler(request)
    if endpoint.access.role is not None:
        caller = await _authenticate(request)
        request[CALLER] = caller
        endpoint.access.check(caller)
        await edge_of(request).rate.admit(caller.email)
    if endpoint.body_limit is not None:
        _check_declared_size(request, endpoint.body_limit(edge_of(request).parts.limits))
        await ask_for_body(request)
    return await handler(request)


async def _authenticate(request: web.Request) -> Requester:
    """A token that is given decides, also when it is wrong. Raises: Unauthenticated, Forged."""
    edge = edge_of(request)
    authorization = request.headers.get(hdrs.AUTHORIZATION)
    if authorization is not None:
        return await edge.bearer.holder(authorization)
    signed_in = await session_of(request)
    if signed_in is not None:
        if request.method not in SAFE_METHODS:
            check_token(request.headers.get(CSRF_HEADER), signed_in.csrf_token)
        request[SIGNED_IN] = signed_in
        return signed_in.requester
    if edge.trusts_loopback and comes_from_operator(request.headers, port=edge.parts.settings.port):
        return OPERATOR
    if SESSION_COOKIE in request.cookies:
        raise SessionEnded
    raise Unauthenticated("Send a token: `Authorization: Bearer TOKEN`.")


async def session_of(request: web.Request) -> SignedIn | None:
    """The session of the request's cookie, if it still counts."""
    return await _find(request, SESSION_COOKIE, Purpose.PLATFORM)


async def visit_of(request: web.Request) -> SignedIn | None:
    """The same at the experiments' own origin."""
    return await _find(request, VISIT_COOKIE, Purpose.EXPERIMENTS)


async def _find(request: web.Request, cookie: str, purpose: Purpose) -> SignedIn | None:
    secret = request.cookies.get(cookie)
    if not secret:
        return None
    try:
        return await edge_of(request).sessions.find(secret, purpose)
    except SessionEnded:
        return None


def _check_declared_size(request: web.Request, limit: int) -> None:
    if request.content_length is not None and request.content_length > limit + FORM_OVERHEAD:
        raise TooLarge(f"The body has {request.content_length:,} bytes; at most {limit:,} are taken here.")
