from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from entrepot_client import Client, Configuration

from libs.common.jobs.model import Role
from tests.integration.services.gateway.conftest import gateway, limits, parts, staffed  # noqa: F401  fixtures
from tests.integration.services.gateway.house import Gateway


@pytest.fixture
async def client(staffed: Gateway) -> AsyncIterator[Client]:  # noqa: F811
    """An administrator's, of a gateway whose jobs are worked on."""
    async with Client(await configuration(staffed)) as client:
        yield client


async def configuration(gateway: Gateway, role: Role = Role.ADMIN) -> Configuration:  # noqa: F811
    authorization = (await gateway.token(role))["Authorization"]
    return Configuration(url=gateway.base_url, token=authorization.removeprefix("Bearer "))
