"""Only one builds: equal exports that are asked for at the same time wait for the first, on this and other hosts.

A claim is a document with a lease. It saves work and nothing depends on it: if one is lost, both build, and the unique
index of `export_logs` lets one object stay.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

import structlog
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from libs.common.database.client import Database
from libs.common.database.collections import EXPORT_CLAIMS
from libs.common.events.envelope import new_id

LEASE_SECONDS: Final = 30
RENEW_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.2
"""How often another host's claim is looked at: one write of one document by its id, which mostly changes nothing."""
FREE: Final = {"$lte": ["$until", "$$NOW"]}
"""By the database's clock; also where there is no claim."""
UNTIL: Final = {"$add": ["$$NOW", LEASE_SECONDS * 1000]}

log = structlog.get_logger(__name__)


class Claims:
    """Claims of one process."""

    def __init__(self, database: Database) -> None:
        self._claims = database[EXPORT_CLAIMS]
        self._here: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Be the only one with that key while entered; waits as long as it takes."""
        async with self._here.setdefault(key, asyncio.Lock()):
            owner = new_id()
            while not await self._take(key, owner):  # noqa: ASYNC110  (the holder may be another process)
                await asyncio.sleep(POLL_SECONDS)
            renewing = asyncio.create_task(self._renew(key, owner))
            try:
                yield
            finally:
                renewing.cancel()
                await asyncio.gather(renewing, return_exceptions=True)
                with contextlib.suppress(PyMongoError):  # it expires by itself
                    await self._claims.delete_one({"_id": key, "owner": owner})

    async def _take(self, key: str, owner: str) -> bool:
        claim = {
            "owner": {"$cond": [FREE, owner, "$owner"]},
            "until": {"$cond": [FREE, UNTIL, "$until"]},
        }
        try:
            held = await self._claims.find_one_and_update(
                {"_id": key}, [{"$set": claim}], upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:  # somebody took it at the same moment
            return False
        return bool(held["owner"] == owner)

    async def _renew(self, key: str, owner: str) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self._claims.update_one({"_id": key, "owner": owner}, [{"$set": {"until": UNTIL}}])
            except PyMongoError:
                log.warning("a claim could not be renewed", exc_info=True)
