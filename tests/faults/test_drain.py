"""SIGTERM while jobs run: what ends within the grace ends, the rest is handed back and counts as no failure."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from libs.common.jobs.model import JobState
from tests.faults import work
from tests.faults.audit import jobs_of
from tests.faults.conftest import DRAIN_SECONDS, Broken
from tests.faults.outage import lossless

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("faults"), pytest.mark.timeout(1_500)]

LONG = 200_000
"""Generations that take far longer than the grace."""
EXIT_SECONDS = DRAIN_SECONDS + 15
"""With what a stop takes beside the grace, on a loaded machine."""


async def test_a_job_that_does_not_end_is_handed_back(platform: Broken, tmp_path: Path) -> None:
    process = platform.cluster.processes["benchmarks-0"]
    database = platform.cluster.database()
    async with lossless(platform.cluster, tmp_path) as outage:
        job_id = await outage.clients.submit(work.run("Crew", seed=1, budget=LONG))
        await until_state(outage.http, job_id, JobState.RUNNING)
        began = time.monotonic()
        assert await asyncio.to_thread(process.stop) == 0
        assert time.monotonic() - began < EXIT_SECONDS
        tasks = database["jobs"].find({"kind": "benchmark_task.request", "state": {"$ne": "succeeded"}})
        assert {(task["state"], task["failures"]) async for task in tasks} <= {("queued", 0)}
        [run] = (await jobs_of(database, [job_id])).values()
        assert (run.state, run.failures) == (JobState.QUEUED, 0)
        cancelled = await outage.http.delete(f"/api/jobs/{job_id}")
        assert cancelled.status_code in {200, 202}, cancelled.text
        outage.ledger.accepted.discard(job_id)
        process.start()
    database.client.close()


@pytest.mark.parametrize("name", ["exporter-0", "importer-0", "gateway-0"])
async def test_a_service_stops_in_the_middle_of_its_work(platform: Broken, tmp_path: Path, name: str) -> None:
    process = platform.cluster.processes[name]
    async with lossless(platform.cluster, tmp_path) as outage:
        asking = asyncio.create_task(outage.burst())
        assert await asyncio.to_thread(process.stop) == 0
        process.start()
        await asking


async def until_state(http: httpx.AsyncClient, job_id: str, state: JobState) -> None:
    async with asyncio.timeout(240):
        while (await http.get(f"/api/jobs/{job_id}")).json()["state"] != state:
            await asyncio.sleep(0.1)
