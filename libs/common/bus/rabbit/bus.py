"""The bus on RabbitMQ: one connection that publishes, another that consumes.

A broker short of memory stops reading from connections that publish; acknowledgements on a connection of their own
still reach it, and so relieve it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, suppress

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractQueue, AbstractRobustConnection

from libs.common.bus import BusUnavailable, DeadLetter, Handler, Listener
from libs.common.bus.rabbit.connection import connect, open_channel, reaching
from libs.common.bus.rabbit.consumer import Consumer
from libs.common.bus.rabbit.dead_letters import DeadLetters
from libs.common.bus.rabbit.delivery import CountedDelivery, PrivateDelivery
from libs.common.bus.rabbit.publisher import Publisher
from libs.common.bus.rabbit.topology import QUEUE_ARGUMENTS, subscription_arguments
from libs.common.bus.topology import EVENTS_EXCHANGE, SUBSCRIPTIONS
from libs.common.events.envelope import Message, new_id

PRIVATE_PREFETCH = 64
"""Events on their way to a private subscription; handled one at a time, in order."""


async def open_rabbit_bus(amqp_url: str, *, service: str) -> RabbitBus:
    """Connect and declare the topology. Raises: BusUnavailable."""
    publishing = await connect(amqp_url, f"{service} publishes")
    try:
        publisher = await Publisher.open(publishing)
        consuming = await connect(amqp_url, f"{service} consumes")
    except BusUnavailable:
        await publishing.close()
        raise
    return RabbitBus(publishing, consuming, publisher, service)


class RabbitBus:
    """Implements `libs.common.bus.Bus`."""

    def __init__(
        self,
        publishing: AbstractRobustConnection,
        consuming: AbstractRobustConnection,
        publisher: Publisher,
        service: str,
    ) -> None:
        self._publishing = publishing
        self._consuming = consuming
        self._publisher = publisher
        self._service = service
        self._dead_letters = DeadLetters(publishing, publisher)

    async def publish(self, message: Message) -> None:
        await self._publisher.publish(message)

    def consume(self, queue: str, handler: Handler, *, slots: int) -> AbstractAsyncContextManager[None]:
        async def set_up(channel: AbstractChannel) -> AbstractQueue:
            return await channel.declare_queue(queue, durable=True, arguments=QUEUE_ARGUMENTS[queue])

        deliver = CountedDelivery(queue, queue, handler, self._publisher)
        return Consumer(self._consuming, set_up, deliver, slots=slots, prefetch=slots)

    def subscribe(
        self,
        patterns: Sequence[str],
        handler: Handler,
        *,
        queue: str | None = None,
        ready: Listener | None = None,
    ) -> AbstractAsyncContextManager[None]:
        async def set_up(channel: AbstractChannel) -> AbstractQueue:
            exchange = await channel.declare_exchange(EVENTS_EXCHANGE, ExchangeType.TOPIC, durable=True)
            declared = await self._declare_subscription(channel, queue)
            for pattern in patterns:
                await declared.bind(exchange, pattern)
            return declared

        if queue is None:
            private = PrivateDelivery(handler)
            return Consumer(self._consuming, set_up, private, slots=1, prefetch=PRIVATE_PREFETCH, ready=ready)
        counted = CountedDelivery(queue, SUBSCRIPTIONS, handler, self._publisher)
        return Consumer(self._consuming, set_up, counted, slots=1, prefetch=1, ready=ready)

    async def _declare_subscription(self, channel: AbstractChannel, queue: str | None) -> AbstractQueue:
        if queue is not None:
            return await channel.declare_queue(queue, durable=True, arguments=subscription_arguments())
        # A name of its own each time: the broker may still hold the one of a connection it thinks alive.
        name = f"{self._service}.{new_id()}"
        return await channel.declare_queue(name, exclusive=True, auto_delete=True)

    async def dead_letters(self, *, limit: int = 100) -> list[DeadLetter]:
        return await self._dead_letters.list(limit)

    async def retry_dead_letter(self, dead_letter_id: str) -> None:
        await self._dead_letters.retry(dead_letter_id)

    async def drop_dead_letter(self, dead_letter_id: str) -> None:
        await self._dead_letters.drop(dead_letter_id)

    async def depth(self, queue: str) -> int:
        channel = await open_channel(self._publishing)
        async with reaching():
            declared = await channel.declare_queue(queue, passive=True)
            await channel.close()
        return declared.declaration_result.message_count or 0

    async def check(self) -> None:
        """A channel opened and closed is one round trip each."""
        channel = await open_channel(self._publishing)
        async with reaching():
            await channel.close()

    async def close(self) -> None:
        for connection in (self._consuming, self._publishing):
            with suppress(BusUnavailable):
                async with reaching():
                    await connection.close()
