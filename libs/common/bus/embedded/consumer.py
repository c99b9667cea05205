"""A consumer that claims while it has a free slot, renews what it holds, and drains when it stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from types import TracebackType

import structlog

from libs.common.bus import BusUnavailable
from libs.common.bus.embedded.store import Delivery, MessageStore
from libs.common.bus.embedded.wakeups import Wakeups
from libs.common.bus.retries import DRAIN_SECONDS

log = structlog.get_logger(__name__)

Deliver = Callable[[Delivery], Awaitable[None]]

POLL_SECONDS = 5.0
"""An idle consumer looks by itself this often: for expired leases, of which no change stream tells."""
RENEWALS_PER_LEASE = 3


class Consumer:
    """Runs `deliver` for each message of one queue, at most `slots` at the same time."""

    def __init__(
        self,
        store: MessageStore,
        wakeups: Wakeups,
        queue: str,
        deliver: Deliver,
        *,
        slots: int,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._store = store
        self._wakeups = wakeups
        self._queue = queue
        self._deliver = deliver
        self._free = asyncio.Semaphore(slots)
        self._poll_seconds = poll_seconds
        self._under_way: dict[asyncio.Task[None], Delivery] = {}
        self._is_stopping = False
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> None:
        self._wake = await self._stack.enter_async_context(self._wakeups.listen(self._queue))
        self._dispatcher = asyncio.create_task(self._dispatch())
        self._renewer = asyncio.create_task(self._renew())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self._drain()
        finally:
            await self._end()

    async def _dispatch(self) -> None:
        while True:
            await self._free.acquire()
            # Cleared before the look, so that what arrives during it wakes us again.
            self._wake.clear()
            if self._is_stopping:
                return
            delivery = await self._claim()
            if delivery is None:
                self._free.release()
                await self._sleep()
            else:
                task = asyncio.create_task(self._handle(delivery))
                self._under_way[task] = delivery
                task.add_done_callback(self._finished)

    async def _claim(self) -> Delivery | None:
        try:
            return await self._store.claim(self._queue)
        except BusUnavailable as error:
            log.warning("A queue could not be looked at", queue=self._queue, error=error.detail)
            return None

    async def _sleep(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll_seconds):
                await self._wake.wait()

    async def _handle(self, delivery: Delivery) -> None:
        try:
            await self._deliver(delivery)
        except BusUnavailable as error:
            log.warning(
                "A message could not be settled and comes again", message=delivery.id, error=error.detail
            )

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self._free.release()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._store.lease_seconds / RENEWALS_PER_LEASE)
            held = list(self._under_way.values())
            if not held:
                continue
            try:
                await self._store.renew(held)
            except BusUnavailable as error:
                log.warning("Leases could not be renewed", queue=self._queue, error=error.detail)

    async def _drain(self) -> None:
        """Take no more, and wait for the handlers."""
        self._is_stopping = True
        self._wake.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                # The dispatcher first, for it may still be claiming; its last claim is then under way too.
                await asyncio.wait([self._dispatcher])
                if self._under_way:
                    await asyncio.wait(list(self._under_way))

    async def _end(self) -> None:
        """Stop what still runs, and give its messages back at once rather than when the lease expires."""
        held = dict(self._under_way)
        tasks = [self._dispatcher, self._renewer, *held]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for delivery in held.values():
            with suppress(BusUnavailable):
                await self._store.release(delivery, is_counted=False)
        await self._stack.aclose()
