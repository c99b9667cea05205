"""The service at work: jobs in, events and visible rosters out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from libs.common.benchmarks.model import RunState
from libs.common.database.collections import BENCHMARK_COMPANIES
from libs.common.errors import Problem
from libs.common.events.benchmarks import (
    BenchmarkDumpCompleted,
    BenchmarkImportCompleted,
    BenchmarkRunCompleted,
    RowCounts,
)
from libs.common.events.envelope import new_id
from libs.common.jobs.model import Job, JobState, Requester, Role
from libs.common.retention.sweep import sweep
from services.benchmarks.dump.content import DumpedCompany
from services.benchmarks.dump.read import read_dump
from services.benchmarks.retention import rules
from services.benchmarks.runs import distributed
from services.benchmarks.runs.run import Publication, prepare_publication
from services.benchmarks.store.best import points
from tests.integration.services.benchmarks.desk import (
    Desk,
    dump_of,
    facts,
    load,
    packed,
    roster,
    tiny,
    until,
    zip_of,
)

MONDAY = date(2025, 3, 3)
QUICK = {"algorithms": ["GeneticAlgorithm"], "budget": 2, "time_limit": 30.0}
"""Seconds at most, a fraction of one usually."""


async def test_an_upload_is_imported_and_deleted(desk: Desk, tmp_path: Path) -> None:
    dump = dump_of(DumpedCompany(tiny(), (roster("GA", (0, MONDAY, 0)),)))
    job = await desk.end(await desk.upload(zip_of(tmp_path, dump)))
    assert job.error is None
    completed = BenchmarkImportCompleted.model_validate(job.result)
    assert completed.import_summary.schedule_entries_imported == 1
    assert (await facts(desk.parts.database))["Acme"][1] == {"GA": {("Ada", "2025-03-03", "EarlyShift")}}
    await until(lambda: _none_of(desk, "uploads/"), what="the upload is deleted")


async def test_a_refused_upload_lists_all_problems_changes_nothing_and_is_deleted(desk: Desk) -> None:
    await load(desk.parts.database, dump_of(tiny()))
    before = await facts(desk.parts.database)
    rows = (
        b'[{"model": "auth.user", "pk": 1, "fields": {}},'
        b' {"model": "rostering_app.company", "pk": 1, "fields": {"name": "New", "size": "small"}},'
        b' {"model": "rostering_app.shift", "pk": 1, "fields": {"company": 9, "name": "S", "start": "25:00:00",'
        b' "end": "06:00:00", "min_staff": 3, "max_staff": 1}}]'
    )
    job = await desk.end(await desk.upload(packed({"benchmark_dump.json": rows})))
    problems = _problems(job)
    assert {problem.row for problem in problems} == {1, 3}
    assert all(problem.category in {"format", "constraint", "import"} for problem in problems)
    assert await facts(desk.parts.database) == before
    await until(lambda: _none_of(desk, "uploads/"), what="the upload is deleted")


async def test_a_dry_run_over_the_bus_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    job = await desk.end(await desk.upload(zip_of(tmp_path, dump_of(tiny())), dry_run=True))
    completed = BenchmarkImportCompleted.model_validate(job.result)
    assert completed.dry_run
    assert completed.plan.company == RowCounts(insert=1)
    assert await facts(desk.parts.database) == {}


async def test_an_upload_that_is_gone_fails_clearly(desk: Desk) -> None:
    payload = {"upload_key": "uploads/gone.zip", "upload_name": "benchmark_dump.zip"}
    job = await desk.end(await desk.send("benchmark_import.request", payload))
    assert job.error is not None
    assert job.error.code == "upload-gone"


async def test_a_run_computes_publishes_and_recognises(desk: Desk) -> None:
    await load(desk.parts.database, dump_of(tiny(people=["Ada", "Bo", "Cy"])))
    first = await _run(desk, seeds=[1, 2])
    assert (first.completed, first.recognised, first.failures) == (2, 0, [])
    assert first.published == ["Acme / Genetic Algorithm"]
    company = (await desk.benchmarks.reader.companies())[0]
    results = await desk.benchmarks.results.of_run(first.run_id)
    best = min(results, key=lambda result: (points(result), result.seed))
    assert [(one.algorithm, one.run, one.seed) for one in company.rosters] == [
        ("Genetic Algorithm", first.run_id, best.seed)
    ]
    assert company.rosters[0].kpis["violations"]["rest"] == 0
    assert (await desk.benchmarks.reader.run(first.run_id)).state is RunState.COMPLETED

    second = await _run(desk, seeds=[1, 2])
    assert (second.completed, second.recognised) == (2, 2)
    third = await _run(desk, seeds=[1], force=True)
    assert (third.completed, third.recognised) == (1, 0)


async def test_a_run_publishes_however_often_the_company_changes_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load(desk.parts.database, dump_of(tiny()))
    left = desk.parts.limits.job_attempts + 1

    async def prepare_and_be_too_late(*given: Any, **options: Any) -> Publication:
        nonlocal left
        publication = await prepare_publication(*given, **options)
        if left:
            left -= 1
            await desk.parts.database[BENCHMARK_COMPANIES].update_one({}, {"$set": {"revision": new_id()}})
        return publication

    monkeypatch.setattr(distributed, "prepare_publication", prepare_and_be_too_late)
    job = await desk.end(await _ask(desk))
    assert (job.error, job.failures, left) == (None, 0, 0)
    assert [one.algorithm for one in (await desk.benchmarks.reader.companies())[0].rosters] == [
        "Genetic Algorithm"
    ]


async def test_a_company_that_cannot_be_rostered_is_a_recorded_failure(desk: Desk) -> None:
    await load(desk.parts.database, dump_of(tiny(people=["Ada", "Bo"]), tiny("Empty", people=[])))
    done = await _run(desk)
    assert done.completed == 1
    assert [(failure.company, failure.error.code) for failure in done.failures] == [
        ("Empty", "invalid-input")
    ]
    recorded = await desk.benchmarks.results.of_run(done.run_id)
    assert {(result.company, result.status) for result in recorded} == {
        ("Acme", "completed"),
        ("Empty", "failed"),
    }


async def test_a_run_of_nothing_fails(desk: Desk) -> None:
    job = await desk.end(await _ask(desk, companies=["nowhere"]))
    assert job.error is not None
    assert job.error.code == "company-not-found"


async def test_cancelling_a_run_ends_its_tasks(desk: Desk) -> None:
    await load(desk.parts.database, dump_of(tiny()))
    endless = {"algorithms": ["SimulatedAnnealing"], "budget": 10**9, "time_limit": 600.0, "seeds": [1, 2]}
    job = await _ask(desk, **endless)

    async def computing() -> bool:
        found = await _tasks(desk, job)
        return len(found) == 2 and all(task.progress is not None for task in found)

    await until(computing, what="both tasks compute")
    await desk.parts.jobs.cancel(job.id, Requester(email="admin@example.org", role=Role.ADMIN))
    assert (await desk.end(job)).state is JobState.CANCELLED

    async def over() -> bool:
        return all(task.ended for task in await _tasks(desk, job))

    await until(over, what="all tasks have ended")
    assert {task.state for task in await _tasks(desk, job)} == {JobState.CANCELLED}
    assert (await desk.benchmarks.reader.companies())[0].rosters == []


async def test_a_dump_is_stored_for_download(desk: Desk, tmp_path: Path) -> None:
    await load(
        desk.parts.database, dump_of(DumpedCompany(tiny(), (roster("GA", (0, MONDAY, 0)),)), tiny("Other"))
    )
    request = {"company": "acm", "include_schedules": True}
    job = await desk.end(await desk.send("benchmark_dump.request", request))
    completed = BenchmarkDumpCompleted.model_validate(job.result)
    assert completed.companies == ["Acme"]
    path = tmp_path / "dump.zip"
    async with desk.parts.blobs.open(completed.dump_key) as chunks:
        path.write_bytes(b"".join([chunk async for chunk in chunks]))
    dump = read_dump(path, desk.parts.limits)
    assert [company.workplace for company in dump.companies] == [tiny()]
    assert dump.entries == 1


async def test_a_sweep_spares_what_is_young_and_what_is_named(desk: Desk) -> None:
    await load(desk.parts.database, dump_of(tiny()))
    await _run(desk)
    named = await desk.keys("benchmark_rosters/")
    assert len(named) == 1
    await sweep(rules(desk.parts))
    assert await desk.keys("benchmark_rosters/") == named
    assert (await desk.benchmarks.reader.companies())[0].rosters[0].entries > 0


async def _none_of(desk: Desk, prefix: str) -> bool:
    return await desk.keys(prefix) == []


async def _ask(desk: Desk, **fields: object) -> Job:
    run_id = new_id()
    return await desk.send("benchmark_run.request", {"run_id": run_id, **QUICK, **fields}, subject=run_id)


async def _run(desk: Desk, **fields: object) -> BenchmarkRunCompleted:
    job = await desk.end(await _ask(desk, **fields))
    assert job.error is None, job.error
    return BenchmarkRunCompleted.model_validate(job.result)


async def _tasks(desk: Desk, run: Job) -> list[Job]:
    found = desk.parts.database["jobs"].find({"kind": "benchmark_task.request", "subject": run.subject})
    return [Job.model_validate(document) async for document in found]


def _problems(job: Job) -> list[Problem]:
    assert job.state is JobState.FAILED
    assert job.error is not None
    return job.error.problems


pytestmark = pytest.mark.timeout(400)
