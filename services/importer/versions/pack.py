"""A kept version as a ZIP that can be uploaded again, here or elsewhere.

It lies in storage under the digest of its files, is packed once, and goes when the version is kept no longer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, cast

import structlog

from libs.common.archive.writer import Deflate, Member, write_archive
from libs.common.blobs import Blob, BlobExists
from libs.common.events.exports import ExportKind
from libs.common.events.imports import ExperimentPacked, ExperimentRequest
from libs.common.jobs.run import Outcome, Run
from libs.common.manifest.comment import write_comment
from libs.common.manifest.leaving import left_out
from libs.common.manifest.slug import check_slug
from libs.common.threads import in_thread, iterate
from services.importer.context import Importer
from services.importer.tree import list_files

DOWNLOADS: Final = "downloads"
"""Prefix of such objects; then the slug, and the digest of the version."""

log = structlog.get_logger(__name__)


async def pack(command: ExperimentRequest, run: Run, importer: Importer) -> Outcome:
    """The files of a version as they were registered, without its secrets, which are named.

    Raises: VersionNotFound, VersionDamaged, Unavailable.
    """
    slug = check_slug(command.slug)
    version = await importer.history.newest(slug, command.revision)
    folder = await importer.restore(version)
    run.progress("packing")
    paths = await in_thread(list_files, folder)
    kept = [path for path in paths if left_out(path) is None]
    blob = await _stored(importer, slug, f"{DOWNLOADS}/{slug}/{version.digest}.zip", folder, kept)
    await discard_downloads(importer, slug)
    packed = ExperimentPacked(
        slug=slug,
        packed=version.revision,
        key=blob.key,
        filename=f"{slug}_revision_{version.revision}.zip",
        file_size=blob.size,
        left_out=sorted({part for path in paths if (part := left_out(path))}),
        message=f"Revision {version.revision} of {slug} can be downloaded.",
    )
    return Outcome("experiment.packed", packed)


async def discard_downloads(importer: Importer, slug: str) -> None:
    """Delete the ZIPs of versions that are kept no longer."""
    kept = {version.digest for version in await importer.history.kept(slug)}
    blobs = importer.parts.blobs
    stored = [blob.key async for blob in blobs.list(f"{DOWNLOADS}/{slug}/")]
    for key in stored:
        if Path(key).stem not in kept:
            await blobs.delete(key)


async def _stored(importer: Importer, slug: str, key: str, folder: Path, paths: list[str]) -> Blob:
    blobs = importer.parts.blobs
    if blob := await blobs.head(key):
        return blob
    members = [Member.of_file(path, folder / path) for path in paths]
    archive = write_archive(
        members,
        comment=write_comment(slug, ExportKind.UPLOAD_READY),
        deflate=cast(Deflate, importer.parts.settings.deflate),
    )
    try:
        return await blobs.put(key, iterate(archive))
    except BlobExists:
        log.debug("another job was first, with the same files", key=key)
    blob = await blobs.head(key)
    if blob is None:
        raise AssertionError("an object that exists has a head")
    return blob
