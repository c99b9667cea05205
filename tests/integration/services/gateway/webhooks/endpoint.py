"""A system of somebody else's, which takes webhooks as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook as Verifier

from tests.servers.binaries import free_port


@dataclass
class Endpoint:
    """`statuses` are answered in their order, and 204 from then on."""

    port: int
    statuses: list[int] = field(default_factory=list)
    secret: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)
    """Events that it took."""
    tried: list[str] = field(default_factory=list)
    """Id of each request, taken or not."""
    hang: asyncio.Event | None = None
    """Nothing is answered before it is set."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def event_ids(self) -> list[str]:
        return [str(event["id"]) for event in self.received]

    async def take(self, request: web.Request) -> web.Response:
        body = await request.text()
        event: dict[str, Any] = Verifier(self.secret).verify(body, dict(request.headers))
        assert request.content_type == "application/cloudevents+json"
        assert request.headers["webhook-id"] == event["id"]
        self.tried.append(event["id"])
        if self.hang is not None:
            await self.hang.wait()
        status = self.statuses.pop(0) if self.statuses else 204
        if status < 300:
            self.received.append(event)
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status == 302 else {})


@asynccontextmanager
async def listening(**how: Any) -> AsyncIterator[Endpoint]:
    endpoint = Endpoint(free_port(), **how)
    application = web.Application()
    application.router.add_post("/hook", endpoint.take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", endpoint.port).start()
    try:
        yield endpoint
    finally:
        if endpoint.hang is not None:
            endpoint.hang.set()
        await runner.cleanup()
