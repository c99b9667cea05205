"""At start, the examples of the checkout that were never registered are imported like any upload, with their data."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import structlog

from libs.common.archive.writer import Member, write_archive
from libs.common.events.envelope import new_id
from libs.common.events.imports import ImportRequest, OnConflict
from libs.common.jobs.model import Job, NewJob, Requester, Role
from libs.common.jobs.outbox import Outbox
from libs.common.manifest.model import MANIFEST
from libs.common.manifest.slug import is_slug
from libs.common.retention.objects import UPLOADS
from libs.common.threads import in_thread, iterate
from services.importer.context import Importer
from services.importer.examples.generate import GENERATORS
from services.importer.examples.load import load_examples
from services.importer.importing import EXAMPLES
from services.importer.tree import list_files

CHECKOUT: Final = Path(__file__).resolve().parents[2] / "experiments"
"""Tracked, and only read; an image may come without it."""
WAIT_SECONDS: Final = 60.0
"""A service that cannot register its examples by then starts without them; the jobs go on."""
POLL_SECONDS: Final = 0.1

log = structlog.get_logger(__name__)


async def register_examples(importer: Importer, folder: Path = CHECKOUT) -> None:
    """Import what was never registered, and wait for it. Any number of replicas may start at the same time.

    A slug that was registered once and then deleted does not come back.
    """
    known = await importer.history.slugs()
    new = [slug for slug in await in_thread(_slugs_in, folder) if slug not in known]
    if not new:
        return
    await load_examples(importer.parts.database, [slug for slug in new if slug in GENERATORS])
    jobs = [await _request(importer, slug, folder / slug) for slug in new]
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            for job in jobs:
                await _end_of(importer, job)
    except TimeoutError:
        log.warning("the examples are not registered yet", slugs=new)


async def _request(importer: Importer, slug: str, folder: Path) -> Job:
    """The idempotency key makes one job of what several replicas ask for, until the example changes."""
    members = await in_thread(_members, folder)
    digest = hashlib.sha256()
    chunks = [chunk async for chunk in iterate(write_archive(members))]
    for chunk in chunks:
        digest.update(chunk)
    command = ImportRequest(
        upload_key=f"{UPLOADS}{new_id()}.zip",
        upload_name=f"{slug}_upload.zip",
        slug=slug,
        on_conflict=OnConflict.SKIP,
        note="Comes with the platform.",
    )
    await importer.parts.blobs.put(command.upload_key, iterate(chunks))
    created = await importer.parts.jobs.create(
        NewJob(
            kind="import.request",
            subject=slug,
            requester=Requester(email=EXAMPLES, role=Role.DEVELOPER),
            input=command.model_dump(mode="json", exclude_none=True),
            idempotency_key=f"{slug}:{digest.hexdigest()}",
            body_digest=digest.hexdigest(),
        )
    )
    if not created.new:
        await importer.parts.blobs.delete(command.upload_key)
    await Outbox(importer.parts.jobs, importer.parts.bus).flush(created.job)
    return created.job


async def _end_of(importer: Importer, job: Job) -> None:
    while not job.ended:
        await asyncio.sleep(POLL_SECONDS)
        job = await importer.parts.jobs.get(job.id)
    if job.error is not None:
        problems = [problem.model_dump(exclude_none=True) for problem in job.error.problems]
        log.error(
            "an example was not registered", slug=job.subject, reason=job.error.message, problems=problems
        )


def _slugs_in(folder: Path) -> Sequence[str]:
    found: Iterable[Path] = folder.iterdir() if folder.is_dir() else ()
    return sorted(path.name for path in found if is_slug(path.name) and (path / MANIFEST).is_file())


def _members(folder: Path) -> list[Member]:
    return [Member.of_file(path, folder / path) for path in list_files(folder)]
