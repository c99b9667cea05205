"""Claims the jobs of one service and runs an attempt of each in a free slot (DESIGN §3)."""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from functools import partial
from types import TracebackType
from typing import Any, Self

import structlog

from libs.common.bus import Bus
from libs.common.bus.topology import queue_of
from libs.common.errors import Unavailable
from libs.common.events.envelope import Message, new_id
from libs.common.jobs.attempt import Attempt
from libs.common.jobs.foreign import adopt
from libs.common.jobs.model import Job
from libs.common.jobs.outbox import Outbox
from libs.common.jobs.run import Route
from libs.common.jobs.store import JobStore
from libs.common.limits import Limits
from libs.common.telemetry.jobs import observed

log = structlog.get_logger(__name__)


class Draining(Unavailable):
    """This worker takes no more work; the wake-up is for another one."""

    code = "draining"


class Worker:
    """Works on the jobs of one service while entered; leaving drains it."""

    def __init__(
        self, service: str, routes: Sequence[Route[Any]], *, store: JobStore, bus: Bus, limits: Limits
    ) -> None:
        self._service = service
        self._routes = routes
        self._store = store
        self._bus = bus
        self._limits = limits
        self._outbox = Outbox(store, bus)
        self._owner = f"{service}@{socket.gethostname()}:{os.getpid()}:{new_id()[-6:]}"
        self._slots = {route.command: asyncio.Semaphore(route.slots) for route in routes}
        self._running: set[asyncio.Task[None]] = set()
        self._background: set[asyncio.Task[None]] = set()
        self._stack = AsyncExitStack()
        self._draining = False

    async def __aenter__(self) -> Self:
        for route in self._routes:
            handler = self._wake_up(route)
            # One wake-up at a time: a worker without a free slot holds back at most one from the others.
            await self._stack.enter_async_context(
                self._bus.consume(queue_of(route.command), handler, slots=1)
            )
            self._supervise(partial(self._look_for_work, route))
        self._supervise(self._outbox.run)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._draining = True
        background = list(self._background)
        for task in background:
            task.cancel()
        await asyncio.gather(self._drain(), self._stack.aclose(), *background, return_exceptions=True)

    async def _drain(self) -> None:
        """Let jobs end within the grace; what does not is given back to the queue by its cancellation."""
        if self._running:
            await asyncio.wait(self._running, timeout=self._limits.drain_seconds)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _supervise(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.create_task(_guarded(work))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _wake_up(self, route: Route[Any]) -> Callable[[Message], Awaitable[None]]:
        async def claim_next(wake_up: Message) -> None:
            await adopt(self._store, wake_up)
            await self._claim(route, wake_up.correlation_id)

        return claim_next

    async def _look_for_work(self, route: Route[Any]) -> None:
        """Wake-ups can be lost; waiting jobs and expired leases cannot."""
        while True:
            await asyncio.sleep(self._limits.idle_poll_seconds * random.uniform(0.8, 1.2))  # noqa: S311
            try:
                await self._claim(route)
            except Exception:  # whatever it was, the next look comes
                log.warning("looking for work failed", command=route.command, exc_info=True)

    async def _claim(self, route: Route[Any], woken_by: str | None = None) -> None:
        """Wait for a free slot, then start the next job in it, if there is one. Raises: Draining.

        Where a slot is free at once, no other job waits, and that which woke this worker is the next.
        """
        slot = self._slots[route.command]
        is_idle = not slot.locked()
        await slot.acquire()
        try:
            first = await self._one(route.command, woken_by) if woken_by and is_idle else None
            job = first or await self._next(route.command)
        except BaseException:
            slot.release()
            raise
        if job is None:
            slot.release()
            return
        task = asyncio.create_task(self._work_until_none(route, job, slot))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _one(self, command: str, job_id: str) -> Job | None:
        if self._draining:
            raise Draining
        return await self._store.claim_one(command, job_id, self._owner)

    async def _next(self, command: str) -> Job | None:
        if self._draining:
            raise Draining
        return await self._store.claim(command, self._owner) or await self._store.reclaim(
            command, self._owner
        )

    async def _work_until_none(self, route: Route[Any], job: Job | None, slot: asyncio.Semaphore) -> None:
        try:
            while job is not None:
                await self._attempt(route, job)
                job = await self._next(route.command)
        except Draining:
            log.debug("draining: no further job is claimed", command=route.command)
        except Exception:
            log.exception("a job's bookkeeping failed; its lease will expire", command=route.command)
        finally:
            slot.release()

    async def _attempt(self, route: Route[Any], job: Job) -> None:
        attempt = Attempt(self._service, route, job, store=self._store, bus=self._bus, limits=self._limits)
        with (
            structlog.contextvars.bound_contextvars(job=job.id, subject=job.subject, attempt=job.attempt),
            observed(job) as observation,
        ):
            ended = observation.ended = await attempt.run()
        if ended is not None:
            await self._outbox.flush(ended)
            await self._wake_others_behind(ended)

    async def _wake_others_behind(self, ended: Job) -> None:
        """Claim what waited for the slug of this job and is of another kind; its own kind is looked at next anyway."""
        others = {route.command: route for route in self._routes if route.command != ended.kind}
        if ended.subject is None or not others:
            return
        try:
            waiting = await self._store.waiting_for(ended.subject, list(others))
        except Exception:  # they are found by the next look; the job has ended all the same
            log.warning("looking for who waits failed", exc_info=True)
            return
        for command in waiting:
            self._supervise(partial(self._claim, others[command]))


async def _guarded(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await work()  # made here, for a task may be cancelled before it begins
    except Draining:
        pass  # what it would have claimed is for another worker
    except Exception:
        log.exception("a background task ended")
