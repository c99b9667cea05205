"""A consumer that is set up anew whenever its channel is lost, and that drains when it stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType

import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue, AbstractRobustConnection

from libs.common.bus import BusUnavailable, Listener
from libs.common.bus.rabbit.connection import REPLY_SECONDS, open_channel, reaching
from libs.common.bus.retries import DRAIN_SECONDS

log = structlog.get_logger(__name__)

SetUp = Callable[[AbstractChannel], Awaitable[AbstractQueue]]
Deliver = Callable[[AbstractIncomingMessage], Awaitable[None]]

SET_UP_AGAIN_SECONDS = 1.0


class Consumer:
    """Runs `deliver` for each message of one queue, in `slots` tasks.

    The tasks outlive a lost connection: a handler under way ends in peace, and there are never more of them than
    slots, though the broker delivers again what they hold.
    """

    def __init__(
        self,
        connection: AbstractRobustConnection,
        set_up: SetUp,
        deliver: Deliver,
        *,
        slots: int,
        prefetch: int,
        ready: Listener | None = None,
    ) -> None:
        self._connection = connection
        self._set_up = set_up
        self._deliver = deliver
        self._slots = slots
        self._prefetch = prefetch
        self._ready = ready
        self._waiting: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()
        self._established = asyncio.Event()
        self._lost = asyncio.Event()
        self._is_stopping = False
        self._channel: AbstractChannel | None = None
        self._tag: tuple[AbstractQueue, str] | None = None

    async def __aenter__(self) -> None:
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._slots)]
        self._supervisor = asyncio.create_task(self._keep_established())
        try:
            async with reaching(REPLY_SECONDS):
                await self._established.wait()
        except BaseException:
            await self._end()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self._drain()
        finally:
            await self._end()

    async def _keep_established(self) -> None:
        while True:
            try:
                await self._establish()
            except BusUnavailable as error:
                log.warning("A consumer could not be set up", error=error.detail)
                await asyncio.sleep(SET_UP_AGAIN_SECONDS)
                continue
            await self._tell_ready()
            await self._lost.wait()
            log.warning("A consumer lost its channel or its queue")
            await self._close_channel()

    async def _establish(self) -> None:
        """Raises: BusUnavailable."""
        self._lost.clear()
        self._channel = channel = await open_channel(self._connection)
        channel.close_callbacks.add(self._on_lost)
        async with reaching():
            await channel.set_qos(prefetch_count=self._prefetch)
            queue = await self._set_up(channel)
            underlay = await channel.get_underlay_channel()
            # The broker cancels a consumer whose queue is gone.
            underlay.on_consumer_cancel_callbacks.add(self._on_lost)
            self._tag = (queue, await queue.consume(self._receive))
        self._established.set()

    def _on_lost(self, *_: object) -> None:
        self._lost.set()

    async def _tell_ready(self) -> None:
        if self._ready is None:
            return
        try:
            await self._ready()
        except Exception:  # the listener's mistake must not end the subscription
            log.exception("A listener failed when its subscription was ready")

    async def _receive(self, incoming: AbstractIncomingMessage) -> None:
        if self._is_stopping:
            await _give_back(incoming)
        else:
            self._waiting.put_nowait(incoming)

    async def _work(self) -> None:
        while (incoming := await self._waiting.get()) is not None:
            if incoming.channel.is_closed:
                continue  # the broker has taken it back
            try:
                await self._deliver(incoming)
            except BusUnavailable as error:
                log.warning("A message could not be settled and comes again", error=error.detail)

    async def _drain(self) -> None:
        """Take no more, give back what no handler has seen, and wait for the handlers."""
        self._is_stopping = True
        self._supervisor.cancel()
        if self._tag is not None:
            queue, tag = self._tag
            with suppress(BusUnavailable):
                async with reaching():
                    await queue.cancel(tag)
        while not self._waiting.empty():
            incoming = self._waiting.get_nowait()
            if incoming is not None:
                await _give_back(incoming)
        for _ in self._workers:
            self._waiting.put_nowait(None)
        await asyncio.wait(self._workers, timeout=DRAIN_SECONDS)

    async def _end(self) -> None:
        """What is still unacknowledged goes back to its queue as the channel closes."""
        for task in (self._supervisor, *self._workers):
            task.cancel()
        await asyncio.gather(self._supervisor, *self._workers, return_exceptions=True)
        await self._close_channel()

    async def _close_channel(self) -> None:
        if self._channel is not None:
            with suppress(BusUnavailable):
                async with reaching():
                    await self._channel.close()


async def _give_back(incoming: AbstractIncomingMessage) -> None:
    """By nack: newer brokers do not count it as a delivery that failed."""
    with suppress(BusUnavailable):
        async with reaching():
            await incoming.nack(requeue=True)
