"""What many operations answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from libs.common.errors import Problem
from libs.common.events.jobs import ErrorInfo, Progress
from libs.common.jobs.model import JobState, Requester


class ProblemDetails(BaseModel):
    """An error (RFC 9457); `errors` lists all that is wrong with an input. Some errors have further members."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    errors: list[Problem] | None
    instance: str | None
    job_id: str | None


class JobDocument(BaseModel):
    """A job: who asked for what, how far it is, and what came out."""

    id: str
    kind: str
    subject: str | None
    requester: Requester
    input: dict[str, Any]
    state: JobState
    attempt: int
    failures: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    worker: str | None
    cancel_requested_by: str | None
    progress: Progress | None
    result: dict[str, Any] | None
    error: ErrorInfo | None


class JobDocumentPage(BaseModel):
    """`next` is `before` of the next page; absent on the last one."""

    jobs: list[JobDocument]
    next: str | None


class Accepted(BaseModel):
    """The work goes on; its state is at the address in `Location`."""

    status: Literal[JobState.QUEUED, JobState.RUNNING]
    job_id: str
    message: str
    job: JobDocument
