"""Payloads that every kind of job shares, and the events in which each command may end (DESIGN §3)."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from libs.common.errors import EntrepotError, Problem, problem_details


class Payload(BaseModel):
    """Data of a command or event; readers ignore fields that they do not know.

    Each is built when it is first used: no service uses all of them, and together they take a tenth of a start.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class ErrorInfo(Payload):
    """Why a job failed; `code` is stable, `status` is what HTTP says of it."""

    code: str
    title: str = "The job failed."
    status: int = 500
    message: str
    problems: list[Problem] = []
    extensions: dict[str, Any] = {}
    """What else the error says, such as the new plan of an import whose plan has changed."""

    @classmethod
    def of(cls, error: EntrepotError) -> ErrorInfo:
        return cls(
            code=error.code,
            title=error.title(),
            status=error.status,
            message=error.detail,
            problems=error.problems,
            extensions=error.extensions,
        )

    def as_problem_details(self) -> dict[str, Any]:
        """The body of an `application/problem+json` answer (RFC 9457)."""
        return self.extensions | problem_details(
            self.code, self.title, self.status, self.message, self.problems
        )


class Progress(Payload):
    """How far a job is. `done` and `total` are counts of `unit`; unknown totals are None."""

    stage: str
    done: int | None = None
    total: int | None = None
    unit: str | None = None


class JobStarted(Payload):
    """A worker has begun with the job."""

    job_id: str
    attempt: int


class JobProgressed(Payload):
    """The job has got further. May be lost; the job document tells the latest."""

    job_id: str
    progress: Progress


class JobFailed(Payload):
    """The job has ended without a result; nothing of it remains."""

    job_id: str
    error: ErrorInfo


class JobCancelled(Payload):
    """The job was ended on request; nothing of it remains."""

    job_id: str
    by: str


EXPERIMENT_OUTCOMES: Final = (
    *("started", "stopped", "cloned", "deleted", "rolled_back", "data_restored", "synced"),
    *("compared", "packed"),
)


def noun_of(command: str) -> str:
    """`export` for `export.request`."""
    return command.removesuffix(".request")


def failure_of(command: str) -> str:
    """The routing key under which a command's failure is told."""
    noun = noun_of(command)
    return "experiment.request_failed" if noun == "experiment" else f"{noun}.failed"


def cancellation_of(command: str) -> str:
    """The routing key under which a command's cancellation is told."""
    noun = noun_of(command)
    return "experiment.request_failed" if noun == "experiment" else f"{noun}.cancelled"


TERMINAL_PATTERNS: Final = (
    "*.completed",
    "*.failed",
    "*.cancelled",
    "experiment.request_failed",
    *(f"experiment.{outcome}" for outcome in EXPERIMENT_OUTCOMES),
)
"""Topic patterns that together match each terminal event."""
