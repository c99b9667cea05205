"""The event log: every event that reached the bus, once, numbered without gaps, for 24 hours.

The next number is taken by inserting it: of two writers one finds it taken and tries the one after, so a number is
there only when all before it are, whoever wrote them. An event's id is unique, too, so that what is delivered again
is not written again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cloudevents.core.formats.json import JSONFormat
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from libs.common.database.client import Database
from libs.common.database.collections import EVENT_LOG, JOBS
from libs.common.events.envelope import Message
from services.gateway.events.entry import Entry, Interest

KEPT: Final = timedelta(hours=26)
"""A day, and the time in which the last attempt at a webhook falls."""
BATCH_BYTES: Final = 256 * 1024
"""Events that are read or sent at once; a single larger one goes alone."""
BATCH_EVENTS: Final = 200
RACE_SECONDS: Final = 0.02
"""Pause before the end of the log is looked up again, when another writer was faster."""
AWAIT_MS: Final = 1_000
"""The database holds an idle request for changes for so long."""
INSERTS: Final[list[dict[str, Any]]] = [
    {"$match": {"operationType": "insert"}},
    {"$project": {"documentKey": 1}},
]


@dataclass(frozen=True)
class Batch:
    """Entries in order, and the number up to which the log was read for them."""

    entries: list[Entry]
    read_to: int


class Changes:
    """Tells when something was written to the log."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def beyond(self, number: int) -> bool:
        """Whether there is, or may be, an entry after this one; returns after a second at the latest."""
        change = await self._stream.try_next()
        return change is None or change["documentKey"]["_id"] > number


class EventLog:
    def __init__(self, database: Database) -> None:
        self._entries = database[EVENT_LOG]
        self._jobs = database[JOBS]
        self._last: int | None = None

    async def append(self, event: Message) -> None:
        """Write it, unless it is there already."""
        document = await self._document(event)
        while True:
            number = (await self.last() if self._last is None else self._last) + 1
            try:
                await self._entries.insert_one({"_id": number, **document})
            except DuplicateKeyError as error:
                if "event_id" in (error.details or {}).get("keyPattern", {}):
                    return
                self._last = None
                await asyncio.sleep(RACE_SECONDS)
            else:
                self._last = number
                return

    async def _document(self, event: Message) -> dict[str, Any]:
        job = await self._jobs.find_one({"_id": event.correlation_id}, {"requester.email": 1})
        return {
            "event_id": event.id,
            "routing_key": event.routing_key,
            "subject": event.subject,
            "correlation_id": event.correlation_id,
            "owner": job["requester"]["email"] if job else None,
            "logged_at": datetime.now(UTC),
            "body": JSONFormat().write(event.to_cloudevent()).decode(),
        }

    async def last(self) -> int:
        """The newest number; 0 where nothing was ever written."""
        return await self._end(DESCENDING)

    async def oldest(self) -> int:
        """The first number that is still kept; 0 where nothing was ever written."""
        return await self._end(ASCENDING)

    async def get(self, number: int) -> Entry | None:
        """None where it is no longer kept."""
        document = await self._entries.find_one({"_id": number})
        return Entry.from_document(document) if document else None

    async def read(self, interest: Interest, *, after: int, to: int) -> Batch:
        """What somebody wants of the numbers after the one and up to the other, or of the first of them."""
        criteria = {**interest.criteria(), "_id": {"$gt": after, "$lte": to}}
        found = self._entries.find(criteria).sort("_id", ASCENDING).limit(BATCH_EVENTS)
        entries, size, count = [], 0, 0
        async for document in found:
            entry = Entry.from_document(document)
            count += 1
            if interest.wants(entry):
                entries.append(entry)
                size += len(entry.body)
            if size >= BATCH_BYTES or count == BATCH_EVENTS:
                return Batch(entries, entry.number)
        return Batch(entries, to)

    @asynccontextmanager
    async def changes(self) -> AsyncIterator[Changes]:
        """Raises: PyMongoError, when the database is gone for longer than the driver waits."""
        async with self._entries.watch(INSERTS, max_await_time_ms=AWAIT_MS) as stream:
            yield Changes(stream)

    async def sweep(self) -> int:
        """Remove what nobody may ask for any more; the newest stays, as the numbers go on from it."""
        return (await self._entries.delete_many(await self._old())).deleted_count

    async def old(self) -> tuple[int, datetime | None]:
        """How many a sweep would remove, and when the newest of them was logged."""
        old = await self._old()
        newest = await self._entries.find_one(old, {"logged_at": 1}, sort=[("_id", DESCENDING)])
        return await self._entries.count_documents(old), newest["logged_at"] if newest else None

    async def _old(self) -> dict[str, Any]:
        return {"_id": {"$lt": await self.last()}, "logged_at": {"$lt": datetime.now(UTC) - KEPT}}

    async def _end(self, direction: int) -> int:
        document = await self._entries.find_one({}, {"_id": 1}, sort=[("_id", direction)])
        return int(document["_id"]) if document else 0
