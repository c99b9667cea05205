"""Wires the importer: its commands, and what runs beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from libs.common.events.imports import ExperimentRequest, ImportRequest
from libs.common.jobs.run import Route
from libs.common.jobs.worker import Worker
from libs.common.parts import Parts
from services.importer.checkout import CHECKOUT, register_examples
from services.importer.code.parse import parser_at_hand
from services.importer.context import Importer
from services.importer.handlers import handle_experiment, handle_import
from services.importer.hosting.supervisor import supervision
from services.importer.upkeep import upkeep


@asynccontextmanager
async def application(parts: Parts, *, examples: Path = CHECKOUT) -> AsyncIterator[None]:
    """At work while entered; ready once the examples are registered."""
    importer = Importer.of(parts)
    slots = parts.settings.workers
    routes: list[Route[Any]] = [
        Route("import.request", ImportRequest, partial(handle_import, importer=importer), slots),
        Route("experiment.request", ExperimentRequest, partial(handle_experiment, importer=importer), slots),
    ]
    with parser_at_hand():
        async with (
            upkeep(importer),
            Worker("importer", routes, store=parts.jobs, bus=parts.bus, limits=parts.limits),
            supervision(importer) if parts.settings.host_experiments else nullcontext(),
        ):
            await register_examples(importer, examples)
            yield
