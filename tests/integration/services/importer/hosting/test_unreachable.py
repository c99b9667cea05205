"""Without Ray nothing is hosted, and everything else goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from libs.common.database.client import Database
from libs.common.hosting import Hostings, HostingState
from libs.common.jobs.model import JobState
from libs.common.limits import Limits
from libs.common.parts import open_parts
from services.importer.app import application
from services.importer.context import Importer
from tests.conftest import MakeSettings
from tests.integration.services.importer.bench import Bench
from tests.integration.services.importer.hosting.samples import sample
from tests.integration.services.importer.hosting.stage import zipped


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nonsense"])
async def test_a_cluster_out_of_reach_is_the_reason_that_is_told(
    make_settings: MakeSettings, mongo_uri: str, database: Database, tmp_path: Path, address: str
) -> None:
    settings = make_settings(mongo_uri=mongo_uri, db_name=database.name, ray_address=address)
    hostings = Hostings(database)
    async with (
        open_parts(settings, Limits(idle_poll_seconds=0.2), service="importer") as parts,
        application(parts, examples=tmp_path / "none"),
    ):
        job = await Bench(parts, Importer.of(parts)).run(zipped(sample("click")), slug="click")
        assert job.state is JobState.SUCCEEDED
        async with asyncio.timeout(60):
            while (
                hosting := await hostings.get("click")
            ) is None or hosting.state is not HostingState.FAILED:
                await asyncio.sleep(0.05)
    assert address in hosting.error[-1]
    assert hosting.tried == 1
