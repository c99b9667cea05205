from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from libs.common.database.client import Database
from libs.common.database.collections import ensure_indexes
from libs.common.limits import Limits
from libs.common.parts import Parts, open_parts
from services.benchmarks.app import application, opened
from services.benchmarks.context import Benchmarks
from tests.conftest import MakeSettings
from tests.integration.services.benchmarks.desk import Desk


@pytest.fixture
async def store(database: Database) -> Database:
    """A database with the platform's indexes, for imports without a service."""
    await ensure_indexes(database)
    return database


@pytest.fixture
def limits() -> Limits:
    return Limits(idle_poll_seconds=0.5, job_lease_seconds=2, drain_seconds=5)


@pytest.fixture
async def parts(
    make_settings: MakeSettings, mongo_uri: str, database: Database, limits: Limits
) -> AsyncIterator[Parts]:
    settings = make_settings(mongo_uri=mongo_uri, db_name=database.name)
    async with open_parts(settings, limits, service="benchmarks") as parts:
        yield parts


@pytest.fixture
async def benchmarks(parts: Parts) -> AsyncIterator[Benchmarks]:
    """The service's parts, with nobody at work."""
    async with opened(parts) as benchmarks:
        yield benchmarks


@pytest.fixture
async def desk(parts: Parts, benchmarks: Benchmarks) -> AsyncIterator[Desk]:
    """A service at work."""
    async with application(parts):
        yield Desk(parts, benchmarks)
