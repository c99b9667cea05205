"""Each test of the port runs against each adapter on its real server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from libs.common.bus import Bus, retries
from tests.contract.bus.adapters import Adapter, embedded_adapter, rabbit_adapter


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler that fails is tried again at once."""
    monkeypatch.setattr(retries, "FIRST_RETRY_SECONDS", 0.001)


@pytest.fixture(autouse=True, scope="session")
def plain_logs() -> Iterator[None]:
    """The default renderer takes 0.2 s for a traceback with its locals, and blocks the event loop for it."""
    structlog.configure(
        processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    yield
    structlog.reset_defaults()


@pytest.fixture(params=["embedded", "rabbit"])
async def adapter(request: pytest.FixtureRequest) -> AsyncIterator[Adapter]:
    if request.param == "embedded":
        async with embedded_adapter(request.getfixturevalue("mongo_uri")) as adapter:
            yield adapter
    else:
        url, node = request.getfixturevalue("amqp_url"), request.getfixturevalue("rabbitmq_node")
        async with rabbit_adapter(url, node.management) as adapter:
            yield adapter


@pytest.fixture
async def bus(adapter: Adapter) -> Bus:
    return await adapter.open()


@pytest.fixture
async def other_bus(adapter: Adapter) -> Bus:
    """A second connection, as another process would have."""
    return await adapter.open()
