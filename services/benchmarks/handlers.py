"""Commands in, outcomes out."""

from __future__ import annotations

from libs.common.events.benchmarks import (
    BenchmarkDumpRequest,
    BenchmarkImportRequest,
    BenchmarkRunRequest,
    BenchmarkTaskRequest,
)
from libs.common.jobs.run import Outcome, Run
from libs.common.threads import in_thread
from services.benchmarks.context import Benchmarks
from services.benchmarks.dump.read import read_dump
from services.benchmarks.dumps.storing import store_dump
from services.benchmarks.imports.importing import fetched, import_dump
from services.benchmarks.runs import distributed


async def handle_run(command: BenchmarkRunRequest, run: Run, benchmarks: Benchmarks) -> Outcome:
    """`benchmark_run.request`: ends when all of its tasks have."""
    return await distributed.conduct(command, run, benchmarks)


async def handle_task(command: BenchmarkTaskRequest, run: Run, benchmarks: Benchmarks) -> Outcome:
    """`benchmark_task.request`: one algorithm on one company with one seed."""
    return await distributed.work_on(command, run, benchmarks)


async def handle_dump(command: BenchmarkDumpRequest, run: Run, benchmarks: Benchmarks) -> Outcome:
    """`benchmark_dump.request`: the ZIP, for download."""
    run.progress("writing")
    completed = await store_dump(command, benchmarks.parts, job_id=run.job.id)
    return Outcome("benchmark_dump.completed", completed)


async def handle_import(command: BenchmarkImportRequest, run: Run, benchmarks: Benchmarks) -> Outcome:
    """`benchmark_import.request`: all that the dump holds becomes visible with the end of the job, or nothing."""
    parts = benchmarks.parts

    def tell(stage: str, done: int, total: int) -> None:
        run.progress(stage, done, total, "companies")

    async with fetched(parts.blobs, command.upload_key) as path:
        run.progress("checking")
        dump = await in_thread(read_dump, path, parts.limits, name=command.upload_name, zip_only=True)
    imported = await import_dump(parts.database, dump, command.clear, dry_run=command.dry_run, tell=tell)
    return Outcome("benchmark_import.completed", imported.completed, commit=imported.commit)
