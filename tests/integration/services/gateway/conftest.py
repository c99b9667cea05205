from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from libs.common.database.client import Database
from libs.common.limits import Limits
from libs.common.parts import Parts
from tests.conftest import MakeSettings
from tests.servers.binaries import free_port

from .house import Gateway, exporter, importer, open_house, serve

SMALL = 256 * 1024


@pytest.fixture
def limits() -> Limits:
    """Small enough to be reached, and quick."""
    return Limits(upload_packed_limit=SMALL, wait_seconds=20, drain_seconds=2, idle_poll_seconds=0.5)


@pytest.fixture
async def parts(make_settings: MakeSettings, limits: Limits, database: Database) -> AsyncIterator[Parts]:
    async with open_house(make_settings(port=free_port()), limits, database) as parts:
        yield parts


@pytest.fixture
async def gateway(parts: Parts) -> AsyncIterator[Gateway]:
    """Trusts loopback; nobody works on its jobs."""
    async with serve(parts) as gateway:
        await gateway.register("click", name="Click counter", description="counts")
        await gateway.register("old", status="archived")
        yield gateway


@pytest.fixture
async def staffed(gateway: Gateway) -> AsyncIterator[Gateway]:
    """A gateway whose jobs are worked on."""
    async with exporter(gateway.parts), importer(gateway.parts):
        yield gateway
