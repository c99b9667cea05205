"""`/experiments/{slug}/…`: the experiments themselves."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from libs.common.errors import EntrepotError
from libs.common.settings import Settings
from services.gateway.admission import CALLER
from services.gateway.auth.access import PUBLIC
from services.gateway.edge import edge_of
from services.gateway.proxy.identity import identify
from services.gateway.proxy.origin import Origin, elsewhere
from services.gateway.proxy.pages import refuse
from services.gateway.proxy.policy import check_access
from services.gateway.proxy.visitor import Visitor
from services.gateway.routing import ANY_METHOD, Endpoint


async def hosted(request: web.Request) -> web.StreamResponse:
    """Whatever the experiment answers, after its own policy has let the caller in."""
    visitor = Visitor(None)
    slug, passage = request.match_info["slug"], edge_of(request).passage
    try:
        experiment = await passage.experiments.find(slug)
        visitor = await identify(request)
        check_access(experiment.manifest, visitor.caller)
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


PATH: Final = "/experiments/{slug}/{rest:.*}"
BARE_PATH: Final = "/experiments/{slug:[^/]+}"
ENDPOINTS: Final = [
    Endpoint(ANY_METHOD, PATH, hosted, PUBLIC, body_limit=None),
    Endpoint(ANY_METHOD, BARE_PATH, add_slash, PUBLIC, body_limit=None),
]


def endpoints(settings: Settings) -> list[Endpoint]:
    """Of the gateway's own origin: the experiments, or the way to where they are. Raises: Misconfigured."""
    origin = Origin.of(settings)
    if origin is None:
        return ENDPOINTS

    async def moved(request: web.Request) -> web.StreamResponse:
        return elsewhere(request, origin)

    return [Endpoint(ANY_METHOD, path, moved, PUBLIC, body_limit=None) for path in (PATH, BARE_PATH)]
