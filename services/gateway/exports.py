"""Finished exports, as `export_logs` lists them; only the exporter writes there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from libs.common.blobs import BlobStore
from libs.common.database.client import Database
from libs.common.database.collections import EXPORT_LOGS
from libs.common.errors import NotFound
from libs.common.events.exports import ExportKind


class ExportNotFound(NotFound):
    """There is no such export."""

    code = "export-not-found"


class ExportLog(BaseModel):
    """One row of `export_logs`, by the seed's names."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(alias="_id")
    slug_id: str
    export_type: ExportKind
    user_email: str
    file_size: int
    checksum: str
    content_digest: str
    b2_file_name: str
    created_at: datetime

    @property
    def filename(self) -> str:
        return PurePosixPath(self.b2_file_name).name


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

    async def get(self, export_id: str) -> ExportLog:
        """Raises: ExportNotFound."""
        document = await self._logs.find_one({"_id": export_id})
        if document is None:
            raise ExportNotFound(f"There is no export {export_id!r}.")
        return ExportLog.model_validate(document)

    async def page(self, *, slug: str | None, before: str | None, limit: int) -> list[ExportLog]:
        """The newest first; the next page begins `before` the last one's id."""
        criteria: dict[str, Any] = {"slug_id": slug, "_id": {"$lt": before} if before else None}
        criteria = {name: value for name, value in criteria.items() if value is not None}
        found = self._logs.find(criteria).sort("_id", -1).limit(limit)
        return [ExportLog.model_validate(document) async for document in found]

    async def link(self, export: ExportLog) -> Link:
        """A new link to the ZIP. Raises: ExportNotFound where storage has it no longer."""
        if await self._blobs.head(export.b2_file_name) is None:
            raise ExportNotFound("The ZIP of this export is no longer in storage; export again.")
        url = await self._blobs.link(
            export.b2_file_name, filename=export.filename, seconds=self._link_seconds
        )
        return Link(url=url, expires_at=datetime.now(UTC) + timedelta(seconds=self._link_seconds))
