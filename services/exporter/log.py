"""`export_logs`: one row for each ZIP in storage, by the seed's names; what is exported again is found here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from libs.common.blobs import Blob, BlobStore
from libs.common.database.client import Database
from libs.common.database.collections import EXPORT_LOGS
from libs.common.events.exports import ExportKind
from libs.common.exports import ExportRow


@dataclass(frozen=True)
class Content:
    """What an export is of: equal ones give equal bytes."""

    slug: str
    kind: ExportKind
    digest: str


class ExportLog:
    """Reads and writes the rows. A row is written once its object is stored, and names no other content ever after."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._rows = database[EXPORT_LOGS]
        self._blobs = blobs

    async def find(self, content: Content) -> ExportRow | None:
        """The newest row of that content, whether or not its object is still in storage."""
        return await self._find_one(content, {"content_digest": content.digest})

    async def is_stored(self, row: ExportRow) -> bool:
        """Whether storage still has the whole object."""
        blob = await self._blobs.head(row.b2_file_name)
        return blob is not None and blob.size == row.file_size

    async def record(
        self, content: Content, blob: Blob, *, export_id: str, email: str
    ) -> tuple[ExportRow, bool]:
        """Log a new object; returns the row that now stands for the content, and whether it was there before.

        Where the same bytes are logged already, their row stays and the new object goes, unless it heals the row.
        """
        assert blob.sha256 is not None
        row = ExportRow(
            id=export_id,
            slug_id=content.slug,
            export_type=content.kind,
            user_email=email,
            file_size=blob.size,
            checksum=blob.sha256,
            content_digest=content.digest,
            b2_file_name=blob.key,
            created_at=_now(),
        )
        try:
            await self._rows.insert_one(row.model_dump(by_alias=True))
        except DuplicateKeyError:
            return await self._merge(content, blob), True
        return row, False

    async def heal(self, row: ExportRow, blob: Blob) -> ExportRow:
        """Let a row whose object is gone name the one that was built anew."""
        healed = {"b2_file_name": blob.key, "checksum": blob.sha256, "file_size": blob.size}
        await self._rows.update_one({"_id": row.id}, {"$set": healed})
        return row.model_copy(update=healed)

    async def _merge(self, content: Content, blob: Blob) -> ExportRow:
        same = await self._find_one(content, {"checksum": blob.sha256})
        assert same is not None  # rows are never deleted while their slug is exported
        await self._rows.update_one({"_id": same.id}, {"$set": {"content_digest": content.digest}})
        if not await self.is_stored(same):
            return await self.heal(same, blob)
        await self._blobs.delete(blob.key)
        return same

    async def _find_one(self, content: Content, criteria: dict[str, Any]) -> ExportRow | None:
        document = await self._rows.find_one(
            {"slug_id": content.slug, "export_type": content.kind, **criteria},
            sort=[("created_at", DESCENDING)],
        )
        return ExportRow.model_validate(document) if document else None


def _now() -> datetime:
    """As exact as the database keeps it, so that a row is the same before and after it was written."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
