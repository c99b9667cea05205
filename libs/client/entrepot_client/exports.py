"""Exports of experiments."""

from __future__ import annotations

from pathlib import Path

from entrepot_client.downloads import Downloads, place_of
from entrepot_client.jobs import Tell
from entrepot_client.models.exports import Export, ExportKind
from entrepot_client.work import Work


class Exports:
    def __init__(self, work: Work, downloads: Downloads) -> None:
        self._work = work
        self._downloads = downloads

    async def make(self, slug: str, kind: ExportKind, *, tell: Tell | None = None) -> Export:
        """Build the ZIP, or find the one that was built of the same. Raises: Refused, Unreachable, StillRunning."""
        return await self._work.read(f"/api/package-{kind}/{slug}", Export, tell=tell)

    async def download(self, export: Export, folder: Path, *, tell: Tell | None = None) -> Path:
        """Into the folder, under the export's name; checked by its SHA-256.

        Raises: DownloadDamaged, Unreachable, OSError.
        """
        return await self._downloads.fetch(
            export.download_url,
            place_of(folder, export.filename),
            checksum=export.checksum,
            size=export.file_size,
            tell=tell,
        )
