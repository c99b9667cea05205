"""Messages as documents: put, claimed for a lease, acknowledged by deletion.

A document of `bus_messages` is what would travel on a broker (`routing_key`, `headers`, `content_type`, `body`) with
`_id` (a UUIDv7: the order of arrival), `queue`, `visible_at` (when it may be claimed: at once, or when its lease has
expired), `deliveries`, `claim` (who holds it), and for dead letters, whose `queue` ends with `.dead`, `died_at` and
`reason`. Times are the database's own, so that the clocks of several machines do not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pymongo
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from libs.common.bus import BusUnavailable, DeadLetter
from libs.common.bus.topology import dead_queue_of
from libs.common.database.client import Collection, Database, Document
from libs.common.errors import NotFound
from libs.common.events.envelope import new_id

MESSAGES = "bus_messages"
REPLY_SECONDS = 5.0
"""A primary is elected again within about 2 s; until its deadline the driver tries again and again."""
LEASE_SECONDS = 30.0
"""A consumer that has not renewed its claim for so long counts as dead."""
PRIVATE_MESSAGE_SECONDS = 300
"""Life of an event in a private subscription's queue; a live subscriber has long handled it."""
BODY_LIMIT = 4096
DEAD_SUFFIX = dead_queue_of("")

NOW = "$$NOW"
WOKEN_SEPARATOR = "@"
INDEXES = [
    IndexModel([("queue", ASCENDING), ("_id", ASCENDING)], name="claim"),
    IndexModel(
        [("died_at", ASCENDING)], name="dead_letters", partialFilterExpression={"died_at": {"$exists": True}}
    ),
    IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
]


@contextmanager
def reaching() -> Iterator[None]:
    """A deadline on what is asked of the database. Raises: BusUnavailable, for a missed one and the driver's errors."""
    try:
        with pymongo.timeout(REPLY_SECONDS):
            yield
    except PyMongoError as error:
        raise BusUnavailable(f"The message store cannot be reached: {type(error).__name__}") from error


@dataclass(frozen=True)
class Delivery:
    """One claim of one message. `number` counts from 1; `claim` fences off who had it before."""

    id: str
    queue: str
    claim: str
    number: int
    document: Document


@dataclass(frozen=True)
class Destination:
    """A queue that a message goes to; what lies in a private one expires."""

    queue: str
    is_private: bool = False


class MessageStore:
    def __init__(self, database: Database, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self.collection: Collection = database[MESSAGES]
        # A claim, renewal or acknowledgement lost in a crash means one more delivery; only putting must be durable.
        # What was written so is read so: a majority knows of it a little later.
        self._fast: Collection = self.collection.with_options(
            write_concern=WriteConcern(w=1), read_concern=ReadConcern("local")
        )
        self.lease_seconds = lease_seconds

    async def create_indexes(self) -> None:
        with reaching():
            await self.collection.create_indexes(INDEXES)

    async def put(self, envelope: Document, queues: Sequence[Destination]) -> None:
        """One copy for each queue. Raises: BusUnavailable."""
        private = {"expires_at": datetime.now(UTC) + timedelta(seconds=PRIVATE_MESSAGE_SECONDS)}
        documents: list[Document] = [
            {
                "_id": new_id(),
                "queue": each.queue,
                "deliveries": 0,
                **envelope,
                **(private if each.is_private else {}),
            }
            for each in queues
        ]
        with reaching():
            await self.collection.insert_many(documents)

    async def claim(self, queue: str) -> Delivery | None:
        """Take the oldest message that no one holds. Raises: BusUnavailable."""
        claim = new_id()
        with reaching():
            document = await self._fast.find_one_and_update(
                claimable(queue),
                [
                    {
                        "$set": {
                            "claim": claim,
                            "visible_at": self._lease_end(),
                            "deliveries": _plus("$deliveries", 1),
                        }
                    }
                ],
                sort=[("_id", ASCENDING)],
                return_document=ReturnDocument.AFTER,
            )
        if document is None:
            return None
        return Delivery(document["_id"], queue, claim, document["deliveries"], document)

    async def renew(self, claims: Sequence[Delivery]) -> None:
        """Raises: BusUnavailable."""
        held = {
            "_id": {"$in": [each.id for each in claims]},
            "claim": {"$in": [each.claim for each in claims]},
        }
        with reaching():
            await self._fast.update_many(held, [{"$set": {"visible_at": self._lease_end()}}])

    async def acknowledge(self, delivery: Delivery) -> None:
        """Raises: BusUnavailable."""
        with reaching():
            await self._fast.delete_one(_held(delivery))

    async def release(self, delivery: Delivery, *, is_counted: bool) -> None:
        """Give it back; `woken` tells the other processes' change streams. Raises: BusUnavailable."""
        free: Document = {
            "visible_at": NOW,
            "claim": None,
            "woken": woken(delivery.queue),
            "deliveries": delivery.number if is_counted else delivery.number - 1,
        }
        with reaching():
            await self._fast.update_one(_held(delivery), [{"$set": free}])

    async def bury(self, delivery: Delivery, reason: str) -> None:
        """Make it a dead letter of its queue. Raises: BusUnavailable."""
        dead: Document = {
            "queue": dead_queue_of(delivery.queue),
            "died_at": NOW,
            # A literal, for a reason may begin with a dollar sign.
            "reason": {"$literal": reason},
        }
        with reaching():
            await self.collection.update_one(
                _held(delivery), [{"$set": dead}, {"$unset": ["claim", "expires_at"]}]
            )

    async def dead_letters(self, limit: int) -> list[DeadLetter]:
        """Raises: BusUnavailable."""
        with reaching():
            documents = await self.collection.find(
                {"died_at": {"$exists": True}}, sort=[("died_at", ASCENDING)], limit=limit
            ).to_list(None)
        return [_dead_letter(document) for document in documents]

    async def revive(self, dead_letter_id: str) -> None:
        """Raises: BusUnavailable, NotFound."""
        origin = {"$substrCP": ["$queue", 0, _plus({"$strLenCP": "$queue"}, -len(DEAD_SUFFIX))]}
        alive: Document = {
            "queue": origin,
            "deliveries": 0,
            "visible_at": NOW,
            "woken": woken(origin),
        }
        with reaching():
            done = await self.collection.update_one(
                _dead(dead_letter_id), [{"$set": alive}, {"$unset": ["died_at", "reason"]}]
            )
        if done.matched_count == 0:
            raise NotFound(f"There is no dead letter `{dead_letter_id}`")

    async def drop(self, dead_letter_id: str) -> None:
        """Raises: BusUnavailable, NotFound."""
        with reaching():
            done = await self.collection.delete_one(_dead(dead_letter_id))
        if done.deleted_count == 0:
            raise NotFound(f"There is no dead letter `{dead_letter_id}`")

    async def depth(self, queue: str) -> int:
        """Messages that no one holds. Raises: BusUnavailable."""
        with reaching():
            return await self._fast.count_documents(claimable(queue))

    async def clear(self, queue: str) -> None:
        """Raises: BusUnavailable."""
        with reaching():
            await self._fast.delete_many({"queue": queue})

    def _lease_end(self) -> Document:
        return {
            "$dateAdd": {"startDate": NOW, "unit": "millisecond", "amount": int(self.lease_seconds * 1000)}
        }


def claimable(queue: str) -> Document:
    """A missing `visible_at` sorts before every date, so a new message is claimable at once."""
    return {"queue": queue, "$expr": {"$lte": ["$visible_at", NOW]}}


def woken(queue: str | Document) -> Document:
    """The queue and the time in one string: a change stream shows only what changed of an embedded document."""
    return {"$concat": [queue, WOKEN_SEPARATOR, {"$toString": NOW}]}


def _held(delivery: Delivery) -> Document:
    return {"_id": delivery.id, "claim": delivery.claim}


def _dead(dead_letter_id: str) -> Document:
    return {"_id": dead_letter_id, "died_at": {"$exists": True}}


def _plus(what: Any, amount: int) -> Document:
    return {"$add": [what, amount]}


def _dead_letter(document: Document) -> DeadLetter:
    body = str(document.get("body", ""))
    return DeadLetter(
        id=str(document["_id"]),
        queue=str(document["queue"]).removesuffix(DEAD_SUFFIX),
        reason=str(document["reason"]),
        died_at=document["died_at"],
        routing_key=str(document.get("routing_key", "")),
        body=body[:BODY_LIMIT],
    )
