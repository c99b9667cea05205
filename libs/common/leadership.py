"""Which of several replicas does what only one may: the holder of a lease, whose `term` rises with each new holder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from libs.common.database.client import Database
from libs.common.database.collections import LEASES
from libs.common.events.envelope import new_id


class Leadership:
    """One replica's claim to a task of that name; who has not renewed for `seconds` counts as dead."""

    def __init__(self, database: Database, name: str, *, seconds: float) -> None:
        self._leases = database[LEASES]
        self._name = name
        self._life = timedelta(seconds=seconds)
        self._owner = new_id()
        self.term = 0

    async def hold(self) -> bool:
        """Take or renew the lease; False while another replica has it."""
        now = datetime.now(UTC)
        until = now + self._life
        renewed = await self._leases.update_one(
            {"_id": self._name, "owner": self._owner, "term": self.term, "until": {"$gt": now}},
            {"$set": {"until": until}},
        )
        if renewed.matched_count:
            return True
        try:
            taken = await self._leases.find_one_and_update(
                {"_id": self._name, "until": {"$lte": now}},
                {"$set": {"owner": self._owner, "until": until}, "$inc": {"term": 1}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:  # there is a lease, and it has not run out
            return False
        self.term = int(taken["term"])
        return True

    async def give_up(self) -> None:
        """Let another replica begin at once."""
        await self._leases.update_one(
            {"_id": self._name, "owner": self._owner, "term": self.term},
            {"$set": {"until": datetime.now(UTC)}},
        )
