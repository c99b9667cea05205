"""`/metrics` in Prometheus' text format: what this process counted, and what is read when it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from libs.common.bus.topology import SERVICE_OF_COMMAND
from libs.common.telemetry.metrics import DEAD_LETTERS, JOBS_WAITING, OLDEST_WAITING, OUTBOX_LEFT, PART_UP

if TYPE_CHECKING:
    from libs.common.parts import Parts

READ_SECONDS: Final = 3.0
"""A scraper waits 10 s by default; the counters of this process must reach it though a part is down."""
BACKLOG_LIMIT: Final = 100_000
"""Counting stops here: more says nothing new to an autoscaler, and a count reads an index entry each."""

log = structlog.get_logger(__name__)


async def metrics(parts: Parts) -> web.Response:
    """The answer of `/metrics`."""
    await asyncio.gather(
        _read("database", _backlog(parts)),
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
        log.debug("a part did not answer the scrape", part=part, error=repr(error))
    else:
        PART_UP.labels(part).set(1)


async def _backlog(parts: Parts) -> None:
    now = datetime.now(UTC)
    for kind in SERVICE_OF_COMMAND:
        backlog = await parts.jobs.backlog(kind, limit=BACKLOG_LIMIT)
        JOBS_WAITING.labels(kind).set(backlog.waiting)
        OLDEST_WAITING.labels(kind).set(backlog.age(now))
    OUTBOX_LEFT.set(await parts.jobs.unpublished_count(limit=BACKLOG_LIMIT))


async def _dead_letters(parts: Parts) -> None:
    DEAD_LETTERS.set(len(await parts.bus.dead_letters()))
