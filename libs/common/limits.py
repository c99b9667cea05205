"""Limits, each with its unit and reason; every one can be set by the environment (DESIGN §9)."""

from __future__ import annotations

from typing import Annotated

from pydantic import ByteSize, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Positive = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0)]

MIB = 2**20
GIB = 2**30


class Limits(BaseSettings):
    """Read once at start; the environment name is the field's name in capitals, e.g. `EXPORT_DOCUMENT_LIMIT`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    export_document_limit: Positive = 10_000
    """Documents per collection in an export; prevents accidental large exports (seed, File Size Limits)."""
    upload_packed_limit: ByteSize = ByteSize(512 * MIB)
    """Experiment ZIP as sent; larger ones are data dumps, which do not belong into an upload."""
    upload_unpacked_limit: ByteSize = ByteSize(2 * GIB)
    """Experiment ZIP unpacked; what one disk working copy may take."""
    upload_entry_limit: Positive = 20_000
    """Entries in an experiment ZIP; far above real ones, far below what slows a file system."""
    upload_ratio_limit: Positive = 100
    """Unpacked to packed size above 64 MiB; deflate of real code stays below 20."""
    benchmark_packed_limit: ByteSize = ByteSize(50 * MIB)
    """Benchmark ZIP as sent (seed, Upload Limits)."""
    benchmark_unpacked_limit: ByteSize = ByteSize(GIB)
    """Benchmark ZIP unpacked; a million rows are about 170 MiB."""
    request_body_limit: ByteSize = ByteSize(1 * MIB)
    """Body of a request that is not an upload; the largest JSON command is a few KiB."""
    link_seconds: Positive = 24 * 3600
    """Life of a download link (seed: 24-hour validity)."""
    wait_seconds: Seconds = 30
    """How long a request waits for its job before it answers 202; below common proxy time-outs of 60 s."""
    waiting_jobs_limit: Positive = 1_000
    """Jobs of one kind that one caller may have waiting; then 429, so that nobody buries the others' work."""
    requests_per_minute: Positive = 60_000
    """Requests of one caller, counted over all gateways; then 429. More than one gateway answers, so unset nobody
    meets it; with several callers who must not disturb each other, lower it."""
    job_attempts: Positive = 5
    """Tries of one job; five with growing delay span about five minutes."""
    job_lease_seconds: Seconds = 15
    """A worker that has not renewed its lease for so long counts as dead; it renews five times as often."""
    job_deadline_seconds: Seconds = 3600
    """One try of one job; a 2 GiB export on a slow disk takes minutes."""
    idle_poll_seconds: Seconds = 5
    """An idle worker looks for forgotten work itself this often; one indexed query each."""
    kept_versions: Positive = 10
    """Versions kept per experiment for rollback."""
    kept_data_seconds: Positive = 7 * 24 * 3600
    """How long the data that an import replaced are kept; a week-end passes before somebody misses something."""
    kept_exports_seconds: Positive = 30 * 24 * 3600
    """How long the ZIP of an export stays after it was stored; the next equal export builds it anew."""
    kept_jobs_seconds: Positive = 30 * 24 * 3600
    """How long a job can be asked for after its end, with its result; then its idempotency key is free, too."""
    kept_audit_seconds: Positive = 365 * 24 * 3600
    """How long it is known who did what; a year covers what yearly reviews ask for."""
    spool_memory_limit: ByteSize = ByteSize(64 * MIB)
    """Snapshot data held in memory before it goes to disk."""
    drain_seconds: Seconds = 25
    """Grace for work under way at SIGTERM; below the 30 s that container runtimes give."""
    host_idle_seconds: Seconds = 900
    """An experiment that nobody used for so long is stopped; its next start takes about a second."""
    host_start_seconds: Seconds = 60
    """From starting an experiment's processes to its first answer, without environment and `initialize()`."""
    host_initialize_seconds: Seconds = 120
    """An experiment's `initialize()`; loading a model takes a minute, longer means that it hangs."""
    host_environment_seconds: Seconds = 900
    """Installing an experiment's requirements; large packages over a slow line take minutes."""
    experiment_memory_limit: ByteSize = ByteSize(GIB)
    """Memory that each of an experiment's two processes may take beyond what Ray itself needs."""
