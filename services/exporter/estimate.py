"""How large an export would be, from the database's own statistics: no document is read (seed, File Size Limits)."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from libs.common.database.client import Database
from libs.common.events.exports import SizeEstimate
from libs.common.limits import Limits
from services.exporter.snapshot import Found, Kind, own_collections

JSON_GROWTH: Final = 1.3
"""Bytes of JSON per byte of BSON: ids double, numbers and names shrink or grow a little."""


@dataclass(frozen=True)
class Estimate:
    """Bytes before packing. `spooled` of them are read from the database."""

    documents: int
    spooled: int
    code: int

    @property
    def unpacked(self) -> int:
        return int(self.spooled * JSON_GROWTH) + self.code

    def warnings(self, limits: Limits, folder: Path) -> list[str]:
        """What stands in the way, in words."""
        said = []
        free = _free_bytes(folder)
        if self.spooled > limits.spool_memory_limit and self.spooled + self.unpacked > free:
            needed = self.spooled + self.unpacked
            said.append(f"The disk may be too small: about {needed} bytes are needed, {free} are free.")
        if self.unpacked > limits.upload_unpacked_limit:
            said.append(
                f"Unpacked this is about {self.unpacked} bytes, more than the {int(limits.upload_unpacked_limit)} that "
                "can be imported again; an upload-ready export can."
            )
        return said

    def as_payload(self, limits: Limits, folder: Path) -> SizeEstimate:
        return SizeEstimate(
            unpacked_size=self.unpacked,
            documents=self.documents,
            fits=not self.warnings(limits, folder),
        )


async def estimate(database: Database, slug: str, *, code: int, limit: int) -> Estimate:
    """Over all collections, each cut at `limit` documents; `code` is the size of the files."""
    found = [each for each in await own_collections(database, slug) if each.kind is not Kind.VIEW]
    sizes = await asyncio.gather(*(_size_of(database, each, limit) for each in found))
    return Estimate(
        documents=sum(documents for documents, _ in sizes), spooled=sum(size for _, size in sizes), code=code
    )


async def _size_of(database: Database, found: Found, limit: int) -> tuple[int, int]:
    """Documents and bytes; a time-series collection counts its documents nowhere."""
    cursor = database[found.name].aggregate([{"$collStats": {"storageStats": {}}}])
    statistics = [part["storageStats"] async for part in cursor]  # one part per shard
    count = sum(part.get("count", 0) for part in statistics)
    size = sum(part.get("size", 0) for part in statistics)
    return (
        (limit, size)
        if count <= limit and not count
        else (min(count, limit), size * min(count, limit) // count)
    )


def _free_bytes(folder: Path) -> int:
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(existing).free
