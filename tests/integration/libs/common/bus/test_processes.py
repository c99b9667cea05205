"""Consumers in processes of their own: they share the work, and what a killed one held goes to another."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from libs.common.bus import Bus
from libs.common.database.client import connect
from libs.common.tether import tethered
from tests.contract.bus.inbox import EXPORT, make
from tests.integration.libs.common.bus.consuming_process import opened_bus

ROOT = Path(__file__).parents[5]
START_SECONDS = 30.0


@dataclass
class Broker:
    address: str
    name: str

    @asynccontextmanager
    async def consumer(self, mode: str = "handle") -> AsyncIterator[Consumer]:
        module = "tests.integration.libs.common.bus.consuming_process"
        command = [sys.executable, "-m", module, self.address, self.name, EXPORT, mode]
        process = await asyncio.create_subprocess_exec(*tethered(command), cwd=ROOT, stdin=PIPE, stdout=PIPE)
        consumer = Consumer(process)
        try:
            assert await consumer.line() == "ready"
            yield consumer
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()


class Consumer:
    def __init__(self, process: Process) -> None:
        self.process = process

    async def line(self) -> str:
        assert self.process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            return (await self.process.stdout.readline()).decode().strip()

    async def stop(self) -> int:
        """End its input; it drains and ends by itself."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        async with asyncio.timeout(START_SECONDS):
            await self.process.wait()
        assert self.process.returncode is not None
        return self.process.returncode


@pytest.fixture(params=["embedded", "rabbit"])
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    if request.param == "rabbit":
        yield Broker(request.getfixturevalue("amqp_url"), "unused")
        return
    uri = request.getfixturevalue("mongo_uri")
    broker = Broker(uri, f"test_{uuid4().hex}")
    yield broker
    client = connect(uri, broker.name).client
    await client.drop_database(broker.name)
    client.close()


@pytest.fixture
async def bus(broker: Broker) -> AsyncIterator[Bus]:
    async with opened_bus(broker.address, broker.name) as bus:
        yield bus


async def test_two_processes_share_a_queue(broker: Broker, bus: Bus) -> None:
    async with broker.consumer("hang") as first, broker.consumer("hang") as second:
        messages = [make("export.request"), make("export.request")]
        for message in messages:
            await bus.publish(message)
        handled = {await first.line(), await second.line()}

    assert handled == {message.id for message in messages}


async def test_message_of_a_killed_process_goes_to_another(broker: Broker, bus: Bus) -> None:
    sent = make("export.request")
    async with broker.consumer("hang") as first:
        await bus.publish(sent)
        assert await first.line() == sent.id
        first.process.kill()
    async with broker.consumer() as second:
        assert await second.line() == sent.id


async def test_message_that_kills_each_consumer_is_a_dead_letter(broker: Broker, bus: Bus) -> None:
    sent = make("export.request", deadly=True)
    await bus.publish(sent)
    for _ in range(5):
        async with broker.consumer("hang") as consumer:
            assert await consumer.line() == sent.id
            consumer.process.kill()
    async with broker.consumer() as last, asyncio.timeout(START_SECONDS):
        while not (letters := await bus.dead_letters()):
            await asyncio.sleep(0.05)
        next_one = make("export.request")
        await bus.publish(next_one)
        assert await last.line() == next_one.id

    assert [letter.body for letter in letters] == ['{"deadly": true}']
    assert "never acknowledged" in letters[0].reason
    assert letters[0].queue == EXPORT


async def test_process_ends_in_order_when_told_to(broker: Broker, bus: Bus) -> None:
    async with broker.consumer() as consumer:
        sent = make("export.request")
        await bus.publish(sent)
        assert await consumer.line() == sent.id
        assert await consumer.stop() == 0

    assert await bus.depth(EXPORT) == 0
    assert await bus.dead_letters() == []
