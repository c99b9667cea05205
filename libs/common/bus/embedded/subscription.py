"""A subscription: a queue that matching events are copied to, and a consumer of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import structlog

from libs.common.bus import BusUnavailable, Listener
from libs.common.bus.embedded.consumer import Consumer
from libs.common.bus.embedded.store import MessageStore
from libs.common.bus.embedded.subscriptions import Subscriptions

log = structlog.get_logger(__name__)

RENEWALS_PER_LIFE = 3


class Subscription:
    def __init__(
        self,
        subscriptions: Subscriptions,
        messages: MessageStore,
        queue: str,
        patterns: Sequence[str],
        ready: Listener | None,
    ) -> None:
        self._subscriptions = subscriptions
        self._messages = messages
        self._queue = queue
        self._patterns = patterns
        self._ready = ready

    @asynccontextmanager
    async def durable(self, consumer: Consumer) -> AsyncIterator[None]:
        """Its queue outlives us, so it misses nothing. Raises: BusUnavailable."""
        await self._subscriptions.register(self._queue, self._patterns, is_private=False)
        async with consumer:
            await self._tell_ready()
            yield

    @asynccontextmanager
    async def private(self, consumer: Consumer) -> AsyncIterator[None]:
        """Its queue goes with us, or soon after our process. Raises: BusUnavailable."""
        await self._subscriptions.register(self._queue, self._patterns, is_private=True)
        keeper = asyncio.create_task(self._keep_alive())
        try:
            async with consumer:
                await self._tell_ready()
                yield
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            with suppress(BusUnavailable):
                await self._subscriptions.remove(self._queue)
                await self._messages.clear(self._queue)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self._subscriptions.private_seconds / RENEWALS_PER_LIFE)
            try:
                if not await self._subscriptions.renew(self._queue):
                    await self._subscriptions.register(self._queue, self._patterns, is_private=True)
                    await self._tell_ready()
            except BusUnavailable as error:
                log.warning("A subscription could not be renewed", queue=self._queue, error=error.detail)

    async def _tell_ready(self) -> None:
        if self._ready is None:
            return
        try:
            await self._ready()
        except Exception:  # the listener's mistake must not end the subscription
            log.exception("A listener failed when its subscription was ready")
