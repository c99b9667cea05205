from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.database.client import Database
from libs.common.limits import Limits
from libs.common.parts import Parts, open_parts
from services.importer.app import application
from services.importer.context import Importer
from tests.conftest import MakeSettings
from tests.integration.services.importer.bench import Bench


@pytest.fixture
def limits() -> Limits:
    return Limits(kept_versions=3, idle_poll_seconds=0.2, job_lease_seconds=2)


@pytest.fixture
async def parts(
    make_settings: MakeSettings, mongo_uri: str, database: Database, limits: Limits
) -> AsyncIterator[Parts]:
    settings = make_settings(mongo_uri=mongo_uri, db_name=database.name, host_experiments=False)
    async with open_parts(settings, limits, service="importer") as parts:
        yield parts


@pytest.fixture
async def bench(parts: Parts, tmp_path: Path) -> AsyncIterator[Bench]:
    """An importer without examples."""
    async with application(parts, examples=tmp_path / "none"):
        yield Bench(parts, Importer.of(parts))
