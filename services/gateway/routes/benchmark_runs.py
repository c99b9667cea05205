"""Benchmark runs: ask for one, look at them; dumps of what is published."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from libs.common.benchmarks.reading import BenchmarkReader
from libs.common.blobs import BlobNotFound
from libs.common.events.benchmarks import BenchmarkDumpCompleted
from libs.common.events.envelope import new_id
from libs.common.jobs.model import Job, JobState
from libs.common.jobs.store import JobNotFound
from services.gateway.admission import caller_of
from services.gateway.answers import answer, answer_job, see_other
from services.gateway.auth.access import DEVELOPER, VIEWER
from services.gateway.edge import edge_of
from services.gateway.reading import read_json, read_query
from services.gateway.resources.benchmark_runs import (
    DumpAnswer,
    DumpBody,
    RunAnswer,
    RunBody,
    RunPage,
    RunQuery,
    RunResource,
    RunWithResults,
)
from services.gateway.routing import Endpoint
from services.gateway.submit import Order

DUMP_COMMAND: Final = "benchmark_dump.request"


class RunOrder(Order):
    """Its run id is new each time, so the same request sent again is known by everything else."""

    def digest(self) -> str:
        return Order(self.kind, None, self.input, self.identity).digest()


async def start_run(request: web.Request) -> web.StreamResponse:
    """Mostly answered 202: a run takes minutes."""
    body = await read_json(request, RunBody)
    run_id = new_id()
    order = RunOrder.of("benchmark_run.request", run_id, body.as_command(run_id), identity={"run_id": ""})
    submitted = await edge_of(request).submissions.submit(request, caller_of(request), order)

    async def completed(job: Job) -> web.StreamResponse:
        return answer(RunAnswer.of(job))

    return await answer_job(submitted, completed)


async def list_runs(request: web.Request) -> web.StreamResponse:
    query = read_query(request, RunQuery)
    found = await _reader(request).runs(before=query.before, limit=query.limit)
    return answer(
        RunPage(
            runs=[RunResource.of(run) for run in found],
            next=found[-1].id if len(found) == query.limit else None,
        )
    )


async def show_run(request: web.Request) -> web.StreamResponse:
    reader = _reader(request)
    run = await reader.run(request.match_info["run_id"])
    shown = RunResource.of(run).model_dump()
    return answer(RunWithResults(**shown, results=await reader.results(run)))


async def make_dump(request: web.Request) -> web.StreamResponse:
    """A ZIP as `export_sql_dump` writes it, for download."""
    body = await read_json(request, DumpBody)
    order = Order.of(DUMP_COMMAND, None, body.as_command())
    submitted = await edge_of(request).submissions.submit(request, caller_of(request), order)

    async def completed(job: Job) -> web.StreamResponse:
        return answer(DumpAnswer.of(job))

    return await answer_job(submitted, completed)


async def download_dump(request: web.Request) -> web.StreamResponse:
    """Leads to a link that is good for a while. Raises: JobNotFound, BlobNotFound."""
    edge = edge_of(request)
    job = await edge.parts.jobs.get(request.match_info["job_id"])
    if job.kind != DUMP_COMMAND or job.state is not JobState.SUCCEEDED:
        raise JobNotFound(f"There is no finished dump {job.id!r}.")
    completed = BenchmarkDumpCompleted.model_validate(job.result)
    if await edge.parts.blobs.head(completed.dump_key) is None:
        raise BlobNotFound("The dump is no longer stored; make a new one.")
    seconds = edge.parts.limits.link_seconds
    return see_other(
        await edge.parts.blobs.link(completed.dump_key, filename=completed.filename, seconds=seconds)
    )


def _reader(request: web.Request) -> BenchmarkReader:
    return BenchmarkReader(edge_of(request).parts.database)


ENDPOINTS: Final = [
    Endpoint("POST", "/api/benchmark-runs", start_run, DEVELOPER),
    Endpoint("GET", "/api/benchmark-runs", list_runs, VIEWER),
    Endpoint("GET", "/api/benchmark-runs/{run_id}", show_run, VIEWER),
    Endpoint("POST", "/api/benchmark-dumps", make_dump, VIEWER),
    Endpoint("GET", "/api/benchmark-dumps/{job_id}/download", download_dump, VIEWER),
]
