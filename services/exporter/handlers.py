"""Command in, terminal event out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from libs.common.events.exports import ExportRequest
from libs.common.jobs.run import Outcome, Run
from services.exporter.export import Exporter

COMPLETED: Final = "export.completed"


@dataclass(frozen=True)
class ExportHandler:
    """Handles `export.request`."""

    exporter: Exporter

    async def __call__(self, command: ExportRequest, run: Run) -> Outcome:
        if command.estimate:
            return Outcome(COMPLETED, await self.exporter.estimate(command.slug, command.kind))
        return Outcome(COMPLETED, await self.exporter.export(command.slug, command.kind, run))
