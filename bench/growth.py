"""What becomes slower as there is more: experiments, jobs in the database, and replicas that share the work."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from statistics import median
from typing import Any, Final

import uvloop

from bench.house import House, Site, open_house
from bench.http_load import load, request
from bench.replicas import replica_figures
from bench.report import Figure
from libs.common.database.client import connect
from libs.common.database.collections import JOBS, ensure_indexes
from libs.common.events.envelope import new_id
from libs.common.jobs.model import Job, JobState, NewJob, Requester, Role
from libs.common.jobs.store import JobFilter, JobStore

KIND: Final = "export.request"
EMAIL: Final = "bench@localhost"
SUBJECTS: Final = 100
BATCH: Final = 5_000
CALLS: Final = 100
EXPERIMENTS: Final = (10, 1_000)
READ_SECONDS: Final = 1.0

Operation = Callable[[], Awaitable[object]]


def measure(site: Site, *, jobs: int, replicas: Sequence[int]) -> list[Figure]:
    with open_house(site) as house:
        figures = _experiments(house)
        figures += uvloop.run(_jobs(house, jobs))
        if replicas:
            figures += replica_figures(house, replicas)
    return figures


def _experiments(house: House) -> list[Figure]:
    figures, have = [], 0
    with house.serving("gateway"):
        for wanted in EXPERIMENTS:
            house.register([f"experiment-{number:04}" for number in range(have, wanted)])
            have = wanted
            work = f"{wanted:,} experiments"
            for path in ("/api/experiments?limit=10", "/api/experiments/experiment-0005"):
                calls = [request("GET", path, house.authorization)]
                read = uvloop.run(load(house.port, calls, seconds=READ_SECONDS))
                assert set(read.statuses) == {200}, read.statuses
                figures.append(Figure(work, f"GET {path} p50", read.p50 * 1000, "ms"))
    return figures


async def _jobs(house: House, jobs: int) -> list[Figure]:
    """The queries of a job's life with no other job in the database, and with so many that have ended."""
    database = connect(house.mongo_uri, house.database_name)
    try:
        await ensure_indexes(database)
        store = JobStore(database, lease_seconds=15)
        figures = await _life(store, "0 jobs")
        ended = islice(_ended(), jobs)
        while batch := list(islice(ended, BATCH)):
            await database[JOBS].insert_many(batch, ordered=False)
        return [*figures, *await _life(store, f"{jobs:,} jobs")]
    finally:
        database.client.close()


def _ended() -> Iterator[dict[str, Any]]:
    """Jobs of many callers and experiments, as they stay in the database."""
    number, now = 0, datetime.now(UTC)
    while True:
        job = Job(
            kind=KIND,
            subject=f"slug-{number % SUBJECTS}",
            requester=Requester(email=f"{number % SUBJECTS}@localhost", role=Role.VIEWER),
            input={"slug": f"slug-{number % SUBJECTS}", "kind": "standalone"},
            created_at=now,
            not_before=now,
            finished_at=now,
            state=JobState.SUCCEEDED,
            result={"message": "exported"},
        )
        yield job.as_document()
        number += 1


async def _life(store: JobStore, work: str) -> list[Figure]:
    asked = NewJob(
        kind=KIND,
        subject="slug-1",
        requester=Requester(email=EMAIL, role=Role.VIEWER),
        input={"slug": "slug-1", "kind": "standalone"},
    )
    claimed: list[Job] = []

    async def claim() -> None:
        job = await store.claim(KIND, "bench")
        assert job is not None
        claimed.append(job)

    async def finish() -> None:
        await store.finish(claimed.pop(), JobState.SUCCEEDED, [], fields={"result": {"id": new_id()}})

    operations: dict[str, Operation] = {
        "create": lambda: store.create(asked),
        "quota": lambda: store.waiting_of(EMAIL, KIND, limit=1_000),
        "claim": claim,
        "look for expired leases": lambda: store.reclaim(KIND, "bench"),
        "finish": finish,
        "newest": lambda: store.find(JobFilter(), limit=10),
        "newest of a caller": lambda: store.find(JobFilter(email=EMAIL), limit=10),
        "newest of an experiment": lambda: store.find(JobFilter(subject="slug-1"), limit=10),
        "unpublished": lambda: store.unpublished(older_than=5, limit=10),
        "backlog": lambda: store.backlog(KIND, limit=100_000),
    }
    return [
        Figure(work, f"{name} p50", 1000 * await _p50(operation), "ms")
        for name, operation in operations.items()
    ]


async def _p50(operation: Operation) -> float:
    taken = []
    for _ in range(CALLS):
        began = time.perf_counter()
        await operation()
        taken.append(time.perf_counter() - began)
    return median(taken)
