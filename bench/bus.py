"""Messages through RabbitMQ: published with confirm, handled, acknowledged. Ours and bare aio-pika take turns."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final, Protocol

import aio_pika
import orjson
import uvloop
from aio_pika.abc import AbstractIncomingMessage

from bench.disk import fsync_figures
from bench.house import Site
from bench.report import Figure
from libs.common.bus.rabbit import RabbitBus, open_rabbit_bus
from libs.common.bus.topology import COMMANDS_EXCHANGE
from libs.common.events.envelope import Message, message, new_id
from libs.common.events.exports import ExportKind, ExportRequest

KEY: Final = "export.request"
QUEUE: Final = "exporter.export.request"
TYPE: Final = f"io.entrepot.{KEY}"
SOURCE: Final = "/entrepot/bench"
IN_FLIGHT: Final = 64
"""Publishers at the same time, and messages that handlers have at the same time."""
ROUNDS: Final = 5
"""Of each side, in turns, so that what else the machine does meets both."""
ALONE: Final = 200
"""Messages one after the other, for the latency of one."""
WORK: Final = "bus, {messages:,} messages, {in_flight} in flight"

Handled = Callable[[], None]


class Side(Protocol):
    """One way of sending and taking messages."""

    async def publish(self) -> None: ...

    def consuming(self, handled: Handled) -> AbstractAsyncContextManager[None]: ...


class Ours:
    def __init__(self, bus: RabbitBus) -> None:
        self._bus = bus

    async def publish(self) -> None:
        command = ExportRequest(slug="click", kind=ExportKind.STANDALONE)
        await self._bus.publish(
            message(KEY, command, source="bench", correlation_id=new_id(), subject="click")
        )

    def consuming(self, handled: Handled) -> AbstractAsyncContextManager[None]:
        async def handle(_: Message) -> None:
            handled()

        return self._bus.consume(QUEUE, handle, slots=IN_FLIGHT)


class Bare:
    """What an application writes without a bus of its own: the same message by hand, with confirm and prefetch."""

    def __init__(self, exchange: aio_pika.abc.AbstractExchange, queue: aio_pika.abc.AbstractQueue) -> None:
        self._exchange = exchange
        self._queue = queue

    async def publish(self) -> None:
        await self._exchange.publish(_by_hand(), KEY, mandatory=True)

    @asynccontextmanager
    async def consuming(self, handled: Handled) -> AsyncIterator[None]:
        async def handle(incoming: AbstractIncomingMessage) -> None:
            orjson.loads(incoming.body)
            handled()
            await incoming.ack()

        tag = await self._queue.consume(handle)
        try:
            yield
        finally:
            await self._queue.cancel(tag)


def _by_hand() -> aio_pika.Message:
    event_id, job_id, now = new_id(), new_id(), datetime.now(UTC)
    event = {"id": event_id, "type": TYPE, "source": SOURCE, "subject": "click", "time": now.isoformat()}
    event |= {"specversion": "1.0", "correlationid": job_id, "schemaversion": "1", "sequence": "0"}
    return aio_pika.Message(
        orjson.dumps({"slug": "click", "kind": "standalone", "estimate": False}),
        headers={f"ce-{name}": value for name, value in event.items()},
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=event_id,
        correlation_id=job_id,
        timestamp=now,
        type=TYPE,
        app_id=SOURCE,
    )


@dataclass(frozen=True)
class Round:
    rate: float
    """Messages a second, from the first publication to the last handler."""
    cpu: float
    """Seconds of this process per 1,000 messages, publisher and consumer together."""


def measure(site: Site, *, messages: int) -> list[Figure]:
    with site.servers.virtual_host() as amqp_url:
        figures: list[Figure] = uvloop.run(_measure(amqp_url, messages))
    return [*figures, *fsync_figures(site.folder)]


async def _measure(amqp_url: str, messages: int) -> list[Figure]:
    bus = await open_rabbit_bus(amqp_url, service="bench")
    try:
        async with _bare(amqp_url) as bare:
            sides: dict[str, Side] = {"ours": Ours(bus), "bare aio-pika": bare}
            rounds: dict[str, list[Round]] = {name: [] for name in sides}
            for _ in range(ROUNDS):
                for name, side in sides.items():
                    rounds[name].append(await _round(side, messages))
            latencies = {name: await _latency(side) for name, side in sides.items()}
    finally:
        await bus.close()
    return _figures(WORK.format(messages=messages, in_flight=IN_FLIGHT), rounds, latencies)


def _figures(work: str, rounds: dict[str, list[Round]], latencies: dict[str, float]) -> list[Figure]:
    ours, bare = rounds["ours"], rounds["bare aio-pika"]
    ratio = median(mine.rate / theirs.rate for mine, theirs in zip(ours, bare, strict=True))
    processor = median(theirs.cpu / mine.cpu for mine, theirs in zip(ours, bare, strict=True))
    figures = [
        Figure(work, "rate, ours / bare", ratio, "times", ">= 0.8"),
        Figure(work, "messages per CPU second, ours / bare", processor, "times"),
    ]
    for name, taken in rounds.items():
        figures += [
            Figure(work, f"{name}, rate", median(each.rate for each in taken), "/s"),
            Figure(work, f"{name}, CPU of 1,000", median(each.cpu for each in taken), "s"),
            Figure(work, f"{name}, latency of one p50", latencies[name] * 1000, "ms"),
        ]
    return figures


@asynccontextmanager
async def _bare(amqp_url: str) -> AsyncIterator[Bare]:
    """On two connections, as ours. The topology is declared already."""
    publishing, consuming = [await aio_pika.connect_robust(amqp_url) for _ in range(2)]
    async with publishing, consuming:
        exchange = await (await publishing.channel()).get_exchange(COMMANDS_EXCHANGE)
        channel = await consuming.channel()
        await channel.set_qos(prefetch_count=IN_FLIGHT)
        yield Bare(exchange, await channel.get_queue(QUEUE))


async def _round(side: Side, messages: int) -> Round:
    left, done = messages, asyncio.Event()

    def handled() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            done.set()

    async with side.consuming(handled):
        cpu, began = time.process_time(), time.perf_counter()
        await _in_flight(side.publish, messages)
        await done.wait()
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return Round(messages / seconds, 1000 * cpu / messages)


async def _in_flight(publish: Callable[[], Awaitable[Any]], messages: int) -> None:
    numbers = iter(range(messages))

    async def publisher() -> None:
        for _ in numbers:
            await publish()

    await asyncio.gather(*(publisher() for _ in range(IN_FLIGHT)))


async def _latency(side: Side) -> float:
    """Seconds from a publication to its handler, while nothing else is on the way."""
    arrived, taken = asyncio.Event(), []
    async with side.consuming(arrived.set):
        for _ in range(ALONE):
            arrived.clear()
            began = time.perf_counter()
            await asyncio.gather(side.publish(), arrived.wait())
            taken.append(time.perf_counter() - began)
    return median(taken)
