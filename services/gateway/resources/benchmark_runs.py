"""Benchmark runs and dumps over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field

from libs.common.benchmarks.model import RunDocument, RunState
from libs.common.events.benchmarks import (
    ALGORITHM_TIME_LIMIT,
    BenchmarkDumpCompleted,
    BenchmarkDumpRequest,
    BenchmarkRunCompleted,
    BenchmarkRunRequest,
    TaskFailure,
)
from libs.common.jobs.model import Job
from services.gateway.reading import PageSize
from services.gateway.resources.model import HttpModel

SEEDS = 100
"""Of one run; enough for any confidence interval."""
NAMES = 100
LONGEST_SECONDS = 3_000
"""Of one algorithm; below the deadline of one job."""

Names = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=NAMES)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]


class RunBody(HttpModel):
    """What to run; empty lists mean all companies or algorithms."""

    model_config = ConfigDict(extra="forbid")

    companies: Names = []
    algorithms: Names = []
    seeds: Annotated[list[Seed], Field(min_length=1, max_length=SEEDS)] = [1]
    time_limit: Annotated[float, Field(ge=0.1, le=LONGEST_SECONDS)] = ALGORITHM_TIME_LIMIT
    budget: Annotated[int, Field(ge=1)] | None = None
    year: Annotated[int, Field(ge=1970, le=2200)] = 2025
    holidays: Annotated[str, Field(max_length=20)] = "reference"
    load_fixtures: bool = False
    force: bool = False

    def as_command(self, run_id: str) -> BenchmarkRunRequest:
        return BenchmarkRunRequest(run_id=run_id, **dict(self))


class RunAnswer(HttpModel):
    """A run whose tasks have all ended."""

    status: Literal["success"] = "success"
    job_id: str
    run_id: str
    completed: int
    recognised: int
    failures: list[TaskFailure]
    published: list[str]
    message: str

    @classmethod
    def of(cls, job: Job) -> Self:
        completed = BenchmarkRunCompleted.model_validate(job.result)
        return cls(job_id=job.id, **dict(completed))


class RunQuery(HttpModel):
    """The newest first; the next page begins `before` the last one's id."""

    before: str | None = None
    limit: PageSize = 50


class RunResource(HttpModel):
    id: str
    state: RunState
    requested_by: str
    companies: list[str]
    algorithms: list[str]
    seeds: list[int]
    time_limit: float
    budget: int | None
    year: int
    holidays: str
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, run: RunDocument) -> Self:
        return cls(**dict(run))


class RunPage(HttpModel):
    runs: list[RunResource]
    next: str | None = None


class RunWithResults(RunResource):
    """`results` has one item per company, algorithm and seed that has ended."""

    results: list[dict[str, Any]] = []


class DumpBody(HttpModel):
    """What goes into a dump; `company` is a test case or a part of a name."""

    model_config = ConfigDict(extra="forbid")

    company: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    include_schedules: bool = False
    data_only: bool = False

    def as_command(self) -> BenchmarkDumpRequest:
        return BenchmarkDumpRequest(**dict(self))


class DumpAnswer(HttpModel):
    """A dump that is ready for download."""

    status: Literal["success"] = "success"
    job_id: str
    download_url: str
    filename: str
    checksum: str
    file_size: int
    rows: int
    companies: list[str]
    message: str

    @classmethod
    def of(cls, job: Job) -> Self:
        completed = BenchmarkDumpCompleted.model_validate(job.result)
        return cls(job_id=job.id, **completed.model_dump(include=set(cls.model_fields)))
