"""An import that is cancelled, or runs out of time, at each of its stages: nothing of it remains."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from libs.common.database.client import Database
from libs.common.jobs.model import Job, JobState, Requester, Role
from libs.common.limits import Limits
from libs.common.parts import Parts, open_parts
from services.importer.app import application
from services.importer.context import Importer
from tests.conftest import MakeSettings
from tests.faults.audit import AT_ONCE, orphans, sweep_everything
from tests.integration.services.importer.bench import Bench, until
from tests.integration.services.importer.exporting import data_files, standalone
from tests.integration.services.importer.samples import asides, everything, fill
from tests.integration.services.importer.uploads import experiment, zipped

ADMIN = Requester(email="admin@example.org", role=Role.ADMIN)
OLD, NEW = experiment(a__py="a = 1\n"), experiment(b__py="b = 1\n")
DATA = "services.importer.data"
STAGES = [
    "services.importer.importing:fetch",
    f"{DATA}.stage:create_indexes",
    "services.importer.install:store_bundle",
    "services.importer.install:Installation.finish",
    "services.importer.install:Installation.swap",
    f"{DATA}.switch:_thaw",
]
"""Functions after which the import stands still, in their order; the first two change nothing that anybody sees."""


class Hold:
    """An import stands still after a function, the first time that it returns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
        self._reached = asyncio.Event()
        module, _, name = stage.partition(":")
        owner: Any = importlib.import_module(module)
        *classes, name = name.split(".")
        for each in classes:
            owner = getattr(owner, each)
        original = getattr(owner, name)

        async def and_hold(*args: Any, **kwargs: Any) -> Any:
            result = await original(*args, **kwargs)
            if not self._reached.is_set():
                self._reached.set()
                await asyncio.Event().wait()
            return result

        monkeypatch.setattr(owner, name, and_hold)

    async def reached(self) -> None:
        async with asyncio.timeout(30):
            await self._reached.wait()


@pytest.fixture
def limits(request: pytest.FixtureRequest) -> Limits:
    """The test of deadlines has a short one."""
    seconds = 4.0 if "deadline" in request.node.name else 60.0
    return Limits(idle_poll_seconds=0.2, job_lease_seconds=1, job_deadline_seconds=seconds)


@pytest.fixture
async def bench(
    make_settings: MakeSettings, mongo_uri: str, database: Database, limits: Limits, tmp_path: Path
) -> AsyncIterator[Bench]:
    """An importer at work, with the old version and its data."""
    settings = make_settings(mongo_uri=mongo_uri, db_name=database.name, host_experiments=False)
    async with (
        open_parts(settings, limits, service="importer") as parts,
        application(parts, examples=tmp_path / "none"),
    ):
        bench = Bench(parts, Importer.of(parts))
        await bench.run(zipped(OLD))
        await fill(parts.database)
        yield bench


async def new_version(bench: Bench, folder: Path) -> bytes:
    """Other code, and other data than there are."""
    packed = standalone(NEW, await data_files(bench.parts.database, "click", folder))
    await bench.parts.database["click_rows"].delete_many({"_id": 3})
    return packed


async def assert_nothing_changed(bench: Bench, job: Job, before: dict[str, object]) -> None:
    async def settled() -> bool:
        is_old = bench.copied("click") == OLD and await everything(bench.parts.database) == before
        return is_old and await bench.keys("uploads/") == []

    await until(settled, what="the old version and its data are back, and the upload is gone")
    assert [version["revision"] for version in await bench.revisions("click")] == [1]
    parts = Parts(**{**vars(bench.parts), "limits": AT_ONCE})
    await sweep_everything(parts)
    assert await orphans(parts) == set()
    assert await asides(parts.database) == []
    assert (await bench.run(zipped(NEW))).state is JobState.SUCCEEDED  # nothing holds the experiment


@pytest.mark.parametrize("stage", STAGES)
async def test_cancelled(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: str) -> None:
    packed = await new_version(bench, tmp_path)
    before = await everything(bench.parts.database)
    hold = Hold(monkeypatch, stage)
    job = await bench.send(packed, with_data="replace")
    await hold.reached()
    await bench.parts.jobs.cancel(job.id, ADMIN)
    ended = await bench.end(job)

    assert ended.state is JobState.CANCELLED
    assert ended.cancel_requested_by == ADMIN.email
    await assert_nothing_changed(bench, job, before)


@pytest.mark.parametrize("stage", [STAGES[0], STAGES[-1]])
async def test_over_its_deadline(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: str
) -> None:
    packed = await new_version(bench, tmp_path)
    before = await everything(bench.parts.database)
    hold = Hold(monkeypatch, stage)
    job = await bench.send(packed, with_data="replace")
    await hold.reached()
    ended = await bench.end(job)

    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert (ended.error.code, ended.error.message) == ("deadline-exceeded", "Not done within 4 s.")
    await assert_nothing_changed(bench, job, before)
