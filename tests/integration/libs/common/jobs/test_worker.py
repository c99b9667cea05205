"""Whatever a handler does, and whoever is killed: each job ends once, and tells it once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from libs.common.bus import Bus
from libs.common.bus.embedded import open_embedded_bus
from libs.common.database.client import Database, Session
from libs.common.errors import Conflict, InvalidInput, Problem, Unavailable
from libs.common.events.envelope import Message
from libs.common.events.exports import ExportCompleted, ExportKind, ExportRequest
from libs.common.events.jobs import TERMINAL_PATTERNS, Progress
from libs.common.jobs.attempt import LAST_STEPS
from libs.common.jobs.model import Job, JobState
from libs.common.jobs.outbox import Outbox
from libs.common.jobs.run import Outcome, Route, Run, SlugBusy
from libs.common.jobs.store import SEQUENCE_STRIDE, JobStore
from libs.common.jobs.worker import Worker
from libs.common.limits import Limits

from .conftest import LEASE_SECONDS, Ask

DEADLINE = 20.0
QUICK = Limits(
    job_lease_seconds=LEASE_SECONDS,
    idle_poll_seconds=0.2,
    job_deadline_seconds=5,
    drain_seconds=0.3,
    job_attempts=2,
)

Handle = Callable[[ExportRequest, Run], Awaitable[Outcome]]


def completed(command: ExportRequest) -> Outcome:
    payload = ExportCompleted(slug=command.slug, kind=command.kind, message="Done.")
    return Outcome("export.completed", payload)


async def succeed(command: ExportRequest, run: Run) -> Outcome:
    return completed(command)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.common.jobs.attempt.RETRY_BASE_SECONDS", 0.01)
    monkeypatch.setattr("libs.common.jobs.attempt.POSTPONED_SECONDS", 0.01)


@pytest.fixture
async def bus(database: Database) -> AsyncIterator[Bus]:
    bus = await open_embedded_bus(database, service="test")
    yield bus
    await bus.close()


class Platform:
    """A store, a bus and what was told on it."""

    def __init__(self, store: JobStore, bus: Bus, ask: Ask) -> None:
        self.store = store
        self.bus = bus
        self.told: list[Message] = []
        self._ask = ask
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def working(
        self, handler: Handle, *, slots: int = 2, limits: Limits = QUICK
    ) -> AsyncIterator[Worker]:
        route = Route("export.request", ExportRequest, handler, slots=slots)
        async with Worker("exporter", [route], store=self.store, bus=self.bus, limits=limits) as worker:
            yield worker

    async def hear(self, event: Message) -> None:
        self.told.append(event)
        self._changed.set()

    async def submit(self, **fields: Any) -> Job:
        fields = {"input": {"slug": "click", "kind": ExportKind.STANDALONE}, **fields}
        job = (await self.store.create(self._ask(**fields))).job
        await Outbox(self.store, self.bus).flush(job)
        return job

    async def ended(self, job: Job) -> Job:
        """The job after its terminal event."""
        async with asyncio.timeout(DEADLINE):
            while not any(event.correlation_id == job.id for event in self.told):
                self._changed.clear()
                await self._changed.wait()
        return await self.store.get(job.id)

    def terminal(self, job: Job) -> list[str]:
        return [event.routing_key for event in self.told if event.correlation_id == job.id]


@pytest.fixture
async def platform(store: JobStore, bus: Bus, ask: Ask) -> AsyncIterator[Platform]:
    platform = Platform(store, bus, ask)
    async with bus.subscribe(TERMINAL_PATTERNS, platform.hear):
        yield platform


async def test_a_job_succeeds_with_its_result(platform: Platform) -> None:
    async with platform.working(succeed):
        job = await platform.submit()
        ended = await platform.ended(job)

    assert ended.state is JobState.SUCCEEDED
    assert ended.result == {
        "slug": "click",
        "kind": "standalone",
        "reused": False,
        "collections": [],
        "warnings": [],
        "message": "Done.",
    }
    assert ended.lease is None
    assert platform.terminal(job) == ["export.completed"]


async def test_progress_is_told_once_for_each_change(
    platform: Platform, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.common.jobs.attempt.PROGRESS_SECONDS", 0.01)
    told: asyncio.Queue[Message] = asyncio.Queue()
    noted: list[Progress | None] = []

    async def work(command: ExportRequest, run: Run) -> Outcome:
        for done in (1, 2):
            run.progress("packing", done, 2, "files")
            await told.get()  # it goes on only when this was told, and hears of nothing twice
            noted.append((await platform.store.get(run.job.id)).progress)
        return completed(command)

    async with bus.subscribe(["export.progressed"], told.put), platform.working(work):
        ended = await platform.ended(await platform.submit())

    assert noted == [Progress(stage="packing", done=done, total=2, unit="files") for done in (1, 2)]
    assert ended.progress == noted[-1]
    assert told.empty()


async def test_work_that_ends_soon_tells_no_progress(
    platform: Platform, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.common.jobs.attempt.PROGRESS_SECONDS", 60.0)
    told: asyncio.Queue[Message] = asyncio.Queue()

    async def work(command: ExportRequest, run: Run) -> Outcome:
        run.progress("packing")
        return completed(command)

    async with bus.subscribe(["export.progressed"], told.put), platform.working(work):
        ended = await platform.ended(await platform.submit())

    assert (ended.state, ended.progress) == (JobState.SUCCEEDED, None)
    assert told.empty()


async def test_work_goes_on_while_its_progress_cannot_be_noted(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.common.jobs.attempt.PROGRESS_SECONDS", 0.01)
    failed = asyncio.Event()

    async def fail(*_: object) -> None:
        failed.set()
        raise AutoReconnect

    monkeypatch.setattr(platform.store, "report", fail)

    async def work(command: ExportRequest, run: Run) -> Outcome:
        run.progress("packing")
        async with asyncio.timeout(DEADLINE):
            await failed.wait()
        return completed(command)

    async with platform.working(work):
        ended = await platform.ended(await platform.submit())

    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 1)


async def test_a_permanent_error_ends_the_job_at_once(platform: Platform) -> None:
    problem = Problem(category="file", code="x", message="broken", path="a.py")

    async def refuse(_: ExportRequest, run: Run) -> Outcome:
        raise InvalidInput("It is broken.", problems=[problem])

    async with platform.working(refuse):
        ended = await platform.ended(await platform.submit())

    assert (ended.state, ended.attempt) == (JobState.FAILED, 1)
    assert ended.error is not None
    assert (ended.error.code, ended.error.problems) == ("invalid-input", [problem])
    assert platform.told[-1].data["error"]["problems"][0]["path"] == "a.py"


@pytest.mark.parametrize("error", [RuntimeError("secret detail"), Unavailable()])
async def test_other_errors_are_tried_again_and_then_end_the_job(
    platform: Platform, error: Exception
) -> None:
    async def fail(_: ExportRequest, run: Run) -> Outcome:
        raise error

    async with platform.working(fail):
        ended = await platform.ended(await platform.submit())

    assert (ended.state, ended.attempt) == (JobState.FAILED, QUICK.job_attempts)
    assert "secret detail" not in ended.model_dump_json()


async def test_a_passing_fault_is_healed_by_the_next_attempt(platform: Platform) -> None:
    tries: list[int] = []

    async def flaky(command: ExportRequest, run: Run) -> Outcome:
        tries.append(run.job.attempt)
        if len(tries) == 1:
            raise ConnectionResetError
        return completed(command)

    async with platform.working(flaky):
        job = await platform.submit()
        ended = await platform.ended(job)

    assert ended.state is JobState.SUCCEEDED
    assert tries == [1, 2]
    assert platform.terminal(job) == ["export.completed"]


async def test_an_input_that_fits_no_schema_fails_clearly(platform: Platform) -> None:
    async with platform.working(succeed):
        ended = await platform.ended(await platform.submit(input={"slug": "click", "kind": "tarball"}))

    assert ended.error is not None
    assert "tarball" in ended.error.message


async def test_writes_happen_with_the_end_of_the_job_or_not_at_all(
    platform: Platform, database: Database
) -> None:
    async def write(session: Session) -> None:
        await database["effects"].insert_one({"_id": 1}, session=session)

    async def lost_race(session: Session) -> None:
        await database["effects"].insert_one({"_id": 2}, session=session)
        raise Conflict("Somebody was faster.")

    async def commit(command: ExportRequest, run: Run) -> Outcome:
        outcome = completed(command)
        return Outcome(outcome.event, outcome.payload, commit=write if command.slug == "good" else lost_race)

    await database.create_collection("effects")
    async with platform.working(commit):
        good = await platform.ended(await platform.submit(input={"slug": "good", "kind": "docker"}))
        bad = await platform.ended(await platform.submit(input={"slug": "bad", "kind": "docker"}))

    assert (good.state, bad.state) == (JobState.SUCCEEDED, JobState.FAILED)
    assert await database["effects"].distinct("_id") == [1]


async def test_domain_events_follow_the_terminal_one(platform: Platform, bus: Bus) -> None:
    heard: list[Message] = []
    arrived = asyncio.Event()

    async def hear(event: Message) -> None:
        heard.append(event)
        if event.routing_key == "export.logged":
            arrived.set()

    async def tell(command: ExportRequest, run: Run) -> Outcome:
        outcome = completed(command)
        return Outcome(outcome.event, outcome.payload, also=[("export.logged", outcome.payload)])

    async with bus.subscribe(["export.*"], hear), platform.working(tell):
        job = await platform.submit()
        async with asyncio.timeout(DEADLINE):
            await arrived.wait()

    assert [event.routing_key for event in heard] == ["export.started", "export.completed", "export.logged"]
    sequence = [event.sequence for event in heard]
    assert sequence == sorted(sequence)
    assert sequence[1] == SEQUENCE_STRIDE + LAST_STEPS
    assert {event.correlation_id for event in heard} == {job.id}


async def test_two_replicas_share_the_work_and_do_each_job_once(platform: Platform) -> None:
    done: Counter[tuple[str, str]] = Counter()
    both = asyncio.Barrier(4)

    def replica(name: str) -> Handle:
        async def work(command: ExportRequest, run: Run) -> Outcome:
            done[(run.job.id, name)] += 1
            async with asyncio.timeout(DEADLINE):  # no job ends before both replicas have their slots full
                await both.wait()
            return completed(command)

        return work

    async with platform.working(replica("a")), platform.working(replica("b")):
        jobs = [await platform.submit() for _ in range(8)]
        for job in jobs:
            await platform.ended(job)

    assert sorted(job_id for job_id, _ in done) == sorted(job.id for job in jobs)
    assert set(done.values()) == {1}
    assert {name for _, name in done} == {"a", "b"}
    assert all(platform.terminal(job) == ["export.completed"] for job in jobs)


async def test_never_more_jobs_than_slots(platform: Platform) -> None:
    running = 0
    most = 0

    async def count(command: ExportRequest, run: Run) -> Outcome:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await platform.store.get(run.job.id)
        running -= 1
        return completed(command)

    async with platform.working(count, slots=3):
        for job in [await platform.submit() for _ in range(12)]:
            await platform.ended(job)

    assert 1 <= most <= 3


async def test_a_slug_is_changed_by_one_job_at_a_time(platform: Platform) -> None:
    inside: list[str] = []
    overlaps: list[list[str]] = []

    async def change(command: ExportRequest, run: Run) -> Outcome:
        await run.hold(command.slug)
        inside.append(run.job.id)
        await platform.store.get(run.job.id)
        overlaps.append(list(inside))
        inside.remove(run.job.id)
        return completed(command)

    async with platform.working(change, slots=4):
        for job in [await platform.submit() for _ in range(6)]:
            ended = await platform.ended(job)
            assert ended.failures == 0
            assert ended.attempt <= 2  # it waits without trying

    assert [len(entry) for entry in overlaps] == [1] * 6


async def test_what_waited_behind_a_job_of_another_kind_begins_when_that_ends(platform: Platform) -> None:
    """At once: nobody looks for work in this test."""
    inside, found_busy, may_end = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def change(command: ExportRequest, run: Run) -> Outcome:
        await run.hold(command.slug)
        inside.set()
        await may_end.wait()
        return completed(command)

    async def undo(command: ExportRequest, run: Run) -> Outcome:
        try:
            await run.hold(command.slug)
        except SlugBusy:
            found_busy.set()
            raise
        return completed(command)

    routes = [
        Route("import.request", ExportRequest, change, slots=1),
        Route("export.request", ExportRequest, undo, slots=1),
    ]
    limits = QUICK.model_copy(update={"idle_poll_seconds": 600})
    async with Worker("importer", routes, store=platform.store, bus=platform.bus, limits=limits):
        first = await platform.submit(kind="import.request")
        await inside.wait()
        second = await platform.submit()
        await found_busy.wait()
        await returned(platform.store, second)
        may_end.set()
        assert (await platform.ended(first)).state is JobState.SUCCEEDED
        assert (await platform.ended(second)).attempt == 2


async def returned(store: JobStore, job: Job) -> None:
    """Until it waits in the queue again."""
    async with asyncio.timeout(DEADLINE):
        while (await store.get(job.id)).state is not JobState.QUEUED:
            await asyncio.sleep(0)


async def test_a_wake_up_that_never_came_is_not_missed(platform: Platform, store: JobStore, ask: Ask) -> None:
    job = (await store.create(ask(input={"slug": "click", "kind": "docker"}))).job

    async with platform.working(succeed):
        ended = await platform.ended(job)

    assert ended.state is JobState.SUCCEEDED


async def test_the_job_of_a_dead_worker_is_taken_over(platform: Platform, store: JobStore) -> None:
    job = await platform.submit()
    assert await store.claim("export.request", "dead") is not None

    async with platform.working(succeed):
        ended = await platform.ended(job)

    assert (ended.state, ended.attempt, ended.failures) == (JobState.SUCCEEDED, 2, 1)


async def test_a_job_that_kills_its_workers_is_given_up(platform: Platform, database: Database) -> None:
    job = await platform.submit()
    await database["jobs"].update_one({"_id": job.id}, {"$set": {"failures": QUICK.job_attempts}})

    async with platform.working(succeed):
        ended = await platform.ended(job)

    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert "failed attempts" in ended.error.message


async def test_a_running_job_is_cancelled_on_request(platform: Platform, store: JobStore) -> None:
    started, undone = asyncio.Event(), asyncio.Event()

    async def endless(_: ExportRequest, run: Run) -> Outcome:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            undone.set()
        raise AssertionError

    async with platform.working(endless):
        job = await platform.submit()
        await started.wait()
        await store.cancel(job.id, job.requester)
        ended = await platform.ended(job)

    assert ended.state is JobState.CANCELLED
    assert undone.is_set()
    assert platform.terminal(job) == ["export.cancelled"]


async def test_a_job_over_its_deadline_fails_with_the_reason(platform: Platform) -> None:
    async def endless(_: ExportRequest, run: Run) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    limits = QUICK.model_copy(update={"job_deadline_seconds": 0.1})
    async with platform.working(endless, limits=limits):
        ended = await platform.ended(await platform.submit())

    assert ended.error is not None
    assert ended.error.code == "deadline-exceeded"


async def test_draining_gives_back_what_does_not_end_in_time(platform: Platform, store: JobStore) -> None:
    started = asyncio.Event()

    async def endless(_: ExportRequest, run: Run) -> Outcome:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with platform.working(endless):
        job = await platform.submit()
        await started.wait()

    given_back = await store.get(job.id)
    assert (given_back.state, given_back.failures, given_back.lease) == (JobState.QUEUED, 0, None)
    async with platform.working(succeed):
        assert (await platform.ended(job)).state is JobState.SUCCEEDED


async def test_a_long_job_keeps_its_lease(platform: Platform) -> None:
    done = asyncio.Event()

    async def outlast_the_lease(command: ExportRequest, run: Run) -> Outcome:
        deadline = asyncio.get_running_loop().time() + 3 * LEASE_SECONDS
        asyncio.get_running_loop().call_at(deadline, done.set)
        await done.wait()
        return completed(command)

    async with platform.working(outlast_the_lease), platform.working(outlast_the_lease):
        ended = await platform.ended(await platform.submit())

    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 1)


async def test_the_relay_publishes_what_the_writer_could_not(
    platform: Platform, store: JobStore, bus: Bus, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.common.jobs.outbox.PUBLISH_SECONDS", 0.0)
    job = (await store.create(ask())).job
    cancelled = await store.cancel(job.id, job.requester)

    assert await Outbox(store, bus).relay() == 0  # no time to publish: everything stays
    monkeypatch.undo()
    monkeypatch.setattr("libs.common.jobs.outbox.PUBLISH_SECONDS", 2.0)
    left = await store.unpublished(older_than=0, limit=10)
    assert [entry.id for entry in left[0].outbox] == [entry.id for entry in cancelled.outbox]
    assert await Outbox(store, bus).flush(left[0])
    assert (await platform.ended(job)).outbox == []
    assert platform.terminal(job) == ["export.cancelled"]
