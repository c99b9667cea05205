"""Both adapters, with what a test needs beside the port: raw messages, and a look at what is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol
from uuid import uuid4

import aio_pika

from libs.common.bus import Bus
from libs.common.bus.embedded import open_embedded_bus
from libs.common.bus.embedded.store import MESSAGES
from libs.common.bus.embedded.subscriptions import QUEUES as SUBSCRIPTION_QUEUES
from libs.common.bus.rabbit import open_rabbit_bus
from libs.common.bus.topology import DEAD_QUEUES, QUEUES
from libs.common.database.client import Database, connect
from libs.common.events.envelope import new_id
from tests.servers.rabbitmq_management import Management


class Adapter(Protocol):
    async def open(self) -> Bus:
        """A bus with a connection of its own; closed by the fixture."""
        ...

    async def put_raw(self, queue: str, body: str, headers: dict[str, str]) -> None:
        """What some other program might put into a queue."""
        ...

    async def subscription_queues(self) -> list[str]:
        """Names of the queues that exist beside those of commands."""
        ...


class EmbeddedAdapter:
    """Every bus has a client of its own, as processes have."""

    def __init__(self, mongo_uri: str, stack: AsyncExitStack) -> None:
        self._uri = mongo_uri
        self._name = f"test_{uuid4().hex}"
        self._stack = stack
        self._database = self._connect()
        stack.push_async_callback(self._database.client.drop_database, self._name)

    async def open(self) -> Bus:
        bus = await open_embedded_bus(self._connect(), service="test")
        self._stack.push_async_callback(bus.close)
        return bus

    async def put_raw(self, queue: str, body: str, headers: dict[str, str]) -> None:
        document = {"_id": new_id(), "queue": queue, "deliveries": 0, "headers": headers, "body": body}
        await self._database[MESSAGES].insert_one(document)

    async def subscription_queues(self) -> list[str]:
        documents = await self._database[SUBSCRIPTION_QUEUES].find().to_list(None)
        return [document["_id"] for document in documents]

    def _connect(self) -> Database:
        database = connect(self._uri, self._name)
        self._stack.callback(database.client.close)
        return database


class RabbitAdapter:
    def __init__(self, amqp_url: str, management: Management, stack: AsyncExitStack) -> None:
        self._url = amqp_url
        self._management = management
        self._stack = stack

    async def open(self) -> Bus:
        bus = await open_rabbit_bus(self._url, service="test")
        self._stack.push_async_callback(bus.close)
        return bus

    async def put_raw(self, queue: str, body: str, headers: dict[str, str]) -> None:
        async with await aio_pika.connect(self._url) as connection, connection.channel() as channel:
            message = aio_pika.Message(body.encode(), headers=dict(headers))
            await channel.default_exchange.publish(message, queue)

    async def subscription_queues(self) -> list[str]:
        vhost = self._url.rpartition("/")[2]
        queues = self._management.call("GET", f"/queues/{vhost}")
        return [queue["name"] for queue in queues if queue["name"] not in QUEUES | DEAD_QUEUES]


@asynccontextmanager
async def embedded_adapter(mongo_uri: str) -> AsyncIterator[Adapter]:
    async with AsyncExitStack() as stack:
        yield EmbeddedAdapter(mongo_uri, stack)


@asynccontextmanager
async def rabbit_adapter(amqp_url: str, management: Management) -> AsyncIterator[Adapter]:
    async with AsyncExitStack() as stack:
        yield RabbitAdapter(amqp_url, management, stack)
