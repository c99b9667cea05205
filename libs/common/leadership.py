"""Which of several replicas does what only one may: the holder of a lease, whose `term` rises with each new holder.

The database's clock (`$$NOW`) counts for all of them, so their own may be apart.
"""

from __future__ import annotations

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from libs.common.database.client import Database
from libs.common.database.collections import LEASES
from libs.common.events.envelope import new_id

FREE = {"$lte": ["$until", "$$NOW"]}
"""Also where there is no lease yet: what is missing comes before every time."""


class Leadership:
    """One replica's claim to a task of that name; who has not renewed for `seconds` counts as dead."""

    def __init__(self, database: Database, name: str, *, seconds: float) -> None:
        self._leases = database[LEASES]
        self._name = name
        self._until = {"$add": ["$$NOW", round(seconds * 1000)]}
        self._owner = new_id()
        self.term = 0

    async def hold(self) -> bool:
        """Take or renew the lease; False while another replica has it."""
        mine = {"$and": [{"$eq": ["$owner", self._owner]}, {"$eq": ["$term", self.term]}]}
        claim = {
            "term": {"$cond": [FREE, {"$add": [{"$ifNull": ["$term", 0]}, 1]}, "$term"]},
            "owner": {"$cond": [FREE, self._owner, "$owner"]},
            "until": {"$cond": [{"$or": [FREE, mine]}, self._until, "$until"]},
        }
        try:
            lease = await self._leases.find_one_and_update(
                {"_id": self._name}, [{"$set": claim}], upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:  # another replica made it at the same moment
            return False
        if lease["owner"] != self._owner:
            return False
        self.term = int(lease["term"])
        return True

    async def give_up(self) -> None:
        """Let another replica begin at once."""
        mine = {"_id": self._name, "owner": self._owner, "term": self.term}
        await self._leases.update_one(mine, [{"$set": {"until": "$$NOW"}}])
