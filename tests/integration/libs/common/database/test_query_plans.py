"""No query looks at every document: each command that the stores really send is explained by the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Final

import pytest
from bson import CodecOptions, UuidRepresentation
from motor.motor_asyncio import AsyncIOMotorClient

from libs.common.benchmarks.model import CompanyDocument, PublishedRoster, RunDocument, RunState
from libs.common.benchmarks.reading import BenchmarkReader
from libs.common.database.client import Database
from libs.common.database.collections import (
    BENCHMARK_COMPANIES,
    BENCHMARK_EMPLOYEES,
    BENCHMARK_RESULTS,
    BENCHMARK_ROSTERS,
    BENCHMARK_RUNS,
    BENCHMARK_SHIFTS,
    EXPERIMENT_HOSTING,
    EXPERIMENT_VERSIONS,
    EXPERIMENTS_CONFIG,
    EXPORT_LOGS,
    ensure_indexes,
)
from libs.common.events.envelope import Message, new_id
from libs.common.events.jobs import Progress
from libs.common.jobs.model import Job, JobState, NewJob, Requester, Role
from libs.common.jobs.store import JobFilter, JobStore
from libs.common.overview import Overviews
from libs.common.registry import Registry
from services.gateway.events.entry import Interest
from services.gateway.events.log import EventLog
from services.gateway.versions import Versions
from services.gateway.webhooks.store import Webhooks

from .plans import Sent, stages_of

KIND: Final = "export.request"
BY_INDEX: Final = {"IXSCAN", "IDHACK", "COUNT_SCAN", "DISTINCT_SCAN"}
MANY: Final = 40
NOW: Final = datetime(2025, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Watched:
    """A database of which every search is kept."""

    database: Database
    sent: Sent

    async def assert_indexed(self, *, at_least: int) -> None:
        """Of all commands since the database was filled."""
        commands, self.sent.commands = list(self.sent.commands), []
        assert len(commands) >= at_least
        for command in commands:
            stages = await stages_of(self.database, command)
            assert "COLLSCAN" not in stages, command
            assert stages & BY_INDEX, (stages, command)


@pytest.fixture
async def watched(database: Database, mongo_uri: str) -> AsyncIterator[Watched]:
    await ensure_indexes(database)
    sent = Sent()
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(mongo_uri, event_listeners=[sent])
    codec: CodecOptions[dict[str, object]] = CodecOptions(
        tz_aware=True, uuid_representation=UuidRepresentation.STANDARD
    )
    yield Watched(client.get_database(database.name, codec_options=codec), sent)
    client.close()


def request(number: int = 0, **fields: object) -> NewJob:
    who = Requester(email=f"{number % 4}@example.org", role=Role.DEVELOPER)
    slug = f"slug-{number % 5}"
    content = {"kind": KIND, "subject": slug, "requester": who, "input": {"slug": slug}}
    return NewJob.model_validate(content | fields)


@pytest.fixture
async def jobs(watched: Watched) -> JobStore:
    """Of several callers and experiments, in every state."""
    store = JobStore(watched.database, lease_seconds=15)
    for number in range(MANY):
        created = await store.create(request(number))
        if number % 2:
            await store.published(created.job.id, created.job.outbox)
    for state in (JobState.SUCCEEDED, JobState.FAILED):
        await store.finish(await claimed(store), state, [], fields={})
    watched.sent.commands.clear()
    return store


async def claimed(store: JobStore) -> Job:
    job = await store.claim(KIND, "worker")
    assert job is not None
    return job


async def test_a_jobs_life(watched: Watched, jobs: JobStore) -> None:
    created = (await jobs.create(request())).job
    await jobs.published(created.id, created.outbox)
    await jobs.get(created.id)
    job = await claimed(jobs)
    await jobs.renew(job)
    await jobs.report(job, Progress(stage="reading"))
    assert await jobs.hold(job, "slug-1")
    await jobs.give_back(job)
    await jobs.finish(await claimed(jobs), JobState.SUCCEEDED, [], fields={})
    await jobs.cancel(created.id, created.requester)

    await watched.assert_indexed(at_least=12)


async def test_the_same_request_again(watched: Watched, jobs: JobStore) -> None:
    for _ in range(2):
        await jobs.create(request(idempotency_key="k", body_digest="d"))

    await watched.assert_indexed(at_least=1)


async def test_what_workers_and_metrics_look_for_again_and_again(watched: Watched, jobs: JobStore) -> None:
    await jobs.reclaim(KIND, "worker")
    await jobs.claim("import.request", "worker")
    await jobs.unpublished(older_than=5, limit=10)
    await jobs.unpublished_count(limit=10)
    await jobs.backlog(KIND, limit=10)
    await jobs.waiting_of("1@example.org", KIND, limit=10)
    await jobs.waiting_for("slug-1", [KIND, "import.request"])

    await watched.assert_indexed(at_least=7)


async def test_lists_of_jobs_by_whatever_is_known(watched: Watched, jobs: JobStore) -> None:
    choices = product((None, "slug-1"), (None, "1@example.org"), (None, JobState.QUEUED), (None, "f"))
    for subject, email, state, before in choices:
        assert await jobs.find(JobFilter(subject, email, state, before), limit=5)

    await watched.assert_indexed(at_least=16)


async def test_experiments(watched: Watched) -> None:
    slugs = [f"slug-{number}" for number in range(MANY)]
    platform = {
        "revision": 1,
        "digest": "0" * 64,
        "bundle": {"key": "k", "sha256": "0" * 64, "size": 1},
        "author": "ana@example.org",
        "updated_at": NOW,
    }
    common = {"name": "x", "runtime_s3_uri": "file:///x", "platform": platform}
    logged = {
        "export_type": "docker",
        "user_email": "ana@example.org",
        "file_size": 1,
        "content_digest": "d",
        "created_at": NOW,
    }
    database = watched.database
    await database[EXPERIMENTS_CONFIG].insert_many([{"_id": slug, "slug": slug, **common} for slug in slugs])
    await database[EXPERIMENT_HOSTING].insert_many(
        [{"_id": slug, "state": "stopped", "since": NOW} for slug in slugs]
    )
    await database[EXPERIMENT_VERSIONS].insert_many([{"slug": slug, "revision": 1} for slug in slugs])
    await database[EXPORT_LOGS].insert_many(
        [
            {"_id": new_id(), "slug_id": slug, "checksum": slug, "b2_file_name": f"{slug}.zip", **logged}
            for slug in slugs
        ]
    )
    watched.sent.commands.clear()

    overviews, registry = Overviews(database), Registry(database)
    assert len(await overviews.page(after="slug-1", limit=10)) == 10
    assert (await overviews.get("slug-2")).last_export
    assert (await registry.get_active("slug-3")).slug == "slug-3"
    await Versions(database).require("slug-3")
    await Versions(database).newest("slug-none", before=3, limit=5)

    await watched.assert_indexed(at_least=9)


def event(number: int) -> Message:
    return Message(
        type="io.entrepot.export.completed",
        source="/entrepot/exporter",
        subject=f"slug-{number % 5}",
        correlation_id=f"job-{number % 7}",
        data={},
    )


async def test_the_event_log_and_webhooks(watched: Watched) -> None:
    events, webhooks = EventLog(watched.database), Webhooks(watched.database)
    for number in range(MANY):
        await events.append(event(number))
    for number in range(8):
        await webhooks.create(
            owner=f"{number}@example.org", url="https://x.example", types=["#"], description=None, position=0
        )

    await EventLog(watched.database).append(event(0))
    for interest in (Interest(), Interest(subject="slug-1"), Interest(correlation_id="job-1")):
        assert (await events.read(interest, after=3, to=30)).entries
    assert await events.oldest() == 1
    await events.sweep()
    claim = await webhooks.claim(head=30)
    assert claim is not None
    await webhooks.advance(claim, 5, is_failing=False)
    await webhooks.page(owner="1@example.org", after="", limit=5)

    await watched.assert_indexed(at_least=15)


async def test_what_pages_read_of_benchmarks(watched: Watched) -> None:
    database, generations = watched.database, [new_id() for _ in range(10)]
    rows = [(generation, number) for generation in generations for number in range(10)]
    companies = [company(number, generation) for number, generation in enumerate(generations)]
    runs = [run() for _ in range(20)]
    await database[BENCHMARK_COMPANIES].insert_many([each.as_document() for each in companies])
    for name in (BENCHMARK_SHIFTS, BENCHMARK_EMPLOYEES):
        await database[name].insert_many(
            [{"generation": generation, "position": at, "id": at, **MASTER[name]} for generation, at in rows]
        )
    await database[BENCHMARK_ROSTERS].insert_many(
        [{"generation": generation, "employee": at} for generation, at in rows]
    )
    await database[BENCHMARK_RUNS].insert_many([each.as_document() for each in runs])
    await database[BENCHMARK_RESULTS].insert_many(
        [{"run": each.id, "company": "c", "algorithm": "a", "seed": 1, "finished_at": NOW} for each in runs]
    )
    watched.sent.commands.clear()

    reader, [roster] = BenchmarkReader(database), companies[3].rosters
    assert len(await reader.companies()) == 10
    assert await reader.company(3) == companies[3]
    assert await reader.companies_named(["company 2", "company 4"])
    assert len(await reader.shifts(companies[3])) == 10
    assert len(await reader.employees(companies[3])) == 10
    assert (await reader.employee(companies[3], 7)).id == 7
    assert len([row async for row in reader.roster(roster)]) == 10
    assert await reader.employee_roster(roster, 4)
    assert await reader.runs(before=runs[10].id, limit=5)
    assert await reader.results(await reader.run(runs[4].id))

    await watched.assert_indexed(at_least=11)


MASTER: Final = {
    BENCHMARK_SHIFTS: {"name": "s", "start": "06:00:00", "end": "14:00:00", "min_staff": 1, "max_staff": 2},
    BENCHMARK_EMPLOYEES: {"name": "e", "max_hours_per_week": 40, "absences": [], "preferred_shifts": []},
}


def company(number: int, generation: str) -> CompanyDocument:
    roster = PublishedRoster(algorithm="a", generation=generation, entries=1, year=2025, holidays="reference")
    return CompanyDocument(
        id=number,
        name=f"company {number}",
        size="small",
        master=generation,
        shifts=10,
        employees=10,
        rosters=[roster],
        revision="r",
        updated_at=NOW,
    )


def run() -> RunDocument:
    return RunDocument(
        id=new_id(),
        state=RunState.COMPLETED,
        requested_by="ana@example.org",
        companies=["company 1"],
        algorithms=["a"],
        seeds=[1],
        time_limit=1,
        year=2025,
        holidays="reference",
        created_at=NOW,
    )
