"""The service as it runs: commands in, terminal events out, two processes sharing the work."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from libs.common.events.envelope import new_id
from libs.common.events.exports import ExportCompleted, ExportKind, ExportRequest
from libs.common.jobs.model import Job, JobState, NewJob, Requester, Role
from libs.common.jobs.outbox import Outbox
from libs.common.parts import Parts
from services.exporter.app import application
from tests.integration.services.exporter.conftest import Register

ROOT = Path(__file__).parents[4]
DEADLINE = 60.0


async def ask(
    parts: Parts, slug: str, kind: ExportKind = ExportKind.STANDALONE, *, estimate: bool = False
) -> str:
    """Accept a job as the gateway does; its id."""
    command = ExportRequest(slug=slug, kind=kind, estimate=estimate)
    request = NewJob(
        kind="export.request",
        subject=slug,
        requester=Requester(email=f"{new_id()}@example.com", role=Role.VIEWER),
        input=command.model_dump(mode="json"),
    )
    created = await parts.jobs.create(request)
    await Outbox(parts.jobs, parts.bus).flush(created.job)
    return created.job.id


async def ended(parts: Parts, *job_ids: str) -> list[Job]:
    async with asyncio.timeout(DEADLINE):
        while True:
            jobs = [await parts.jobs.get(job_id) for job_id in job_ids]
            if all(job.ended for job in jobs):
                return jobs
            await asyncio.sleep(0.05)


async def test_a_command_ends_in_a_stored_zip(register: Register, parts: Parts) -> None:
    await register("click")
    async with application(parts):
        [job] = await ended(parts, await ask(parts, "click"))
    assert job.state is JobState.SUCCEEDED
    completed = ExportCompleted.model_validate(job.result)
    assert completed.file_size is not None
    blob = await parts.blobs.head(f"exports/{completed.filename}")
    assert blob is not None
    assert blob.size == completed.file_size


async def test_an_estimate_and_a_failure_end_too(register: Register, parts: Parts) -> None:
    await register("click")
    async with application(parts):
        ids = [await ask(parts, "click", estimate=True), await ask(parts, "nothing")]
        estimated, failed = await ended(parts, *ids)
    assert ExportCompleted.model_validate(estimated.result).estimate is not None
    assert failed.state is JobState.FAILED
    assert failed.error is not None
    assert failed.error.code == "experiment-not-found"


@pytest.fixture
def replicas(parts: Parts, mongo_uri: str, tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Two processes of the service on the test's database and storage, ready for work."""
    environment = {
        "PATH": os.environ["PATH"],
        "MONGO_URI": mongo_uri,
        "DB_NAME": parts.settings.db_name,
        "SHARED_STORAGE_DIR": str(parts.settings.exports_dir),
    }
    started: list[subprocess.Popen[str]] = []
    for number in (1, 2):
        home = tmp_path / f"replica{number}"
        process = subprocess.Popen(
            [sys.executable, "-m", "services.exporter"],
            cwd=ROOT,
            env={**environment, "ENTREPOT_HOME": str(home)},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    yield started
    for process in started:
        process.kill()
        process.communicate()


async def test_two_processes_share_the_work_and_build_once(
    register: Register, parts: Parts, replicas: list[subprocess.Popen[str]]
) -> None:
    await register("click")
    await parts.database["click_clicks"].insert_many([{"n": n} for n in range(2_000)])
    ids = [await ask(parts, "click") for _ in range(8)]
    jobs = await ended(parts, *ids)
    for process in replicas:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(DEADLINE) for process in replicas] == [0, 0]
    results = [ExportCompleted.model_validate(job.result) for job in jobs]
    assert len({result.export_id for result in results}) == 1
    assert [result.reused for result in results].count(False) == 1
    assert len([blob async for blob in parts.blobs.list("exports/")]) == 1
