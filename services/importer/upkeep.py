"""What follows each job of the importer, in every replica, and now and then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from libs.common.events.envelope import Message
from libs.common.jobs.model import Job, JobState
from libs.common.jobs.store import JobNotFound
from libs.common.manifest.slug import is_slug
from services.importer.align import align, align_all
from services.importer.context import Importer
from services.importer.data.change import recover_free
from services.importer.data.keeping import forget_data, recover_all, sweep_data
from services.importer.sweep import discard_upload, prune, sweep

EVENTS: Final = ("import.*", "experiment.*")
SWEEP_SECONDS: Final = 3600.0
"""What a sweep removes harms nobody meanwhile; it lists all objects, which costs a request per thousand."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def upkeep(importer: Importer) -> AsyncIterator[None]:
    """Align, prune and sweep while entered; on entering, what a crash left is mended."""

    async def follow(message: Message) -> None:
        await after_job(importer, message)

    async def missed() -> None:
        await align_all(importer)

    async with importer.parts.bus.subscribe(EVENTS, follow, ready=missed):
        await recover_all(importer)
        await align_all(importer)
        sweeping = asyncio.create_task(_sweep_for_ever(importer))
        try:
            yield
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)


async def after_job(importer: Importer, message: Message) -> None:
    """Discard the upload of a job that has ended, and bring the working copy and the kept versions up to date."""
    try:
        job = await importer.parts.jobs.get(message.correlation_id)
    except JobNotFound:
        return
    if not job.ended:
        return
    await discard_upload(importer, job)
    if job.subject is not None and is_slug(job.subject):
        if deletes_data(job):
            await forget_data(importer, job.subject)
        await recover_free(importer, job.subject)
        await align(importer, job.subject)
        await prune(importer, job.subject)


def deletes_data(job: Job) -> bool:
    """Whether nothing of the experiment's data is to be left, what earlier imports replaced included."""
    return job.state is JobState.SUCCEEDED and bool(job.input.get("delete_data"))


async def _sweep_for_ever(importer: Importer) -> None:
    while True:
        try:
            await sweep(importer)
            await sweep_data(importer)
        except Exception:  # whatever it was, the next sweep comes
            log.warning("the sweep failed", exc_info=True)
        await asyncio.sleep(SWEEP_SECONDS)
