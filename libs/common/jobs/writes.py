"""The two writes that every request for work costs, for all requests of a moment at once.

Each is as durable as one of its own: a caller goes on when a majority has its document in the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pymongo.errors import BulkWriteError, DuplicateKeyError, WriteError

from libs.common.database.client import Collection, Document
from libs.common.events.envelope import Message
from libs.common.gathering import Gathering

TOGETHER: Final = 100
"""Documents in one write; at some 2 KB each it stays far below what a message to the database may hold."""
DUPLICATE_KEY: Final = 11000


class JobWrites:
    def __init__(self, jobs: Collection) -> None:
        self._jobs = jobs
        self._inserts: Gathering[Document, None] = Gathering(self._insert_all, most=TOGETHER)
        self._marks: Gathering[tuple[str, Sequence[str]], None] = Gathering(self._mark_all, most=TOGETHER)

    async def insert(self, document: Document) -> None:
        """Raises: DuplicateKeyError."""
        await self._inserts.do(document)

    async def mark_published(self, job_id: str, messages: Sequence[Message]) -> None:
        """Take from the outbox what the bus holds now."""
        await self._marks.do((job_id, [entry.id for entry in messages]))

    async def _insert_all(self, documents: Sequence[Document]) -> Sequence[Exception | None]:
        try:
            await self._jobs.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            details = error.details or {}
            if details.get("writeConcernErrors"):
                raise  # nobody knows what of it lasts
            refused = {each["index"]: _refusal(each) for each in details["writeErrors"]}
            return [refused.get(index) for index in range(len(documents))]
        return [None] * len(documents)

    async def _mark_all(self, marks: Sequence[tuple[str, Sequence[str]]]) -> Sequence[None]:
        jobs = [job_id for job_id, _ in marks]
        held = [message_id for _, messages in marks for message_id in messages]
        left = {"$filter": {"input": "$outbox", "cond": {"$not": {"$in": ["$$this.id", held]}}}}
        since = {"$cond": [{"$eq": ["$outbox", []]}, "$$REMOVE", "$outbox_since"]}
        await self._jobs.update_many(
            {"_id": {"$in": jobs}}, [{"$set": {"outbox": left}}, {"$set": {"outbox_since": since}}]
        )
        return [None] * len(marks)


def _refusal(error: dict[str, Any]) -> Exception:
    kind = DuplicateKeyError if error["code"] == DUPLICATE_KEY else WriteError
    return kind(error["errmsg"], error["code"], error)
