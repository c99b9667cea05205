"""Jobs: every request that takes work is one."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, Field

from entrepot_client.models.resource import Resource


class JobState(StrEnum):
    """`queued → running → succeeded | failed | cancelled`."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Problem(Resource):
    """One thing that is wrong with an input: where it is and what mends it."""

    category: str
    code: str
    message: str
    path: str | None = None
    row: int | None = None
    line: int | None = None
    remedy: str | None = None


class Progress(Resource):
    """How far something is. `done` and `total` are counts of `unit`; unknown totals are None."""

    stage: str
    done: int | None = None
    total: int | None = None
    unit: str | None = None


class Requester(Resource):
    """Who asked for a job."""

    email: str
    role: str


class JobError(Resource):
    """Why a job failed; `code` is stable, `status` is what HTTP says of it."""

    code: str
    title: str = "The job failed."
    status: int = 500
    message: str
    problems: tuple[Problem, ...] = ()
    extensions: dict[str, Any] = Field(default_factory=dict)


class Job(Resource):
    """Who asked for what, how far it is, and what came out."""

    id: str
    kind: str
    subject: str | None = None
    """Slug or run id."""
    requester: Requester
    state: JobState
    attempt: int
    created_at: AwareDatetime
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    cancel_requested_by: str | None = None
    progress: Progress | None = None
    result: dict[str, Any] | None = None
    error: JobError | None = None

    @property
    def ended(self) -> bool:
        return self.state not in (JobState.QUEUED, JobState.RUNNING)


class Accepted(Resource):
    """The work goes on as this job."""

    job_id: str


class JobPage(Resource):
    """`next` is `before` of the next page; None on the last one."""

    jobs: tuple[Job, ...]
    next: str | None = None
