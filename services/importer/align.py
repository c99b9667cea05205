"""Brings this host's working copies up to what is registered; what people edited is left alone.

It runs at start and after each job that may have changed an experiment, in every importer: that is how copies on
other hosts follow, and how a swap is undone whose commit never came.
"""

from __future__ import annotations

import structlog

from libs.common.database.collections import JOBS
from libs.common.jobs.model import JobState
from libs.common.registry import Registered
from libs.common.threads import in_thread
from libs.common.versions import materialise
from services.importer.context import Importer
from services.importer.importing import is_edited
from services.importer.tree import UnusableFolder
from services.importer.working_copy import CopyChanged, Look

log = structlog.get_logger(__name__)


async def align_all(importer: Importer) -> None:
    """Every slug that is registered, or of which a copy was made here; what fails for one is logged."""
    slugs = {*await importer.registry.slugs(), *await in_thread(importer.copies.slugs)}
    for slug in sorted(slugs):
        try:
            await align(importer, slug)
        except Exception:  # one damaged version must not keep the service from starting
            log.exception("the working copy could not be brought up to date", slug=slug)


async def align(importer: Importer, slug: str) -> None:
    """Does nothing while a job changes the slug: its end calls again. Raises: VersionDamaged, Unavailable."""
    if await _is_held(importer, slug):
        return
    registered = await importer.find(slug)
    try:
        look = await in_thread(importer.copies.look, slug)
        await _follow(importer, slug, registered, look)
    except (UnusableFolder, CopyChanged) as error:
        log.warning("the working copy is left as it is", slug=slug, reason=error.detail)


async def _follow(importer: Importer, slug: str, registered: Registered | None, look: Look) -> None:
    wanted = registered.platform.digest if registered else None
    if look.digest == wanted:
        if wanted is not None and look.made_from != wanted:
            await in_thread(importer.copies.adopt, slug, wanted)
        return
    if await is_edited(importer, slug, look):
        log.warning("the working copy was edited by hand; `experiments sync` registers it", slug=slug)
        return
    if registered is None:
        await in_thread(importer.copies.remove, slug, expected=look.digest)
        return
    folder = await materialise(registered, blobs=importer.parts.blobs, root=importer.root)
    await in_thread(importer.copies.swap, slug, folder, registered.platform.digest, expected=look.digest)


async def _is_held(importer: Importer, slug: str) -> bool:
    jobs = importer.parts.database[JOBS]
    return await jobs.find_one({"exclusive": slug, "state": JobState.RUNNING}, {"_id": 1}) is not None
