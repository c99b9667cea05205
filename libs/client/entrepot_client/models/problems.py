"""Errors as the platform writes them (RFC 9457)."""

from __future__ import annotations

from typing import Self

from entrepot_client.models.jobs import Job, Problem
from entrepot_client.models.resource import Resource


class ProblemDetails(Resource):
    """`errors` lists all that is wrong with an input; some errors have further members."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[Problem, ...] = ()
    job_id: str | None = None

    @classmethod
    def of(cls, job: Job) -> Self:
        """Why a job has ended without a result."""
        if job.error is None:
            by = f" by {job.cancel_requested_by}" if job.cancel_requested_by else ""
            return cls(
                type="urn:entrepot:problem:job-cancelled",
                title="The job was cancelled before it was done.",
                status=409,
                detail=f"The job {job.id} was cancelled{by}.",
                job_id=job.id,
            )
        error = job.error
        return cls(
            **error.extensions,
            type=f"urn:entrepot:problem:{error.code}",
            title=error.title,
            status=error.status,
            detail=error.message,
            errors=error.problems,
            job_id=job.id,
        )
