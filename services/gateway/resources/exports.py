"""Exports over HTTP (DESIGN §4)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from libs.common.events.exports import CollectionExport, ExportCompleted, ExportKind
from libs.common.exports import ExportRow
from libs.common.jobs.model import Job
from services.gateway.exports import Link
from services.gateway.reading import PageSize
from services.gateway.resources.model import HttpModel


class DownloadQuery(HttpModel):
    """`?download=1` asks for the file itself."""

    download: bool = False


class ExportQuery(HttpModel):
    """Which exports to list; the next page begins `before` the last one's id."""

    slug: str | None = None
    before: str | None = None
    limit: PageSize = 50


class ExportAnswer(HttpModel):
    """A finished export. `checksum` is the ZIP's SHA-256; `download_url` needs no token until `expires_at`."""

    status: Literal["success"] = "success"
    download_url: str
    filename: str
    export_id: str
    message: str
    job_id: str
    checksum: str
    content_digest: str
    file_size: int
    reused: bool
    expires_at: datetime
    collections: list[CollectionExport]
    warnings: list[str]

    @classmethod
    def of(cls, job: Job, completed: ExportCompleted, export: ExportRow, link: Link) -> Self:
        return cls(
            download_url=link.url,
            filename=export.filename,
            export_id=export.id,
            message=completed.message,
            job_id=job.id,
            checksum=export.checksum,
            content_digest=completed.content_digest or export.content_digest,
            file_size=export.file_size,
            reused=completed.reused,
            expires_at=link.expires_at,
            collections=completed.collections,
            warnings=completed.warnings,
        )


class ExportResource(HttpModel):
    """An export in lists. `download_url` is permanent and asks for a token."""

    export_id: str
    slug: str
    kind: ExportKind
    filename: str
    file_size: int
    checksum: str
    content_digest: str
    user_email: str
    created_at: datetime
    download_url: str

    @classmethod
    def of(cls, export: ExportRow, *, base_url: str) -> Self:
        return cls(
            export_id=export.id,
            slug=export.slug_id,
            kind=export.export_type,
            filename=export.filename,
            file_size=export.file_size,
            checksum=export.checksum,
            content_digest=export.content_digest,
            user_email=export.user_email,
            created_at=export.created_at,
            download_url=f"{base_url}/api/exports/{export.id}/download",
        )


class ExportPage(HttpModel):
    exports: list[ExportResource]
    next: str | None = None
    """`before` of the next page; absent on the last one."""
