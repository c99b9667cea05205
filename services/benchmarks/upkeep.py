"""What follows imports and runs, in every replica, and what goes now and then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from libs.common.events.envelope import Message
from libs.common.jobs.store import JobNotFound
from libs.common.retention.objects import UPLOADS
from libs.common.retention.sweep import keeping
from services.benchmarks.context import Benchmarks
from services.benchmarks.retention import rules
from services.benchmarks.runs.settle import settle_runs

EVENTS: Final = ("benchmark_import.*", "benchmark_run.failed", "benchmark_run.cancelled")
SWEEP_SECONDS: Final = 300.0
"""A retired generation takes room for no longer than this and its grace."""


@asynccontextmanager
async def upkeep(benchmarks: Benchmarks) -> AsyncIterator[None]:
    """Discard uploads, settle runs and sweep while entered."""

    async def follow(message: Message) -> None:
        await discard_upload(benchmarks, message.correlation_id)
        await settle_runs(benchmarks)

    async def missed() -> None:
        await settle_runs(benchmarks)

    parts = benchmarks.parts
    async with (
        parts.bus.subscribe(EVENTS, follow, ready=missed),
        keeping(parts, "benchmarks", rules(parts), seconds=SWEEP_SECONDS),
    ):
        yield


async def discard_upload(benchmarks: Benchmarks, job_id: str) -> None:
    """Delete the upload of an import that has ended for good, however it ended (seed: no persistent storage)."""
    try:
        job = await benchmarks.parts.jobs.get(job_id)
    except JobNotFound:
        return
    key = str(job.input.get("upload_key", ""))
    if job.ended and key.startswith(UPLOADS):
        await benchmarks.parts.blobs.delete(key)
