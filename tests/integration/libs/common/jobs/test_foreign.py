"""Other systems' commands, on the real broker: the same work, the same events, errors as events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
import orjson
import pytest

from libs.common.bus import Bus
from libs.common.bus.rabbit import open_rabbit_bus
from libs.common.events.envelope import Message, new_id
from libs.common.events.exports import ExportCompleted, ExportRequest
from libs.common.events.jobs import TERMINAL_PATTERNS
from libs.common.jobs.model import JobState
from libs.common.jobs.run import Outcome, Route, Run
from libs.common.jobs.store import JobStore
from libs.common.jobs.worker import Worker
from libs.common.limits import Limits
from tests.contract.bus.inbox import eventually


@pytest.fixture
async def bus(amqp_url: str) -> AsyncIterator[Bus]:
    bus = await open_rabbit_bus(amqp_url, service="test")
    yield bus
    await bus.close()


@asynccontextmanager
async def exporter(store: JobStore, bus: Bus) -> AsyncIterator[list[Message]]:
    """At work while entered; what it tells of ends is collected."""

    async def handle(command: ExportRequest, run: Run) -> Outcome:
        told = ExportCompleted(slug=command.slug, kind=command.kind, message=f"for {run.requester.email}")
        return Outcome("export.completed", told)

    told: list[Message] = []

    async def hear(event: Message) -> None:
        told.append(event)

    route = Route("export.request", ExportRequest, handle, slots=1)
    limits = Limits(idle_poll_seconds=60, drain_seconds=1)
    async with (
        bus.subscribe(TERMINAL_PATTERNS, hear),
        Worker("exporter", [route], store=store, bus=bus, limits=limits),
    ):
        yield told


async def send(amqp_url: str, data: object, **headers: str) -> None:
    """As a system would that knows nothing of us but the documents."""
    attributes = {"specversion": "1.0", "type": "io.entrepot.export.request", "source": "/acme/planner"}
    message = aio_pika.Message(
        orjson.dumps(data),
        content_type="application/json",
        headers={f"ce-{name}": value for name, value in (attributes | headers).items()},
    )
    async with await aio_pika.connect(amqp_url) as connection:
        exchange = await (await connection.channel()).get_exchange("entrepot.commands")
        await exchange.publish(message, "export.request")


async def test_a_command_is_answered_with_events(store: JobStore, bus: Bus, amqp_url: str) -> None:
    command, correlation = new_id(), new_id()
    async with exporter(store, bus) as told:
        await send(amqp_url, {"slug": "click", "kind": "docker"}, id=command)
        await send(amqp_url, {"slug": "click", "kind": "docker"}, id=new_id(), correlationid=correlation)
        await eventually(lambda: len(told) == 2)

    assert {event.correlation_id for event in told} == {command, correlation}
    assert {event.routing_key for event in told} == {"export.completed"}
    assert told[0].data["message"] == "for /acme/planner"
    job = await store.get(command)
    assert (job.state, job.subject, job.kind) == (JobState.SUCCEEDED, "click", "export.request")


async def test_a_command_that_comes_twice_is_done_once(store: JobStore, bus: Bus, amqp_url: str) -> None:
    command, last = new_id(), new_id()
    async with exporter(store, bus) as told:
        for each in (command, command, last):
            await send(amqp_url, {"slug": "click", "kind": "docker"}, id=each)
        await eventually(lambda: last in [event.correlation_id for event in told])

    assert [event.correlation_id for event in told] == [command, last]


async def test_a_payload_that_does_not_fit_is_told_as_an_event(
    store: JobStore, bus: Bus, amqp_url: str
) -> None:
    async with exporter(store, bus) as told:
        await send(amqp_url, {"slug": "click", "kind": "paper"}, id=new_id())
        await eventually(lambda: bool(told))

    [event] = told
    assert event.routing_key == "export.failed"
    assert event.data["error"]["code"] == "invalid-input"
    assert "kind" in event.data["error"]["message"]


async def test_what_names_no_usable_job_is_a_dead_letter(store: JobStore, bus: Bus, amqp_url: str) -> None:
    async with exporter(store, bus) as told:
        await send(amqp_url, {"slug": "click", "kind": "docker"}, id="../etc passwd")
        async with asyncio.timeout(30):
            while not (dead := await bus.dead_letters()):
                await asyncio.sleep(0.05)

    assert "must be 1 to 100 letters" in dead[0].reason
    assert told == []
