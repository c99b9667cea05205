"""Attempts of jobs, counted, timed, logged and traced."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog

from libs.common.jobs.model import Job
from libs.common.telemetry.metrics import JOB_FAILURES, JOB_QUEUE_SECONDS, JOB_SECONDS, JOBS_RUNNING
from libs.common.telemetry.tracing import span, trace_id

RETURNED: Final = "returned"
"""The outcome of an attempt after which the job waits again, or is another worker's."""

log = structlog.get_logger(__name__)


@dataclass
class Observation:
    """What came of an attempt; set by who ran it."""

    ended: Job | None = None

    @property
    def outcome(self) -> str:
        return self.ended.state.value if self.ended else RETURNED


@contextmanager
def observed(job: Job) -> Iterator[Observation]:
    """Around one attempt. The span belongs to the trace of the request that made the job."""
    if job.attempt == 1:
        JOB_QUEUE_SECONDS.labels(job.kind).observe((datetime.now(UTC) - job.created_at).total_seconds())
    began, observation = time.perf_counter(), Observation()
    about = {"job": job.id, "subject": job.subject, "attempt": job.attempt}
    with (
        JOBS_RUNNING.labels(job.kind).track_inprogress(),
        span(f"job {job.kind}", parent=job.traceparent, kind="consumer", **about),
        traced_logs(),
    ):
        try:
            yield observation
        finally:
            _count(job, observation, time.perf_counter() - began)


def _count(job: Job, observation: Observation, seconds: float) -> None:
    JOB_SECONDS.labels(job.kind, observation.outcome).observe(seconds)
    if observation.ended and observation.ended.error:
        JOB_FAILURES.labels(job.kind, observation.ended.error.code).inc()
    log.info("attempt ended", kind=job.kind, outcome=observation.outcome, ms=round(seconds * 1000, 1))


def traced_logs() -> AbstractContextManager[object]:
    """Log lines name the current trace while entered."""
    trace = trace_id()
    return structlog.contextvars.bound_contextvars(trace=trace) if trace else nullcontext()
