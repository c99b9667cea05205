"""One task: one algorithm on one company with one seed, computed or recognised, and recorded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from libs.common.benchmarks.model import CompanyDocument, RunDocument
from libs.common.errors import EntrepotError
from libs.common.threads import in_thread
from services.benchmarks.compute import Tell, ignore
from services.benchmarks.compute.work import Solved, Work
from services.benchmarks.context import Benchmarks
from services.benchmarks.problem.workplace import Workplace
from services.benchmarks.results.machine import library_versions, this_machine
from services.benchmarks.runs.archive import store_roster
from services.benchmarks.store.results import StoredResult
from services.benchmarks.store.workplaces import company_facts, read_master


@dataclass(frozen=True)
class Task:
    """What is to be done of a run. `algorithm` is the key, `title` the name that results show."""

    run: RunDocument
    company: CompanyDocument
    algorithm: str
    title: str
    seed: int
    force: bool = False


async def run_task(benchmarks: Benchmarks, task: Task, tell: Tell = ignore) -> StoredResult:
    """The recorded result; doing it twice gives the same one. Raises: AlgorithmFailed, InvalidInput, Unavailable.

    A permanent failure is recorded before it is raised.
    """
    workplace = await workplace_of(benchmarks, task.company)
    empty = _empty(task, problem_digest(workplace, task.run.year, task.run.holidays))
    if not task.force and (known := await benchmarks.results.same_work(empty)):
        taken_over = {"run": task.run.id, "recognised": True, "finished_at": datetime.now(UTC)}
        result = known if known.run == task.run.id else known.model_copy(update=taken_over)
        await benchmarks.results.record(result)
        return result
    try:
        solved = await benchmarks.compute.solve(_work(task, workplace), tell)
    except EntrepotError as error:
        if error.permanent:
            await benchmarks.results.record(empty.model_copy(update={"error": error.detail}))
        raise
    key = await store_roster(benchmarks.parts.blobs, task.run, solved.roster)
    result = _completed(empty, solved, key)
    await benchmarks.results.record(result)
    return result


async def workplace_of(benchmarks: Benchmarks, company: CompanyDocument) -> Workplace:
    """What the company says about itself now."""
    master = await read_master(benchmarks.reader, company)
    return await in_thread(master.workplace, company_facts(company))


def problem_digest(workplace: Workplace, year: int, holidays: str) -> str:
    """SHA-256 of everything that a roster depends on but algorithm and seed."""
    return hashlib.sha256(orjson.dumps([workplace, year, holidays])).hexdigest()


def _work(task: Task, workplace: Workplace) -> Work:
    run = task.run
    return Work(workplace, run.year, run.holidays, task.algorithm, task.seed, run.budget, run.time_limit)


def _empty(task: Task, digest: str) -> StoredResult:
    """A result as it is recorded if nothing comes of it."""
    return StoredResult(
        run=task.run.id,
        company=task.company.name,
        algorithm=task.title,
        seed=task.seed,
        year=task.run.year,
        holidays=task.run.holidays,
        budget=task.run.budget,
        status="failed",
        finished_at=datetime.now(UTC),
        runtime_seconds=0.0,
        machine=this_machine(),
        versions=library_versions(),
        problem_digest=digest,
        time_limit=task.run.time_limit,
    )


def _completed(empty: StoredResult, solved: Solved, roster_key: str) -> StoredResult:
    return empty.model_copy(
        update={
            "status": "completed",
            "finished_at": datetime.now(UTC),
            "runtime_seconds": solved.seconds,
            "iterations": solved.iterations,
            "truncated": solved.truncated,
            "bound": solved.bound,
            "gap": solved.gap,
            "optimal": solved.optimal,
            "front": solved.front,
            "kpis": solved.kpis,
            "machine": solved.machine,
            "versions": solved.versions,
            "roster_key": roster_key,
        }
    )
