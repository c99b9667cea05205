"""What must be true once everything has come to rest, whatever was killed before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

from libs.common.blobs import BlobStore
from libs.common.database.client import Database
from libs.common.database.collections import (
    BENCHMARK_GENERATIONS,
    BENCHMARK_RESULTS,
    BENCHMARK_RUNS,
    EVENT_LOG,
    EXPERIMENT_VERSIONS,
    EXPERIMENTS_CONFIG,
    EXPORT_LOGS,
    JOBS,
)
from libs.common.jobs.model import ENDED, Job, JobState
from libs.common.limits import Limits
from libs.common.parts import Parts
from libs.common.retention.sweep import sweep
from libs.manage.sweep import all_rules
from services.benchmarks.store.generations import ROW_COLLECTIONS
from services.importer.context import Importer
from services.importer.data.journal import Journal
from tests.faults.ledger import Ledger

AT_ONCE = Limits(job_deadline_seconds=0.001, link_seconds=1)
"""With these a sweep spares nothing for being young; only where nothing works any more."""
REST_SECONDS = 400.0
RUN_STATES = {JobState.SUCCEEDED: "completed", JobState.FAILED: "failed", JobState.CANCELLED: "cancelled"}


async def jobs_of(database: Database, ids: Iterable[str]) -> dict[str, Job]:
    found = database[JOBS].find({"_id": {"$in": sorted(ids)}})
    return {document["_id"]: Job.model_validate(document) async for document in found}


async def until_at_rest(database: Database) -> None:
    """No job waits or runs, of those that services make themselves neither, and each has told all.

    Raises: TimeoutError.
    """
    left = {"$or": [{"state": {"$nin": sorted(ENDED)}}, {"outbox": {"$ne": []}}]}
    async with asyncio.timeout(REST_SECONDS):
        while await database[JOBS].count_documents(left):
            await asyncio.sleep(0.2)


async def until_logged(database: Database, event_ids: Iterable[str]) -> None:
    """All these events stand in the gateways' log. Raises: TimeoutError."""
    wanted = sorted(set(event_ids))
    async with asyncio.timeout(REST_SECONDS):
        while await database[EVENT_LOG].count_documents({"event_id": {"$in": wanted}}) < len(wanted):
            await asyncio.sleep(0.2)


async def assert_all_ended_well(database: Database, ledger: Ledger) -> None:
    """Every accepted job has succeeded, and its one end was told on the bus and stands in the log."""
    await until_at_rest(database)
    jobs = await jobs_of(database, ledger.accepted)
    assert jobs.keys() == ledger.accepted
    not_well = {job_id: job.error for job_id, job in jobs.items() if job.state is not JobState.SUCCEEDED}
    assert not_well == {}, not_well
    assert {job_id: count for job_id, count in ledger.ends().items() if count != 1} == {}
    assert ledger.doubles == set()
    await until_logged(database, (next(iter(ledger.told[job_id])) for job_id in ledger.accepted))


async def sweep_everything(parts: Parts) -> None:
    """As `manage.py sweep` does; `parts` with the limits `AT_ONCE`."""
    long_ago = {"$set": {"since": datetime.fromtimestamp(0, UTC)}}
    await parts.database[BENCHMARK_GENERATIONS].update_many({"state": {"$ne": "live"}}, long_ago)
    swept = await sweep(all_rules(parts))
    assert [rule for rule in swept if rule.error is not None] == []


async def orphans(parts: Parts) -> set[str]:
    """Stored objects that no document names."""
    database = parts.database
    named = set(await database[EXPORT_LOGS].distinct("b2_file_name"))
    named |= set(await database[EXPERIMENT_VERSIONS].distinct("bundle.key"))
    named |= set(await database[EXPERIMENTS_CONFIG].distinct("platform.bundle.key"))
    named |= set(await database[BENCHMARK_RESULTS].distinct("roster_key"))
    named |= set(await database[JOBS].distinct("result.dump_key"))
    return await keys(parts.blobs) - named


async def missing(parts: Parts) -> set[str]:
    """Objects that documents name and storage has not."""
    database = parts.database
    named = set(await database[EXPORT_LOGS].distinct("b2_file_name"))
    named |= set(await database[EXPERIMENT_VERSIONS].distinct("bundle.key"))
    named |= set(await database[BENCHMARK_RESULTS].distinct("roster_key"))
    return {key for key in named if key is not None} - await keys(parts.blobs)


async def keys(blobs: BlobStore) -> set[str]:
    return {blob.key async for blob in blobs.list("")}


async def assert_experiments_whole(importer: Importer) -> None:
    """Each configuration names the newest revision, without a gap before it, and no data are half switched."""
    database = importer.parts.database
    async for config in database[EXPERIMENTS_CONFIG].find({}):
        slug, platform = config["_id"], config["platform"]
        found = database[EXPERIMENT_VERSIONS].find({"slug": slug}).sort("revision", 1)
        revisions = [version async for version in found]
        assert [version["revision"] for version in revisions] == list(range(1, len(revisions) + 1)), slug
        assert platform["revision"] == revisions[-1]["revision"], slug
        assert platform["digest"] == revisions[-1]["digest"], slug
        assert platform["bundle"] == revisions[-1]["bundle"], slug
    assert await Journal(database).slugs_unfinished() == set()


async def assert_no_row_is_left(database: Database) -> None:
    """After a sweep each row of the benchmarks belongs to a generation that counts."""
    live = set(await database[BENCHMARK_GENERATIONS].distinct("_id", {"state": "live"}))
    for collection in ROW_COLLECTIONS:
        assert set(await database[collection].distinct("generation")) <= live, collection


async def assert_runs_ended(database: Database) -> None:
    """The document of each run says what its job says."""
    async for document in database[BENCHMARK_RUNS].find({}):
        job = await database[JOBS].find_one({"kind": "benchmark_run.request", "subject": document["_id"]})
        assert job is not None
        assert document["state"] == RUN_STATES[JobState(job["state"])], document["_id"]
