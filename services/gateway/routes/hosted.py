"""`/experiments/{slug}/…`: the experiments themselves."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from libs.common.errors import EntrepotError
from libs.common.settings import Settings
from services.gateway.accepts import wants_page
from services.gateway.admission import CALLER, session_of
from services.gateway.answers import see_other
from services.gateway.auth.access import PUBLIC
from services.gateway.auth.session import SESSION_COOKIE, VISIT_COOKIE, SessionEnded
from services.gateway.edge import edge_of
from services.gateway.proxy.identity import identify
from services.gateway.proxy.origin import ARRIVAL, OWN_ORIGIN, Origin, by_ticket, elsewhere
from services.gateway.proxy.pages import refuse
from services.gateway.proxy.visitor import Visitor
from services.gateway.routing import ANY_METHOD, Endpoint


async def hosted(request: web.Request) -> web.StreamResponse:
    """Whatever the experiment answers, after its own policy has let the caller in."""
    visitor = Visitor(None)
    slug, passage = request.match_info["slug"], edge_of(request).passage
    try:
        experiment = await passage.experiments.find(slug)
        visitor = await identify(request)
        experiment.entrance.check(visitor.caller)
        if visitor.caller:
            request[CALLER] = visitor.caller
        return await passage.take(request, slug, visitor)
    except EntrepotError as error:
        return refuse(request, error, visitor.caller)


async def add_slash(request: web.Request) -> web.StreamResponse:
    """Pages of experiments name their files relative to `/experiments/{slug}/`."""
    try:
        experiment = await edge_of(request).passage.experiments.find(request.match_info["slug"])
    except EntrepotError as error:
        return refuse(request, error, None)
    query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
    location = f"/experiments/{experiment.slug}/{query}"
    return web.Response(status=307, headers={hdrs.LOCATION: location})


async def arrive(request: web.Request) -> web.StreamResponse:
    """Turn a ticket into a visit; whose ticket is worth nothing goes on as a guest."""
    next_ = request.query.get("next", "")
    response = see_other(next_ if next_.startswith(ROOT) and next_.isprintable() else ROOT)
    try:
        opened = await edge_of(request).sessions.visit(request.query.get("ticket", ""))
    except SessionEnded:
        return response
    response.set_cookie(
        VISIT_COOKIE,
        opened.cookie,
        path=ROOT,
        secure=request.app[OWN_ORIGIN].url.scheme == "https",
        httponly=True,
        samesite="Lax",
    )
    return response


ROOT: Final = "/experiments/"
PATH: Final = "/experiments/{slug}/{rest:.*}"
BARE_PATH: Final = "/experiments/{slug:[^/]+}"
ENDPOINTS: Final = [
    Endpoint(ANY_METHOD, PATH, hosted, PUBLIC, body_limit=None),
    Endpoint(ANY_METHOD, BARE_PATH, add_slash, PUBLIC, body_limit=None),
]

OWN_ENDPOINTS: Final = [Endpoint("GET", ARRIVAL, arrive, PUBLIC), *ENDPOINTS]
"""Of the experiments' own origin."""


def endpoints(settings: Settings) -> list[Endpoint]:
    """Of the gateway's own origin: the experiments, or the way to where they are. Raises: Misconfigured."""
    origin = Origin.of(settings)
    if origin is None:
        return ENDPOINTS

    async def moved(request: web.Request) -> web.StreamResponse:
        if request.method == hdrs.METH_GET and wants_page(request) and await session_of(request):
            ticket = await edge_of(request).sessions.ticket(request.cookies[SESSION_COOKIE])
            return by_ticket(request, origin, ticket)
        return elsewhere(request, origin)

    return [Endpoint(ANY_METHOD, path, moved, PUBLIC, body_limit=None) for path in (PATH, BARE_PATH)]
