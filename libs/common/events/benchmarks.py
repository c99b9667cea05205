"""Benchmarks: commands, and what is told of them (DESIGN §8)."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field

from libs.common.errors import Problem
from libs.common.events.jobs import ErrorInfo, Payload

ALGORITHM_TIME_LIMIT = 300.0
"""Seconds of one algorithm by default; what the reference implementation gives its exact runs."""


class BenchmarkRunRequest(Payload):
    """Command `benchmark_run.request`: every algorithm, company and seed. `run_id` is the job's subject, too."""

    run_id: str
    companies: list[str] = []
    """Test cases or parts of names; none means all."""
    algorithms: list[str] = []
    """Keys or names; none means all."""
    seeds: list[int] = [1]
    time_limit: float = ALGORITHM_TIME_LIMIT
    """Seconds of each algorithm."""
    budget: int | None = None
    """Work in each algorithm's own unit; unset is its default."""
    year: int = 2025
    holidays: str = "reference"
    """Region of the public holidays: `reference`, a country (`AT`) or a part of one (`DE-BY`)."""
    load_fixtures: bool = False
    force: bool = False
    """Compute also what is recorded for that seed already."""


class BenchmarkTaskRequest(Payload):
    """Command `benchmark_task.request`: one algorithm on one company with one seed."""

    run_id: str
    run_job: str
    """The job of the run; tasks of a run that has ended are not begun."""
    company: int
    algorithm: str
    """Its key."""
    title: str
    """Its name as results show it."""
    seed: int
    force: bool = False


class BenchmarkTaskCompleted(Payload):
    """Event `benchmark_task.completed`. `objective` is in points, to be minimised."""

    run_id: str
    company: str
    algorithm: str
    seed: int
    objective: float | None
    runtime_seconds: float
    recognised: bool = False
    """Recorded by an earlier run; nothing was computed."""


class TaskFailure(Payload):
    """One task of a run that has no result."""

    company: str
    algorithm: str
    seed: int
    error: ErrorInfo


class BenchmarkRunCompleted(Payload):
    """Event `benchmark_run.completed`: all tasks have ended, some perhaps without a result."""

    run_id: str
    completed: int
    recognised: int
    failures: list[TaskFailure] = []
    published: list[str] = []
    """`company / algorithm` of each roster that is the published one now."""
    message: str


class BenchmarkDumpRequest(Payload):
    """Command `benchmark_dump.request`: write the dump's ZIP into storage."""

    company: str | None = None
    """A test case or part of a name; unset means all."""
    include_schedules: bool = False
    data_only: bool = False


class BenchmarkDumpCompleted(Payload):
    """Event `benchmark_dump.completed`. `checksum` is the ZIP's SHA-256."""

    dump_key: str
    filename: str
    download_url: str
    """An address that asks for authentication; presigned links are made per request."""
    checksum: str
    file_size: int
    rows: int
    companies: list[str]
    created_at: AwareDatetime
    message: str


class Clear(StrEnum):
    """What an import removes before it loads, in the same switch."""

    NOTHING = "nothing"
    COMPANIES = "companies"
    """All of the companies that the dump names."""
    ALL = "all"
    """All companies there are."""


class BenchmarkImportRequest(Payload):
    """Command `benchmark_import.request`. The ZIP lies in blob storage under `upload_key`."""

    upload_key: str
    upload_name: str
    clear: Clear = Clear.NOTHING
    dry_run: bool = False


class RowCounts(Payload):
    """What happens to the rows of one model."""

    insert: int = 0
    update: int = 0
    leave: int = 0
    delete: int = 0

    def __add__(self, other: RowCounts) -> RowCounts:
        return RowCounts(
            insert=self.insert + other.insert,
            update=self.update + other.update,
            leave=self.leave + other.leave,
            delete=self.delete + other.delete,
        )

    @property
    def changes(self) -> bool:
        return bool(self.insert or self.update or self.delete)


class BenchmarkPlan(Payload):
    """What an import changes, or would change. `leave` also counts rows that the dump does not name."""

    company: RowCounts = Field(default_factory=RowCounts)
    shift: RowCounts = Field(default_factory=RowCounts)
    employee: RowCounts = Field(default_factory=RowCounts)
    scheduleentry: RowCounts = Field(default_factory=RowCounts)

    def __add__(self, other: BenchmarkPlan) -> BenchmarkPlan:
        return BenchmarkPlan(
            company=self.company + other.company,
            shift=self.shift + other.shift,
            employee=self.employee + other.employee,
            scheduleentry=self.scheduleentry + other.scheduleentry,
        )


class ImportSummary(Payload):
    """Rows of the dump by model (ROSTERING, Commands)."""

    companies_imported: int
    employees_imported: int
    shifts_imported: int
    schedule_entries_imported: int
    errors: list[str] = []


class BenchmarkImportCompleted(Payload):
    """Event `benchmark_import.completed`; with `dry_run` nothing was changed."""

    dry_run: bool
    import_summary: ImportSummary
    plan: BenchmarkPlan
    companies: list[str] = []
    """That the dump names."""
    warnings: list[Problem] = []
    message: str
