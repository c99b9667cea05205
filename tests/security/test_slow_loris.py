"""Connections that say nothing, or one byte now and then, keep nobody from being answered.

That each of them ends is tested beside the gateway (`test_slow_clients`).
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from libs.common.jobs.model import Role
from tests.integration.services.gateway.house import Gateway

CONNECTIONS = 400
BEGINNINGS = (
    b"",
    b"GET /livez HT",
    b"GET /livez HTTP/1.1\r\nHost: x\r\nX-",
    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nContent-Type: text/plain\r\n\r\na",
)


async def test_others_are_answered_meanwhile(gateway: Gateway) -> None:
    port, headers = gateway.parts.settings.port, await gateway.token(Role.VIEWER)
    async with AsyncExitStack() as held:
        for number in range(CONNECTIONS):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            held.callback(writer.close)
            writer.write(BEGINNINGS[number % len(BEGINNINGS)])
        async with asyncio.timeout(20):
            for _ in range(20):
                async with gateway.http.get("/api/jobs", headers=headers) as response:
                    assert response.status == 200
