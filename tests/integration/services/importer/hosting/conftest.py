"""One local Ray for all of these tests, started by the holder of a home as in production; each test has a database."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from libs.common.database.client import Database
from libs.common.events.envelope import Message
from libs.common.home import reach_ray
from libs.common.limits import Limits
from libs.common.parts import open_parts
from libs.common.settings import Settings
from services.importer.app import application
from services.importer.context import Importer
from services.importer.hosting.cluster import Cluster
from tests.conftest import MakeSettings
from tests.integration.services.importer.bench import Bench
from tests.integration.services.importer.hosting.stage import Stage


@pytest.fixture(scope="session")
def held_home(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose holder starts Ray when first asked, and ends it at the end."""
    home = tmp_path_factory.mktemp("home")
    holder = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.services.importer.hosting.holder", str(home)],
        env={**os.environ, "MONGO_URI": mongo_uri, "PLATFORM_SECRET": "never-in-a-worker"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "holding\n"
    asyncio.run(reach_ray(Settings(home=home)))
    yield home
    holder.communicate(timeout=60)


@pytest.fixture
def limits() -> Limits:
    return Limits(idle_poll_seconds=0.2, job_lease_seconds=5, host_initialize_seconds=20)


@pytest.fixture
async def stage(  # noqa: PLR0917  (fixtures)
    make_settings: MakeSettings,
    held_home: Path,
    mongo_uri: str,
    database: Database,
    limits: Limits,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Stage]:
    """An importer that hosts, without examples; what it started ends with the test."""
    monkeypatch.setenv("PLATFORM_SECRET", "never-in-a-worker")
    settings = make_settings(
        home=held_home,
        mongo_uri=mongo_uri,
        db_name=database.name,
        experiments_dir=tmp_path / "experiments",
        shared_storage_dir=tmp_path / "blobs",
    )
    async with (
        open_parts(settings, limits, service="importer") as parts,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session,
        application(parts, examples=tmp_path / "none"),
    ):
        stage = Stage(Bench(parts, Importer.of(parts)), session)

        async def hear(event: Message) -> None:
            stage.heard.append(event)

        try:
            async with parts.bus.subscribe(("experiment.*",), hear):
                yield stage
        finally:
            await stage.settle()
            await _end_everything()


async def _end_everything() -> None:
    import ray

    if ray.is_initialized():
        cluster = Cluster()
        for name, row in (await cluster.actors()).items():
            if row.is_gone:
                continue
            if name.endswith("-actor"):
                await cluster.end_actor(name.removesuffix("-actor"))
            else:
                await cluster.kill_host(name)
