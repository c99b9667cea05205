from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.limits import Limits
from libs.common.parts import Parts, open_parts
from libs.common.retention import spare
from libs.common.retention.sweep import sweep
from libs.common.versions import PARTIAL
from services.importer.app import application
from services.importer.context import Importer
from services.importer.folders import StaleFolders
from services.importer.retention import shared_rules
from services.importer.upkeep import upkeep
from tests.conftest import MakeSettings
from tests.integration.services.importer.bench import Bench, until
from tests.integration.services.importer.uploads import experiment, zipped

FIRST, SECOND = experiment(), experiment(b__py="b = 1\n")


@pytest.fixture
async def others(
    make_settings: MakeSettings, mongo_uri: str, limits: Limits, tmp_path: Path, parts: Parts
) -> AsyncIterator[Parts]:
    """Of a second host, with disks of its own and the same storage."""
    settings = make_settings(
        home=tmp_path / "other",
        mongo_uri=mongo_uri,
        db_name=parts.settings.db_name,
        host_experiments=False,
        shared_storage_dir=parts.settings.exports_dir,
    )
    async with open_parts(settings, limits, service="importer") as others:
        yield others


@pytest.fixture
async def other_host(others: Parts, tmp_path: Path) -> AsyncIterator[Bench]:
    """A second importer at work."""
    async with application(others, examples=tmp_path / "none"):
        yield Bench(others, Importer.of(others))


@pytest.fixture
async def watcher(others: Parts) -> AsyncIterator[Bench]:
    """A second importer whose slots are all taken: it only follows."""
    importer = Importer.of(others)
    async with upkeep(importer):
        yield Bench(others, importer)


def make_old(path: Path, importer: Importer) -> None:
    then = time.time() - spare(importer.parts.limits).total_seconds() - 60
    os.utime(path, (then, then))


class TestOtherHosts:
    async def test_their_copies_follow(self, bench: Bench, other_host: Bench) -> None:
        for files in (FIRST, SECOND):
            await bench.run(zipped(files))

        for host in (bench, other_host):

            async def follows(host: Bench = host) -> bool:
                return host.copy("click").exists() and host.copied("click") == SECOND

            await until(follows, what="both hosts have the new copy")

    async def test_an_edit_there_is_left_alone(self, bench: Bench, watcher: Bench) -> None:
        await bench.run(zipped(FIRST))

        async def copied() -> bool:
            return watcher.importer.copies.look("click").is_untouched and watcher.copy("click").exists()

        await until(copied, what="the first copy on the other host")
        (watcher.copy("click") / "actor.py").write_text("edited there")
        await bench.run(zipped(SECOND))
        await bench.run(zipped(experiment("marker")))

        async def marked() -> bool:
            return watcher.copy("marker").exists()

        await until(marked, what="the other host has seen all")
        assert watcher.copied("click")["actor.py"] == "edited there"
        assert len(await bench.revisions("click")) == 2

    async def test_two_share_the_work_and_serialise_one_slug(self, bench: Bench, other_host: Bench) -> None:
        jobs = [await bench.send(zipped(experiment(n__py=f"n = {number}\n"))) for number in range(6)]
        jobs += [await bench.send(zipped(experiment(f"other-{number}"))) for number in range(4)]

        ended = await asyncio.gather(*(bench.end(job) for job in jobs))

        assert [job.error for job in ended] == [None] * 10
        assert [version["revision"] for version in await bench.revisions("click")] == [1, 2, 3, 4, 5, 6]


class TestStart:
    async def test_a_copy_that_is_behind_is_brought_up(self, parts: Parts, tmp_path: Path) -> None:
        bench = Bench(parts, Importer.of(parts))
        async with application(parts, examples=tmp_path):
            await bench.run(zipped(FIRST))
        (bench.copy("click") / "actor.py").unlink()
        bench.copy("click").rename(tmp_path / "lost")

        async with application(parts, examples=tmp_path / "none"):
            assert bench.copied("click") == FIRST

    async def test_a_damaged_version_does_not_stop_the_service(self, parts: Parts, tmp_path: Path) -> None:
        bench = Bench(parts, Importer.of(parts))
        async with application(parts, examples=tmp_path):
            await bench.run(zipped(FIRST))
        bench.copy("click").rename(tmp_path / "lost")
        (bench.root / "click").rename(tmp_path / "lost-versions")
        for key in await bench.keys("click/"):
            await parts.blobs.delete(key)

        async with application(parts, examples=tmp_path / "none"):
            assert not bench.copy("click").exists()
            await bench.run(zipped(experiment("other")))


class TestSweep:
    async def test_what_nobody_names_goes_and_what_is_young_or_named_stays(self, bench: Bench) -> None:
        await bench.run(zipped(FIRST))
        importer, blobs = bench.importer, bench.parts.blobs
        old = [
            "uploads/old.zip",
            "click/runtime-20200101T000000000000Z.zip",
            "gone/runtime-20200101T000000000000Z.zip",
        ]
        young = ["uploads/young.zip", "click/runtime-20210101T000000000000Z.zip"]
        foreign = ["exports/click_intelligent_export_20200101.zip", "click/notes.zip"]
        for key in (*old, *young, *foreign):
            await blobs.put(key, _bytes())
        for key in (*old, *foreign, *await bench.keys("click/")):
            if key not in young:
                make_old(bench.parts.settings.exports_dir / key, importer)
        folders = [bench.root / PARTIAL / "old", bench.root / "click" / ("f" * 64)]
        for folder in (*folders, bench.root / PARTIAL / "young"):
            folder.mkdir(parents=True)
        for folder in (*folders, *(bench.root / "click").iterdir()):
            make_old(folder, importer)

        await sweep([*shared_rules(importer), StaleFolders(importer)])

        kept = set(await bench.keys(""))
        assert not kept & set(old)
        assert {*young, *foreign} <= kept
        assert len([key for key in kept if key.startswith("click/runtime-2")]) == 2
        assert not any(folder.exists() for folder in folders)
        assert (bench.root / PARTIAL / "young").exists()
        assert len(list((bench.root / "click").iterdir())) == 1

    async def test_the_upload_of_a_waiting_job_stays(self, parts: Parts) -> None:
        bench = Bench(parts, Importer.of(parts))
        job = await bench.send(zipped(FIRST))
        make_old(parts.settings.exports_dir / job.input["upload_key"], bench.importer)

        await sweep(shared_rules(bench.importer))

        assert await bench.keys("uploads/") == [job.input["upload_key"]]


async def _bytes() -> AsyncIterator[bytes]:
    yield b"x"
