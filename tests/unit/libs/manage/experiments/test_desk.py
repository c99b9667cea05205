"""Jobs asked for from a command line, on a real database; a worker of two lines stands for the importer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from libs.common.bus.embedded import open_embedded_bus
from libs.common.database.client import Database
from libs.common.database.collections import ensure_indexes
from libs.common.errors import Conflict, DeadlineExceeded
from libs.common.events.imports import ExperimentAction, ExperimentChanged, ExperimentRequest
from libs.common.jobs.run import Outcome, Route, Run
from libs.common.jobs.store import JobFilter, JobStore
from libs.common.jobs.worker import Worker
from libs.common.limits import Limits
from libs.common.parts import Parts
from libs.manage.experiments import desk as desk_module
from libs.manage.experiments.desk import Desk, JobFailed, NothingHosts
from tests.conftest import MakeSettings

SYNC = ExperimentRequest(slug="click", action=ExperimentAction.SYNC, note="why")
START = ExperimentRequest(slug="click", action=ExperimentAction.START)


@pytest.fixture
async def parts(make_settings: MakeSettings, database: Database) -> AsyncIterator[Parts]:
    await ensure_indexes(database)
    limits = Limits(drain_seconds=1, idle_poll_seconds=0.2)
    bus = await open_embedded_bus(database, service="manage")
    jobs = JobStore(database, lease_seconds=limits.job_lease_seconds)
    blobs: Any = None  # no job of these tests stores anything
    yield Parts(make_settings(), limits, database, bus, blobs, jobs)
    await bus.close()


def importer(parts: Parts) -> Worker:
    async def handle(command: ExperimentRequest, run: Run) -> Outcome:
        if command.action is ExperimentAction.START:
            raise Conflict("It does not start.", extensions={"last_lines": ["boom"]})
        message = f"{command.note}, by {run.requester.email}"
        return Outcome("experiment.synced", ExperimentChanged(slug=command.slug, message=message))

    route = Route("experiment.request", ExperimentRequest, handle, 1)
    return Worker("importer", [route], store=parts.jobs, bus=parts.bus, limits=parts.limits)


async def test_the_operator_asks_and_waits(parts: Parts) -> None:
    async with importer(parts):
        job = await Desk(parts, alone=False).ask(SYNC)

    assert job.result is not None
    assert job.result["message"] == "why, by operator@localhost"
    assert (job.subject, job.input["action"]) == ("click", "sync")


async def test_a_failed_job_tells_why(parts: Parts) -> None:
    async with importer(parts):
        with pytest.raises(JobFailed) as failed:
            await Desk(parts, alone=False).ask(START)

    assert (failed.value.error.code, failed.value.error.status) == ("conflict", 409)
    assert failed.value.error.extensions == {"last_lines": ["boom"]}


async def test_where_nobody_works_the_wait_ends(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "WAIT_SECONDS", 0.2)

    with pytest.raises(DeadlineExceeded, match="is queued and goes on without us"):
        await Desk(parts, alone=False).ask(SYNC)


async def test_alone_nothing_can_be_started(parts: Parts) -> None:
    with pytest.raises(NothingHosts, match=r"manage\.py up"):
        await Desk(parts, alone=True).ask(START)

    assert await parts.jobs.find(JobFilter(), limit=1) == []
