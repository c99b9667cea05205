"""Who receives which events: `bus_queues`, read anew at each publication so that no subscriber is missed.

A document is `_id` (the queue's name), `patterns`, and `expires_at`: a private queue lives as long as its process
renews it, a durable one until the end of time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pymongo import ASCENDING, IndexModel

from libs.common.bus.embedded.store import NOW, Destination, reaching
from libs.common.bus.patterns import matches
from libs.common.database.client import Collection, Database, Document

QUEUES = "bus_queues"
PRIVATE_SECONDS = 60.0
"""A process that has not renewed its private queues for so long counts as dead."""
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
LIVING: Document = {"$expr": {"$gt": ["$expires_at", NOW]}}
INDEX = IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)


class Subscriptions:
    def __init__(self, database: Database, *, private_seconds: float = PRIVATE_SECONDS) -> None:
        self.collection: Collection = database[QUEUES]
        self.private_seconds = private_seconds
        self._lease: Document = {
            "$dateAdd": {"startDate": NOW, "unit": "millisecond", "amount": int(private_seconds * 1000)}
        }

    async def create_indexes(self) -> None:
        with reaching():
            await self.collection.create_indexes([INDEX])

    async def register(self, queue: str, patterns: Sequence[str], *, is_private: bool) -> None:
        """Add patterns to a queue, which is made where there is none. Raises: BusUnavailable."""
        known = {"$ifNull": ["$patterns", []]}
        subscription: Document = {
            "patterns": {"$setUnion": [known, {"$literal": list(patterns)}]},
            "expires_at": self._lease if is_private else FOREVER,
        }
        with reaching():
            await self.collection.update_one({"_id": queue}, [{"$set": subscription}], upsert=True)

    async def renew(self, queue: str) -> bool:
        """Whether the private queue was still alive; if not, it has missed events. Raises: BusUnavailable."""
        with reaching():
            done = await self.collection.update_one(
                {"_id": queue, **LIVING}, [{"$set": {"expires_at": self._lease}}]
            )
        return done.matched_count == 1

    async def remove(self, queue: str) -> None:
        """Raises: BusUnavailable."""
        with reaching():
            await self.collection.delete_one({"_id": queue})

    async def receiving(self, routing_key: str) -> list[Destination]:
        """The living queues whose patterns match. Raises: BusUnavailable."""
        with reaching():
            documents = await self.collection.find(LIVING).to_list(None)
        return [
            Destination(document["_id"], is_private=document["expires_at"] < FOREVER)
            for document in documents
            if any(matches(pattern, routing_key) for pattern in document["patterns"])
        ]
