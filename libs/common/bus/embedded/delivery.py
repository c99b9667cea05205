"""What becomes of one delivery: acknowledged, delivered again after a pause, or a dead letter with its reason."""

from __future__ import annotations

import asyncio

import structlog

from libs.common.bus import DELIVERY_LIMIT, Handler
from libs.common.bus.embedded.messages import from_document
from libs.common.bus.embedded.store import Delivery, MessageStore
from libs.common.bus.retries import UNACKNOWLEDGED, reason_of, retry_seconds
from libs.common.events.envelope import MalformedMessage

log = structlog.get_logger(__name__)


class CountedDelivery:
    """`keeps_dead_letters` is false for private subscriptions, whose dead letters no one would ever read."""

    def __init__(self, store: MessageStore, handler: Handler, *, keeps_dead_letters: bool) -> None:
        self._store = store
        self._handler = handler
        self._keeps_dead_letters = keeps_dead_letters

    async def __call__(self, delivery: Delivery) -> None:
        """Raises: BusUnavailable, when the message could not be settled; then it comes again."""
        if delivery.number > DELIVERY_LIMIT:
            await self._give_up(delivery, UNACKNOWLEDGED)
            return
        try:
            await self._handler(from_document(delivery.document))
        except MalformedMessage as error:  # it will be no better next time
            await self._give_up(delivery, error.detail)
        except Exception as error:  # noqa: BLE001  whatever a handler raises asks for another delivery
            await self._again(delivery, error)
        else:
            await self._store.acknowledge(delivery)

    async def _again(self, delivery: Delivery, error: Exception) -> None:
        log.warning("A handler failed", queue=delivery.queue, message=delivery.id, exc_info=error)
        if delivery.number >= DELIVERY_LIMIT:
            await self._give_up(delivery, reason_of(error))
            return
        # Held meanwhile, so that a subscription's order is kept.
        await asyncio.sleep(retry_seconds(delivery.number))
        await self._store.release(delivery, is_counted=True)

    async def _give_up(self, delivery: Delivery, reason: str) -> None:
        log.error("A message is given up", queue=delivery.queue, message=delivery.id, reason=reason)
        if self._keeps_dead_letters:
            await self._store.bury(delivery, reason)
        else:
            await self._store.acknowledge(delivery)
