"""Versions of experiments: immutable folders `{ENTREPOT_HOME}/versions/{slug}/{digest}` (DESIGN §6).

A folder is only a copy: the truth is the bundle in blob storage, from which any host restores it, verified. A folder
appears by one rename, so it is complete wherever it exists, whatever process was killed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from libs.common.archive.digest import ORDINARY, FileDigest, hash_tree, tree_digest
from libs.common.archive.limits import ArchiveLimits
from libs.common.archive.reader import open_archive
from libs.common.blobs import BlobNotFound, BlobStore
from libs.common.errors import EntrepotError
from libs.common.events.envelope import new_id
from libs.common.registry import Bundle, Registered
from libs.common.threads import in_thread

PARTIAL: Final = ".partial"
"""Folder of what is being built; no slug begins with a dot."""
READ_ONLY: Final = 0o444
TRUSTED: Final = ArchiveLimits(packed=2**50, unpacked=2**50, entries=2**31, ratio=2**31)
"""For bundles, whose SHA-256 is verified before they are opened."""


class VersionDamaged(EntrepotError):
    """The stored bundle of a version is missing or not what was registered."""

    code = "version-damaged"


class Origin(StrEnum):
    """How a revision came about. `DELETE` marks the end of an experiment; its revision holds no files."""

    IMPORT = "import"
    EXAMPLE = "example"
    SYNC = "sync"
    ROLLBACK = "rollback"
    DELETE = "delete"


class Version(BaseModel):
    """One document of `experiment_versions`: the history of a slug, by rising revisions, which are never reused.

    `bundle` is None where the files are no longer kept.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    slug: str
    revision: int
    digest: str
    bundle: Bundle | None
    author: str
    note: str | None = None
    origin: Origin
    created_at: datetime


def version_digest(files: Iterable[FileDigest]) -> str:
    """Names a version. Modes do not count: a ZIP from another system does not carry them."""
    return tree_digest(replace(file, mode=ORDINARY) for file in files)


def version_folder(root: Path, slug: str, digest: str) -> Path:
    """Where a version lies on each host that has it; `root` is `settings.versions_dir`."""
    return root / slug / digest


async def materialise(registered: Registered, *, blobs: BlobStore, root: Path) -> Path:
    """The immutable folder of the registered version. Raises: VersionDamaged, Unavailable."""
    platform = registered.platform
    return await restore(registered.slug, platform.digest, platform.bundle, blobs=blobs, root=root)


async def restore(slug: str, digest: str, bundle: Bundle, *, blobs: BlobStore, root: Path) -> Path:
    """The immutable folder of a version, unpacked and verified if this host does not have it yet.

    Any number of processes may do so at the same time. Raises: VersionDamaged, Unavailable.
    """
    folder = version_folder(root, slug, digest)
    if await in_thread(folder.is_dir):
        return folder
    async with staging(root) as stage:
        packed = stage / "bundle.zip"
        try:
            sha256 = await fetch(blobs, bundle.key, packed)
        except BlobNotFound as error:
            raise VersionDamaged(f"The bundle {bundle.key!r} is not in storage.") from error
        if sha256 != bundle.sha256:
            raise VersionDamaged(f"The bundle {bundle.key!r} has the SHA-256 {sha256}, not {bundle.sha256}.")
        tree = stage / "tree"
        found = await in_thread(_unpack, packed, tree)
        if found != digest:
            raise VersionDamaged(f"The bundle {bundle.key!r} holds the version {found}, not {digest}.")
        return await in_thread(place, tree, root, slug, digest)


async def fetch(blobs: BlobStore, key: str, to: Path) -> str:
    """Copy an object into a new file and return its SHA-256. Raises: BlobNotFound, Unavailable."""
    sha256 = hashlib.sha256()
    with ExitStack() as stack:  # closes the file also where the wait for its opening is cancelled
        file = await in_thread(lambda: stack.enter_context(to.open("xb")))
        async with blobs.open(key) as chunks:
            async for chunk in chunks:
                sha256.update(chunk)
                await in_thread(file.write, chunk)
    return sha256.hexdigest()


@asynccontextmanager
async def staging(root: Path) -> AsyncIterator[Path]:
    """A new folder on the file system of the versions, removed on leaving; after a crash a sweep removes it."""
    stage = root / PARTIAL / new_id()
    try:
        await in_thread(stage.mkdir, parents=True)
        yield stage
    finally:
        await in_thread(shutil.rmtree, stage, ignore_errors=True)


def place(tree: Path, root: Path, slug: str, digest: str) -> Path:
    """Move a complete tree to where its version lies; keeps the one that is there already, as it is the same."""
    folder = version_folder(root, slug, digest)
    folder.parent.mkdir(parents=True, exist_ok=True)
    make_durable(tree, mode=READ_ONLY)
    try:
        tree.rename(folder)
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise
        os.utime(folder)  # in use again: a sweep spares what is young
    else:
        sync_folder(folder.parent)
    return folder


def make_durable(tree: Path, *, mode: int) -> None:
    """Give all files of a tree this mode and wait until files and folders are on the disk."""
    for folder, _, files in os.walk(tree):
        for name in files:
            path = Path(folder, name)
            with path.open("rb") as file:
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
        sync_folder(Path(folder))


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unpack(packed: Path, tree: Path) -> str:
    """The digest of what was unpacked."""
    tree.mkdir()
    with open_archive(packed, TRUSTED) as archive:
        for entry in archive.entries:
            path = tree / entry.name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.writelines(archive.read(entry))
    return version_digest(hash_tree(tree))
