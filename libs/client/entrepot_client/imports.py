"""Imports of experiments."""

from __future__ import annotations

from pathlib import Path

from entrepot_client.jobs import Tell
from entrepot_client.models.imports import Import, ImportOptions
from entrepot_client.work import Work


class Imports:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def upload(
        self, file: Path, options: ImportOptions | None = None, *, tell: Tell | None = None
    ) -> Import:
        """Import a ZIP, or plan it. Raises: Refused with all problems, Unreachable, StillRunning, OSError."""
        fields = (options or ImportOptions()).fields()
        return await self._work.upload("/api/upload-experiment", file, Import, fields=fields, tell=tell)
