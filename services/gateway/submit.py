"""From a request for work to its job: accepted once, published, and waited for as the caller prefers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import orjson
from aiohttp import web

from libs.common.errors import BadRequest, Problem
from libs.common.events.jobs import Payload
from libs.common.jobs.model import Job, NewJob, Requester
from libs.common.jobs.outbox import Outbox
from libs.common.jobs.store import Created, JobStore
from libs.common.telemetry.tracing import traceparent
from services.gateway.prefer import Patience
from services.gateway.quota import Quota
from services.gateway.waiting import Waiters

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
TRACEPARENT: Final = "traceparent"
JOB: Final = web.RequestKey("job", Job)
"""Set where a request made a job, or found the one that its key had made before."""
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_TRACEPARENT: Final = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True)
class Order:
    """What is asked for: a command and its payload."""

    kind: str
    subject: str | None
    input: dict[str, Any]
    identity: Mapping[str, str] = field(default_factory=dict)
    """What stands in for payload fields in which the same request, sent again, differs."""

    @classmethod
    def of(
        cls, kind: str, subject: str | None, payload: Payload, *, identity: Mapping[str, str] | None = None
    ) -> Self:
        return cls(kind, subject, payload.model_dump(mode="json", exclude_none=True), identity or {})

    def digest(self) -> str:
        """Equal for equal requests; what an Idempotency-Key is bound to."""
        content = [self.kind, self.subject, {**self.input, **self.identity}]
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True)
class Submitted:
    """A job as it is when its request is answered; `new` is false where an earlier request made it."""

    job: Job
    patience: Patience
    new: bool


class Submissions:
    """Accepts orders."""

    def __init__(
        self, jobs: JobStore, outbox: Outbox, waiters: Waiters, quota: Quota, *, longest_wait: float
    ) -> None:
        self._jobs = jobs
        self._outbox = outbox
        self._waiters = waiters
        self._quota = quota
        self._longest_wait = longest_wait

    async def submit(self, request: web.Request, requester: Requester, order: Order) -> Submitted:
        """Make the job, or find the one that this key made before, and wait for its end.

        Raises: BadRequest (unusable key), IdempotencyMismatch, TooMany.
        """
        created = await self._create(request, requester, order)
        request[JOB] = created.job
        patience = Patience.of(request, longest=self._longest_wait)
        if created.new:
            await self._outbox.flush(created.job)
        return Submitted(await self._waiters.wait(created.job, patience.seconds), patience, created.new)

    async def cancel(self, job_id: str, by: Requester) -> Job:
        """End a waiting job, or ask for the end of a running one. Raises: JobNotFound, JobEnded."""
        job = await self._jobs.cancel(job_id, by)
        await self._outbox.flush(job)
        return job

    async def _create(self, request: web.Request, requester: Requester, order: Order) -> Created:
        key = _idempotency_key(request)
        await self._quota.take(requester.email, order.kind)
        return await self._jobs.create(
            NewJob(
                kind=order.kind,
                subject=order.subject,
                requester=requester,
                input=order.input,
                idempotency_key=key,
                body_digest=order.digest() if key else None,
                traceparent=traceparent() or caller_traceparent(request),
            )
        )


def _idempotency_key(request: web.Request) -> str | None:
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None or _KEY.fullmatch(key):
        return key
    problem = Problem(
        category="request",
        code="invalid-idempotency-key",
        path=IDEMPOTENCY_KEY,
        message="The key must be 1 to 255 visible ASCII characters.",
        remedy="Send a UUID, a new one for each request that is not a repetition.",
    )
    raise BadRequest(problem.message, problems=[problem])


def caller_traceparent(request: web.Request) -> str | None:
    """The caller's trace (W3C Trace Context); what is malformed is ignored, as that standard asks."""
    value = request.headers.get(TRACEPARENT, "")
    return value if _TRACEPARENT.fullmatch(value) else None
