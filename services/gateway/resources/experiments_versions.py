"""Versions of experiments over HTTP: the list, differences, downloads."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from libs.common.events.imports import ExperimentCompared, ExperimentPacked, FileChange
from libs.common.jobs.model import Job
from libs.common.overview import SHORT_DIGEST
from libs.common.versions import Origin, Version
from services.gateway.exports import Link
from services.gateway.reading import PageSize
from services.gateway.resources.model import HttpModel

Revision = Annotated[int, Field(ge=1)]


class VersionQuery(HttpModel):
    """The newest first; the next page begins `before` the last one's revision."""

    before: int | None = None
    limit: PageSize = 50


class DiffQuery(HttpModel):
    """`?from=&to=`. Unset `to` is the current revision, unset `from` the one before `to`."""

    base: Revision | None = Field(default=None, alias="from")
    target: Revision | None = Field(default=None, alias="to")


class RevisionPath(HttpModel):
    revision: Revision


class VersionResource(HttpModel):
    """One revision. `kept` says whether its files are still there to roll back to."""

    revision: int
    version: str
    digest: str
    author: str
    note: str | None
    origin: Origin
    created_at: datetime
    current: bool
    kept: bool

    @classmethod
    def of(cls, version: Version, *, current: int | None) -> Self:
        return cls(
            revision=version.revision,
            version=version.digest[:SHORT_DIGEST],
            digest=version.digest,
            author=version.author,
            note=version.note,
            origin=version.origin,
            created_at=version.created_at,
            current=version.revision == current,
            kept=version.bundle is not None,
        )


class VersionPage(HttpModel):
    slug: str
    versions: list[VersionResource]
    next: int | None = None


class DiffAnswer(HttpModel):
    """What was changed from revision `base` to revision `target`.

    `total` counts the files in which they differ, of which very many are not all listed. A file without `diff` says
    in `omitted` why: it is `binary`, `large` or a `secret`, or the others have taken all the room (`limit`).
    """

    status: Literal["success"] = "success"
    job_id: str
    slug: str
    base: int
    target: int
    files: list[FileChange]
    total: int
    message: str

    @classmethod
    def of(cls, job: Job) -> Self:
        compared = ExperimentCompared.model_validate(job.result)
        return cls(job_id=job.id, **dict(compared))


class VersionDownload(HttpModel):
    """A kept version as a ZIP to upload again; `download_url` needs no token until `expires_at`."""

    status: Literal["success"] = "success"
    job_id: str
    slug: str
    revision: int
    download_url: str
    filename: str
    file_size: int
    expires_at: datetime
    left_out: list[str]
    message: str

    @classmethod
    def of(cls, job: Job, packed: ExperimentPacked, link: Link) -> Self:
        return cls(
            job_id=job.id,
            slug=packed.slug,
            revision=packed.packed,
            download_url=link.url,
            filename=packed.filename,
            file_size=packed.file_size,
            expires_at=link.expires_at,
            left_out=packed.left_out,
            message=packed.message,
        )
