"""Around every handler: claim, lease, progress, deadline, retry, cancellation and the one terminal event (DESIGN §3).

A handler is an async function of its command and a `Run`; it returns an `Outcome` or raises. It knows no broker and
no HTTP. A permanent error of our tree ends the job; any other is tried again, with growing delay.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from libs.common.bus import Bus, BusUnavailable
from libs.common.bus.topology import queue_of
from libs.common.database.client import Session, in_transaction
from libs.common.errors import DeadlineExceeded, EntrepotError, InvalidInput, Unavailable
from libs.common.events.envelope import Message, new_id
from libs.common.events.jobs import (
    ErrorInfo,
    JobCancelled,
    JobFailed,
    JobProgressed,
    JobStarted,
    Progress,
    cancellation_of,
    failure_of,
    noun_of,
)
from libs.common.jobs.model import Job, JobState, Requester
from libs.common.jobs.outbox import Outbox
from libs.common.jobs.store import JobStore, LeaseLost, next_event
from libs.common.limits import Limits

RETRY_BASE_SECONDS = 2.0
"""First delay of a retry; it doubles each time."""
HELD_SLUG_SECONDS = 0.5
"""Delay before a job looks again whether the slug that it wants to change is free."""
PROGRESS_SECONDS = 0.5
"""Progress is told at most this often; people read no faster and each report is a write."""

log = structlog.get_logger(__name__)

C = TypeVar("C", bound=BaseModel)
Commit = Callable[[Session], Awaitable[None]]


class SlugBusy(Unavailable):
    """Another job is changing this experiment; this one waits for it."""

    code = "slug-busy"


@dataclass(frozen=True)
class Outcome:
    """How a job ended well: its terminal event, domain events after it, and writes that must happen with it.

    `commit` runs in one transaction with the end of the job, perhaps more than once.
    """

    event: str
    payload: BaseModel
    also: Sequence[tuple[str, BaseModel]] = ()
    commit: Commit | None = None


class Run:
    """What a handler sees of its job."""

    def __init__(self, job: Job, store: JobStore, tell: Callable[[Progress], Awaitable[None]]) -> None:
        self._job = job
        self._store = store
        self._tell = tell
        self._told_at = -PROGRESS_SECONDS

    @property
    def job_id(self) -> str:
        return self._job.id

    @property
    def requester(self) -> Requester:
        return self._job.requester

    async def hold(self, slug: str) -> None:
        """From here to the end of the job no other job changes the slug. Raises: SlugBusy, LeaseLost."""
        if not await self._store.hold(self._job, slug):
            raise SlugBusy
        self._job = self._job.model_copy(update={"subject": slug})

    async def progress(
        self, stage: str, done: int | None = None, total: int | None = None, unit: str | None = None
    ) -> None:
        """Tell how far the job is; cheap to call often."""
        now = asyncio.get_running_loop().time()
        if done is not None and done != total and now - self._told_at < PROGRESS_SECONDS:
            return
        self._told_at = now
        await self._tell(Progress(stage=stage, done=done, total=total, unit=unit))


@dataclass(frozen=True)
class Route(Generic[C]):
    """A command, its payload model and its handler; `slots` jobs of it run at the same time."""

    command: str
    payload: type[C]
    handler: Callable[[C, Run], Awaitable[Outcome]]
    slots: int


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

    async def __aenter__(self) -> Self:
        for route in self._routes:
            handler = self._wake_up(route)
            # One wake-up at a time: a worker without a free slot holds back at most one from the others.
            await self._stack.enter_async_context(
                self._bus.consume(queue_of(route.command), handler, slots=1)
            )
            self._supervise(self._look_for_work(route))
        self._supervise(self._outbox.run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._background:
            task.cancel()
        await self._drain()
        await self._stack.aclose()
        await asyncio.gather(*self._background, return_exceptions=True)

    async def _drain(self) -> None:
        """Let jobs end within the grace; what does not is given back to the queue by its cancellation."""
        if self._running:
            await asyncio.wait(self._running, timeout=self._limits.drain_seconds)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _supervise(self, work: Coroutine[Any, Any, None]) -> None:
        self._background.add(asyncio.create_task(_for_ever(work)))

    def _wake_up(self, route: Route[Any]) -> Callable[[Message], Awaitable[None]]:
        async def claim_next(_: Message) -> None:
            await self._claim(route)

        return claim_next

    async def _look_for_work(self, route: Route[Any]) -> None:
        """Wake-ups can be lost; waiting jobs and expired leases cannot."""
        while True:
            await asyncio.sleep(self._limits.idle_poll_seconds * random.uniform(0.8, 1.2))  # noqa: S311
            try:
                await self._claim(route)
            except Exception:  # noqa: BLE001  (whatever it was, the next look comes)
                log.warning("looking for work failed", command=route.command, exc_info=True)

    async def _claim(self, route: Route[Any]) -> None:
        """Wait for a free slot, then start the next job in it, if there is one."""
        slot = self._slots[route.command]
        await slot.acquire()
        try:
            job = await self._next(route.command)
        except BaseException:
            slot.release()
            raise
        if job is None:
            slot.release()
            return
        task = asyncio.create_task(self._work_until_none(route, job, slot))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _next(self, command: str) -> Job | None:
        return await self._store.claim(command, self._owner) or await self._store.reclaim(
            command, self._owner
        )

    async def _work_until_none(self, route: Route[Any], job: Job | None, slot: asyncio.Semaphore) -> None:
        try:
            while job is not None:
                await self._attempt(route, job)
                job = await self._next(route.command)
        except Exception:
            log.exception("a job's bookkeeping failed; its lease will expire", command=route.command)
        finally:
            slot.release()

    async def _attempt(self, route: Route[Any], job: Job) -> None:
        attempt = Attempt(self._service, route, job, store=self._store, bus=self._bus, limits=self._limits)
        with structlog.contextvars.bound_contextvars(job=job.id, subject=job.subject, attempt=job.attempt):
            ended = await attempt.run()
        if ended is not None:
            await self._outbox.flush(ended)


async def _for_ever(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("a background task ended")


class Attempt:
    """One attempt of one job, from claim to its end or its return to the queue."""

    def __init__(
        self, service: str, route: Route[Any], job: Job, *, store: JobStore, bus: Bus, limits: Limits
    ) -> None:
        self._service = service
        self._route = route
        self._job = job
        self._store = store
        self._bus = bus
        self._limits = limits
        self._step = 0
        self._cancelled_by: str | None = None
        self._lost = False

    async def run(self) -> Job | None:
        """The ended job, or None if it went back to the queue or to another worker."""
        try:
            return await self._run()
        except LeaseLost:
            log.warning("another worker has this job now")
            return None

    async def _run(self) -> Job | None:
        if self._job.failures >= self._limits.job_attempts:
            return await self._fail(EntrepotError(f"Gave up after {self._job.failures} failed attempts."))
        await self._tell("started", JobStarted(job_id=self._job.id, attempt=self._job.attempt))
        work = asyncio.create_task(self._handle())
        heart = asyncio.create_task(self._beat(work))
        try:
            return await self._finish(await work)
        except asyncio.CancelledError:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            return await self._stopped()
        except SlugBusy:
            await self._store.give_back(self._job, delay=HELD_SLUG_SECONDS)
        except EntrepotError as error:
            return await (self._fail(error) if error.permanent else self._retry(error))
        except Exception as error:
            log.exception("the attempt failed")
            return await self._retry(error)
        finally:
            heart.cancel()
            await asyncio.gather(heart, return_exceptions=True)
        return None

    async def _handle(self) -> Outcome:
        run = Run(self._job, self._store, self._progress)
        try:
            command = self._route.payload.model_validate(self._job.input)
        except ValidationError as error:
            raise InvalidInput(f"The command does not fit its schema: {error}") from error
        try:
            async with asyncio.timeout(self._limits.job_deadline_seconds) as deadline:
                return await self._route.handler(command, run)
        except TimeoutError as error:
            if deadline.expired():
                raise DeadlineExceeded(
                    f"Not done within {self._limits.job_deadline_seconds:.0f} s."
                ) from error
            raise

    async def _beat(self, work: asyncio.Task[Outcome]) -> None:
        """Renew the lease; end the work when it is lost, when time ran out unrenewed, or when asked to cancel."""
        renewed = asyncio.get_running_loop().time()
        while not work.done():
            await asyncio.sleep(self._limits.job_lease_seconds / 5)
            try:
                job = await self._store.renew(self._job)
            except LeaseLost:
                self._lost = True
            except Exception:  # noqa: BLE001  (the database may be electing; the lease allows for it)
                log.warning("the lease could not be renewed", exc_info=True)
                self._lost = asyncio.get_running_loop().time() - renewed > self._limits.job_lease_seconds
            else:
                renewed = asyncio.get_running_loop().time()
                self._cancelled_by = job.cancel_requested_by
            if self._lost or self._cancelled_by:
                work.cancel()
                return

    async def _stopped(self) -> Job | None:
        """The work was cancelled: by request, because the lease is lost, or because the service drains."""
        if self._lost:
            return None
        if self._cancelled_by is None:
            await self._store.give_back(self._job)
            return None
        told = JobCancelled(job_id=self._job.id, by=self._cancelled_by)
        event = self._event(cancellation_of(self._job.kind), told)
        return await self._store.finish(self._job, JobState.CANCELLED, [event], fields={})

    async def _finish(self, outcome: Outcome) -> Job:
        step = 900_000  # terminal and domain events come after all progress of the attempt, in this order
        told = [(outcome.event, outcome.payload), *outcome.also]
        job = await self._store.get(self._job.id)
        events = [self._event(key, payload, step + n, job) for n, (key, payload) in enumerate(told)]
        fields: Mapping[str, Any] = {"result": outcome.payload.model_dump(mode="json", exclude_none=True)}
        commit = outcome.commit
        if commit is None:
            return await self._store.finish(self._job, JobState.SUCCEEDED, events, fields=fields)

        async def work(session: Session) -> Job:
            await commit(session)
            return await self._store.finish(
                self._job, JobState.SUCCEEDED, events, fields=fields, session=session
            )

        return await in_transaction(self._store.database, work)

    async def _fail(self, error: EntrepotError) -> Job:
        log.info("the job failed", code=error.code, reason=error.detail)
        info = ErrorInfo.of(error)
        event = self._event(failure_of(self._job.kind), JobFailed(job_id=self._job.id, error=info))
        return await self._store.finish(
            self._job, JobState.FAILED, [event], fields={"error": info.model_dump(exclude_none=True)}
        )

    async def _retry(self, error: Exception) -> Job | None:
        if self._job.failures + 1 >= self._limits.job_attempts:
            known = error if isinstance(error, EntrepotError) else None
            reason = (
                known.detail if known else f"An unexpected {type(error).__name__}; see the log of this job."
            )
            return await self._fail(known or EntrepotError(reason))
        delay = RETRY_BASE_SECONDS * 2**self._job.failures * random.uniform(1, 1.5)  # noqa: S311
        log.warning("the attempt failed; it is tried again", reason=str(error), delay=round(delay, 1))
        await self._store.give_back(self._job, delay=delay, failed=True)
        return None

    async def _progress(self, progress: Progress) -> None:
        await self._store.report(self._job, progress)
        await self._tell("progressed", JobProgressed(job_id=self._job.id, progress=progress))

    async def _tell(self, what: str, payload: BaseModel) -> None:
        """Publish progress without outbox: it may be lost."""
        noun = noun_of(self._job.kind)
        if noun == "experiment" and what == "started":  # that name tells of a hosted experiment
            return
        self._step += 1
        try:
            await self._bus.publish(self._event(f"{noun}.{what}", payload, self._step))
        except BusUnavailable as error:
            log.debug("progress was not told", reason=str(error))

    def _event(
        self, key: str, payload: BaseModel, step: int | None = None, job: Job | None = None
    ) -> Message:
        return next_event(job or self._job, key, payload, source=self._service, step=step)
