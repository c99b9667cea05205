"""Wiring of the exporter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.common.events.exports import ExportRequest
from libs.common.jobs.run import Route
from libs.common.jobs.worker import Worker
from libs.common.parts import Parts
from libs.common.retention.exports import OldExports
from libs.common.retention.sweep import keeping
from services.exporter.converters import converters_kept
from services.exporter.export import Exporter
from services.exporter.handlers import ExportHandler


@asynccontextmanager
async def application(parts: Parts) -> AsyncIterator[None]:
    """Work on `export.request` while entered; leaving lets exports under way end."""
    handler = ExportHandler(Exporter(parts))
    route = Route("export.request", ExportRequest, handler, slots=parts.settings.workers)
    with converters_kept():
        async with (
            keeping(parts, "exporter", [OldExports(parts)]),
            Worker("exporter", [route], store=parts.jobs, bus=parts.bus, limits=parts.limits),
        ):
            yield
