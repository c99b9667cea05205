"""What becomes of one delivery: acknowledged, delivered again after a pause, or a dead letter with its reason."""

from __future__ import annotations

import asyncio

import structlog
from aio_pika.abc import AbstractIncomingMessage

from libs.common.bus import DELIVERY_LIMIT, BusUnavailable, Handler, Unroutable
from libs.common.bus.rabbit.connection import reaching
from libs.common.bus.rabbit.messages import buried, delivery_of, from_amqp
from libs.common.bus.rabbit.publisher import Publisher
from libs.common.bus.retries import reason_of, retry_seconds
from libs.common.events.envelope import MalformedMessage

log = structlog.get_logger(__name__)


async def acknowledge(incoming: AbstractIncomingMessage) -> None:
    """Without waiting for the socket: the prefetch bounds what is unsent. Raises: BusUnavailable."""
    if incoming.delivery_tag is None:
        return
    async with reaching():
        await incoming.channel.basic_ack(incoming.delivery_tag, wait=False)


class CountedDelivery:
    """On a quorum queue, which counts for all consumers and has dead letters."""

    def __init__(self, queue: str, dead_letter_key: str, handler: Handler, publisher: Publisher) -> None:
        self._queue = queue
        self._dead_letter_key = dead_letter_key
        self._handler = handler
        self._publisher = publisher

    async def __call__(self, incoming: AbstractIncomingMessage) -> None:
        """Raises: BusUnavailable, when the message could not be settled; then it comes again."""
        try:
            await self._handler(from_amqp(incoming))
        except MalformedMessage as error:  # it will be no better next time
            await self._bury(incoming, error.detail)
        except Exception as error:  # noqa: BLE001  whatever a handler raises asks for another delivery
            await self._again(incoming, error)
        else:
            await acknowledge(incoming)

    async def _again(self, incoming: AbstractIncomingMessage, error: Exception) -> None:
        delivery = delivery_of(incoming)
        log.warning("A handler failed", queue=self._queue, message=incoming.message_id, exc_info=error)
        if delivery >= DELIVERY_LIMIT:
            await self._bury(incoming, reason_of(error))
            return
        await asyncio.sleep(retry_seconds(delivery))
        async with reaching():
            # By reject: newer brokers do not count nack toward the delivery limit.
            await incoming.reject(requeue=True)

    async def _bury(self, incoming: AbstractIncomingMessage, reason: str) -> None:
        """Confirmed before the original is given up, so a crash between the two leaves both, never neither."""
        log.error(
            "A message is now a dead letter", queue=self._queue, message=incoming.message_id, reason=reason
        )
        try:
            await self._publisher.bury(buried(incoming, self._queue, reason), self._dead_letter_key)
        except (BusUnavailable, Unroutable):
            async with reaching():
                await incoming.reject(requeue=False)  # the broker dead-letters it, without our reason
            return
        await acknowledge(incoming)


class PrivateDelivery:
    """On a process's own queue: tried again in place, which keeps the order, and given up with a log entry."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def __call__(self, incoming: AbstractIncomingMessage) -> None:
        """Raises: BusUnavailable, when the message could not be settled; then it comes again."""
        try:
            message = from_amqp(incoming)
        except MalformedMessage as error:
            log.warning("An event could not be read", message=incoming.message_id, reason=error.detail)
        else:
            for delivery in range(1, DELIVERY_LIMIT + 1):
                try:
                    await self._handler(message)
                    break
                except Exception:  # whatever a handler raises asks for another delivery
                    log.exception("A subscriber failed", message=message.id, delivery=delivery)
                if delivery < DELIVERY_LIMIT:
                    await asyncio.sleep(retry_seconds(delivery))
        await acknowledge(incoming)
