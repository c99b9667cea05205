"""The answer to a request whose job ended badly."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import UTC, datetime

import orjson
import pytest

from libs.common.errors import EntrepotError, Problem
from libs.common.events.jobs import ErrorInfo
from libs.common.jobs.model import Job, JobState, Requester, Role
from libs.common.registry import ExperimentNotFound
from services.gateway.failures import failure, kinds

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
        (ErrorInfo(code="invalid-input", message="m", problems=[PROBLEM]), 422, "invalid-input"),
        (ErrorInfo.of(ExperimentNotFound()), 404, "experiment-not-found"),
        (ErrorInfo(code="conflict", message="m"), 409, "conflict"),
        (ErrorInfo(code="deadline-exceeded", message="m"), 504, "deadline-exceeded"),
        (ErrorInfo(code="of-the-importer", message="m", problems=[PROBLEM]), 422, "of-the-importer"),
        (ErrorInfo(code="of-the-importer", message="m"), 500, "of-the-importer"),
        (None, 409, "job-cancelled"),
    ],
)
def test_a_code_keeps_its_status(error: ErrorInfo | None, status: int, code: str) -> None:
    response = failure(job(error))
    assert isinstance(response.body, bytes)
    body = orjson.loads(response.body)

    assert (response.status, body["status"]) == (status, status)
    assert body["type"] == f"urn:entrepot:problem:{code}"
    assert body["job_id"] == "1"
    assert body.get("errors", []) == [
        problem.model_dump(exclude_none=True) for problem in (error.problems if error else [])
    ]


def errors_of(service: str) -> list[type[EntrepotError]]:
    """What a service's own modules define."""
    package = importlib.import_module(f"services.{service}")
    for module in pkgutil.walk_packages(package.__path__, f"services.{service}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return [kind for kind in kinds(EntrepotError) if kind.__module__.startswith(f"services.{service}.")]


@pytest.mark.parametrize("service", ["exporter", "importer"])
def test_errors_of_the_services_keep_their_status(service: str) -> None:
    found = errors_of(service)
    assert found

    for kind in found:
        problems = [PROBLEM] if kind.status == 422 else []
        answered = failure(job(ErrorInfo(code=kind.code, message="m", problems=problems)))
        assert answered.status == kind.status, kind
