"""What a wait does when events come early, twice, late, for somebody else, or never."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import cast

import pytest

from libs.common.bus import Bus, Handler, Listener
from libs.common.events.envelope import message
from libs.common.events.jobs import TERMINAL_PATTERNS, Payload
from libs.common.jobs.model import Job, JobState, Requester, Role
from libs.common.jobs.store import JobStore
from services.gateway import waiting
from services.gateway.waiting import Waiters

FOREVER = 30.0


class OneSubscription:
    """Of the bus's port only what a waiter uses."""

    def __init__(self) -> None:
        self.entered = 0

    @asynccontextmanager
    async def subscribe(
        self,
        patterns: Sequence[str],
        handler: Handler,
        *,
        queue: str | None = None,
        ready: Listener | None = None,
    ) -> AsyncIterator[None]:
        assert patterns == TERMINAL_PATTERNS
        assert queue is None
        assert ready is not None
        self.tell, self.reconnect = handler, ready
        self.entered += 1
        yield
        self.entered -= 1

    async def completed(self, job_id: str, key: str = "export.completed") -> None:
        await self.tell(message(key, Payload(), source="exporter", correlation_id=job_id))


class Documents:
    """Of the job store only reading; counts how often."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.reads = 0
        self.read = asyncio.Event()

    def add(self, job_id: str, state: JobState = JobState.RUNNING) -> Job:
        now = datetime.now(UTC)
        requester = Requester(email="a@example.org", role=Role.VIEWER)
        job = Job(
            id=job_id,
            kind="export.request",
            subject="click",
            requester=requester,
            input={},
            state=state,
            not_before=now,
            created_at=now,
        )
        self.jobs[job_id] = job
        return job

    async def get(self, job_id: str) -> Job:
        self.reads += 1
        self.read.set()
        return self.jobs[job_id]

    async def next_read(self) -> None:
        self.read.clear()
        await self.read.wait()


@pytest.fixture
def bus() -> OneSubscription:
    return OneSubscription()


@pytest.fixture
def documents() -> Documents:
    return Documents()


@pytest.fixture
async def waiters(bus: OneSubscription, documents: Documents) -> AsyncIterator[Waiters]:
    async with Waiters(cast(JobStore, documents), cast(Bus, bus)) as waiters:
        yield waiters


async def test_the_event_ends_the_wait(waiters: Waiters, bus: OneSubscription, documents: Documents) -> None:
    wait = asyncio.create_task(waiters.wait(documents.add("1"), FOREVER))
    await documents.next_read()
    documents.add("1", JobState.SUCCEEDED)

    await bus.completed("1")

    assert (await wait).state is JobState.SUCCEEDED


async def test_an_end_before_the_wait_is_seen_without_an_event(
    waiters: Waiters, documents: Documents
) -> None:
    accepted = documents.add("1")
    documents.add("1", JobState.FAILED)

    assert (await waiters.wait(accepted, FOREVER)).state is JobState.FAILED


async def test_a_job_that_is_known_to_have_ended_is_not_read(waiters: Waiters, documents: Documents) -> None:
    ended = documents.add("1", JobState.CANCELLED)

    assert await waiters.wait(ended, FOREVER) is ended
    assert documents.reads == 0


async def test_events_of_other_jobs_and_early_ones_do_not_end_it(
    waiters: Waiters, bus: OneSubscription, documents: Documents
) -> None:
    wait = asyncio.create_task(waiters.wait(documents.add("1"), FOREVER))
    await documents.next_read()

    await bus.completed("2")
    assert documents.reads == 1
    await bus.completed("1", "experiment.failed")
    await documents.next_read()
    assert not wait.done()

    documents.add("1", JobState.SUCCEEDED)
    await bus.completed("1")
    assert (await wait).state is JobState.SUCCEEDED


async def test_what_ended_while_the_bus_was_away_is_seen_when_it_is_back(
    waiters: Waiters, bus: OneSubscription, documents: Documents
) -> None:
    waits = [asyncio.create_task(waiters.wait(documents.add(str(n)), FOREVER)) for n in range(3)]
    while documents.reads < 3:
        await documents.next_read()
    for n in range(3):
        documents.add(str(n), JobState.SUCCEEDED)

    await bus.reconnect()

    assert {job.state for job in await asyncio.gather(*waits)} == {JobState.SUCCEEDED}


async def test_after_the_time_the_job_is_as_it_is(waiters: Waiters, documents: Documents) -> None:
    wait = asyncio.create_task(waiters.wait(documents.add("1"), 0.05))
    await documents.next_read()
    documents.add("1", JobState.SUCCEEDED)

    assert (await wait).state is JobState.SUCCEEDED
    assert (await waiters.wait(documents.add("2"), 0.05)).state is JobState.RUNNING


async def test_no_patience_is_no_wait(waiters: Waiters, documents: Documents) -> None:
    job = documents.add("1")

    assert await waiters.wait(job, 0) is job
    assert documents.reads == 0


async def test_many_may_wait_for_the_same_job(
    waiters: Waiters, bus: OneSubscription, documents: Documents
) -> None:
    waits = [asyncio.create_task(waiters.wait(documents.add("1"), FOREVER)) for _ in range(5)]
    while documents.reads < 5:
        await documents.next_read()
    documents.add("1", JobState.SUCCEEDED)

    await bus.completed("1")

    assert len(await asyncio.gather(*waits)) == 5


async def test_release_lets_everybody_go_and_nobody_in(waiters: Waiters, documents: Documents) -> None:
    wait = asyncio.create_task(waiters.wait(documents.add("1"), FOREVER))
    await documents.next_read()

    waiters.release()

    assert (await wait).state is JobState.RUNNING
    assert (await waiters.wait(documents.add("2"), FOREVER)).state is JobState.RUNNING


async def test_the_number_of_waits_is_bounded(
    waiters: Waiters, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "WAITING_LIMIT", 1)
    first = asyncio.create_task(waiters.wait(documents.add("1"), FOREVER))
    await documents.next_read()
    second = documents.add("2")

    assert await waiters.wait(second, FOREVER) is second
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)

    assert (await waiters.wait(second, 0.01)) == second
    assert documents.reads > 1


async def test_leaving_ends_the_subscription(bus: OneSubscription, documents: Documents) -> None:
    async with Waiters(cast(JobStore, documents), cast(Bus, bus)):
        assert bus.entered == 1
    assert bus.entered == 0
