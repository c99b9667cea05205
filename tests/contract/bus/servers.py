"""Servers that a test may kill and start again, on the same data and at the same address."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

from libs.common.bus import Bus
from libs.common.bus.embedded import open_embedded_bus
from libs.common.bus.rabbit import open_rabbit_bus
from libs.common.database.client import connect
from libs.common.database.mongod import find_mongod, mongod_command
from libs.common.tether import tethered
from tests.servers.binaries import free_port, wait_until
from tests.servers.mongod import direct_uri, is_primary
from tests.servers.rabbitmq import RabbitmqNode, start_again

PRIVATE_SECONDS = 1.5
"""Life of a private queue in these tests, so that an outage outlasts it."""


class Server(Protocol):
    def open(self) -> AbstractAsyncContextManager[Bus]: ...

    def kill(self) -> None:
        """SIGKILL."""

    async def start(self) -> None:
        """Return when it takes requests again."""
        ...


class Mongod:
    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._command = tethered(mongod_command(find_mongod(), folder, self._port))
        self._uri = direct_uri("127.0.0.1", self._port)
        self._process: subprocess.Popen[bytes] | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Bus]:
        database = connect(self._uri, "entrepot")
        try:
            bus = await open_embedded_bus(
                database, service="test", lease_seconds=2, poll_seconds=1, private_seconds=PRIVATE_SECONDS
            )
            yield bus
            await bus.close()
        finally:
            database.client.close()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    async def start(self) -> None:
        # In this thread, whose child it stays.
        self._process = subprocess.Popen(  # noqa: ASYNC220
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
        member = f"127.0.0.1:{self._port}"
        await asyncio.to_thread(
            wait_until, lambda: is_primary(self._uri, member), seconds=30, what="mongod is primary"
        )


class Rabbitmq:
    def __init__(self, node: RabbitmqNode, amqp_url: str) -> None:
        self._node = node
        self._url = amqp_url

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Bus]:
        bus = await open_rabbit_bus(self._url, service="test")
        yield bus
        await bus.close()

    def kill(self) -> None:
        self._node.kill()

    async def start(self) -> None:
        await start_again(self._node)
