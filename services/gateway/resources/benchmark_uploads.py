"""Upload of benchmark dumps over HTTP; names are the seed's."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import ConfigDict, model_validator

from libs.common.errors import Problem
from libs.common.events.benchmarks import (
    BenchmarkImportCompleted,
    BenchmarkImportRequest,
    BenchmarkPlan,
    Clear,
    ImportSummary,
)
from libs.common.jobs.model import Job
from services.gateway.resources.model import HttpModel
from services.gateway.uploads import Upload

MIB = 2**20


class DumpFields(HttpModel):
    """What may stand beside the file."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    clear_existing: bool = False
    clear_all: bool = False
    dry_run: bool = False

    @model_validator(mode="after")
    def _one_clearing(self) -> Self:
        if self.clear_existing and self.clear_all:
            raise ValueError("clear_existing and clear_all exclude each other.")
        return self

    @property
    def clear(self) -> Clear:
        return Clear.ALL if self.clear_all else Clear.COMPANIES if self.clear_existing else Clear.NOTHING

    def as_command(self, upload: Upload) -> BenchmarkImportRequest:
        return BenchmarkImportRequest(
            upload_key=upload.blob.key,
            upload_name=upload.filename,
            clear=self.clear,
            dry_run=self.dry_run,
        )


class UploadAnswer(HttpModel):
    """A finished import; with `dry_run` only its plan."""

    status: Literal["success"] = "success"
    message: str
    import_summary: ImportSummary
    job_id: str
    dry_run: bool
    plan: BenchmarkPlan
    warnings: list[Problem]

    @classmethod
    def of(cls, job: Job) -> Self:
        completed = BenchmarkImportCompleted.model_validate(job.result)
        return cls(job_id=job.id, **dict(completed))


class Instructions(HttpModel):
    """How to upload, for people and scripts."""

    format: str
    max_size: str
    endpoint: str
    method: str = "POST"
    content_type: str = "multipart/form-data"
    export_command: str = "python manage.py export_sql_dump --include-schedules"


class UploadStatus(HttpModel):
    status: Literal["ready"] = "ready"
    message: str = "Benchmark results can be uploaded."
    instructions: Instructions

    @classmethod
    def of(cls, *, packed_limit: int, endpoint: str) -> Self:
        return cls(
            instructions=Instructions(
                format="ZIP with benchmark_dump.json",
                max_size=f"{packed_limit / MIB:g}MB",
                endpoint=endpoint,
            )
        )
