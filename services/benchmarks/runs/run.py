"""A run from its request to the rosters that it publishes; who does its tasks is up to the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from libs.common.benchmarks.model import CompanyDocument, RunDocument, RunState
from libs.common.database.client import Session
from libs.common.events.benchmarks import BenchmarkRunRequest
from libs.common.jobs.run import Commit
from libs.common.threads import in_thread
from services.benchmarks.algorithms.port import Algorithm
from services.benchmarks.context import Benchmarks
from services.benchmarks.imports.writing import silently, write_import
from services.benchmarks.problem.calendar import calendar_of
from services.benchmarks.runs.loading import load_fixtures
from services.benchmarks.runs.publish import plan_publication, published_names
from services.benchmarks.runs.selection import select_algorithms, select_companies
from services.benchmarks.runs.task import Task
from services.benchmarks.store.results import StoredResult


@dataclass(frozen=True)
class OpenRun:
    """A run with all of its tasks, in the order in which they are best shown."""

    run: RunDocument
    tasks: list[Task]


@dataclass(frozen=True)
class Publication:
    """What a run publishes, and the transaction that does it and ends the run."""

    published: list[str]
    commit: Commit


async def open_run(benchmarks: Benchmarks, request: BenchmarkRunRequest, *, by: str) -> OpenRun:
    """Load fixtures if asked to, and find companies and algorithms; twice gives the same run.

    Raises: CompanyNotFound, NotFound (algorithm), InvalidInput (holidays), CompanyMoved.
    """
    await in_thread(calendar_of, request.year, request.holidays)
    algorithms = await in_thread(select_algorithms, request.algorithms)
    if request.load_fixtures:
        await load_fixtures(benchmarks.parts.database, request.year)
    companies = select_companies(await benchmarks.reader.companies(), request.companies)
    run = _document(request, companies, algorithms, by)
    await benchmarks.runs.start(run)
    tasks = [
        Task(run, company, algorithm.key, algorithm.name, seed, request.force)
        for company in companies
        for algorithm in algorithms
        for seed in run.seeds
    ]
    return OpenRun(run, tasks)


async def prepare_publication(
    benchmarks: Benchmarks, run: RunDocument, results: Sequence[StoredResult], *, state: RunState
) -> Publication:
    """Write the best rosters where nobody sees them yet. The commit raises: CompanyMoved, GenerationGone."""
    planned = await plan_publication(benchmarks, results, run.year, run.holidays)
    switch = await write_import(benchmarks.parts.database, planned, silently)

    async def commit(session: Session) -> None:
        await switch(session)
        await benchmarks.runs.finish(run.id, state, session)

    return Publication(published_names(planned), commit)


def _document(
    request: BenchmarkRunRequest,
    companies: Sequence[CompanyDocument],
    algorithms: Sequence[Algorithm],
    by: str,
) -> RunDocument:
    return RunDocument(
        id=request.run_id,
        state=RunState.RUNNING,
        requested_by=by,
        companies=[company.name for company in companies],
        algorithms=[algorithm.name for algorithm in algorithms],
        seeds=sorted(set(request.seeds)),
        time_limit=request.time_limit,
        budget=request.budget,
        year=request.year,
        holidays=request.holidays,
        created_at=datetime.now(UTC),
    )
