"""Jobs: look, cancel, try again. Viewers see their own; developers and administrators see all."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from libs.common.errors import Conflict, Forbidden, UploadGone
from libs.common.jobs.model import Job, JobState, Role
from libs.common.jobs.store import JobFilter, JobNotFound
from services.gateway.admission import caller_of
from services.gateway.answers import POLL_SECONDS, answer, answer_job
from services.gateway.auth.access import VIEWER, has_role
from services.gateway.auth.commands import access_to
from services.gateway.edge import edge_of
from services.gateway.reading import read_query
from services.gateway.resources.jobs import JobPage, JobQuery, JobResource
from services.gateway.routing import Endpoint
from services.gateway.submit import Order


class JobNotOver(Conflict):
    """Only a job that failed or was cancelled can be tried again."""

    code = "job-not-over"


async def list_jobs(request: web.Request) -> web.StreamResponse:
    query, caller = read_query(request, JobQuery), caller_of(request)
    email = None if has_role(caller, Role.DEVELOPER) else caller.email
    which = JobFilter(subject=query.slug, email=email, state=query.state, before=query.before)
    found = await edge_of(request).parts.jobs.find(which, limit=query.limit)
    return answer(
        JobPage(
            jobs=[JobResource.of(job) for job in found],
            next=found[-1].id if len(found) == query.limit else None,
        )
    )


async def show_job(request: web.Request) -> web.StreamResponse:
    return _shown(await visible_job(request))


async def cancel_job(request: web.Request) -> web.StreamResponse:
    """200 where the job has ended by it, 202 where its worker will stop soon."""
    job, caller = await visible_job(request), caller_of(request)
    if job.requester.email != caller.email and not has_role(caller, Role.ADMIN):
        raise Forbidden("Only who asked for a job, or an administrator, may cancel it.")
    cancelled = await edge_of(request).submissions.cancel(job.id, caller)
    return _shown(cancelled, status=200 if cancelled.ended else 202)


async def retry_job(request: web.Request) -> web.StreamResponse:
    """A new job with the input of this one, asked for by the caller."""
    job, edge = await visible_job(request), edge_of(request)
    access_to(job.kind, job.input).check(caller_of(request))
    if job.state not in {JobState.FAILED, JobState.CANCELLED}:
        raise JobNotOver(f"The job is {job.state}; only a failed or cancelled one can be tried again.")
    upload_key = job.input.get("upload_key")
    if upload_key is not None and await edge.parts.blobs.head(upload_key) is None:
        raise UploadGone
    again = Order(job.kind, job.subject, job.input)
    submitted = await edge.submissions.submit(request, caller_of(request), again)

    async def succeeded(new: Job) -> web.StreamResponse:
        return _shown(new)

    return await answer_job(submitted, succeeded)


async def visible_job(request: web.Request) -> Job:
    """The job of the address. Raises: JobNotFound, also for what the caller may not see."""
    return await job_for(request, request.match_info["job_id"])


async def job_for(request: web.Request, job_id: str) -> Job:
    """Raises: JobNotFound, also for what the caller may not see."""
    caller = caller_of(request)
    job = await edge_of(request).parts.jobs.get(job_id)
    if job.requester.email != caller.email and not has_role(caller, Role.DEVELOPER):
        raise JobNotFound(f"There is no job {job.id!r}.")
    return job


def _shown(job: Job, *, status: int = 200) -> web.Response:
    response = answer(JobResource.of(job), status=status)
    if not job.ended:
        response.headers[hdrs.RETRY_AFTER] = str(POLL_SECONDS)
    return response


ENDPOINTS: Final = [
    Endpoint("GET", "/api/jobs", list_jobs, VIEWER),
    Endpoint("GET", "/api/jobs/{job_id}", show_job, VIEWER),
    Endpoint("DELETE", "/api/jobs/{job_id}", cancel_job, VIEWER),
    Endpoint("POST", "/api/jobs/{job_id}/retry", retry_job, VIEWER),
]
