"""Jobs as the pages show them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from libs.common.jobs.model import Job

_WORDS: Final = {
    "export.request": "Export",
    "import.request": "Import",
    "experiment.request": "Change",
    "benchmark_run.request": "Benchmark run",
    "benchmark_task.request": "Benchmark task",
    "benchmark_dump.request": "Benchmark dump",
    "benchmark_import.request": "Benchmark import",
}
_KINDS: Final = {"standalone": "standalone", "upload-ready": "upload-ready", "docker": "Docker"}


def title_of(job: Job) -> str:
    """What was asked for, in a few words: `Export as standalone`, `Check of an upload`."""
    given = job.input
    match job.kind:
        case "export.request" if given.get("estimate"):
            return f"Estimate of {_KINDS.get(given.get('kind', ''), 'an')} export"
        case "export.request":
            return f"Export as {_KINDS.get(given.get('kind', ''), '?')}"
        case "import.request":
            return "Check of an upload" if given.get("dry_run") else "Import of an upload"
        case "experiment.request":
            return str(given.get("action", "change")).capitalize()
        case _:
            return _WORDS.get(job.kind, job.kind.removesuffix(".request").replace("_", " ").capitalize())


def seconds_of(job: Job) -> float | None:
    """How long it ran, or has been running; None where it never began."""
    if job.started_at is None:
        return None
    return ((job.finished_at or datetime.now(UTC)) - job.started_at).total_seconds()


def share_of(job: Job) -> int | None:
    """Per cent done, where that is known."""
    progress = job.progress
    if progress is None or not progress.total or progress.done is None:
        return None
    return min(100, round(100 * progress.done / progress.total))
