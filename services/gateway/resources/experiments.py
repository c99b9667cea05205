"""Experiments over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from libs.common.events.exports import CollectionExport, ExportCompleted, ExportKind
from libs.common.events.imports import ExperimentChanged
from libs.common.jobs.model import Job
from libs.common.manifest.model import Status
from libs.common.registry import Registered
from libs.common.versions import Origin, Version
from services.gateway.reading import PageSize, Text

SHORT_DIGEST = 12
"""Digits of a digest that people see; enough to tell the versions of one experiment apart."""


class ExperimentQuery(BaseModel):
    """Experiments in order of their slugs; the next page comes `after` the last one's."""

    after: str = ""
    limit: PageSize = 50


class VersionQuery(BaseModel):
    """The newest first; the next page begins `before` the last one's revision."""

    before: int | None = None
    limit: PageSize = 50


class EstimateQuery(BaseModel):
    kind: ExportKind = ExportKind.STANDALONE


class DeleteQuery(BaseModel):
    """`?delete_data=1` also drops the experiment's collections."""

    delete_data: bool = False


class RollbackBody(BaseModel):
    """Unset `revision` is the one before the current."""

    model_config = ConfigDict(extra="forbid")

    revision: Annotated[int, Field(ge=1)] | None = None
    note: Text | None = None


class ExperimentResource(BaseModel):
    """A registered experiment. `version` is the short digest of its files, `revision` counts changes of version."""

    slug: str
    name: str
    description: str | None
    status: Status
    version: str
    revision: int
    digest: str
    author: str
    updated_at: datetime
    bundle_size: int

    @classmethod
    def of(cls, registered: Registered) -> Self:
        effective, platform = registered.effective, registered.platform
        return cls(
            slug=registered.slug,
            name=effective.name or registered.slug,
            description=effective.description,
            status=effective.status,
            version=platform.digest[:SHORT_DIGEST],
            revision=platform.revision,
            digest=platform.digest,
            author=platform.author,
            updated_at=platform.updated_at,
            bundle_size=platform.bundle.size,
        )


class ExperimentPage(BaseModel):
    experiments: list[ExperimentResource]
    next: str | None = None
    """`after` of the next page; absent on the last one."""


class VersionResource(BaseModel):
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
    def of(cls, version: Version, *, current: int) -> Self:
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


class VersionPage(BaseModel):
    slug: str
    versions: list[VersionResource]
    next: int | None = None


class EstimateAnswer(BaseModel):
    """What an export would take: bytes before packing."""

    status: Literal["success"] = "success"
    job_id: str
    kind: ExportKind
    unpacked_size: int
    documents: int
    fits: bool
    collections: list[CollectionExport]
    warnings: list[str]

    @classmethod
    def of(cls, job: Job) -> Self:
        completed = ExportCompleted.model_validate(job.result)
        assert completed.estimate is not None
        return cls(
            job_id=job.id,
            kind=completed.kind,
            unpacked_size=completed.estimate.unpacked_size,
            documents=completed.estimate.documents,
            fits=completed.estimate.fits,
            collections=completed.collections,
            warnings=completed.warnings,
        )


class ChangeAnswer(BaseModel):
    """An experiment that was rolled back, synced or deleted; the revision is the one that now counts."""

    status: Literal["success"] = "success"
    job_id: str
    slug: str
    revision: int | None
    digest: str | None
    message: str

    @classmethod
    def of(cls, job: Job) -> Self:
        changed = ExperimentChanged.model_validate(job.result)
        return cls(
            job_id=job.id,
            slug=changed.slug,
            revision=changed.revision,
            digest=changed.digest,
            message=changed.message,
        )
