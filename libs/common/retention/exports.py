"""ZIPs of exports: built again at the next request, so they go when nobody has asked for them for long.

The row of the export log stays, with a size of 0: that is what the exporter takes for an object that is gone, so the
next equal export builds a new one and heals the row.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from libs.common.blobs import Blob
from libs.common.database.collections import EXPORT_LOGS, JOBS
from libs.common.exports import ExportRow
from libs.common.jobs.model import ENDED
from libs.common.parts import Parts
from libs.common.retention import Doomed, in_words, older_than, spare

EXPORTS: Final = "exports/"


@dataclass(frozen=True)
class OldExports:
    """Those that were stored long ago and that no job gave out lately, and those that no row names."""

    parts: Parts

    @property
    def kind(self) -> str:
        return "exports"

    async def find(self) -> AsyncIterator[Doomed]:
        async for blob in self.parts.blobs.list(EXPORTS):
            if blob.modified < older_than(spare(self.parts.limits)):
                row = await self._row(blob.key)
                if (reason := self._reason(blob, row)) and not (row and await self._is_used(row)):
                    yield Doomed(self.kind, blob.key, reason, blob.modified, blob.size)

    async def remove(self, doomed: Doomed) -> int:
        """Marked first: an export that begins afterwards takes it for gone, one that began before is seen here."""
        row = await self._row(doomed.name)
        if row is not None:
            await self._set_size(row, 0)
            if await self._is_used(row):
                await self._set_size(row, row.file_size)
                return 0
        await self.parts.blobs.delete(doomed.name)
        return 1

    def _reason(self, blob: Blob, row: ExportRow | None) -> str | None:
        kept = self.parts.limits.kept_exports_seconds
        if row is None:
            return "no export names it"
        if row.file_size == 0 or blob.modified < older_than(timedelta(seconds=kept)):
            return f"stored more than {in_words(kept)} ago"
        return None

    async def _row(self, key: str) -> ExportRow | None:
        document = await self.parts.database[EXPORT_LOGS].find_one({"b2_file_name": key})
        return ExportRow.model_validate(document) if document else None

    async def _set_size(self, row: ExportRow, size: int) -> None:
        """Unless the row has been healed: then it names another object."""
        named = {"_id": row.id, "b2_file_name": row.b2_file_name}
        await self.parts.database[EXPORT_LOGS].update_one(named, {"$set": {"file_size": size}})

    async def _is_used(self, row: ExportRow) -> bool:
        """Whether an export of the slug is under way, or one gave a link to this that may still be in use."""
        given = older_than(timedelta(seconds=self.parts.limits.link_seconds))
        under_way: dict[str, Any] = {"state": {"$nin": sorted(ENDED)}}
        lately: dict[str, Any] = {"result.export_id": row.id, "finished_at": {"$gt": given}}
        of_slug = {"subject": row.slug_id, "kind": "export.request", "$or": [under_way, lately]}
        return await self.parts.database[JOBS].find_one(of_slug, {"_id": 1}) is not None
