"""Which of several importers supervises: the holder of a lease, whose `term` rises with each new holder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from libs.common.database.client import Database
from libs.common.database.collections import LEASES
from libs.common.events.envelope import new_id

NAME: Final = "hosting"
LEASE_SECONDS: Final = 10.0
"""An importer that has not renewed for so long is dead; the rounds that renew come every half second."""


class Leadership:
    """One importer's claim to supervise."""

    def __init__(self, database: Database) -> None:
        self._leases = database[LEASES]
        self._owner = new_id()
        self.term = 0

    async def hold(self) -> bool:
        """Take or renew the lease; False while another importer has it."""
        now = datetime.now(UTC)
        until = now + timedelta(seconds=LEASE_SECONDS)
        renewed = await self._leases.update_one(
            {"_id": NAME, "owner": self._owner, "term": self.term, "until": {"$gt": now}},
            {"$set": {"until": until}},
        )
        if renewed.matched_count:
            return True
        try:
            taken = await self._leases.find_one_and_update(
                {"_id": NAME, "until": {"$lte": now}},
                {"$set": {"owner": self._owner, "until": until}, "$inc": {"term": 1}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:  # there is a lease, and it has not run out
            return False
        self.term = int(taken["term"])
        return True

    async def give_up(self) -> None:
        """Let another importer begin at once."""
        await self._leases.update_one(
            {"_id": NAME, "owner": self._owner, "term": self.term}, {"$set": {"until": datetime.now(UTC)}}
        )
