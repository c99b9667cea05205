"""How many requests a caller may send in a minute, counted over all gateways together.

A gateway takes some requests at a time out of a caller's minute, so that it asks the database for one request in many
only. Minutes begin by the database's clock.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import pymongo
import structlog
from pymongo import ReturnDocument, WriteConcern
from pymongo.errors import DuplicateKeyError, PyMongoError

from libs.common.database.client import Database, Document
from libs.common.database.collections import RATE_LIMITS
from libs.common.errors import TooMany

WINDOW_SECONDS: Final = 60
SHARES: Final = 20
"""Into so many parts a minute's requests are taken; what a gateway took and does not need is lost to the others."""
COUNT_SECONDS: Final = 1.0
"""Longest wait for the count. Whoever cannot be counted is let in: a limit must not cost what it protects."""
CALLERS: Final = 10_000
"""Remembered at once, some 200 bytes each."""

log = structlog.get_logger(__name__)


class TooManyRequests(TooMany):
    """More requests came from you than one caller may send in a minute."""

    code = "too-many-requests"


@dataclass
class Allowance:
    """What this gateway holds of a caller's minute."""

    left: int = 0
    until: float = 0.0
    """By the event loop's clock."""
    is_last: bool = False
    """Whether the minute has no more to give."""
    taking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def is_used_up(self, now: float) -> bool:
        """Whether there may be more to take."""
        return now >= self.until or (self.left == 0 and not self.is_last)


class RateLimit:
    """Of one gateway; `per_minute` must be the same in all."""

    def __init__(self, database: Database, *, per_minute: int) -> None:
        # Durable on one node is enough for a count that is forgotten within a minute.
        self._counts = database[RATE_LIMITS].with_options(write_concern=WriteConcern(w=1))
        self._per_minute = per_minute
        self._share = max(1, per_minute // SHARES)
        self._allowances: dict[str, Allowance] = {}

    async def admit(self, caller: str) -> None:
        """Count one request. Raises: TooManyRequests, which says after how many seconds to come again."""
        held = self._of(caller)
        if held.is_used_up(_now()):
            async with held.taking:  # a burst takes one share, not one for each of its requests
                if held.is_used_up(_now()):
                    await self._take(caller, held)
        if held.left == 0:
            seconds = max(1, round(held.until - _now()))
            raise TooManyRequests(
                f"You may send {self._per_minute:,} requests a minute; come again in {seconds} s.",
                extensions={"retry_after": seconds},
            )
        held.left -= 1

    async def _take(self, caller: str, held: Allowance) -> None:
        try:
            count = await self._count(caller)
        except PyMongoError as error:
            log.warning("requests are not counted just now", reason=type(error).__name__)
            held.left, held.until, held.is_last = self._share, _now() + WINDOW_SECONDS / SHARES, False
            return
        rest = (count["ends_at"] - count["counted_at"]).total_seconds()
        held.left, held.until = count["given"], _now() + rest
        held.is_last = count["taken"] >= self._per_minute

    async def _count(self, caller: str) -> Document:
        with pymongo.timeout(COUNT_SECONDS):
            for _ in range(
                2
            ):  # two gateways may make the count at the same moment, and then one of them tries again
                with suppress(DuplicateKeyError):
                    return await self._counts.find_one_and_update(
                        {"_id": caller}, self._taking(), upsert=True, return_document=ReturnDocument.AFTER
                    )
        raise AssertionError("a count that is there cannot be made again")

    def _taking(self) -> list[dict[str, Any]]:
        minute = {"$dateTrunc": {"date": "$$NOW", "unit": "second", "binSize": WINDOW_SECONDS}}
        ends_at = {"$add": [minute, WINDOW_SECONDS * 1000]}
        taken = {"$cond": [{"$eq": ["$ends_at", ends_at]}, "$taken", 0]}
        given = {"$min": [self._share, {"$subtract": [self._per_minute, "$taken"]}]}
        return [
            {"$set": {"taken": taken, "ends_at": ends_at, "counted_at": "$$NOW"}},
            {"$set": {"given": given}},
            {"$set": {"taken": {"$add": ["$taken", "$given"]}}},
        ]

    def _of(self, caller: str) -> Allowance:
        if len(self._allowances) >= CALLERS:
            self._allowances.clear()
        return self._allowances.setdefault(caller, Allowance())


def _now() -> float:
    return asyncio.get_running_loop().time()
