"""One attempt of one job: lease, progress, deadline, cancellation, retry and the one terminal event (DESIGN §3).

A permanent error of our tree ends the job; any other exception is tried again, with growing delay.
"""

from __future__ import annotations

import asyncio
import errno
import random
from typing import Any

import structlog
from pydantic import BaseModel, ValidationError

from libs.common.bus import Bus, BusUnavailable
from libs.common.database.client import Session, in_transaction
from libs.common.errors import DeadlineExceeded, DiskFull, EntrepotError, InvalidInput
from libs.common.events.envelope import Message
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
from libs.common.jobs.model import Job, JobState
from libs.common.jobs.run import Outcome, Postponed, Route, Run, SlugBusy
from libs.common.jobs.store import SEQUENCE_STRIDE, JobStore, LeaseLost, next_event
from libs.common.limits import Limits
from libs.common.telemetry.metrics import JOB_RETRIES

RETRY_BASE_SECONDS = 2.0
"""First delay of a retry: what passes in a moment is healed in a moment."""
RETRY_GROWTH = 5.0
"""Each delay is so many times the one before: 2 s, 10 s, 50 s and 4 min outlast a server that is started again."""
RETRY_LONGEST_SECONDS = 300.0
"""However often it was tried: more attempts than usual (`JOB_ATTEMPTS`) are meant to be more tries, not years."""
PROGRESS_SECONDS = 0.5
"""Progress is told so often: people read no faster, each report is a write, and what ends sooner needs none."""
TELL_SECONDS = 1.0
"""Nobody waits longer for the broker to take what may be lost."""
POSTPONED_SECONDS = 0.5
"""Delay before a job looks again whether what it waits for, such as the tasks of its run, is there."""
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
LAST_STEPS = SEQUENCE_STRIDE - 1_000
"""Terminal and domain events come after all progress of their attempt, in their own order."""

log = structlog.get_logger(__name__)


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
        self._seen = Run(job, store)
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
        work = asyncio.create_task(self._handle())
        beside = [asyncio.create_task(self._beat(work)), asyncio.create_task(self._tell_progress())]
        try:
            # It is on its way before the work begins, which does not wait for the broker to confirm it.
            await self._tell("started", JobStarted(job_id=self._job.id, attempt=self._job.attempt))
            return await self._finish(await work)
        except asyncio.CancelledError:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            return await self._stopped()
        except SlugBusy:
            await self._store.give_back(self._job)
        except Postponed:
            await self._store.give_back(self._job, delay=POSTPONED_SECONDS)
        except EntrepotError as error:
            return await (self._fail(error) if error.permanent else self._retry(error))
        except Exception as error:
            log.exception("the attempt failed")
            return await self._retry(error)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
        return None

    async def _handle(self) -> Outcome:
        try:
            command = self._route.payload.model_validate(self._job.input)
        except ValidationError as error:
            raise InvalidInput(f"The command does not fit its schema: {error}") from error
        try:
            async with asyncio.timeout(self._limits.job_deadline_seconds) as deadline:
                return await self._route.handler(command, self._seen)
        except TimeoutError as error:
            if deadline.expired():
                raise DeadlineExceeded(
                    f"Not done within {self._limits.job_deadline_seconds:.0f} s."
                ) from error
            raise
        except OSError as error:
            if error.errno in NO_ROOM:
                raise DiskFull from error
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
            except Exception:  # the database may be electing; the lease allows for it
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
        told = [(outcome.event, outcome.payload), *outcome.also]
        events = [self._event(key, payload, LAST_STEPS + n) for n, (key, payload) in enumerate(told)]
        fields = {"result": outcome.payload.model_dump(mode="json", exclude_none=True)}
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
        JOB_RETRIES.labels(self._job.kind).inc()
        delay = retry_delay(self._job.failures)
        log.warning("the attempt failed; it is tried again", reason=str(error), delay=round(delay, 1))
        await self._store.give_back(self._job, delay=delay, failed=True)
        return None

    async def _tell_progress(self) -> None:
        """Tell of each change, if the work takes long enough; no work fails or waits for that."""
        told: Progress | None = None
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            latest = self._seen.latest
            if latest is None or latest == told:
                continue
            try:
                await self._store.report(self._job, latest)
            except LeaseLost:
                return  # who renews the lease ends the work
            except Exception:  # the database may be electing
                log.warning("progress could not be noted", exc_info=True)
                continue
            told = latest
            await self._tell("progressed", JobProgressed(job_id=self._job.id, progress=latest))

    async def _tell(self, what: str, payload: BaseModel) -> None:
        """Publish progress without outbox: it may be lost."""
        noun = noun_of(self._job.kind)
        if noun == "experiment" and what == "started":  # that name tells of a hosted experiment
            return
        self._step += 1
        try:
            async with asyncio.timeout(TELL_SECONDS):
                await self._bus.publish(self._event(f"{noun}.{what}", payload, self._step))
        except (BusUnavailable, TimeoutError) as error:
            log.debug("progress was not told", reason=str(error) or type(error).__name__)

    def _event(self, key: str, payload: BaseModel, step: int = LAST_STEPS) -> Message:
        return next_event(self._seen.job, key, payload, source=self._service, step=step)


def retry_delay(failures: int) -> float:
    """Seconds until the next attempt; a little more at random, so that not all come at once."""
    grown = RETRY_BASE_SECONDS * RETRY_GROWTH ** min(failures, 10)
    return min(grown, RETRY_LONGEST_SECONDS) * random.uniform(1, 1.5)  # noqa: S311
