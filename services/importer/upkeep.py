"""What follows each job of the importer, in every replica, and now and then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from libs.common.events.envelope import Message
from libs.common.jobs.model import Job, JobState
from libs.common.jobs.store import JobNotFound
from libs.common.manifest.slug import is_slug
from libs.common.retention.sweep import SWEEP_SECONDS, keeping, sweep
from services.importer.align import align, align_all
from services.importer.context import Importer
from services.importer.data.change import recover_free
from services.importer.data.keeping import forget_data, recover_all
from services.importer.folders import StaleFolders
from services.importer.retention import shared_rules
from services.importer.sweep import discard_upload, prune

EVENTS: Final = ("import.*", "experiment.*")


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
        sweeping = asyncio.create_task(_sweep_own_disk(importer))
        try:
            async with keeping(importer.parts, "importer", shared_rules(importer)):
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


async def _sweep_own_disk(importer: Importer) -> None:
    while True:
        await sweep([StaleFolders(importer)])
        await asyncio.sleep(SWEEP_SECONDS)
