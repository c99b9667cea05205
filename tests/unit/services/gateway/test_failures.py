"""The answer to a request whose job ended badly."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from libs.common.errors import Conflict, DeadlineExceeded, EntrepotError, InvalidInput, Problem
from libs.common.events.jobs import ErrorInfo
from libs.common.jobs.model import Job, JobState, Requester, Role
from libs.common.registry import ExperimentNotFound
from services.gateway.failures import failure

PROBLEM = Problem(category="code", code="x", message="m", path="actor.py", line=3)


def job(error: ErrorInfo | None) -> Job:
    now = datetime.now(UTC)
    return Job(
        id="1",
        kind="import.request",
        subject=None,
        requester=Requester(email="a@example.org", role=Role.DEVELOPER),
        input={},
        state=JobState.FAILED if error else JobState.CANCELLED,
        error=error,
        not_before=now,
        created_at=now,
    )


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidInput(problems=[PROBLEM]), 422, "invalid-input"),
        (ExperimentNotFound(), 404, "experiment-not-found"),
        (Conflict(), 409, "conflict"),
        (DeadlineExceeded(), 504, "deadline-exceeded"),
        (EntrepotError(), 500, "internal"),
        (None, 409, "job-cancelled"),
    ],
)
def test_an_error_keeps_its_status_and_problems(error: EntrepotError | None, status: int, code: str) -> None:
    response = failure(job(ErrorInfo.of(error) if error else None))
    assert isinstance(response.body, bytes)
    body = orjson.loads(response.body)

    assert (response.status, body["status"]) == (status, status)
    assert body["type"] == f"urn:entrepot:problem:{code}"
    assert body["job_id"] == "1"
    problems = error.problems if error else []
    assert body.get("errors", []) == [problem.model_dump(exclude_none=True) for problem in problems]


def test_an_error_of_an_older_service_is_an_internal_one() -> None:
    told = ErrorInfo.model_validate({"code": "old", "message": "m"})

    assert failure(job(told)).status == 500
