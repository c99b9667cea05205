"""Ends the documents of runs whose job ended without them: cancelled while no replica had it, or given up."""

from __future__ import annotations

from pymongo import DESCENDING

from libs.common.benchmarks.model import RunState
from libs.common.database.collections import BENCHMARK_RUNS, JOBS
from libs.common.jobs.model import JobState
from services.benchmarks.context import Benchmarks

RUN_COMMAND = "benchmark_run.request"
ENDINGS = {JobState.FAILED: RunState.FAILED, JobState.CANCELLED: RunState.CANCELLED}


async def settle_runs(benchmarks: Benchmarks) -> None:
    """Safe at any time: what a job that has not ended works on is left alone."""
    database = benchmarks.parts.database
    for run_id in await database[BENCHMARK_RUNS].distinct("_id", {"state": RunState.RUNNING.value}):
        asked = {"kind": RUN_COMMAND, "subject": run_id}
        job = await database[JOBS].find_one(asked, {"state": 1}, sort=[("_id", DESCENDING)])
        if job is not None and (state := ENDINGS.get(JobState(job["state"]))):
            await benchmarks.runs.finish(run_id, state)
