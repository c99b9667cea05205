"""A run's document ends as its job does, whoever was there to see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from libs.common.benchmarks.model import RunState
from libs.common.bus import BusUnavailable
from libs.common.events.benchmarks import BenchmarkRunRequest
from libs.common.events.envelope import new_id
from libs.common.jobs.model import Job, JobState, NewJob, Requester, Role
from libs.common.parts import Parts
from services.benchmarks.app import application
from services.benchmarks.context import Benchmarks
from services.benchmarks.runs.run import open_run
from tests.integration.services.benchmarks.desk import dump_of, load, tiny, until

ADA = Requester(email="ada@example.org", role=Role.DEVELOPER)
QUICK = {"algorithms": ["GeneticAlgorithm"], "budget": 2, "time_limit": 30.0}


async def begun(parts: Parts, benchmarks: Benchmarks) -> Job:
    """A run that was begun, and went back to the queue with the replica that had it."""
    await load(parts.database, dump_of(tiny()))
    command = BenchmarkRunRequest.model_validate({"run_id": new_id(), **QUICK})
    await open_run(benchmarks, command, by=ADA.email)
    request = NewJob(
        kind="benchmark_run.request",
        subject=command.run_id,
        requester=ADA,
        input=command.model_dump(mode="json"),
    )
    return (await parts.jobs.create(request)).job


async def state_of(benchmarks: Benchmarks, job: Job) -> RunState:
    assert job.subject is not None
    return (await benchmarks.reader.run(job.subject)).state


async def test_a_run_that_is_cancelled_while_nobody_works_on_it(parts: Parts, benchmarks: Benchmarks) -> None:
    job = await begun(parts, benchmarks)
    await parts.jobs.cancel(job.id, ADA)
    assert await state_of(benchmarks, job) is RunState.RUNNING

    async def settled() -> bool:
        return await state_of(benchmarks, job) is RunState.CANCELLED

    async with application(parts):
        await until(settled, what="the run is cancelled, too")


async def test_a_run_that_is_given_up(parts: Parts, benchmarks: Benchmarks) -> None:
    """As one whose replicas were killed again and again."""
    job = await begun(parts, benchmarks)
    await parts.database["jobs"].update_one({"_id": job.id}, {"$set": {"failures": 99, "attempt": 99}})

    async def settled() -> bool:
        return await state_of(benchmarks, job) is RunState.FAILED

    async with application(parts):
        await until(settled, what="the run has failed, too")
    assert (await parts.jobs.get(job.id)).state is JobState.FAILED


async def test_a_run_that_is_tried_again_goes_on(parts: Parts, benchmarks: Benchmarks) -> None:
    job = await begun(parts, benchmarks)
    await parts.jobs.cancel(job.id, ADA)

    async with application(parts):
        again = await parts.jobs.retry(job.id, ADA)

        async def ended() -> bool:
            return (await parts.jobs.get(again.id)).ended

        await until(ended, what="the second try has ended")
    assert (await parts.jobs.get(again.id)).state is JobState.SUCCEEDED
    assert await state_of(benchmarks, job) is RunState.COMPLETED


async def test_a_run_needs_no_events_of_its_tasks(
    parts: Parts, benchmarks: Benchmarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while the broker is away: the tasks are looked at instead."""

    @asynccontextmanager
    async def nobody(*_: object, **__: object) -> AsyncIterator[None]:
        raise BusUnavailable
        yield

    monkeypatch.setattr("services.benchmarks.runs.tasks.LOOK_SECONDS", 0.2)
    job = await begun(parts, benchmarks)
    async with application(parts):
        monkeypatch.setattr(parts.bus, "subscribe", nobody)

        async def ended() -> bool:
            return (await parts.jobs.get(job.id)).ended

        await until(ended, what="the run has ended")
        monkeypatch.undo()
    assert (await parts.jobs.get(job.id)).state is JobState.SUCCEEDED
