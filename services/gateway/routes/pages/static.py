"""Files that pages are made of."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from services.gateway.auth.access import PUBLIC
from services.gateway.pages.assets import AssetNotFound, assets
from services.gateway.routing import Endpoint

FOREVER: Final = "public, max-age=31536000, immutable"
CHECK_EACH_TIME: Final = "no-cache"
"""For a page of another version, as while gateways are being replaced: its file may differ from this one."""


async def static_file(request: web.Request) -> web.StreamResponse:
    """Raises: AssetNotFound."""
    known, digest = assets(), request.match_info["digest"]
    asset = known.files.get(request.match_info["name"])
    if asset is None:
        raise AssetNotFound
    caching = FOREVER if digest == known.digest else CHECK_EACH_TIME
    return web.Response(
        body=asset.content,
        headers={hdrs.CONTENT_TYPE: asset.media_type, hdrs.CACHE_CONTROL: caching},
    )


ENDPOINTS: Final = [Endpoint("GET", "/static/{digest}/{name:.*}", static_file, PUBLIC)]
