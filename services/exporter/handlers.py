"""Command in, terminal event out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from libs.common.events.exports import ExportCompleted, ExportRequest
from libs.common.jobs.run import Outcome, Run
from libs.common.telemetry.metrics import EXPORT_BYTES, EXPORTS
from services.exporter.export import Exporter

COMPLETED: Final = "export.completed"


@dataclass(frozen=True)
class ExportHandler:
    """Handles `export.request`."""

    exporter: Exporter

    async def __call__(self, command: ExportRequest, run: Run) -> Outcome:
        if command.estimate:
            return Outcome(COMPLETED, await self.exporter.estimate(command.slug, command.kind))
        completed = await self.exporter.export(command.slug, command.kind, run)
        _count(completed)
        return Outcome(COMPLETED, completed)


def _count(completed: ExportCompleted) -> None:
    EXPORTS.labels(completed.kind, str(completed.reused).lower()).inc()
    if not completed.reused and completed.file_size is not None:
        EXPORT_BYTES.labels(completed.kind).observe(completed.file_size)
