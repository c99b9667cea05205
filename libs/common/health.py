"""What whoever runs a service asks it: `/livez` (the loop turns), `/readyz` (its parts answer) and `/metrics`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from libs.common.errors import Unavailable
from libs.common.parts import Parts
from libs.common.telemetry.exposition import metrics


def probes(parts: Parts) -> list[web.RouteDef]:
    """The two routes, for any aiohttp application."""

    async def livez(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        try:
            await parts.check()
        except Unavailable as error:
            return web.json_response({"status": "unavailable", "detail": error.detail}, status=503)
        return web.json_response({"status": "ok"})

    return [web.get("/livez", livez), web.get("/readyz", readyz)]


@asynccontextmanager
async def serve_health(parts: Parts) -> AsyncIterator[None]:
    """Answer probes and scrapes on `HEALTH_PORT` while entered; without the setting, nothing listens."""
    port = parts.settings.health_port
    if port is None:
        yield
        return

    async def scrape(_: web.Request) -> web.Response:
        return await metrics(parts)

    application = web.Application()
    application.add_routes([*probes(parts), web.get("/metrics", scrape)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, parts.settings.host, port).start()
    try:
        yield
    finally:
        await runner.cleanup()
