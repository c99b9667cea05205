"""The answer to a request whose job did not succeed: the problem in which it ended."""

from __future__ import annotations

from aiohttp import web

from libs.common.errors import Conflict
from libs.common.events.jobs import ErrorInfo
from libs.common.jobs.model import Job
from services.gateway import problems


class JobCancelled(Conflict):
    """The job was cancelled before it was done."""

    code = "job-cancelled"


def failure(job: Job) -> web.Response:
    """problem+json of a job that failed or was cancelled, with its id."""
    error = job.error or ErrorInfo.of(JobCancelled())
    return problems.respond(error.as_problem_details() | {"job_id": job.id})
