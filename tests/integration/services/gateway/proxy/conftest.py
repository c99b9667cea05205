from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.integration.services.gateway.house import Gateway

from .host import FakeHost, record, serving


@pytest.fixture
async def host(gateway: Gateway) -> AsyncIterator[FakeHost]:
    """Serves the experiment `click`."""
    async with serving(FakeHost("one")) as host:
        await record(gateway.parts.database, "click", host)
        yield host
