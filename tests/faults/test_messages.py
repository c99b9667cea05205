"""Messages that are poisoned, doubled, late, of an older or of a newer version: none stops or repeats any work."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aio_pika
import orjson
import pytest

from libs.common.bus import Bus
from libs.common.bus.rabbit import open_rabbit_bus
from libs.common.bus.topology import COMMANDS_EXCHANGE, EVENTS_EXCHANGE, queue_of
from libs.common.database.client import Database
from libs.common.database.collections import ensure_indexes
from libs.common.events.exports import ExportCompleted, ExportKind, ExportRequest
from libs.common.jobs.model import Job, JobState, NewJob, Requester, Role
from libs.common.jobs.outbox import Outbox
from libs.common.jobs.run import Outcome, Route, Run
from libs.common.jobs.store import JobNotFound, JobStore
from libs.common.jobs.worker import Worker
from libs.common.limits import Limits

KEY = "export.request"
SECONDS = 30.0
HEADERS: dict[str, Any] = {
    "ce-specversion": "1.0",
    "ce-id": "one",
    "ce-type": f"io.entrepot.{KEY}",
    "ce-source": "/other/system",
    "ce-subject": "click",
}
BODY = orjson.dumps({"slug": "click", "kind": "docker"})
POISON: dict[str, tuple[dict[str, Any], bytes]] = {
    "nothing": ({}, b""),
    "no header": ({}, BODY),
    "no body": (HEADERS, b""),
    "half a body": (HEADERS, BODY[:-3]),
    "no text": (HEADERS, b"\xff\xfe\x00"),
    "a list": (HEADERS, b"[1, 2]"),
    "a number": (HEADERS, b"7"),
    "very deep": (HEADERS, b'{"slug":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "large": (HEADERS, b'"' + b"x" * 2**20),
    "another specification": (HEADERS | {"ce-specversion": "9.9"}, BODY),
    "a type of nobody": (HEADERS | {"ce-type": "com.example.thing"}, BODY),
    "a bad time": (HEADERS | {"ce-time": "yesterday"}, BODY),
    "a bad sequence": (HEADERS | {"ce-sequence": "many"}, BODY),
    "a header that is a table": (HEADERS | {"ce-subject": {"a": [1, "b"]}, "ce-source": {"b": 1}}, b""),
    "an id that is a path": (HEADERS | {"ce-correlationid": "../../etc"}, BODY),
}


@dataclass
class House:
    """A worker on a real broker; `worked` counts the attempts of each job."""

    store: JobStore
    bus: Bus
    exchange: aio_pika.abc.AbstractExchange
    worked: Counter[str] = field(default_factory=Counter)

    async def throw(self, headers: dict[str, Any], body: bytes, **properties: Any) -> None:
        """As any program may that can write to the exchange of commands."""
        content_type = properties.pop("content_type", "application/json")
        await self.exchange.publish(
            aio_pika.Message(body, headers=headers, content_type=content_type, **properties), KEY
        )

    async def ask(self) -> Job:
        requester = Requester(email="ana@example.org", role=Role.DEVELOPER)
        given = ExportRequest(slug="click", kind=ExportKind.DOCKER).model_dump(mode="json")
        created = await self.store.create(NewJob(kind=KEY, subject="click", requester=requester, input=given))
        return created.job

    async def end(self, job_id: str) -> Job:
        async with asyncio.timeout(SECONDS):
            while True:
                try:
                    job = await self.store.get(job_id)
                except JobNotFound:
                    job = None
                if job is not None and job.ended:
                    return job
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        async def work(command: ExportRequest, run: Run) -> Outcome:
            self.worked[run.job.id] += 1
            done = ExportCompleted(slug=command.slug, kind=command.kind, message="Done.")
            return Outcome("export.completed", done)

        route = Route(KEY, ExportRequest, work, slots=2)
        limits = Limits(idle_poll_seconds=600, job_lease_seconds=2)  # only messages wake it
        async with Worker("exporter", [route], store=self.store, bus=self.bus, limits=limits):
            yield


@pytest.fixture
async def house(amqp_url: str, database: Database) -> AsyncIterator[House]:
    await ensure_indexes(database)
    bus = await open_rabbit_bus(amqp_url, service="test")
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        exchange = await (await connection.channel()).get_exchange(COMMANDS_EXCHANGE)
        yield House(JobStore(database, lease_seconds=2), bus, exchange)
    await bus.close()


async def test_poison_is_put_aside_and_stops_nobody(house: House) -> None:
    async with house.at_work():
        for name, (headers, body) in POISON.items():
            await house.throw(headers, body, message_id=name)
        job = await house.ask()
        assert await Outbox(house.store, house.bus).flush(job)
        assert (await house.end(job.id)).state is JobState.SUCCEEDED
        async with asyncio.timeout(SECONDS):
            while len(dead := await house.bus.dead_letters()) < len(POISON):
                await asyncio.sleep(0.1)

    assert {letter.id for letter in dead} == POISON.keys()
    assert [letter for letter in dead if not letter.reason or letter.queue != queue_of(KEY)] == []
    assert house.worked == {job.id: 1}


async def test_doubled_late_and_needless_wake_ups_repeat_no_work(house: House) -> None:
    jobs = [await house.ask() for _ in range(3)]
    wake_ups = [job.outbox[0] for job in reversed(jobs)]
    async with house.at_work():
        for wake_up in wake_ups * 10:
            await house.bus.publish(wake_up)
        for job in jobs:
            await house.end(job.id)
        for wake_up in wake_ups:  # long after the end
            await house.bus.publish(wake_up)
        await house.bus.publish(wake_ups[0].model_copy(update={"correlation_id": "no-such-job"}))
        last = await house.ask()
        await house.bus.publish(last.outbox[0])
        await house.end(last.id)

    assert house.worked == dict.fromkeys([*(job.id for job in jobs), last.id], 1)
    assert await house.bus.dead_letters() == []


OLDER = {name: value for name, value in HEADERS.items() if name != "ce-subject"}
NEWER = HEADERS | {
    "ce-schemaversion": "7",
    "ce-sequence": "5",
    "ce-tenant": "north",
    "ce-time": "2031-01-01T00:00:00+02:00",
}
VERSIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "older: the least that CloudEvents asks for": (OLDER, {"slug": "click", "kind": "docker"}),
    "newer: fields and attributes that nobody knows": (
        NEWER,
        {"slug": "click", "kind": "docker", "priority": 9, "options": {"deep": [1, {"a": None}]}},
    ),
}


@pytest.mark.parametrize("version", VERSIONS)
async def test_other_versions_are_understood(house: House, version: str) -> None:
    headers, payload = VERSIONS[version]
    async with house.at_work():
        await house.throw(headers, orjson.dumps(payload))
        job = await house.end("one")

    assert job.state is JobState.SUCCEEDED
    assert house.worked == {"one": 1}


async def test_structured_mode_is_understood(house: House) -> None:
    whole = {name.removeprefix("ce-"): value for name, value in HEADERS.items()}
    body = orjson.dumps({**whole, "datacontenttype": "application/json", "data": orjson.loads(BODY)})
    async with house.at_work():
        await house.throw({}, body, content_type="application/cloudevents+json")
        assert (await house.end("one")).state is JobState.SUCCEEDED


async def test_a_newer_version_that_lacks_what_we_need_fails_with_that_reason(house: House) -> None:
    async with house.at_work():
        await house.throw(NEWER, orjson.dumps({"experiment": "click"}))
        job = await house.end("one")

    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.code == "invalid-input"
    assert "slug" in job.error.message


async def test_a_subscriber_outlives_events_that_nobody_can_read(house: House, amqp_url: str) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def hear(event: Any) -> None:
        heard.put_nowait(event.id)

    async with house.bus.subscribe(["export.*"], hear), house.at_work():
        connection = await aio_pika.connect(amqp_url)
        async with connection:
            events = await (await connection.channel()).get_exchange(EVENTS_EXCHANGE)
            for headers, body in POISON.values():
                await events.publish(aio_pika.Message(body, headers=headers), "export.completed")
        job = await house.ask()
        await Outbox(house.store, house.bus).flush(job)
        await house.end(job.id)
        async with asyncio.timeout(SECONDS):
            while (await house.store.get(job.id)).outbox != []:
                await asyncio.sleep(0.02)
            assert await heard.get()
