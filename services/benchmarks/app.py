"""Wires the benchmarks service: its commands, and what runs beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from libs.common.events.benchmarks import (
    BenchmarkDumpRequest,
    BenchmarkImportRequest,
    BenchmarkRunRequest,
    BenchmarkTaskRequest,
)
from libs.common.jobs.run import Route
from libs.common.jobs.worker import Worker
from libs.common.parts import Parts
from services.benchmarks.compute.factory import open_compute
from services.benchmarks.context import Benchmarks
from services.benchmarks.handlers import handle_dump, handle_import, handle_run, handle_task
from services.benchmarks.upkeep import upkeep

RUN_SLOTS = 8
"""A run only waits for its tasks, which have slots of their own."""


@asynccontextmanager
async def application(parts: Parts) -> AsyncIterator[None]:
    """At work while entered. Raises: ClusterUnavailable."""
    async with opened(parts) as benchmarks:
        worker = Worker(
            "benchmarks", _routes(benchmarks), store=parts.jobs, bus=parts.bus, limits=parts.limits
        )
        async with upkeep(benchmarks), worker:
            yield


@asynccontextmanager
async def opened(parts: Parts) -> AsyncIterator[Benchmarks]:
    """What handlers and commands work with. Raises: ClusterUnavailable."""
    compute = await open_compute(parts.settings)
    try:
        yield Benchmarks(parts, compute)
    finally:
        await compute.close()


def _routes(benchmarks: Benchmarks) -> list[Route[Any]]:
    slots = benchmarks.parts.settings.workers
    return [
        Route(
            "benchmark_run.request",
            BenchmarkRunRequest,
            partial(handle_run, benchmarks=benchmarks),
            RUN_SLOTS,
        ),
        Route(
            "benchmark_task.request", BenchmarkTaskRequest, partial(handle_task, benchmarks=benchmarks), slots
        ),
        Route(
            "benchmark_dump.request", BenchmarkDumpRequest, partial(handle_dump, benchmarks=benchmarks), slots
        ),
        Route(
            "benchmark_import.request",
            BenchmarkImportRequest,
            partial(handle_import, benchmarks=benchmarks),
            slots,
        ),
    ]
