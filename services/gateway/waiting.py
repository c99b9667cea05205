"""Requests that wait for the end of their job (DESIGN §3).

One private subscription per gateway hears of every terminal event. An event only says that it is worth to look: the
job document is the truth, so it is read again after the wait has been entered, after each event about the job, and
after each reconnection, when events may have been missed.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self

import structlog

from libs.common.bus import Bus
from libs.common.events.envelope import Message
from libs.common.events.jobs import TERMINAL_PATTERNS
from libs.common.jobs.model import Job
from libs.common.jobs.store import JobStore

WAITING_LIMIT: Final = 5_000
"""Requests that wait at once in one gateway, each with an open connection; further ones are answered 202 at once."""

log = structlog.get_logger(__name__)


class Waiters:
    """Waits for jobs while entered; leaving lets everybody who waits go."""

    def __init__(self, jobs: JobStore, bus: Bus) -> None:
        self._jobs = jobs
        self._bus = bus
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._count = 0
        self._closed = False
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        subscription = self._bus.subscribe(TERMINAL_PATTERNS, self._heard, ready=self._look_again)
        await self._stack.enter_async_context(subscription)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
        await self._stack.aclose()

    async def wait(self, job: Job, seconds: float) -> Job:
        """The job as it is when it has ended, or as it is after so many seconds."""
        if job.ended or seconds <= 0 or self._closed or self._count >= WAITING_LIMIT:
            return job
        woken = asyncio.Event()
        self._waiting[job.id].add(woken)
        self._count += 1
        try:
            async with asyncio.timeout(seconds):
                return await self._until_ended(job.id, woken)
        except TimeoutError:
            return await self._jobs.get(job.id)
        finally:
            self._count -= 1
            self._forget(job.id, woken)

    def release(self) -> None:
        """Answer everybody who waits with the job as it is now; from here on nobody waits."""
        self._closed = True
        self._wake_all()

    async def _until_ended(self, job_id: str, woken: asyncio.Event) -> Job:
        while True:
            woken.clear()
            job = await self._jobs.get(job_id)
            if job.ended or self._closed:
                return job
            await woken.wait()

    def _forget(self, job_id: str, woken: asyncio.Event) -> None:
        self._waiting[job_id].discard(woken)
        if not self._waiting[job_id]:
            del self._waiting[job_id]

    async def _heard(self, event: Message) -> None:
        for woken in self._waiting.get(event.correlation_id, ()):
            woken.set()

    async def _look_again(self) -> None:
        if self._waiting:
            log.info("connected to the bus again; looking at all awaited jobs", count=self._count)
        self._wake_all()

    def _wake_all(self) -> None:
        for events in self._waiting.values():
            for woken in events:
                woken.set()
