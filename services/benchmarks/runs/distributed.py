"""A run over the bus: its tasks are jobs that all replicas share."""

from __future__ import annotations

import asyncio

from libs.common.benchmarks.model import RunDocument, RunState
from libs.common.errors import EntrepotError
from libs.common.events.benchmarks import (
    BenchmarkRunCompleted,
    BenchmarkRunRequest,
    BenchmarkTaskCompleted,
    BenchmarkTaskRequest,
)
from libs.common.jobs.run import Outcome, Run
from services.benchmarks.context import Benchmarks
from services.benchmarks.runs import tasks
from services.benchmarks.runs.run import OpenRun, open_run, prepare_publication
from services.benchmarks.runs.task import Task, run_task


class RunFailed(EntrepotError):
    """No task of the run has a result."""

    code = "run-failed"


async def conduct(command: BenchmarkRunRequest, run: Run, benchmarks: Benchmarks) -> Outcome:
    """Make the tasks, wait for them and publish the best rosters. Tried again, it goes on where it was.

    Raises: CompanyNotFound, NotFound, InvalidInput, RunFailed, TasksPending, CompanyMoved.
    """
    opened = await open_run(benchmarks, command, by=run.requester.email)
    try:
        await tasks.submit(benchmarks, run, opened.tasks)
        await tasks.wait(benchmarks, run, command.run_id, len(opened.tasks))
    except asyncio.CancelledError:
        await _cancel(benchmarks, run, opened.run)
        raise
    return await _publish(opened, benchmarks)


async def work_on(command: BenchmarkTaskRequest, run: Run, benchmarks: Benchmarks) -> Outcome:
    """One task. Raises: AlgorithmFailed, InvalidInput, RunOver, CompanyNotFound, Unavailable."""
    await tasks.require_running(benchmarks, command.run_job)
    document = await benchmarks.reader.run(command.run_id)
    company = await benchmarks.reader.company(command.company)
    task = Task(document, company, command.algorithm, command.title, command.seed, command.force)

    def tell(done: float, _objective: float) -> None:
        run.progress("computing", round(100 * done), 100, "%")

    result = await run_task(benchmarks, task, tell)
    completed = BenchmarkTaskCompleted(
        run_id=command.run_id,
        company=result.company,
        algorithm=result.algorithm,
        seed=result.seed,
        objective=result.kpis.objective if result.kpis else None,
        runtime_seconds=result.runtime_seconds,
        recognised=result.recognised,
    )
    return Outcome("benchmark_task.completed", completed)


async def _publish(opened: OpenRun, benchmarks: Benchmarks) -> Outcome:
    run = opened.run
    results = await benchmarks.results.of_run(run.id)
    done = [result for result in results if result.status == "completed"]
    failures = await tasks.failures(benchmarks, run.id)
    if not done:
        await benchmarks.runs.finish(run.id, RunState.FAILED)
        reason = failures[0].error.message if failures else "There was nothing to do."
        raise RunFailed(f"No task of the run has a result: {reason}")
    publication = await prepare_publication(benchmarks, run, results, state=RunState.COMPLETED)
    recognised = sum(result.recognised for result in done)
    completed = BenchmarkRunCompleted(
        run_id=run.id,
        completed=len(done),
        recognised=recognised,
        failures=failures,
        published=publication.published,
        message=f"{len(done)} of {len(opened.tasks)} tasks have a result, {recognised} of them from earlier runs.",
    )
    return Outcome("benchmark_run.completed", completed, commit=publication.commit)


async def _cancel(benchmarks: Benchmarks, run: Run, document: RunDocument) -> None:
    """A drain also cancels the wait; then the tasks go on, and another replica waits for them."""
    job = await benchmarks.parts.jobs.get(run.job.id)
    if job.cancel_requested_by is not None:
        await tasks.cancel(benchmarks, run, document.id)
        await benchmarks.runs.finish(document.id, RunState.CANCELLED)
