"""Each change of a job's state happens once, whoever else tries."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest

from libs.common.database.client import Database
from libs.common.database.collections import JOBS
from libs.common.events.envelope import Message
from libs.common.events.jobs import ErrorInfo, JobFailed, Progress
from libs.common.jobs.model import Job, JobState
from libs.common.jobs.store import (
    IdempotencyMismatch,
    JobEnded,
    JobFilter,
    JobNotFound,
    JobStore,
    LeaseLost,
    next_event,
)

from .conftest import LEASE_SECONDS, Ask

KIND = "export.request"


async def claimed(store: JobStore, owner: str = "a") -> Job:
    job = await store.claim(KIND, owner)
    assert job is not None
    return job


async def holder_and_waiting(store: JobStore, ask: Ask, count: int) -> tuple[Job, list[Job]]:
    """A job that holds `click`, and so many that found it held and were given back."""
    for _ in range(count + 1):
        await store.create(ask())
    holder, *waiting = [await claimed(store) for _ in range(count + 1)]
    assert await store.hold(holder, "click")
    for job in waiting:
        assert not await store.hold(job, "click")
        await store.give_back(job)
    return holder, waiting


async def expire(database: Database, job: Job) -> None:
    await database[JOBS].update_one(
        {"_id": job.id}, [{"$set": {"lease.until": {"$subtract": ["$lease.until", LEASE_SECONDS * 2000]}}}]
    )


def event_of(job: Job) -> Message:
    return next_event(
        job,
        "export.failed",
        JobFailed(job_id=job.id, error=ErrorInfo(code="x", message="x")),
        source="exporter",
    )


async def test_an_accepted_job_holds_its_wake_up(store: JobStore, ask: Ask) -> None:
    created = await store.create(ask())

    [wake_up] = (await store.get(created.job.id)).outbox
    assert created.new
    assert wake_up.routing_key == KIND
    assert wake_up.correlation_id == created.job.id
    assert wake_up.data == {"slug": "click"}


async def test_the_same_key_and_body_name_the_same_job(store: JobStore, ask: Ask) -> None:
    requests = [store.create(ask(idempotency_key="k", body_digest="d")) for _ in range(8)]

    created = await asyncio.gather(*requests)

    assert len({entry.job.id for entry in created}) == 1
    assert [entry.new for entry in created].count(True) == 1


async def test_the_same_key_with_another_body_is_refused(store: JobStore, ask: Ask) -> None:
    await store.create(ask(idempotency_key="k", body_digest="d"))

    with pytest.raises(IdempotencyMismatch):
        await store.create(ask(idempotency_key="k", body_digest="other"))


async def test_another_callers_key_is_another_key(store: JobStore, ask: Ask) -> None:
    first = await store.create(ask(idempotency_key="k", body_digest="d"))
    second = await store.create(ask("ben@example.org", idempotency_key="k", body_digest="other"))

    assert second.new
    assert first.job.id != second.job.id


async def test_each_job_is_claimed_once(store: JobStore, ask: Ask) -> None:
    ids = {(await store.create(ask(f"{n % 3}@example.org"))).job.id for n in range(12)}

    taken = await asyncio.gather(*(store.claim(KIND, f"worker-{n}") for n in range(20)))

    assert sorted(job.id for job in taken if job) == sorted(ids)
    assert await store.claim(KIND, "late") is None


async def test_a_claim_is_of_one_kind(store: JobStore, ask: Ask) -> None:
    await store.create(ask())

    assert await store.claim("import.request", "a") is None


async def test_a_user_with_many_jobs_does_not_keep_others_waiting(store: JobStore, ask: Ask) -> None:
    for _ in range(60):
        await store.create(ask("many@example.org"))
    await store.create(ask("one@example.org"))

    served = [(await claimed(store)).requester.email for _ in range(40)]

    # Drawn by lot: 40 draws between two users miss one of them once in 10^12 runs.
    assert Counter(served)["one@example.org"] == 1


async def test_within_a_subject_the_oldest_comes_first(store: JobStore, ask: Ask) -> None:
    ids = [(await store.create(ask())).job.id for _ in range(5)]

    assert [(await claimed(store)).id for _ in range(5)] == ids


async def test_jobs_without_a_subject_are_drawn_too(store: JobStore, ask: Ask) -> None:
    bare = (await store.create(ask(subject=None))).job.id
    for _ in range(40):
        await store.create(ask())

    assert bare in {(await claimed(store)).id for _ in range(38)}


async def test_only_an_expired_lease_is_taken_over(store: JobStore, ask: Ask, database: Database) -> None:
    await store.create(ask())
    job = await claimed(store, "first")
    assert await store.reclaim(KIND, "second") is None

    await expire(database, job)
    again = await store.reclaim(KIND, "second")

    assert again is not None
    assert (again.attempt, again.failures) == (2, 1)
    assert again.lease is not None
    assert again.lease.owner == "second"


async def test_who_lost_the_lease_writes_nothing(store: JobStore, ask: Ask, database: Database) -> None:
    await store.create(ask())
    stale = await claimed(store, "first")
    await expire(database, stale)
    await store.reclaim(KIND, "second")

    for write in (
        store.renew(stale),
        store.report(stale, Progress(stage="reading")),
        store.hold(stale, "click"),
        store.give_back(stale),
        store.finish(stale, JobState.SUCCEEDED, [event_of(stale)], fields={}),
    ):
        with pytest.raises(LeaseLost):
            await write
    assert (await store.get(stale.id)).state is JobState.RUNNING


async def test_a_job_ends_once_with_its_events(store: JobStore, ask: Ask) -> None:
    await store.create(ask())
    job = await claimed(store)
    event = event_of(job)

    ended = await store.finish(job, JobState.FAILED, [event], fields={})

    assert ended.outbox[-1] == event
    assert ended.finished_at is not None
    with pytest.raises(LeaseLost):
        await store.finish(job, JobState.SUCCEEDED, [event], fields={})


async def test_one_running_job_holds_a_slug(store: JobStore, ask: Ask) -> None:
    await store.create(ask())
    await store.create(ask())
    first, second = await claimed(store), await claimed(store)

    assert await store.hold(first, "click")
    assert not await store.hold(second, "click")
    assert await store.hold(second, "click_tracker")
    await store.finish(first, JobState.SUCCEEDED, [], fields={})
    assert await store.hold(second, "click")


async def test_who_found_a_slug_held_is_left_alone_until_it_is_free(store: JobStore, ask: Ask) -> None:
    """It would only do again what it did, and find the slug held again."""
    holder, [waiting, other] = await holder_and_waiting(store, ask, 2)

    assert await store.claim(KIND, "b") is None
    await store.finish(holder, JobState.SUCCEEDED, [], fields={})

    assert {(await claimed(store)).id, *[await store.claim(KIND, "b")]} == {waiting.id, None}
    assert (await store.get(waiting.id)).exclusive == "click"
    assert (await store.get(other.id)).attempt == 1


async def test_of_those_that_waited_for_a_slug_one_begins(store: JobStore, ask: Ask) -> None:
    holder, _ = await holder_and_waiting(store, ask, 5)
    await store.finish(holder, JobState.SUCCEEDED, [], fields={})

    claims = await asyncio.gather(*(store.claim(KIND, f"w{n}") for n in range(6)))

    assert [claim is not None for claim in claims].count(True) == 1


async def test_a_dead_holder_is_taken_over_before_those_that_wait_for_its_slug(
    store: JobStore, database: Database, ask: Ask
) -> None:
    """The older ones have died, too: none of them can begin, and none may stand before the holder."""
    for _ in range(3):
        await store.create(ask())
    first, second, holder = [await claimed(store) for _ in range(3)]
    assert await store.hold(holder, "click")
    for job in (first, second):
        assert not await store.hold(job, "click")
    for job in (first, second, holder):
        await expire(database, job)

    taken = await store.reclaim(KIND, "b")
    assert taken is not None
    assert taken.id == holder.id
    assert await store.reclaim(KIND, "b") is None
    await store.finish(taken, JobState.SUCCEEDED, [], fields={})
    assert await store.reclaim(KIND, "b") is not None


async def test_a_job_is_claimed_by_its_id_once_and_when_it_may_begin(store: JobStore, ask: Ask) -> None:
    job = (await store.create(ask())).job
    claims = await asyncio.gather(*(store.claim_one(KIND, job.id, f"w{n}") for n in range(4)))
    [taken] = [claim for claim in claims if claim]
    await store.give_back(taken, delay=3600)
    assert await store.claim_one(KIND, job.id, "a") is None
    assert await store.claim_one(KIND, "nobody", "a") is None


async def test_no_job_of_another_kind_is_claimed_by_its_id(store: JobStore, ask: Ask) -> None:
    """Ids in messages of other systems are what these say they are."""
    job = (await store.create(ask())).job
    assert await store.claim_one("import.request", job.id, "a") is None


async def test_a_job_that_waits_for_a_slug_is_not_claimed_by_its_id_either(store: JobStore, ask: Ask) -> None:
    holder, [waiting] = await holder_and_waiting(store, ask, 1)

    assert await store.claim_one(KIND, waiting.id, "a") is None
    await store.finish(holder, JobState.SUCCEEDED, [], fields={})
    assert await store.claim_one(KIND, waiting.id, "a") is not None


async def test_a_slug_that_is_held_keeps_no_other_work_waiting(store: JobStore, ask: Ask) -> None:
    await holder_and_waiting(store, ask, 1)
    other = (await store.create(ask())).job

    assert (await claimed(store)).id == other.id


async def test_a_job_given_back_waits_its_delay(store: JobStore, ask: Ask) -> None:
    await store.create(ask())
    job = await claimed(store)

    await store.give_back(job, delay=3600, failed=True)

    waiting = await store.get(job.id)
    assert (waiting.state, waiting.failures, waiting.lease) == (JobState.QUEUED, 1, None)
    assert await store.claim(KIND, "b") is None


async def test_cancelling_a_waiting_job_ends_it(store: JobStore, ask: Ask) -> None:
    request = ask()
    job = (await store.create(request)).job

    cancelled = await store.cancel(job.id, request.requester)

    assert cancelled.state is JobState.CANCELLED
    assert cancelled.outbox[-1].routing_key == "export.cancelled"
    assert await store.claim(KIND, "a") is None
    with pytest.raises(JobEnded):
        await store.cancel(job.id, request.requester)


async def test_cancelling_a_running_job_asks_its_worker(store: JobStore, ask: Ask) -> None:
    request = ask()
    await store.create(request)
    job = await claimed(store)

    asked = await store.cancel(job.id, request.requester)

    assert asked.state is JobState.RUNNING
    assert (await store.renew(job)).cancel_requested_by == request.requester.email


async def test_published_messages_leave_the_outbox(store: JobStore, ask: Ask) -> None:
    job = (await store.create(ask())).job
    assert [found.id for found in await store.unpublished(older_than=0, limit=10)] == [job.id]

    await store.published(job.id, job.outbox)

    assert await store.unpublished(older_than=0, limit=10) == []
    assert (await store.get(job.id)).outbox == []


async def test_messages_that_came_meanwhile_stay(store: JobStore, ask: Ask) -> None:
    accepted = (await store.create(ask())).job
    job = await claimed(store)
    await store.finish(job, JobState.FAILED, [event_of(job)], fields={})

    await store.published(accepted.id, accepted.outbox)

    [left] = await store.unpublished(older_than=0, limit=10)
    assert [entry.routing_key for entry in left.outbox] == ["export.failed"]


async def test_jobs_are_listed_newest_first_in_pages(store: JobStore, ask: Ask) -> None:
    ids = [(await store.create(ask(subject=f"s{n % 2}"))).job.id for n in range(6)]

    page = await store.find(JobFilter(), limit=4)
    rest = await store.find(JobFilter(before=page[-1].id), limit=4)
    of_one = await store.find(JobFilter(subject="s1", state=JobState.QUEUED), limit=9)

    assert [job.id for job in page + rest] == ids[::-1]
    assert [job.id for job in of_one] == ids[5::-2]


async def test_an_unknown_job_is_not_found(store: JobStore) -> None:
    with pytest.raises(JobNotFound):
        await store.get("nobody")


@pytest.mark.parametrize(
    "criteria",
    [
        {"kind": KIND, "state": "queued"},
        {"kind": KIND, "state": "running", "lease.until": {"$lt": datetime.now(UTC)}},
        {"outbox_since": {"$lt": datetime.now(UTC)}},
        {"requester.email": "a", "idempotency_key": "k"},
        {"subject": "click"},
        {"requester.email": "a"},
    ],
)
async def test_each_query_has_an_index(
    store: JobStore, database: Database, criteria: dict[str, object]
) -> None:
    plan = await database[JOBS].find(criteria).explain()

    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
