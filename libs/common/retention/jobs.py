"""Jobs that ended long ago. What they made (exports, versions, rosters) has rules of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from libs.common.database.client import Database
from libs.common.database.collections import JOBS
from libs.common.jobs.model import ENDED
from libs.common.parts import Parts
from libs.common.retention import Doomed, in_words, older_than

BATCH: Final = 1_000
"""Jobs removed by one command; some 2 KiB each, so no command keeps the disk for long."""


@dataclass(frozen=True)
class EndedJobs:
    """By kind. A job whose last events the bus does not hold yet stays; so does one that waits or runs."""

    database: Database
    age: timedelta

    @property
    def kind(self) -> str:
        return "jobs"

    @classmethod
    def of(cls, parts: Parts) -> EndedJobs:
        return cls(parts.database, timedelta(seconds=parts.limits.kept_jobs_seconds))

    async def find(self) -> AsyncIterator[Doomed]:
        reason = f"ended more than {in_words(self.age.total_seconds())} ago"
        by_kind = {"_id": "$kind", "count": {"$sum": 1}, "since": {"$max": "$finished_at"}}
        stages = [{"$match": self._old()}, {"$group": by_kind}, {"$sort": {"_id": 1}}]
        async for group in self.database[JOBS].aggregate(stages):
            yield Doomed(self.kind, group["_id"], reason, group["since"], count=group["count"])

    async def remove(self, doomed: Doomed) -> int:
        removed, old = 0, self._old() | {"kind": doomed.name}
        while ids := [job["_id"] async for job in self.database[JOBS].find(old, {"_id": 1}).limit(BATCH)]:
            deleted = await self.database[JOBS].delete_many({"_id": {"$in": ids}, **_ENDED})
            removed += deleted.deleted_count
        return removed

    def _old(self) -> dict[str, Any]:
        """Ids are in order of time, so the index over states and ids finds what was made before, and little else."""
        before = older_than(self.age)
        return {"_id": {"$lt": first_id_at(before)}, "finished_at": {"$lt": before}, **_ENDED}


_ENDED: Final[dict[str, Any]] = {"state": {"$in": sorted(ENDED)}, "outbox_since": {"$exists": False}}


def first_id_at(moment: datetime) -> str:
    """The least UUIDv7 of that millisecond (RFC 9562, 5.7)."""
    milliseconds = f"{int(moment.timestamp() * 1000):012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:]}-7000-8000-000000000000"
