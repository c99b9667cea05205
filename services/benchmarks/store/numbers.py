"""Integer ids that companies, shifts and employees keep over re-imports."""

from __future__ import annotations

from enum import StrEnum

from pymongo import ReturnDocument

from libs.common.database.client import Database
from libs.common.database.collections import BENCHMARK_COUNTERS


class Numbered(StrEnum):
    COMPANY = "company"
    SHIFT = "shift"
    EMPLOYEE = "employee"


class Numbers:
    """Counters that only rise; numbers taken for a switch that fails are lost, which harms nobody."""

    def __init__(self, database: Database) -> None:
        self._counters = database[BENCHMARK_COUNTERS]

    async def take(self, kind: Numbered, count: int) -> range:
        """So many numbers that nobody else has, from 1 on."""
        if not count:
            return range(0)
        counter = await self._counters.find_one_and_update(
            {"_id": kind.value},
            {"$inc": {"last": count}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        last = int(counter["last"])
        return range(last - count + 1, last + 1)
