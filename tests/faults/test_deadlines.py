"""A server that takes a connection and says nothing: each port gives up in time, with an error of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from urllib.parse import urlsplit

import pytest
from pymongo.errors import PyMongoError

from libs.common.bus import Bus, BusUnavailable
from libs.common.bus.rabbit import open_rabbit_bus
from libs.common.bus.rabbit.connection import reaching
from libs.common.database import client
from libs.common.database.client import Database, DatabaseUnavailable, check, connect, in_transaction
from libs.common.events.envelope import Message
from tests.contract.bus.inbox import EXPORT, make
from tests.servers.wire import Wire, wire

PATIENCE = 0.5
"""Seconds, in place of our deadlines."""
AT_MOST = 8.0
"""A call with a deadline has ended by then, however loaded the machine; one without never ends."""


def port_of(address: str) -> int:
    port = urlsplit(address).port
    assert port is not None
    return port


async def soon(call: Awaitable[object]) -> None:
    async with asyncio.timeout(AT_MOST):
        await call


@pytest.fixture
def broker_wire(amqp_url: str) -> Iterator[Wire]:
    with wire(port_of(amqp_url)) as made:
        yield made


@pytest.fixture
async def bus(amqp_url: str, broker_wire: Wire, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bus]:
    bus = await open_rabbit_bus(
        amqp_url.replace(f":{port_of(amqp_url)}", f":{broker_wire.port}"), service="test"
    )
    monkeypatch.setattr(reaching.__init__, "__defaults__", (PATIENCE,))
    yield bus
    broker_wire.mend()
    await bus.close()


async def ignore(_: Message) -> None: ...


async def enter(bus: Bus) -> None:
    async with bus.consume(EXPORT, ignore, slots=1):
        pytest.fail("nobody answered")


async def test_the_broker_is_silent(bus: Bus, broker_wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.common.bus.rabbit.consumer.REPLY_SECONDS", PATIENCE)
    await bus.check()
    broker_wire.silence()
    calls = [
        bus.publish(make("export.request")),
        bus.publish(make("export.completed")),
        bus.check(),
        bus.depth(EXPORT),
        bus.dead_letters(),
        enter(bus),
    ]
    results = await asyncio.gather(*(soon(call) for call in calls), return_exceptions=True)

    assert [type(result) for result in results] == [BusUnavailable] * len(calls)


@pytest.fixture
def database_wire(mongo_uri: str) -> Iterator[Wire]:
    with wire(port_of(mongo_uri)) as made:
        yield made


@pytest.fixture
def far_database(
    mongo_uri: str, database: Database, database_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    for name in ("SELECTION_TIMEOUT_MS", "OPERATION_TIMEOUT_MS"):
        monkeypatch.setattr(client, name, int(PATIENCE * 1000))
    monkeypatch.setattr(client, "TRANSACTION_RETRY_SECONDS", PATIENCE)
    far = connect(mongo_uri.replace(f":{port_of(mongo_uri)}", f":{database_wire.port}"), database.name)
    yield far
    database_wire.mend()
    far.client.close()


async def test_the_database_is_silent(far_database: Database, database_wire: Wire) -> None:
    things = far_database["things"]

    async def write(session: client.Session) -> None:
        await things.insert_one({}, session=session)

    await check(far_database)
    database_wire.silence()
    calls = [
        things.find_one({}),
        things.find({}).to_list(None),
        things.insert_one({}),
        things.count_documents({}),
        things.aggregate([{"$match": {}}]).to_list(None),
        in_transaction(far_database, write),
    ]
    results = await asyncio.gather(*(soon(call) for call in calls), return_exceptions=True)
    assert [isinstance(result, PyMongoError) for result in results] == [True] * len(calls), results
    with pytest.raises(DatabaseUnavailable):
        await soon(check(far_database))
