"""What follows each import, in every replica, and now and then: uploads, dumps, rosters and generations go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from libs.common.database.collections import BENCHMARK_RESULTS, JOBS
from libs.common.events.envelope import Message
from libs.common.jobs.model import ENDED
from libs.common.jobs.store import JobNotFound
from services.benchmarks.context import Benchmarks
from services.benchmarks.dumps.storing import DUMPS
from services.benchmarks.runs.archive import ROSTERS
from services.benchmarks.store.generations import Generations

EVENTS: Final = ("benchmark_import.*",)
UPLOADS: Final = "uploads/"
SWEEP_SECONDS: Final = 300.0
"""A retired generation takes room for no longer than this and its grace."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def upkeep(benchmarks: Benchmarks) -> AsyncIterator[None]:
    """Discard uploads and sweep while entered."""

    async def follow(message: Message) -> None:
        await discard_upload(benchmarks, message.correlation_id)

    async with benchmarks.parts.bus.subscribe(EVENTS, follow):
        sweeping = asyncio.create_task(_sweep_for_ever(benchmarks))
        try:
            yield
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)


async def discard_upload(benchmarks: Benchmarks, job_id: str) -> None:
    """Delete the upload of an import that has ended for good, however it ended (seed: no persistent storage)."""
    try:
        job = await benchmarks.parts.jobs.get(job_id)
    except JobNotFound:
        return
    key = str(job.input.get("upload_key", ""))
    if job.ended and key.startswith(UPLOADS):
        await benchmarks.parts.blobs.delete(key)


async def sweep(benchmarks: Benchmarks) -> None:
    """The backstop: whatever no document names and is older than any job may be."""
    removed = await Generations(benchmarks.parts.database).sweep(abandoned_after=benchmarks.spare)
    if removed:
        log.info("swept generations that nobody sees", count=removed)
    database = benchmarks.parts.database
    waiting = await database[JOBS].distinct("input.upload_key", {"state": {"$nin": sorted(ENDED)}})
    await _delete_old(benchmarks, UPLOADS, benchmarks.spare, spared=set(waiting))
    named = await database[BENCHMARK_RESULTS].distinct("roster_key")
    await _delete_old(benchmarks, ROSTERS, benchmarks.spare, spared=set(named))
    await _delete_old(benchmarks, DUMPS, timedelta(seconds=benchmarks.parts.limits.link_seconds))


async def _delete_old(
    benchmarks: Benchmarks, prefix: str, age: timedelta, *, spared: Collection[str] = ()
) -> None:
    young = datetime.now(UTC) - age
    listed = benchmarks.parts.blobs.list(prefix)
    old = [blob.key async for blob in listed if blob.modified < young and blob.key not in spared]
    for key in old:
        await benchmarks.parts.blobs.delete(key)


async def _sweep_for_ever(benchmarks: Benchmarks) -> None:
    while True:
        try:
            await sweep(benchmarks)
        except Exception:  # whatever it was, the next sweep comes
            log.warning("the sweep failed", exc_info=True)
        await asyncio.sleep(SWEEP_SECONDS)
