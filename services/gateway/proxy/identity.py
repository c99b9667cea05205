"""Who sends a request to an experiment. Unlike elsewhere, `Authorization` may be meant for the experiment itself."""

from __future__ import annotations

from aiohttp import hdrs, web

from libs.common.errors import Unauthenticated
from libs.common.tokens import PREFIX
from services.gateway.admission import session_of, visit_of
from services.gateway.auth.loopback import OPERATOR, comes_from_operator
from services.gateway.edge import edge_of
from services.gateway.proxy.origin import OWN_ORIGIN
from services.gateway.proxy.visitor import Visitor


async def identify(request: web.Request) -> Visitor:
    """Raises: Unauthenticated, for a token of ours that is worth nothing any more."""
    edge = edge_of(request)
    if authorization := request.headers.get(hdrs.AUTHORIZATION):
        try:
            return Visitor(await edge.bearer.holder(authorization), by_token=True)
        except Unauthenticated:
            if authorization.partition(" ")[2].strip().startswith(PREFIX):
                raise
    origin = request.app.get(OWN_ORIGIN)
    # Browsers do not tell ports apart when they send cookies, so each may come to an origin where it means nothing.
    if signed_in := await (visit_of(request) if origin else session_of(request)):
        return Visitor(signed_in.requester)
    port = origin.port if origin else edge.parts.settings.port
    if edge.trusts_loopback and comes_from_operator(request.headers, port=port):
        return Visitor(OPERATOR)
    return Visitor(None)
