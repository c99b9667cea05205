"""Jobs as the pages show them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from pydantic import BaseModel

from libs.common.events.benchmarks import BenchmarkImportCompleted
from libs.common.events.exports import ExportCompleted
from libs.common.events.imports import (
    ExperimentChanged,
    ExperimentCompared,
    ExperimentPacked,
    ExperimentStarted,
    ExperimentStopped,
    ImportCompleted,
)
from libs.common.jobs.model import Job
from services.gateway.pages import formats

_TITLES: Final = {
    "benchmark_run.request": "Benchmark run",
    "benchmark_task.request": "Benchmark task",
    "benchmark_dump.request": "Benchmark dump",
    "benchmark_import.request": "Benchmark import",
}
_STAGES: Final = {
    "export.request": ("reading", "packing"),
    "import.request": ("checking", "installing"),
    "benchmark_import.request": ("checking", "planning", "writing"),
}
"""What a job goes through, for those that tell of it."""
_CHANGES: Final[dict[str, type[BaseModel]]] = {
    "start": ExperimentStarted,
    "stop": ExperimentStopped,
    "compare": ExperimentCompared,
    "pack": ExperimentPacked,
}


def title_of(job: Job) -> str:
    """What was asked for, in a few words: `Export as standalone`, `Check of an upload`."""
    given = job.input
    match job.kind:
        case "export.request" if given.get("estimate"):
            return f"Estimate of an export as {given.get('kind')}"
        case "export.request":
            return f"Export as {given.get('kind')}"
        case "import.request":
            return "Check of an upload" if given.get("dry_run") else "Import of an upload"
        case "experiment.request":
            return str(given.get("action", "change")).capitalize()
        case "benchmark_import.request" if given.get("dry_run"):
            return "Check of benchmark results"
        case _:
            return _TITLES.get(job.kind, job.kind.removesuffix(".request").replace("_", " ").capitalize())


def stages_of(job: Job) -> tuple[str, ...]:
    """All stages in order; empty where they are not known."""
    return ("checking",) if job.input.get("dry_run") else _STAGES.get(job.kind, ())


def stage_of(job: Job) -> str:
    """The stage it is at; one that has told of nothing is at its first."""
    if job.progress:
        return job.progress.stage
    return next(iter(stages_of(job)), "working")


def share_of(job: Job) -> int | None:
    """Per cent done, where that is known."""
    progress = job.progress
    if progress is None or not progress.total or progress.done is None:
        return None
    return min(100, round(100 * progress.done / progress.total))


def amount_of(job: Job) -> str:
    """How much is done, where that is known."""
    progress = job.progress
    if progress is None or progress.done is None:
        return ""
    share = share_of(job)
    words = formats.amount(progress.done, progress.total, progress.unit)
    return words if share is None or progress.unit == "%" else f"{share} % · {words}"


def seconds_of(job: Job) -> float | None:
    """How long it ran, or has been running; None where it never began."""
    if job.started_at is None:
        return None
    return ((job.finished_at or datetime.now(UTC)) - job.started_at).total_seconds()


def result_of(job: Job) -> BaseModel | None:
    """The result as its event's payload; None where there is none, or where only its JSON is shown."""
    if job.result is None:
        return None
    match job.kind:
        case "export.request":
            return ExportCompleted.model_validate(job.result)
        case "import.request":
            return ImportCompleted.model_validate(job.result)
        case "benchmark_import.request":
            return BenchmarkImportCompleted.model_validate(job.result)
        case "experiment.request":
            return _CHANGES.get(job.input["action"], ExperimentChanged).model_validate(job.result)
        case _:
            return None
