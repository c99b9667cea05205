"""Imports over HTTP: the fields of an upload, and its answer."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field

from libs.common.events.import_data import KeptData, WithData
from libs.common.events.imports import ImportCompleted, ImportPlan, ImportRequest, OnConflict
from libs.common.jobs.model import Job
from libs.common.manifest.slug import slug_problem
from services.gateway.reading import Text
from services.gateway.resources.model import HttpModel
from services.gateway.uploads import Upload


def _check_slug(text: str) -> str:
    if problem := slug_problem(text, path="slug_id"):
        raise ValueError(f"{problem.message} {problem.remedy}")
    return text


class ImportFields(HttpModel):
    """What may stand beside the file."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    slug_id: Annotated[str, AfterValidator(_check_slug)] | None = None
    dry_run: bool = False
    on_conflict: OnConflict = OnConflict.REPLACE
    plan_digest: Annotated[str, Field(max_length=200)] | None = None
    note: Text | None = None
    with_data: WithData = WithData.SKIP
    accept_cut: bool = False
    """Replace also by collections of which the ZIP holds only a part."""

    def as_command(self, upload: Upload) -> ImportRequest:
        return ImportRequest(
            upload_key=upload.blob.key,
            upload_name=upload.filename,
            slug=self.slug_id,
            dry_run=self.dry_run,
            on_conflict=self.on_conflict,
            plan_digest=self.plan_digest,
            note=self.note,
            with_data=self.with_data,
            accept_cut=self.accept_cut,
        )


class RestoreDataBody(HttpModel):
    """`kept_data` is the id that the answer of an import named."""

    model_config = ConfigDict(extra="forbid")

    kept_data: Annotated[str, Field(max_length=100)]


class ImportAnswer(HttpModel):
    """A finished import; with `dry_run` the plan of one."""

    status: Literal["success"] = "success"
    job_id: str
    slug: str
    dry_run: bool
    revision: int | None
    replaced_revision: int | None
    """What a rollback goes back to."""
    kept_data: KeptData | None
    message: str
    plan: ImportPlan

    @classmethod
    def of(cls, job: Job) -> Self:
        completed = ImportCompleted.model_validate(job.result)
        return cls(job_id=job.id, **dict(completed))
