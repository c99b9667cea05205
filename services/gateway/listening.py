"""An application on a port of this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from libs.common.errors import Misconfigured
from libs.common.parts import Parts
from services.gateway.access_log import SERVER_LOG, AccessLog

IDLE_CONNECTION_SECONDS: Final = 75.0
"""A connection without a whole request for so long is closed; above the 60 s of common proxies in front."""
BACKLOG: Final = 1024


@asynccontextmanager
async def listening(application: web.Application, parts: Parts, port: int) -> AsyncIterator[None]:
    """Serve on `HOST` and this port while entered; leaving lets requests end. Raises: Misconfigured."""
    runner = web.AppRunner(
        application,
        access_log_class=AccessLog,
        logger=SERVER_LOG,
        keepalive_timeout=IDLE_CONNECTION_SECONDS,
        shutdown_timeout=parts.limits.drain_seconds,
    )
    await runner.setup()
    try:
        host = parts.settings.host
        try:
            await web.TCPSite(runner, host, port, backlog=BACKLOG).start()
        except OSError as error:
            raise Misconfigured(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
        yield
    finally:
        await runner.cleanup()
