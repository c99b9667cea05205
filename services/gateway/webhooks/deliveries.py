"""The log of deliveries: one entry per webhook and event, kept for a week."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pymongo import ReturnDocument

from libs.common.database.client import Database
from libs.common.database.collections import WEBHOOK_DELIVERIES
from libs.common.errors import NotFound
from libs.common.events.envelope import new_id
from services.gateway.events.entry import Entry
from services.gateway.webhooks.model import Attempt, Delivery, DeliveryState, Webhook


class DeliveryNotFound(NotFound):
    """There is no such delivery."""

    code = "delivery-not-found"


class Deliveries:
    def __init__(self, database: Database) -> None:
        self._deliveries = database[WEBHOOK_DELIVERIES]

    async def note(
        self, webhook: Webhook, entry: Entry, state: DeliveryState, attempt: Attempt | None
    ) -> Delivery:
        """Write down an attempt, or that there will be none."""
        tried: dict[str, Any] = {"$inc": {"attempts": 1}} if attempt else {}
        last = {"last": attempt.model_dump()} if attempt else {}
        document = await self._deliveries.find_one_and_update(
            {"webhook": webhook.id, "number": entry.number},
            {
                "$set": {"state": state, **last},
                "$setOnInsert": {
                    "_id": new_id(),
                    "event_id": entry.event_id,
                    "type": entry.routing_key,
                    "created_at": datetime.now(UTC),
                    **({} if attempt else {"attempts": 0}),
                },
                **tried,
            },
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return Delivery.model_validate(document)

    async def get(self, webhook: Webhook, delivery_id: str) -> Delivery:
        """Raises: DeliveryNotFound."""
        document = await self._deliveries.find_one({"_id": delivery_id, "webhook": webhook.id})
        if document is None:
            raise DeliveryNotFound(f"There is no delivery {delivery_id!r} of this webhook.")
        return Delivery.model_validate(document)

    async def page(self, webhook: Webhook, *, before: str | None, limit: int) -> list[Delivery]:
        """The newest first; the next page begins `before` the last one's id."""
        criteria = {"webhook": webhook.id, **({"_id": {"$lt": before}} if before else {})}
        found = self._deliveries.find(criteria).sort("_id", -1).limit(limit)
        return [Delivery.model_validate(document) async for document in found]
