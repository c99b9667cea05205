"""Which headers go through to a host, and which of its answer's come back."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from aiohttp import hdrs, web
from multidict import CIMultiDict, MultiMapping
from yarl import URL

from libs.common.hosting import TOKEN_HEADER, USER_HEADER, sign_user
from libs.common.jobs.model import Requester
from services.gateway.auth.session import SESSION_COOKIE, VISIT_COOKIE
from services.gateway.proxy.hold import Host
from services.gateway.proxy.visitor import Visitor

HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""RFC 9110 §7.6.1; besides, whatever `Connection` names."""
NOT_PASSED: Final = ("x-entrepot-", "x-forwarded-", "forwarded", "x-real-ip", "sec-websocket-")
"""Beginnings of names of which a client's own word counts for nothing. Besides, each of the two connections of a
WebSocket has its own handshake."""
OUR_COOKIES: Final = frozenset({SESSION_COOKIE, VISIT_COOKIE})
EXPECT: Final = "expect"
"""`100 Continue` is answered here."""


def request_headers(
    request: web.Request, visitor: Visitor, host: Host, *, public: URL | None = None
) -> CIMultiDict[str]:
    """The client's headers without what was for us, and what a host believes (docs/hosting.md).

    `public` is what browsers call this gateway, where that is another address than the one it was asked by.
    """
    dropped = HOP_BY_HOP | _named_by_connection(request.headers) | {EXPECT}
    headers: CIMultiDict[str] = CIMultiDict()
    for name, value in request.headers.items():
        lower = name.lower()
        if lower in dropped or lower.startswith(NOT_PASSED):
            continue
        if lower == "authorization" and visitor.by_token:
            continue
        kept = without_session(value) if lower == "cookie" else value
        if kept or not value:
            headers.add(name, kept)
    headers.update(_from_us(request, visitor.caller, host, public))
    return headers


def answer_headers(received: MultiMapping[str]) -> CIMultiDict[str]:
    """The experiment's own headers; its cookies too, save those that would pass for ours."""
    dropped = HOP_BY_HOP | _named_by_connection(received)
    headers: CIMultiDict[str] = CIMultiDict()
    for name, value in received.items():
        if name.lower() in dropped or (name.lower() == "set-cookie" and _name_of(value) in OUR_COOKIES):
            continue
        headers.add(name, value)
    return headers


def without_session(cookie: str) -> str:
    """A `Cookie` header without our cookies, all others as they were written."""
    kept = [pair for pair in cookie.split(";") if _name_of(pair) not in OUR_COOKIES]
    return ";".join(kept).strip()


def _from_us(
    request: web.Request, caller: Requester | None, host: Host, public: URL | None
) -> dict[str, str]:
    headers = {
        TOKEN_HEADER: host.token,
        "X-Forwarded-For": request.remote or "",
        "X-Forwarded-Proto": public.scheme if public else request.scheme,
        "X-Forwarded-Host": (public.host_port_subcomponent if public else None) or request.host,
    }
    if caller:
        headers[USER_HEADER] = _signed(caller.email, caller.role, host.token)
    return headers


@lru_cache(maxsize=1_000)
def _signed(email: str, role: str, token: str) -> str:
    """The same for each request of somebody to an experiment."""
    return sign_user({"user_id": email, "email": email, "role": role}, token)


def _named_by_connection(headers: MultiMapping[str]) -> frozenset[str]:
    return frozenset(
        name.strip().lower() for name in ",".join(headers.getall(hdrs.CONNECTION, [])).split(",")
    )


def _name_of(cookie_pair: str) -> str:
    return cookie_pair.partition("=")[0].strip()
