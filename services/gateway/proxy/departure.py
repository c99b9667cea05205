"""Noticing that a client has gone while nothing is read from it or written to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

LOOK_SECONDS: Final = 0.5
"""aiohttp tells handlers of a lost connection only by its transport, so that is looked at."""


class ClientGone(ConnectionResetError):
    """The client closed the connection before it had its answer."""


@asynccontextmanager
async def while_connected(request: web.Request) -> AsyncIterator[None]:
    """Cancel what runs inside when the client has gone. Raises: ClientGone."""
    try:
        async with asyncio.timeout(None) as end:
            watch = _Watch(request, end)
            try:
                yield
            finally:
                watch.stop()
    except TimeoutError:
        if end.expired():
            raise ClientGone from None
        raise


class _Watch:
    """A timer instead of a task: it costs a request next to nothing."""

    def __init__(self, request: web.Request, end: asyncio.Timeout) -> None:
        self._request = request
        self._end = end
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(LOOK_SECONDS, self._look)

    def stop(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        transport = self._request.transport
        if transport is None or transport.is_closing():
            self._end.reschedule(self._loop.time())
        else:
            self._timer = self._loop.call_later(LOOK_SECONDS, self._look)
