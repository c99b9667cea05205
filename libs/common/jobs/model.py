"""A job as a document: who asked for what, how far it is, and what came out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from libs.common.events.envelope import Message, new_id
from libs.common.events.jobs import ErrorInfo, Progress


class JobState(StrEnum):
    """`queued → running → succeeded | failed | cancelled`; a retry goes back to `queued`."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


class Role(StrEnum):
    """What a caller may do; each includes the ones before it (DESIGN §4)."""

    VIEWER = "viewer"
    DEVELOPER = "developer"
    ADMIN = "admin"


class Requester(BaseModel):
    """Who asked for a job."""

    model_config = ConfigDict(frozen=True)

    email: str
    role: Role


class Lease(BaseModel):
    """Which worker has the job, and until when unless it renews."""

    model_config = ConfigDict(frozen=True)

    owner: str
    until: datetime


class NewJob(BaseModel):
    """A request for work, before it is accepted. `kind` is the command's routing key, e.g. `export.request`."""

    model_config = ConfigDict(frozen=True)

    kind: str
    subject: str | None
    """The slug or run id."""
    requester: Requester
    input: dict[str, Any]
    idempotency_key: str | None = None
    body_digest: str | None = None
    """SHA-256 of the request that came with the idempotency key."""
    traceparent: str | None = None


class Job(NewJob):
    """One document of `jobs`. `attempt` counts claims and fences the writes of each."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    id: str = Field(default_factory=new_id, alias="_id")
    state: JobState = JobState.QUEUED
    attempt: int = 0
    failures: int = 0
    """Attempts that ended in an error or in a crash; giving back and waiting for a slug do not count."""
    not_before: datetime
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    lease: Lease | None = None
    worker: str | None = None
    """The worker of the latest attempt, for people who look for its log."""
    exclusive: str | None = None
    """The slug that this job alone may change while it runs; unique over running jobs."""
    needs: str | None = None
    """A slug that this job found held; it is claimed only together with it."""
    cancel_requested_by: str | None = None
    progress: Progress | None = None
    result: dict[str, Any] | None = None
    error: ErrorInfo | None = None
    outbox: list[Message] = []
    """Messages that this document's changes caused and that the bus does not hold yet."""

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def as_document(self) -> dict[str, Any]:
        """For the database: times stay times; what is None is left out, as partial indexes need it.

        The subject stays even when None, so that lots are drawn over jobs without one, too.
        """
        document = self.model_dump(by_alias=True, exclude_none=True) | {"subject": self.subject}
        document["outbox"] = [entry.model_dump(mode="json", exclude_none=True) for entry in self.outbox]
        return document

    def as_resource(self) -> dict[str, Any]:
        """For `/api/jobs/{id}`."""
        internal = {
            "lease",
            "outbox",
            "exclusive",
            "needs",
            "idempotency_key",
            "body_digest",
            "traceparent",
            "not_before",
        }
        return self.model_dump(mode="json", exclude=internal, exclude_none=True)
