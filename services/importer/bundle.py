"""The accepted files as one ZIP in blob storage, `{slug}/runtime-{timestamp}.zip` (seed, B2 Storage)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast

from libs.common.archive.digest import FileDigest
from libs.common.archive.writer import Deflate, Member, write_archive
from libs.common.blobs import BlobStore
from libs.common.manifest.comment import write_comment
from libs.common.registry import Bundle
from libs.common.settings import Settings
from libs.common.threads import ahead

KIND: Final = "runtime"


async def store_bundle(
    slug: str, folder: Path, files: Iterable[FileDigest], *, blobs: BlobStore, settings: Settings
) -> Bundle:
    """Write a version's files; the same files give the same bytes, under a new key. Raises: Unavailable."""
    members = [
        Member.of_file(file.path, folder / file.path) for file in sorted(files, key=lambda file: file.path)
    ]
    archive = write_archive(
        members, comment=write_comment(slug, KIND), deflate=cast(Deflate, settings.deflate)
    )
    key = f"{slug}/{KIND}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.zip"
    async with aclosing(ahead(archive)) as chunks:
        blob = await blobs.put(key, chunks)
    if blob.sha256 is None:
        raise AssertionError("a store knows the SHA-256 of what it wrote")
    return Bundle(key=key, sha256=blob.sha256, size=blob.size)
