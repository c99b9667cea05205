"""How resources and jobs leave as answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import orjson
from aiohttp import hdrs, web
from pydantic import BaseModel

from libs.common.jobs.model import Job, JobState
from services.gateway.failures import failure
from services.gateway.submit import Submitted

POLL_SECONDS: Final = 2
"""How soon a client is asked to look at its job again."""

Build = Callable[[Job], Awaitable[web.StreamResponse]]


def answer(body: BaseModel, *, status: int = 200) -> web.Response:
    """JSON; what is None is left out."""
    return web.Response(
        body=body.model_dump_json(exclude_none=True).encode(), status=status, content_type="application/json"
    )


def see_other(address: str) -> web.Response:
    return web.Response(status=303, headers={hdrs.LOCATION: address})


async def answer_job(submitted: Submitted, succeeded: Build) -> web.StreamResponse:
    """200 by `succeeded`, 202 while the job is not done, or the problem in which it ended."""
    job = submitted.job
    if job.state is JobState.SUCCEEDED:
        response = await succeeded(job)
    elif job.ended:
        response = failure(job)
    else:
        response = accepted(job)
    response.headers.update(submitted.patience.headers())
    return response


def accepted(job: Job) -> web.Response:
    body = {
        "status": job.state,
        "job_id": job.id,
        "message": "The work goes on; its state is at the address in Location.",
        "job": job.as_resource(),
    }
    headers = {hdrs.LOCATION: f"/api/jobs/{job.id}", hdrs.RETRY_AFTER: str(POLL_SECONDS)}
    return web.Response(body=orjson.dumps(body), status=202, content_type="application/json", headers=headers)
