"""The bus on MongoDB: competing consumers by claim and lease, fan-out by a copy per subscription."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from libs.common.bus import BusUnavailable, DeadLetter, Handler, Listener, Unroutable
from libs.common.bus.embedded.consumer import POLL_SECONDS, Consumer
from libs.common.bus.embedded.delivery import CountedDelivery
from libs.common.bus.embedded.messages import to_document
from libs.common.bus.embedded.store import LEASE_SECONDS, Destination, MessageStore
from libs.common.bus.embedded.subscription import Subscription
from libs.common.bus.embedded.subscriptions import PRIVATE_SECONDS, Subscriptions
from libs.common.bus.embedded.wakeups import Wakeups
from libs.common.bus.topology import SERVICE_OF_COMMAND, queue_of
from libs.common.database.client import Database, DatabaseUnavailable
from libs.common.database.client import check as check_database
from libs.common.events.envelope import Message, new_id


async def open_embedded_bus(
    database: Database,
    *,
    service: str,
    lease_seconds: float = LEASE_SECONDS,
    poll_seconds: float = POLL_SECONDS,
    private_seconds: float = PRIVATE_SECONDS,
) -> EmbeddedBus:
    """Create the indexes. Raises: BusUnavailable."""
    messages = MessageStore(database, lease_seconds=lease_seconds)
    subscriptions = Subscriptions(database, private_seconds=private_seconds)
    await messages.create_indexes()
    await subscriptions.create_indexes()
    return EmbeddedBus(database, messages, subscriptions, service=service, poll_seconds=poll_seconds)


class EmbeddedBus:
    """Implements `libs.common.bus.Bus`. Its connection is the database's, which it does not close."""

    def __init__(
        self,
        database: Database,
        messages: MessageStore,
        subscriptions: Subscriptions,
        *,
        service: str,
        poll_seconds: float,
    ) -> None:
        self._database = database
        self._messages = messages
        self._subscriptions = subscriptions
        self._service = service
        self._poll_seconds = poll_seconds
        self._wakeups = Wakeups(messages.collection)

    async def publish(self, message: Message) -> None:
        if message.is_command:
            if message.routing_key not in SERVICE_OF_COMMAND:
                raise Unroutable(f"No queue takes `{message.routing_key}`")
            queues = [Destination(queue_of(message.routing_key))]
        else:
            queues = await self._subscriptions.receiving(message.routing_key)
        if queues:
            await self._messages.put(to_document(message), queues)

    def consume(self, queue: str, handler: Handler, *, slots: int) -> AbstractAsyncContextManager[None]:
        return self._consumer(queue, handler, slots=slots, keeps_dead_letters=True)

    def subscribe(
        self,
        patterns: Sequence[str],
        handler: Handler,
        *,
        queue: str | None = None,
        ready: Listener | None = None,
    ) -> AbstractAsyncContextManager[None]:
        name = queue or f"{self._service}.{new_id()}"
        subscription = Subscription(self._subscriptions, self._messages, name, patterns, ready)
        consumer = self._consumer(name, handler, slots=1, keeps_dead_letters=queue is not None)
        return subscription.private(consumer) if queue is None else subscription.durable(consumer)

    def _consumer(self, queue: str, handler: Handler, *, slots: int, keeps_dead_letters: bool) -> Consumer:
        deliver = CountedDelivery(self._messages, handler, keeps_dead_letters=keeps_dead_letters)
        return Consumer(
            self._messages, self._wakeups, queue, deliver, slots=slots, poll_seconds=self._poll_seconds
        )

    async def dead_letters(self, *, limit: int = 100) -> list[DeadLetter]:
        return await self._messages.dead_letters(limit)

    async def retry_dead_letter(self, dead_letter_id: str) -> None:
        await self._messages.revive(dead_letter_id)

    async def drop_dead_letter(self, dead_letter_id: str) -> None:
        await self._messages.drop(dead_letter_id)

    async def depth(self, queue: str) -> int:
        return await self._messages.depth(queue)

    async def check(self) -> None:
        try:
            await check_database(self._database)
        except DatabaseUnavailable as error:
            raise BusUnavailable(error.detail) from error

    async def close(self) -> None:
        await self._wakeups.close()
