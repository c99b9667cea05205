"""Removes what no document names: uploads, bundles and folders that crashes and old versions left.

Everything young is spared, as a running job may be about to name it.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from libs.common.database.collections import EXPERIMENT_VERSIONS, EXPERIMENTS_CONFIG, JOBS
from libs.common.events.envelope import new_id
from libs.common.jobs.model import ENDED, Job
from libs.common.threads import in_thread
from libs.common.versions import PARTIAL
from services.importer.bundle import KIND
from services.importer.context import Importer

UPLOADS: Final = "uploads/"
BUNDLE_KEY: Final = re.compile(rf"[a-z0-9][a-z0-9_-]*/{KIND}-[0-9TZ]+\.zip")

log = structlog.get_logger(__name__)


async def discard_upload(importer: Importer, job: Job) -> None:
    """Delete the upload of an import that has ended for good."""
    key = str(job.input.get("upload_key", ""))
    if job.ended and key.startswith(UPLOADS):
        await importer.parts.blobs.delete(key)


async def prune(importer: Importer, slug: str) -> None:
    """Keep the files of the newest versions only (`limits.kept_versions`)."""
    for bundle in await importer.history.prune(slug, keep=importer.parts.limits.kept_versions):
        await importer.parts.blobs.delete(bundle.key)
    kept = {version.digest for version in await importer.history.kept(slug)}
    await in_thread(
        _remove_folders, importer.root, importer.root / slug, kept, spare(importer).total_seconds()
    )


async def sweep(importer: Importer) -> None:
    """The backstop behind `discard_upload` and `prune`."""
    await _sweep_uploads(importer)
    await _sweep_bundles(importer)
    for slug in await importer.history.slugs():
        await prune(importer, slug)
    await in_thread(
        _remove_folders, importer.root, importer.root / PARTIAL, frozenset(), spare(importer).total_seconds()
    )


def spare(importer: Importer) -> timedelta:
    """Age below which something may belong to a job that is under way."""
    return timedelta(seconds=2 * importer.parts.limits.job_deadline_seconds)


async def _sweep_uploads(importer: Importer) -> None:
    """Of all services; also uploads whose request ended before a job was made of them."""
    waiting = {"input.upload_key": {"$exists": True}, "state": {"$nin": sorted(ENDED)}}
    named = set(await importer.parts.database[JOBS].distinct("input.upload_key", waiting))
    await _delete_unnamed(importer, UPLOADS, named)


async def _sweep_bundles(importer: Importer) -> None:
    database = importer.parts.database
    named = set(await database[EXPERIMENT_VERSIONS].distinct("bundle.key"))
    named |= set(await database[EXPERIMENTS_CONFIG].distinct("platform.bundle.key"))
    await _delete_unnamed(importer, "", named, only=BUNDLE_KEY)


async def _delete_unnamed(
    importer: Importer, prefix: str, named: Collection[str], *, only: re.Pattern[str] | None = None
) -> None:
    blobs, young = importer.parts.blobs, datetime.now(UTC) - spare(importer)
    old = [
        blob.key
        async for blob in blobs.list(prefix)
        if blob.modified < young and blob.key not in named and (only is None or only.fullmatch(blob.key))
    ]
    for key in old:
        await blobs.delete(key)
    if old:
        log.info("swept objects that no document names", count=len(old), prefix=prefix)


def _remove_folders(root: Path, parent: Path, named: Collection[str], age: float) -> None:
    """Moved aside first, so that no half-removed folder ever stands under a version's name."""
    for folder in parent.iterdir() if parent.is_dir() else ():
        if folder.name in named or time.time() - folder.stat().st_mtime < age:
            continue
        aside = root / PARTIAL / new_id()
        aside.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
