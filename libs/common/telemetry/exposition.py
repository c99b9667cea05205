"""`/metrics` in Prometheus' text format: what this process counted, and what is read when it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from libs.common.blobs.errors import StorageUnavailable
from libs.common.bus import BusUnavailable
from libs.common.bus.topology import SERVICE_OF_COMMAND
from libs.common.database.client import DatabaseUnavailable
from libs.common.errors import DeadlineExceeded, EntrepotError
from libs.common.events.exports import ExportKind
from libs.common.telemetry.machine import read_clock, read_disks
from libs.common.telemetry.metrics import (
    DEAD_LETTERS,
    EXPORT_BYTES,
    EXPORTS,
    JOB_FAILURES,
    JOB_RETRIES,
    JOBS_WAITING,
    OLDEST_WAITING,
    OUTBOX_LEFT,
    PART_UP,
)

if TYPE_CHECKING:
    from libs.common.parts import Parts

READ_SECONDS: Final = 3.0
"""A scraper waits 10 s by default; the counters of this process must reach it though a part is down."""
BACKLOG_LIMIT: Final = 100_000
"""Counting stops here: more says nothing new to an autoscaler, and a count reads an index entry each."""

FAULTS: Final = tuple(
    error.code
    for error in (EntrepotError, DeadlineExceeded, BusUnavailable, DatabaseUnavailable, StorageUnavailable)
)
"""Codes of failures that are nobody's mistake, and that alerts wait for."""

_silent: Final[set[str]] = set()
"""Parts that did not answer the last scrape."""

log = structlog.get_logger(__name__)


async def metrics(parts: Parts) -> web.Response:
    """The answer of `/metrics`."""
    _begin_at_zero()
    read_disks(parts.settings)
    await asyncio.gather(
        _read("database", _database(parts)),
        _read("bus", _dead_letters(parts)),
        _read("storage", parts.blobs.check()),
    )
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _read(part: str, reading: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(READ_SECONDS):
            await reading
    except Exception as error:  # noqa: BLE001  (whatever it is, it must not hide the other figures)
        PART_UP.labels(part).set(0)
        if part not in _silent:  # once, not with each scrape
            log.warning("a part does not answer", part=part, reason=str(error) or type(error).__name__)
        _silent.add(part)
    else:
        PART_UP.labels(part).set(1)
        if part in _silent:
            log.info("a part answers again", part=part)
        _silent.discard(part)


def _begin_at_zero() -> None:
    """A counter that appears with its first event does not increase in the eyes of a Prometheus."""
    for kind in SERVICE_OF_COMMAND:
        JOB_RETRIES.labels(kind)
        for code in FAULTS:
            JOB_FAILURES.labels(kind, code)
    for export in ExportKind:
        EXPORT_BYTES.labels(export)
        for reused in ("false", "true"):
            EXPORTS.labels(export, reused)


async def _database(parts: Parts) -> None:
    await read_clock(parts.database)
    await _backlog(parts)


async def _backlog(parts: Parts) -> None:
    now = datetime.now(UTC)
    for kind in SERVICE_OF_COMMAND:
        backlog = await parts.jobs.backlog(kind, limit=BACKLOG_LIMIT)
        JOBS_WAITING.labels(kind).set(backlog.waiting)
        OLDEST_WAITING.labels(kind).set(backlog.age(now))
    OUTBOX_LEFT.set(await parts.jobs.unpublished_count(limit=BACKLOG_LIMIT))


async def _dead_letters(parts: Parts) -> None:
    DEAD_LETTERS.set(len(await parts.bus.dead_letters()))
