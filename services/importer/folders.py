"""Folders of versions on this host's disk: those that are kept no longer, and what crashes left half unpacked."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from libs.common.events.envelope import new_id
from libs.common.retention import Doomed, spare
from libs.common.threads import in_thread
from libs.common.versions import PARTIAL
from services.importer.context import Importer


@dataclass(frozen=True)
class StaleFolders:
    """What is young is spared: a job may be about to use it. Each host has folders of its own."""

    importer: Importer

    @property
    def kind(self) -> str:
        return "version folders"

    async def find(self) -> AsyncIterator[Doomed]:
        for slug in sorted(await self.importer.history.slugs()):
            for folder in await self._stale(slug):
                yield self._doomed(folder, "its version is kept no longer")
        for folder in await self._stale(PARTIAL):
            yield self._doomed(folder, "left by a crash")

    async def remove(self, doomed: Doomed) -> int:
        folder = self.importer.root / doomed.name
        if folder not in await self._stale(folder.parent.name):
            return 0
        await in_thread(remove_folder, self.importer.root, folder)
        return 1

    async def remove_of(self, slug: str) -> None:
        """The folders of one experiment."""
        for folder in await self._stale(slug):
            await in_thread(remove_folder, self.importer.root, folder)

    async def _stale(self, name: str) -> list[Path]:
        kept = set() if name == PARTIAL else {each.digest for each in await self.importer.history.kept(name)}
        age = spare(self.importer.parts.limits).total_seconds()
        return await in_thread(stale_folders, self.importer.root / name, kept, age)

    def _doomed(self, folder: Path, reason: str) -> Doomed:
        since = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
        return Doomed(self.kind, str(folder.relative_to(self.importer.root)), reason, since)


def stale_folders(parent: Path, named: Collection[str], age: float) -> list[Path]:
    """Folders that are not named and were last touched `age` seconds ago."""
    then = time.time() - age
    folders = parent.iterdir() if parent.is_dir() else ()
    return sorted(folder for folder in folders if folder.name not in named and folder.stat().st_mtime <= then)


def remove_folder(root: Path, folder: Path) -> None:
    """Moved aside first, so that no half-removed folder ever stands under a version's name."""
    aside = root / PARTIAL / new_id()
    aside.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)
