"""A run on this machine, task by task so that none takes time from another."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from libs.common.benchmarks.model import RunDocument, RunState
from libs.common.errors import EntrepotError
from libs.common.events.benchmarks import BenchmarkRunRequest
from services.benchmarks.context import Benchmarks
from services.benchmarks.runs.run import OpenRun, open_run, prepare_publication
from services.benchmarks.runs.task import Task, run_task
from services.benchmarks.store.results import StoredResult
from services.benchmarks.store.switch import apply

OPERATOR = "local"
"""Who asked, for runs from the command line."""


@dataclass
class Report:
    """What came of a run so far."""

    run_id: str
    tasks: int = 0
    results: list[StoredResult] = field(default_factory=list)
    failures: list[tuple[Task, EntrepotError]] = field(default_factory=list)
    published: list[str] = field(default_factory=list)


class Show(Protocol):
    """Shows how a run goes."""

    def begin(self, opened: OpenRun) -> None: ...

    def start(self, task: Task) -> None: ...

    def advance(self, done: float, objective: float) -> None: ...

    def finish(self, task: Task, result: StoredResult | None) -> None: ...


async def run_locally(
    benchmarks: Benchmarks, request: BenchmarkRunRequest, show: Show, report: Report
) -> None:
    """Fill the report. Cancelled, it keeps and publishes what is done: each pair of which all seeds have ended.

    Raises: CompanyNotFound, NotFound, InvalidInput, CompanyMoved, Unavailable.
    """
    opened = await open_run(benchmarks, request, by=OPERATOR)
    report.tasks = len(opened.tasks)
    show.begin(opened)
    try:
        for task in opened.tasks:
            show.start(task)
            result = await _attempt(benchmarks, task, show, report)
            show.finish(task, result)
    except asyncio.CancelledError:
        await _publish(benchmarks, opened.run, _whole_pairs(opened, report), RunState.CANCELLED, report)
        raise
    await _publish(benchmarks, opened.run, report.results, RunState.COMPLETED, report)


async def _attempt(benchmarks: Benchmarks, task: Task, show: Show, report: Report) -> StoredResult | None:
    try:
        result = await run_task(benchmarks, task, show.advance)
    except EntrepotError as error:
        if not error.permanent:
            raise
        report.failures.append((task, error))
        return None
    report.results.append(result)
    return result


async def _publish(
    benchmarks: Benchmarks,
    run: RunDocument,
    results: Sequence[StoredResult],
    state: RunState,
    report: Report,
) -> None:
    publication = await prepare_publication(benchmarks, run, results, state=state)
    await apply(benchmarks.parts.database, publication.commit)
    report.published = publication.published


def _whole_pairs(opened: OpenRun, report: Report) -> list[StoredResult]:
    """Results of pairs that are done; the best of half of the seeds is not the best of the run."""
    asked = Counter((task.company.name, task.title) for task in opened.tasks)
    done = Counter((result.company, result.algorithm) for result in report.results)
    done.update((task.company.name, task.title) for task, _ in report.failures)
    return [
        result
        for result in report.results
        if done[result.company, result.algorithm] == asked[result.company, result.algorithm]
    ]
