"""`kill -9` of a real importer at each step of an import: afterwards there is the old version or the new one, whole."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.archive.digest import hash_tree
from libs.common.events.envelope import Message
from libs.common.jobs.model import Job, JobState
from libs.common.parts import Parts
from libs.common.versions import PARTIAL, version_digest
from services.importer.app import application
from services.importer.context import Importer
from services.importer.working_copy import JOURNAL
from tests.integration.services.importer.bench import Bench, plan_of, until
from tests.integration.services.importer.uploads import experiment, zipped

ROOT = Path(__file__).resolve().parents[4]
FIRST, SECOND = experiment(a__py="a = 1\n"), experiment(b__py="b = 1\n")

POINTS = [
    "services.importer.importing:fetch@after#1",
    "services.importer.importing:examine@after#1",
    "services.importer.install:place@after#1",
    "services.importer.install:store_bundle@after#1",
    "services.importer.working_copy:make_durable@after#1",
    "services.importer.working_copy:WorkingCopies._write_note@after#1",
    "pathlib:Path.rename@after#2",
    "pathlib:Path.rename@after#3",
    "services.importer.working_copy:WorkingCopies.swap@after#1",
    "services.importer.history:History.add@after#1",
    "libs.common.jobs.store:JobStore.finish@after#1",
    "libs.common.jobs.outbox:Outbox.flush@before#1",
]


@pytest.fixture
def none(tmp_path: Path) -> Path:
    return tmp_path / "no-examples"


@pytest.fixture(autouse=True)
async def short_transactions(parts: Parts) -> AsyncIterator[None]:
    """A server keeps the transaction of a dead client, and its locks, for a minute; so long the job would wait."""
    admin = parts.database.client.admin
    await admin.command("setParameter", 1, transactionLifetimeLimitSeconds=5)
    yield
    await admin.command("setParameter", 1, transactionLifetimeLimitSeconds=60)


async def die_of(parts: Parts, point: str, mongo_uri: str) -> int:
    """Start an importer that dies at a point; its exit status."""
    environment = {
        "HOST_EXPERIMENTS": "0",
        "PATH": os.environ["PATH"],
        "MONGO_URI": mongo_uri,
        "DB_NAME": parts.settings.db_name,
        "ENTREPOT_HOME": str(parts.settings.home),
        "JOB_LEASE_SECONDS": "2",
        "IDLE_POLL_SECONDS": "0.2",
    }
    command = [sys.executable, "-m", "tests.integration.services.importer.dying", point]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(90):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        said, _ = await process.communicate()
        raise AssertionError(f"it did not die at {point}: {said.decode()[-4000:]}") from None
    return process.returncode or 0


async def assert_whole(bench: Bench) -> None:
    """Right after the death: everything that is named is there, and is what its name says."""
    config = await bench.config("click")
    assert config is not None
    revisions = await bench.revisions("click")
    assert config["platform"]["revision"] == revisions[-1]["revision"] == len(revisions)
    assert config["platform"]["digest"] == revisions[-1]["digest"]
    for version in revisions:
        assert await bench.parts.blobs.head(version["bundle"]["key"]) is not None
    for folder in (bench.root / "click").iterdir():
        assert version_digest(hash_tree(folder)) == folder.name


@pytest.mark.parametrize("point", POINTS)
async def test_the_import_comes_to_its_one_end(parts: Parts, mongo_uri: str, none: Path, point: str) -> None:
    bench = Bench(parts, Importer.of(parts))
    async with application(parts, examples=none):
        await bench.run(zipped(FIRST))
    told: dict[str, Message] = {}

    async def note(message: Message) -> None:
        told[message.id] = message

    async with parts.bus.subscribe(["import.completed", "import.failed", "experiment.registered"], note):
        job = await bench.send(zipped(SECOND))
        assert await die_of(parts, point, mongo_uri) == -signal.SIGKILL
        await assert_whole(bench)

        async with application(parts, examples=none):
            await _assert_done(bench, job)

            async def told_all() -> bool:
                return len(_keys(told, job)) >= 2

            await until(told_all, what="the end was told")
        assert _keys(told, job) == ["experiment.registered", "import.completed"]


async def _assert_done(bench: Bench, job: Job) -> None:
    ended = await bench.end(job)
    assert ended.state is JobState.SUCCEEDED, ended.error
    assert plan_of(ended).base_revision == 1
    assert [version["revision"] for version in await bench.revisions("click")] == [1, 2]
    await assert_whole(bench)

    async def settled() -> bool:
        return bench.copied("click") == SECOND and await bench.keys("uploads/") == []

    await until(settled, what="the copy is the new version and the upload is gone")
    left = {path.suffix for path in (bench.copy("click").parent / JOURNAL).iterdir()}
    assert left <= {".json", ".lock"}
    assert not [path for path in bench.root.iterdir() if path.name not in {"click", PARTIAL}]


def _keys(told: dict[str, Message], job: Job) -> list[str]:
    return sorted(message.routing_key for message in told.values() if message.correlation_id == job.id)


async def test_a_first_import_that_dies_before_its_commit_leaves_no_copy_behind(
    parts: Parts, mongo_uri: str, none: Path
) -> None:
    """The job is then cancelled: nobody ever finishes what the working copy shows already."""
    bench = Bench(parts, Importer.of(parts))
    job = await bench.send(zipped(FIRST))
    point = "services.importer.working_copy:WorkingCopies.swap@after#1"
    assert await die_of(parts, point, mongo_uri) == -signal.SIGKILL
    assert bench.copied("click") == FIRST
    assert await bench.config("click") is None
    await parts.database["jobs"].delete_one({"_id": job.id})

    async with application(parts, examples=none):
        assert not bench.copy("click").exists()
