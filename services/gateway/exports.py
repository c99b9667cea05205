"""Finished exports, as `export_logs` lists them; only the exporter writes there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from libs.common.blobs import BlobStore
from libs.common.database.client import Database
from libs.common.database.collections import EXPORT_LOGS
from libs.common.errors import NotFound
from libs.common.exports import ExportRow


class ExportNotFound(NotFound):
    """There is no such export."""

    code = "export-not-found"


class Link(BaseModel):
    """An address that works for everybody who has it, until it expires."""

    model_config = ConfigDict(frozen=True)

    url: str
    expires_at: datetime


class Exports:
    """Reads export logs and makes links to what they name."""

    def __init__(self, database: Database, blobs: BlobStore, *, link_seconds: int) -> None:
        self._logs = database[EXPORT_LOGS]
        self._blobs = blobs
        self._link_seconds = link_seconds

    async def get(self, export_id: str) -> ExportRow:
        """Raises: ExportNotFound."""
        document = await self._logs.find_one({"_id": export_id})
        if document is None:
            raise ExportNotFound(f"There is no export {export_id!r}.")
        return ExportRow.model_validate(document)

    async def page(self, *, slug: str | None, before: str | None, limit: int) -> list[ExportRow]:
        """The newest first; the next page begins `before` the last one's id."""
        criteria: dict[str, Any] = {"slug_id": slug, "_id": {"$lt": before} if before else None}
        criteria = {name: value for name, value in criteria.items() if value is not None}
        found = self._logs.find(criteria).sort("_id", -1).limit(limit)
        return [ExportRow.model_validate(document) async for document in found]

    async def link(self, export: ExportRow) -> Link:
        """A new link to the ZIP. Raises: ExportNotFound where storage has it no longer."""
        return await self.link_to(export.b2_file_name, export.filename)

    async def link_to(self, key: str, filename: str) -> Link:
        """A new link to any ZIP in storage. Raises: ExportNotFound."""
        if await self._blobs.head(key) is None:
            raise ExportNotFound("This ZIP is no longer in storage; export again.")
        url = await self._blobs.link(key, filename=filename, seconds=self._link_seconds)
        return Link(url=url, expires_at=datetime.now(UTC) + timedelta(seconds=self._link_seconds))
