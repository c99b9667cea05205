"""The tasks of a run as jobs of their own: made once, waited for, cancelled with the run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any

from libs.common.bus import BusUnavailable
from libs.common.database.collections import JOBS
from libs.common.errors import Conflict
from libs.common.events.benchmarks import BenchmarkTaskRequest, TaskFailure
from libs.common.events.envelope import Message
from libs.common.events.jobs import ErrorInfo
from libs.common.jobs.model import ENDED, Job, JobState, NewJob
from libs.common.jobs.outbox import Outbox
from libs.common.jobs.run import Postponed, Run
from libs.common.jobs.store import JobEnded
from services.benchmarks.context import Benchmarks
from services.benchmarks.runs.task import Task

TASK_COMMAND = "benchmark_task.request"
TASK_EVENTS = ("benchmark_task.*",)
LOOK_SECONDS = 5.0
"""Between two looks at the tasks where no event of theirs is heard; events may be lost."""
PATIENCE_SECONDS = 600.0
"""A run waits so long at a time, then goes back to the queue: tasks may take longer than one job's deadline."""


class TasksPending(Postponed):
    """The tasks of the run have not ended yet; it waits for them."""

    code = "tasks-pending"


class RunOver(Conflict):
    """The run of this task has ended or was cancelled."""

    code = "run-over"


async def submit(benchmarks: Benchmarks, run: Run, tasks: Sequence[Task]) -> None:
    """A job for each task; where this run was at it before, the jobs are there already."""
    outbox = Outbox(benchmarks.parts.jobs, benchmarks.parts.bus)
    for task in tasks:
        command = BenchmarkTaskRequest(
            run_id=task.run.id,
            run_job=run.job.id,
            company=task.company.id,
            algorithm=task.algorithm,
            title=task.title,
            seed=task.seed,
            force=task.force,
        )
        request = NewJob(
            kind=TASK_COMMAND,
            subject=task.run.id,
            requester=run.requester,
            input=command.model_dump(mode="json"),
            idempotency_key=f"{run.job.id}/{task.company.id}/{task.algorithm}/{task.seed}",
            traceparent=run.job.traceparent,
        )
        created = await benchmarks.parts.jobs.create(request)
        if created.new:
            await outbox.flush(created.job)


async def wait(benchmarks: Benchmarks, run: Run, run_id: str, count: int) -> None:
    """Until all tasks have ended. Raises: TasksPending after a while."""
    woken = asyncio.Event()

    async def heard(event: Message) -> None:
        if event.subject == run_id:
            woken.set()

    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    async with AsyncExitStack() as stack:
        with suppress(BusUnavailable):  # events only make it quicker
            await stack.enter_async_context(benchmarks.parts.bus.subscribe(TASK_EVENTS, heard))
        while True:
            woken.clear()
            ended = await _count_ended(benchmarks, run_id)
            run.progress("computing", ended, count, "tasks")
            if ended >= count:
                return
            if asyncio.get_running_loop().time() > deadline:
                raise TasksPending
            await _either(woken, LOOK_SECONDS)


async def failures(benchmarks: Benchmarks, run_id: str) -> list[TaskFailure]:
    """Of all tasks that have no result."""
    missed = _of_run(run_id) | {"state": {"$in": [JobState.FAILED.value, JobState.CANCELLED.value]}}
    jobs = [
        Job.model_validate(job) async for job in benchmarks.parts.database[JOBS].find(missed).sort("_id", 1)
    ]
    names = {company.id: company.name for company in await benchmarks.reader.companies()}
    return [_failure(job, names) for job in jobs]


async def cancel(benchmarks: Benchmarks, run: Run, run_id: str) -> None:
    """End what has not ended of a run that somebody cancelled."""
    pending = _of_run(run_id) | {"state": {"$nin": sorted(ENDED)}}
    ids = [job["_id"] async for job in benchmarks.parts.database[JOBS].find(pending, {"_id": 1})]
    outbox = Outbox(benchmarks.parts.jobs, benchmarks.parts.bus)
    for job_id in ids:
        try:
            await outbox.flush(await benchmarks.parts.jobs.cancel(job_id, run.requester))
        except JobEnded:
            continue


async def require_running(benchmarks: Benchmarks, job_id: str) -> None:
    """Raises: RunOver."""
    job = await benchmarks.parts.jobs.get(job_id)
    if job.ended or job.cancel_requested_by is not None:
        raise RunOver


async def _count_ended(benchmarks: Benchmarks, run_id: str) -> int:
    criteria = _of_run(run_id) | {"state": {"$in": sorted(ENDED)}}
    return await benchmarks.parts.database[JOBS].count_documents(criteria)


def _of_run(run_id: str) -> dict[str, Any]:
    return {"subject": run_id, "kind": TASK_COMMAND}


def _failure(job: Job, names: dict[int, str]) -> TaskFailure:
    command = BenchmarkTaskRequest.model_validate(job.input)
    return TaskFailure(
        company=names.get(command.company, str(command.company)),
        algorithm=command.title,
        seed=command.seed,
        error=job.error or ErrorInfo(code="cancelled", message=f"Cancelled by {job.cancel_requested_by}."),
    )


async def _either(woken: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return
