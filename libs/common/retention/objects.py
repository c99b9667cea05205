"""Objects in storage that no document names: crashes leave them, and documents that went."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from libs.common.blobs import Blob, BlobStore
from libs.common.database.client import Database
from libs.common.database.collections import JOBS
from libs.common.jobs.model import ENDED
from libs.common.parts import Parts
from libs.common.retention import Doomed, older_than, spare

UPLOADS: Final = "uploads/"
BATCH: Final = 500
"""Objects whose names are looked up at once."""

Names = Callable[[Sequence[str]], Awaitable[set[str]]]
"""Which of these keys something names."""


@dataclass(frozen=True)
class UnnamedObjects:
    """Objects under a prefix that are older than `age` and that nothing names.

    Sound where a key that nothing names is never named later: keys are new each time.
    """

    kind: str
    blobs: BlobStore
    prefix: str
    age: timedelta
    named: Names
    reason: str
    only: re.Pattern[str] | None = None
    """Of the keys under the prefix, those that are of this kind."""

    async def find(self) -> AsyncIterator[Doomed]:
        batch: list[Blob] = []
        old = older_than(self.age)
        async for blob in self.blobs.list(self.prefix):
            if blob.modified < old and (self.only is None or self.only.fullmatch(blob.key)):
                batch.append(blob)
            if len(batch) == BATCH:
                async for doomed in self._unnamed(batch):
                    yield doomed
                batch.clear()
        async for doomed in self._unnamed(batch):
            yield doomed

    async def remove(self, doomed: Doomed) -> int:
        if doomed.name in await self.named([doomed.name]):
            return 0
        await self.blobs.delete(doomed.name)
        return 1

    async def _unnamed(self, batch: Sequence[Blob]) -> AsyncIterator[Doomed]:
        named = await self.named([blob.key for blob in batch]) if batch else set()
        for blob in batch:
            if blob.key not in named:
                yield Doomed(self.kind, blob.key, self.reason, blob.modified, blob.size)


async def nothing(_: Sequence[str]) -> set[str]:
    """For objects that go by age alone."""
    return set()


def uploads(parts: Parts) -> UnnamedObjects:
    """Of all services; also those whose request ended before a job was made of them."""
    return UnnamedObjects(
        kind="uploads",
        blobs=parts.blobs,
        prefix=UPLOADS,
        age=spare(parts.limits),
        named=_waiting_uploads(parts.database),
        reason="no job waits for it",
    )


def _waiting_uploads(database: Database) -> Names:
    async def named(keys: Sequence[str]) -> set[str]:
        waiting = {"input.upload_key": {"$in": list(keys)}, "state": {"$nin": sorted(ENDED)}}
        return set(await database[JOBS].distinct("input.upload_key", waiting))

    return named
