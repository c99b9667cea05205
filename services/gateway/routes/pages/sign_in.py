"""Sign in with a token, sign out, and who is signed in."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web

from libs.common.errors import EntrepotError, TooMany, Unauthenticated
from libs.common.jobs.model import Requester, Role
from services.gateway.accepts import wants_page
from services.gateway.admission import CALLER, SIGNED_IN, session_of
from services.gateway.answers import answer, see_other
from services.gateway.auth.access import PUBLIC, VIEWER
from services.gateway.auth.forgery import CSRF_FIELD, check_origin, check_token
from services.gateway.auth.session import SESSION_COOKIE, SESSION_LIFE, Opened
from services.gateway.edge import edge_of
from services.gateway.pages.reader import Reader
from services.gateway.pages.rendering import page
from services.gateway.resources.model import HttpModel
from services.gateway.routing import Endpoint

HOME: Final = "/"


class SessionResource(HttpModel):
    """Who is signed in; scripts send `csrf_token` with whatever changes something."""

    email: str
    role: Role
    csrf_token: str

    @classmethod
    def of(cls, requester: Requester, csrf_token: str) -> SessionResource:
        return cls(email=requester.email, role=requester.role, csrf_token=csrf_token)


async def show_sign_in(request: web.Request) -> web.StreamResponse:
    return await _form(request, next_=own_address(request.query.get("next")), problem=None)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Open a session; a script is told of it in JSON. Raises: Forged, InvalidToken, TooManySignIns."""
    check_origin(request.headers)
    form = await request.post()
    next_ = own_address(str(form.get("next", HOME)))
    try:
        opened = await _open(request, str(form.get("token", "")).strip())
    except (Unauthenticated, TooMany) as error:
        if not wants_page(request):
            raise
        return await _form(request, next_=next_, problem=error)
    signed_in = opened.signed_in
    request[CALLER] = signed_in.requester
    if wants_page(request):
        response = see_other(next_)
    else:
        response = answer(SessionResource.of(signed_in.requester, signed_in.csrf_token))
    response.set_cookie(
        SESSION_COOKIE,
        opened.cookie,
        max_age=int(SESSION_LIFE.total_seconds()),
        secure=_is_https(request),
        httponly=True,
        samesite="Strict",
    )
    return response


async def sign_out(request: web.Request) -> web.StreamResponse:
    """Raises: Forged."""
    signed_in = await session_of(request)
    if signed_in is not None:
        form = await request.post()
        check_token(str(form.get(CSRF_FIELD, "")), signed_in.csrf_token)
        await edge_of(request).sessions.close(request.cookies[SESSION_COOKIE])
    response = see_other("/login")
    response.del_cookie(SESSION_COOKIE, secure=_is_https(request), httponly=True, samesite="Strict")
    return response


async def show_session(request: web.Request) -> web.StreamResponse:
    return answer(SessionResource.of(request[CALLER], Reader.of(request).csrf_token))


def own_address(address: str | None) -> str:
    """A path of this gateway, or the home page: nobody is sent elsewhere after a sign-in."""
    if address is None or not address.startswith("/") or address[1:2] in {"/", "\\"}:
        return HOME
    return address if address.isprintable() else HOME


async def _open(request: web.Request, token: str) -> Opened:
    attempts, address = edge_of(request).attempts, request.remote or ""
    attempts.check(address)
    try:
        return await edge_of(request).sessions.open(token)
    except Unauthenticated:
        attempts.failed(address)
        raise


async def _form(request: web.Request, *, next_: str, problem: EntrepotError | None) -> web.Response:
    signed_in = await session_of(request)
    if signed_in is not None:
        request[SIGNED_IN], request[CALLER] = signed_in, signed_in.requester
    response = await page(
        request,
        "sign_in.html",
        status=problem.status if problem else HTTPStatus.OK,
        next=next_,
        problem=problem,
        has_expired=SESSION_COOKIE in request.cookies and signed_in is None,
    )
    if isinstance(problem, Unauthenticated):
        response.headers[hdrs.WWW_AUTHENTICATE] = 'Bearer realm="entrepot"'
    return response


def _is_https(request: web.Request) -> bool:
    """As browsers see it, also behind a proxy that ends TLS."""
    return edge_of(request).parts.settings.base_url.startswith("https://") or request.secure


ENDPOINTS: Final = [
    Endpoint("GET", "/login", show_sign_in, PUBLIC),
    Endpoint("POST", "/login", sign_in, PUBLIC),
    Endpoint("POST", "/logout", sign_out, PUBLIC),
    Endpoint("GET", "/session", show_session, VIEWER),
]
