"""Makes checked files a version: folder, bundle, history and working copy (DESIGN §6).

Nothing of it is visible before the one commit. What a crash leaves before that is swept; what it leaves after it is
brought up to date at the next start (`align`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from libs.common.archive.digest import FileDigest
from libs.common.events.imports import ExperimentRegistered
from libs.common.jobs.run import Commit
from libs.common.manifest.model import MANIFEST
from libs.common.registry import Bundle, Registered
from libs.common.threads import in_thread
from libs.common.versions import Origin, Version, place, version_digest
from services.importer.bundle import store_bundle
from services.importer.context import Importer
from services.importer.tree import hash_files, list_files


@dataclass(frozen=True)
class Who:
    """Who makes a revision, how, and why."""

    author: str
    origin: Origin
    note: str | None = None


@dataclass(frozen=True)
class Stored:
    """Files of a version that lie ready: the folder, and the bundle, which an earlier version may share."""

    folder: Path
    digest: str
    bundle: Bundle
    is_shared: bool


@dataclass(frozen=True)
class Installed:
    """A version on the threshold: `commit` makes it current, `registered` then tells of it."""

    version: Version
    commit: Commit
    registered: ExperimentRegistered


class Installation:
    """One change of version of one slug, which the running job holds."""

    def __init__(self, importer: Importer, slug: str, current: Registered | None) -> None:
        self._importer = importer
        self._slug = slug
        self._current = current
        self._versions: list[Version] = []
        self._shared: list[Bundle] = []

    async def store(self, tree: Path, files: Sequence[FileDigest]) -> Stored:
        """Move a tree to its version's folder, and its bundle to storage, unless a version has both already."""
        importer, digest = self._importer, version_digest(files)
        folder = await in_thread(place, tree, importer.root, self._slug, digest)
        kept = await importer.history.one_with(self._slug, digest)
        if kept and kept.bundle and await importer.parts.blobs.head(kept.bundle.key):
            return Stored(folder, digest, kept.bundle, is_shared=True)
        bundle = await store_bundle(
            self._slug, folder, files, blobs=importer.parts.blobs, settings=importer.parts.settings
        )
        return Stored(folder, digest, bundle, is_shared=False)

    def reuse(self, version: Version, folder: Path) -> Stored:
        """The files of a kept version, restored to `folder`."""
        if version.bundle is None:
            raise AssertionError("only kept versions are used again")
        return Stored(folder, version.digest, version.bundle, is_shared=True)

    async def add(self, stored: Stored, who: Who) -> Version:
        """Append a revision."""
        last = self._versions[-1].revision if self._versions else None
        version = Version(
            slug=self._slug,
            revision=(await self._importer.history.last_revision(self._slug) if last is None else last) + 1,
            digest=stored.digest,
            bundle=stored.bundle,
            author=who.author,
            note=who.note,
            origin=who.origin,
            created_at=datetime.now(UTC),
        )
        self._versions.append(version)
        if stored.is_shared:
            self._shared.append(stored.bundle)
        return version

    async def rescue(self, stage: Path, author: str) -> None:
        """Make a revision of the working copy, which was edited by hand and is about to be replaced."""
        tree = stage / "edited"
        await in_thread(self._importer.copies.save, self._slug, tree)
        files = await in_thread(hash_tree_files, tree)
        note = "Edited by hand in the working copy; kept before it was replaced."
        await self.add(await self.store(tree, files), Who(author, Origin.SYNC, note))

    async def swap(self, stored: Stored, *, expected: str | None) -> None:
        """Bring the working copy up to the stored version. Raises: CopyChanged."""
        copies = self._importer.copies
        await in_thread(copies.swap, self._slug, stored.folder, stored.digest, expected=expected)

    async def finish(self, stored: Stored) -> Installed:
        """What makes the last added version, whose files are `stored`, the current one."""
        manifest = await in_thread(load_manifest, stored.folder)
        version = self._versions[-1]
        uri = self._importer.parts.blobs.uri(stored.bundle.key)
        commit = self._importer.registrar.make_current(
            self._versions,
            manifest,
            base_revision=self._current.platform.revision if self._current else None,
            uri=uri,
            shared=self._shared,
        )
        registered = ExperimentRegistered(
            slug=self._slug,
            revision=version.revision,
            digest=version.digest,
            author=version.author,
            runtime_s3_uri=uri,
            runtime_sha256=stored.bundle.sha256,
        )
        return Installed(version, commit, registered)


def hash_tree_files(root: Path) -> list[FileDigest]:
    """Digests of all files below a folder, without litter. Raises: UnusableFolder."""
    return hash_files(root, list_files(root))


def load_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a version, whose files are checked."""
    content = (folder / MANIFEST).read_bytes()
    manifest: dict[str, Any] = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    return manifest
