"""Who writes the log: one gateway at a time, the next one when it is gone."""

from __future__ import annotations

import asyncio

import pytest
from pymongo.errors import AutoReconnect

from libs.common.bus.embedded import open_embedded_bus
from libs.common.database.client import Database
from libs.common.database.collections import ensure_indexes
from libs.common.events.envelope import Message
from libs.common.leadership import Leadership
from services.gateway.events import recorder
from services.gateway.events.log import EventLog
from services.gateway.events.recorder import Recorder
from tests.integration.services.gateway.house import until

from .test_log import event, numbers


async def test_a_lease_has_one_holder(database: Database) -> None:
    one, other = (Leadership(database, "task", seconds=60) for _ in range(2))
    assert await one.hold()
    assert not await other.hold()
    assert await one.hold()
    await one.give_up()
    assert await other.hold()
    assert not await one.hold()
    assert (one.term, other.term) == (1, 2)


async def test_a_lease_that_is_not_renewed_passes_on(database: Database) -> None:
    one, other = (Leadership(database, "task", seconds=0.05) for _ in range(2))
    assert await one.hold()
    await until(other.hold)
    await one.give_up()  # of a lease that is another's now
    assert await other.hold()


async def test_the_next_gateway_goes_on_where_the_first_one_stopped(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "ROUND_SECONDS", 0.05)
    await ensure_indexes(database)
    bus = await open_embedded_bus(database, service="gateway")
    sent = [event() for _ in range(9)]
    one, other = (Recorder(database, bus, EventLog(database)) for _ in range(2))
    reader = EventLog(database)

    async def written(count: int) -> None:
        async def all_there() -> bool:
            return await reader.last() == count

        await until(all_there, seconds=30)

    async with other.at_work():
        async with one.at_work():
            for each in sent[:3]:
                await bus.publish(each)
            await written(3)
        for each in sent[3:6]:
            await bus.publish(each)
        await written(6)
    for each in sent[6:]:  # while nobody writes
        await bus.publish(each)
    async with one.at_work():
        await written(9)
    await bus.close()

    assert await numbers(reader) == list(range(1, 10))


class Unsteady(EventLog):
    """Out of reach for the first tries."""

    failures = 3

    async def append(self, event: Message) -> None:
        if self.failures:
            self.failures -= 1
            raise AutoReconnect("the database is away")
        await super().append(event)


async def test_an_event_waits_for_the_database_as_long_as_it_takes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "AGAIN_SECONDS", 0.01)
    await ensure_indexes(database)
    bus = await open_embedded_bus(database, service="gateway")
    events = Unsteady(database)
    async with Recorder(database, bus, events).at_work():
        await bus.publish(event())

        async def written() -> bool:
            return await events.last() == 1

        await until(written)
    await bus.close()
    assert events.failures == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}
