"""The job documents: every change of state is one compare-and-set, written together with the events it causes.

Leases and delays are counted by the database's clock (`$$NOW`), so that the clocks of services may be apart or jump.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel
from pymongo import DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from libs.common.database.client import Database, Session
from libs.common.database.collections import JOBS
from libs.common.errors import Conflict, InvalidInput, NotFound
from libs.common.events.envelope import Message, message, new_id
from libs.common.events.jobs import JobCancelled, Progress, cancellation_of
from libs.common.jobs.model import Job, JobState, NewJob, Requester
from libs.common.jobs.writes import JobWrites
from libs.common.telemetry.tracing import traceparent

Update = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""By operators, or the stages of a pipeline."""

CLAIM_ROUNDS = 3
"""Draws of a lot before a claim simply takes the oldest job; lots go wrong only where workers race."""
SEQUENCE_STRIDE = 1_000_000
"""Sequence numbers of one attempt; the events of the next attempt come after them all."""
DUE = {"$or": [{"$eq": ["$attempt", 0]}, {"$lte": ["$not_before", "$$NOW"]}]}
"""A job that nobody has tried yet waits for nothing, whatever the clock of its gateway said."""


class JobNotFound(NotFound):
    """There is no such job."""

    code = "job-not-found"


class IdempotencyMismatch(InvalidInput):
    """This Idempotency-Key was used before with another request."""

    code = "idempotency-mismatch"


class LeaseLost(Conflict):
    """Another worker has this job now."""

    code = "lease-lost"


class JobEnded(Conflict):
    """The job has ended already."""

    code = "job-ended"


class NotRetryable(Conflict):
    """Only failed and cancelled jobs are tried again."""

    code = "not-retryable"


@dataclass(frozen=True)
class Created:
    """The accepted job; `new` is false where the idempotency key named an earlier one."""

    job: Job
    new: bool


@dataclass(frozen=True)
class Backlog:
    """Accepted jobs of one kind that no worker has yet."""

    waiting: int
    oldest: datetime | None

    def age(self, now: datetime) -> float:
        """Seconds that the oldest has waited; 0 if none waits."""
        return (now - self.oldest).total_seconds() if self.oldest else 0.0


@dataclass(frozen=True)
class JobFilter:
    """Which jobs to list; unset means any."""

    subject: str | None = None
    email: str | None = None
    state: JobState | None = None
    before: str | None = None
    """Id of the last job of the page before."""


class JobStore:
    """The collection `jobs`. Claims are fair over users, then over subjects, by drawing lots; within one, by age."""

    def __init__(self, database: Database, *, lease_seconds: float) -> None:
        self.database = database
        self._jobs = database[JOBS]
        self._writes = JobWrites(self._jobs)
        self._lease_end = {"$add": ["$$NOW", round(lease_seconds * 1000)]}

    async def create(self, request: NewJob) -> Created:
        """Accept a job and, in the same write, its wake-up. Raises: IdempotencyMismatch."""
        job_id = new_id()
        wake_up = message(
            request.kind,
            _Input(**request.input),
            source="gateway",
            correlation_id=job_id,
            subject=request.subject,
            traceparent=request.traceparent,
        )
        now = datetime.now(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # what the database keeps
        job = Job(**request.model_dump(), id=job_id, created_at=now, not_before=now, outbox=[wake_up])
        try:
            await self._writes.insert(job.as_document() | {"outbox_since": now})
        except DuplicateKeyError:
            return Created(await self._accepted_before(request), new=False)
        return Created(job, new=True)

    async def adopt(self, job_id: str, request: NewJob) -> None:
        """Accept a job that needs no wake-up, unless there is one of that id."""
        now = datetime.now(UTC)
        job = Job(**request.model_dump(), id=job_id, created_at=now, not_before=now)
        with suppress(DuplicateKeyError):
            await self._jobs.insert_one(job.as_document())

    async def _accepted_before(self, request: NewJob) -> Job:
        document = await self._jobs.find_one(
            {"requester.email": request.requester.email, "idempotency_key": request.idempotency_key}
        )
        job = Job.model_validate(document)
        if (job.kind, job.body_digest) != (request.kind, request.body_digest):
            raise IdempotencyMismatch
        return job

    async def get(self, job_id: str) -> Job:
        """Raises: JobNotFound."""
        document = await self._jobs.find_one({"_id": job_id})
        if document is None:
            raise JobNotFound(f"There is no job {job_id!r}.")
        return Job.model_validate(document)

    async def find(self, which: JobFilter, *, limit: int) -> list[Job]:
        """The newest first; the next page begins `before` the last one's id."""
        criteria: dict[str, Any] = {
            "subject": which.subject,
            "requester.email": which.email,
            "state": which.state,
            "_id": {"$lt": which.before} if which.before else None,
        }
        criteria = {field: value for field, value in criteria.items() if value is not None}
        found = self._jobs.find(criteria, {"outbox": 0}).sort("_id", DESCENDING).limit(limit)
        return [Job.model_validate(document) async for document in found]

    async def claim(self, kind: str, owner: str) -> Job | None:
        """Take the next waiting job of a kind, or None. Its `attempt` is the fencing token of all later writes."""
        queued: dict[str, Any] = {"kind": kind, "state": JobState.QUEUED}
        users, free = await asyncio.gather(self._jobs.distinct("requester.email", queued), self._free())
        can_begin = {"$expr": DUE} | free
        for _ in range(min(CLAIM_ROUNDS, len(users))):
            of_user = queued | {"requester.email": random.choice(users)}  # noqa: S311  (a lot, not a secret)
            subjects = await self._jobs.distinct("subject", of_user)
            lot = of_user | {"subject": random.choice(subjects) if subjects else None}  # noqa: S311
            if job := await self._take(lot | can_begin, owner):
                return job
        return await self._take(queued | can_begin, owner) if users else None

    async def claim_one(self, kind: str, job_id: str, owner: str) -> Job | None:
        """Take this job, if it waits and may begin: for workers with nothing else to do, whom it has just woken."""
        return await self._take({"_id": job_id, "kind": kind, "state": JobState.QUEUED, "$expr": DUE}, owner)

    async def reclaim(self, kind: str, owner: str) -> Job | None:
        """Take a job whose worker has not renewed its lease, or None."""
        ended = {"$lt": ["$lease.until", "$$NOW"]}
        expired = {"kind": kind, "state": JobState.RUNNING, "$expr": ended}
        return await self._take(expired | await self._free(), owner, crashed=True)

    async def _free(self) -> dict[str, Any]:
        """Criteria of jobs that need no slug, or one that no other job holds, also none whose worker has died."""
        holding = {"exclusive": {"$exists": True}, "state": JobState.RUNNING}
        held = await self._jobs.distinct("exclusive", holding)
        return {"$or": [{"needs": {"$nin": held}}, {"exclusive": {"$exists": True}}]} if held else {}

    async def _take(self, criteria: Mapping[str, Any], owner: str, *, crashed: bool = False) -> Job | None:
        """The oldest that fits, with the slug that it is known to need; None also if that was just taken by another."""
        taken = {
            "state": JobState.RUNNING,
            "lease": {"owner": {"$literal": owner}, "until": self._lease_end},
            "worker": {"$literal": owner},
            "started_at": "$$NOW",
            "attempt": {"$add": ["$attempt", 1]},
            "failures": {"$add": ["$failures", int(crashed)]},
            "exclusive": {"$ifNull": ["$needs", "$exclusive"]},
        }
        try:
            document = await self._jobs.find_one_and_update(
                criteria, [{"$set": taken}], sort=[("_id", 1)], return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:
            return None
        return Job.model_validate(document) if document else None

    async def renew(self, job: Job) -> Job:
        """Keep the lease, and learn whether somebody wants the job to end. Raises: LeaseLost."""
        return await self._update(job, [{"$set": {"lease.until": self._lease_end}}])

    async def report(self, job: Job, progress: Progress) -> None:
        """Note how far the job is. Raises: LeaseLost."""
        await self._update(job, {"$set": {"progress": progress.model_dump(exclude_none=True)}})

    async def hold(self, job: Job, slug: str) -> bool:
        """Make this the only running job that changes a slug. Raises: LeaseLost.

        False if another one is at it; then no attempt of this job begins until it can hold the slug from the start.
        """
        try:
            await self._update(job, {"$set": {"exclusive": slug, "subject": slug}})
        except DuplicateKeyError:
            await self._update(job, {"$set": {"needs": slug, "subject": slug}})
            return False
        return True

    async def waiting_for(self, slug: str, kinds: Sequence[str]) -> list[str]:
        """Those of the kinds of which a job waits until no other one changes the slug."""
        behind = {"kind": {"$in": list(kinds)}, "state": JobState.QUEUED, "needs": slug}
        return await self._jobs.distinct("kind", behind)

    async def give_back(self, job: Job, *, delay: float = 0, failed: bool = False) -> None:
        """Queue the job again after `delay` seconds. Raises: LeaseLost."""
        queued = {
            "state": JobState.QUEUED,
            "not_before": {"$add": ["$$NOW", round(delay * 1000)]},
            "failures": {"$add": ["$failures", int(failed)]},
        }
        update: Update = [{"$set": queued}, {"$unset": ["lease", "exclusive", "progress"]}]
        await self._update(job, update)

    async def finish(
        self,
        job: Job,
        state: JobState,
        events: Sequence[Message],
        *,
        fields: Mapping[str, Any],
        session: Session | None = None,
    ) -> Job:
        """End the job once, with its events in the outbox. Raises: LeaseLost."""
        update = {
            "$set": {"state": state, "finished_at": datetime.now(UTC), **fields},
            "$unset": {"lease": "", "exclusive": ""},
        }
        return await self._update(job, _with_outbox(update, events), session=session)

    async def cancel(self, job_id: str, by: Requester) -> Job:
        """End a waiting job, or ask the worker of a running one to stop. Raises: JobNotFound, JobEnded."""
        job = await self.get(job_id)
        if job.ended:
            raise JobEnded(f"The job has {job.state} already.")
        told = next_event(
            job, cancellation_of(job.kind), JobCancelled(job_id=job_id, by=by.email), source="gateway"
        )
        update = {
            "$set": {
                "state": JobState.CANCELLED,
                "finished_at": datetime.now(UTC),
                "cancel_requested_by": by.email,
            }
        }
        document = await self._jobs.find_one_and_update(
            {"_id": job_id, "state": JobState.QUEUED},
            _with_outbox(update, [told]),
            return_document=ReturnDocument.AFTER,
        ) or await self._jobs.find_one_and_update(
            {"_id": job_id, "state": JobState.RUNNING},
            {"$set": {"cancel_requested_by": by.email}},
            return_document=ReturnDocument.AFTER,
        )
        return Job.model_validate(document) if document else await self.get(job_id)

    async def retry(self, job_id: str, by: Requester) -> Job:
        """Ask for the same work again, as a new job. Raises: JobNotFound, NotRetryable."""
        job = await self.get(job_id)
        if job.state not in {JobState.FAILED, JobState.CANCELLED}:
            raise NotRetryable(
                f"The job {job_id} is {job.state}; only failed and cancelled jobs are tried again."
            )
        request = NewJob(kind=job.kind, subject=job.subject, requester=by, input=job.input)
        return (await self.create(request)).job

    async def published(self, job_id: str, messages: Sequence[Message]) -> None:
        """Take from the outbox what the bus holds now."""
        await self._writes.mark_published(job_id, messages)

    async def unpublished(self, *, older_than: float, limit: int) -> list[Job]:
        """Jobs whose messages should have been published by their writer `older_than` seconds ago."""
        old = {"$lte": ["$outbox_since", {"$subtract": ["$$NOW", round(older_than * 1000)]}]}
        left = {"outbox_since": {"$exists": True}, "$expr": old}
        found = self._jobs.find(left).sort("outbox_since", 1).limit(limit)
        return [Job.model_validate(document) async for document in found]

    async def waiting_of(self, email: str, kind: str, *, limit: int) -> int:
        """One caller's jobs of a kind that no worker has yet, counted up to `limit`."""
        mine = {"kind": kind, "state": JobState.QUEUED, "requester.email": email}
        return await self._jobs.count_documents(mine, limit=limit)

    async def backlog(self, kind: str, *, limit: int) -> Backlog:
        """What waits, counted up to `limit`."""
        waiting = {"kind": kind, "state": JobState.QUEUED}
        count = await self._jobs.count_documents(waiting, limit=limit)
        oldest = await self._jobs.find_one(waiting, {"created_at": 1}, sort=[("_id", 1)]) if count else None
        return Backlog(count, oldest["created_at"] if oldest else None)

    async def unpublished_count(self, *, limit: int) -> int:
        """Jobs whose messages the bus does not hold yet, counted up to `limit`."""
        return await self._jobs.count_documents({"outbox_since": {"$exists": True}}, limit=limit)

    async def _update(self, job: Job, update: Update, *, session: Session | None = None) -> Job:
        document = await self._jobs.find_one_and_update(
            {"_id": job.id, "state": JobState.RUNNING, "attempt": job.attempt},
            update,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        if document is None:
            raise LeaseLost
        return Job.model_validate(document)


class _Input(BaseModel, extra="allow"):
    """A command's payload as it was accepted."""


def next_event(
    job: Job, routing_key: str, payload: BaseModel, *, source: str, step: int = SEQUENCE_STRIDE - 1
) -> Message:
    """An event of this attempt of a job; without `step` it comes after all others of the attempt."""
    return message(
        routing_key,
        payload,
        source=source,
        correlation_id=job.id,
        causation_id=job.id,
        subject=job.subject,
        sequence=job.attempt * SEQUENCE_STRIDE + step,
        traceparent=traceparent() or job.traceparent,
    )


def _with_outbox(update: dict[str, Any], events: Sequence[Message]) -> dict[str, Any]:
    if not events:
        return update
    entries = [event.model_dump(mode="json", exclude_none=True) for event in events]
    update["$push"] = {"outbox": {"$each": entries}}
    update["$currentDate"] = {"outbox_since": True}
    return update
