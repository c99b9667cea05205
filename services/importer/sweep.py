"""What goes at once when a job has ended: its upload, and versions beyond those that are kept."""

from __future__ import annotations

from libs.common.jobs.model import Job
from libs.common.retention.objects import UPLOADS
from services.importer.context import Importer
from services.importer.folders import StaleFolders


async def discard_upload(importer: Importer, job: Job) -> None:
    """Delete the upload of an import that has ended for good."""
    key = str(job.input.get("upload_key", ""))
    if job.ended and key.startswith(UPLOADS):
        await importer.parts.blobs.delete(key)


async def prune(importer: Importer, slug: str) -> None:
    """Keep the files of the newest versions only (`limits.kept_versions`)."""
    for bundle in await importer.history.prune(slug, keep=importer.parts.limits.kept_versions):
        await importer.parts.blobs.delete(bundle.key)
    await StaleFolders(importer).remove_of(slug)
