"""Noticing that a client has gone while nothing is read from it or written to it."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final

from aiohttp import web

LOOK_SECONDS: Final = 0.5
"""aiohttp tells handlers of a lost connection only by its transport, so that is looked at."""


class ClientGone(ConnectionResetError):
    """The client closed the connection before it had its answer."""


class while_connected:  # noqa: N801  reads as the phrase it is: async with while_connected(request)
    """Cancel what runs inside when the client has gone. Raises: ClientGone.

    A timer instead of a task, and a class instead of a generator: each request to an experiment passes here.
    """

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._end = asyncio.timeout(None)
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> None:
        await self._end.__aenter__()
        self._timer = self._loop.call_later(LOOK_SECONDS, self._look)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        try:
            await self._end.__aexit__(kind, error, trace)
        except TimeoutError:
            raise ClientGone from None

    def _look(self) -> None:
        transport = self._request.transport
        if transport is None or transport.is_closing():
            self._end.reschedule(self._loop.time())
        else:
            self._timer = self._loop.call_later(LOOK_SECONDS, self._look)
