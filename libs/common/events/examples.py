"""One example of each payload, for documents; being models, they fit their schemas."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from libs.common.errors import Problem
from libs.common.events.benchmarks import (
    BenchmarkDumpCompleted,
    BenchmarkDumpRequest,
    BenchmarkImportCompleted,
    BenchmarkImportRequest,
    BenchmarkPlan,
    BenchmarkRunCompleted,
    BenchmarkRunRequest,
    BenchmarkTaskCompleted,
    ImportSummary,
    RowCounts,
)
from libs.common.events.exports import CollectionExport, ExportCompleted, ExportKind, ExportRequest
from libs.common.events.imports import (
    ExperimentAction,
    ExperimentChanged,
    ExperimentCompared,
    ExperimentFailed,
    ExperimentPacked,
    ExperimentRegistered,
    ExperimentRequest,
    ExperimentStarted,
    ExperimentStopped,
    FileChange,
    ImportCompleted,
    ImportPlan,
    ImportRequest,
    StopReason,
)
from libs.common.events.jobs import ErrorInfo, JobCancelled, JobFailed, JobProgressed, JobStarted, Progress

JOB: Final = "0198c0de-7a11-7000-8000-5eed5eed5eed"
RUN: Final = "0198c0de-7a12-7000-8000-5eed5eed5eed"
AT: Final = datetime(2026, 2, 28, 12, 30, tzinfo=UTC)
DIGEST: Final = "3f9a1c2d4e5f60718293a4b5c6d7e8f93f9a1c2d4e5f60718293a4b5c6d7e8f9"
EXPORT_NAME: Final = "click_tracker_intelligent_export_20260228_123000_000000.zip"

STARTED: Final = JobStarted(job_id=JOB, attempt=1)
PROGRESSED: Final = JobProgressed(
    job_id=JOB, progress=Progress(stage="reading", done=1200, total=9000, unit="documents")
)
FAILED: Final = JobFailed(
    job_id=JOB,
    error=ErrorInfo(
        code="invalid-input",
        title="The input cannot be accepted; nothing was changed.",
        status=422,
        message="The ZIP cannot be imported.",
        problems=[
            Problem(category="file", code="missing-file", path="actor.py", message="actor.py is missing.")
        ],
    ),
)
CANCELLED: Final = JobCancelled(job_id=JOB, by="ana@example.org")

EXPORT_REQUEST: Final = ExportRequest(slug="click_tracker", kind=ExportKind.DOCKER)
EXPORT_COMPLETED: Final = ExportCompleted(
    slug="click_tracker",
    kind=ExportKind.DOCKER,
    export_id=RUN,
    filename=EXPORT_NAME,
    download_url=f"https://entrepot.example.org/api/exports/{RUN}/download",
    checksum=DIGEST,
    content_digest=DIGEST,
    file_size=48_213,
    created_at=AT,
    collections=[CollectionExport(name="click_tracker_clicks", exported=9000, total=9000, truncated=False)],
    message="Exported click_tracker.",
)

IMPORT_REQUEST: Final = ImportRequest(upload_key="uploads/click_tracker.zip", upload_name="click_tracker.zip")
IMPORT_COMPLETED: Final = ImportCompleted(
    slug="click_tracker",
    dry_run=False,
    revision=4,
    plan=ImportPlan(
        slug="click_tracker",
        digest=DIGEST,
        plan_digest=DIGEST,
        base_revision=3,
        action="replace",
        changed=["actor.py"],
    ),
    message="Imported click_tracker as revision 4.",
)
REGISTERED: Final = ExperimentRegistered(
    slug="click_tracker",
    revision=4,
    digest=DIGEST,
    author="ana@example.org",
    runtime_s3_uri="s3://bucket/click_tracker/runtime-4.zip",
    runtime_sha256=DIGEST,
)
EXPERIMENT_REQUEST: Final = ExperimentRequest(
    slug="click_tracker", action=ExperimentAction.ROLLBACK, revision=3
)
CHANGED: Final = ExperimentChanged(slug="click_tracker", revision=3, digest=DIGEST, message="It is done.")
COMPARED: Final = ExperimentCompared(
    slug="click_tracker",
    base=3,
    target=4,
    files=[FileChange(path="actor.py", change="changed", size=2114, diff="@@ -1 +1 @@\n-a\n+b\n")],
    total=1,
    message="One file differs.",
)
PACKED: Final = ExperimentPacked(
    slug="click_tracker",
    packed=4,
    key="exports/click_tracker_revision_4.zip",
    filename="click_tracker_revision_4.zip",
    file_size=20_480,
    message="Packed revision 4.",
)
EXPERIMENT_STARTED: Final = ExperimentStarted(slug="click_tracker", revision=4, digest=DIGEST, seconds=1.4)
EXPERIMENT_STOPPED: Final = ExperimentStopped(slug="click_tracker", reason=StopReason.OPERATOR)
EXPERIMENT_FAILED: Final = ExperimentFailed(
    slug="click_tracker",
    revision=4,
    serving_revision=3,
    lines=["ModuleNotFoundError: No module named 'numpi'"],
)

BENCHMARK_RUN_REQUEST: Final = BenchmarkRunRequest(run_id=RUN, algorithms=["linear"], seeds=[1, 2])
BENCHMARK_RUN_COMPLETED: Final = BenchmarkRunCompleted(
    run_id=RUN, completed=6, recognised=0, published=["Café / linear"], message="6 of 6 tasks are done."
)
BENCHMARK_TASK_COMPLETED: Final = BenchmarkTaskCompleted(
    run_id=RUN, company="Café", algorithm="linear", seed=1, objective=1184.5, runtime_seconds=12.25
)
BENCHMARK_DUMP_REQUEST: Final = BenchmarkDumpRequest(include_schedules=True)
BENCHMARK_DUMP_COMPLETED: Final = BenchmarkDumpCompleted(
    dump_key="exports/benchmark_results.zip",
    filename="benchmark_results.zip",
    download_url=f"https://entrepot.example.org/api/benchmark-dumps/{JOB}/download",
    checksum=DIGEST,
    file_size=812_004,
    rows=81_000,
    companies=["Café"],
    created_at=AT,
    message="Dumped 1 company.",
)
BENCHMARK_IMPORT_REQUEST: Final = BenchmarkImportRequest(
    upload_key="uploads/benchmark_results.zip", upload_name="benchmark_results.zip"
)
BENCHMARK_IMPORT_COMPLETED: Final = BenchmarkImportCompleted(
    dry_run=False,
    import_summary=ImportSummary(
        companies_imported=1, employees_imported=12, shifts_imported=3, schedule_entries_imported=2500
    ),
    plan=BenchmarkPlan(company=RowCounts(insert=1)),
    message="Imported 1 company.",
)
