"""Many readers of one gateway's events: how long an event is under way to each, and what readers cost."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Final, cast

import psutil
import uvloop

from bench.house import House, Site, open_house
from bench.http_load import request
from bench.report import Figure
from bench.sampling import MIB, cpu_seconds
from libs.common.bus.rabbit import open_rabbit_bus
from libs.common.events.envelope import Message, message, new_id
from libs.common.events.jobs import JobProgressed, Progress

WORK: Final = "event streams, {clients:,} readers, {rate:g} events/s"
KEY: Final = "export.progressed"
SENT_AT: Final = re.compile(rb'"stage": ?"(\d+)"')
"""When an event was handed to the bus, in nanoseconds of this process's clock."""
WARM_UP: Final = 5
"""Events that are not counted."""
SECONDS: Final = 60.0
"""For all readers to come, and for the last event to arrive."""
KIB: Final = 1024


@dataclass
class Heard:
    """What all readers together have heard; latencies in nanoseconds."""

    wanted: int
    opened: int = 0
    latencies: list[int] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def all_opened(self) -> None:
        await self._until(lambda: self.opened == self.wanted)

    async def all_told(self, events: int) -> None:
        await self._until(lambda: len(self.latencies) >= events * self.wanted)

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Raises: TimeoutError."""
        async with asyncio.timeout(SECONDS):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


class Reader(asyncio.Protocol):
    """Costs next to nothing, as the reader shares two cores with what is measured."""

    def __init__(self, sent: bytes, heard: Heard) -> None:
        self._sent = sent
        self._heard = heard
        self._rest = b""
        self._is_open = False
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)  # uvloop's own do not say so
        self.transport.write(self._sent)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter_ns()
        *blocks, self._rest = (self._rest + data).split(b"\n\n")
        for block in blocks:
            if found := SENT_AT.search(block):
                self._heard.latencies.append(now - int(found[1]))
            elif not self._is_open and b"\nid: " in block:  # where it is: from here on nothing is missed
                self._is_open = True
                self._heard.opened += 1
        self._heard.changed.set()


def measure(site: Site, *, clients: int, seconds: float, rate: float = 5.0) -> list[Figure]:
    with open_house(site) as house, house.serving("gateway") as [gateway]:
        process = psutil.Process(gateway.process.pid)
        return uvloop.run(_measure(house, process, clients=clients, events=int(seconds * rate), rate=rate))


async def _measure(
    house: House, gateway: psutil.Process, *, clients: int, events: int, rate: float
) -> list[Figure]:
    idle = gateway.memory_info().rss
    heard = Heard(wanted=clients)
    readers = await _connect(house, heard)
    await heard.all_opened()
    await _publish(house, WARM_UP, rate)
    await heard.all_told(WARM_UP)
    heard.latencies.clear()
    cpu = cpu_seconds(gateway)
    await _publish(house, events, rate)
    await heard.all_told(events)
    cpu, full = cpu_seconds(gateway) - cpu, gateway.memory_info().rss
    for each in readers:
        if each.transport is not None:
            each.transport.close()
    work = WORK.format(clients=clients, rate=rate)
    milliseconds = [latency / 1e6 for latency in heard.latencies]
    return [
        Figure(work, "latency p50", median(milliseconds), "ms"),
        Figure(work, "latency p99", quantiles(milliseconds, n=100)[98], "ms", "< 250"),
        Figure(work, "latency, slowest", max(milliseconds), "ms"),
        Figure(work, "told more or less often than once", len(milliseconds) - events * clients, "", "0"),
        Figure(work, "memory of the gateway", full / MIB, "MiB"),
        Figure(work, "memory for each reader", (full - idle) / KIB / clients, "KiB"),
        Figure(work, "CPU of the gateway per event and reader", cpu * 1e6 / (events * clients), "µs"),
    ]


async def _connect(house: House, heard: Heard) -> list[Reader]:
    sent = request("GET", "/api/events", {**house.authorization, "Accept": "text/event-stream"})
    loop = asyncio.get_running_loop()
    readers = []
    for _ in range(heard.wanted):
        _, reader = await loop.create_connection(lambda: Reader(sent, heard), "127.0.0.1", house.port)
        readers.append(reader)
    return readers


async def _publish(house: House, events: int, rate: float) -> None:
    """At even times, whatever the platform does meanwhile."""
    bus = await open_rabbit_bus(house.amqp_url, service="bench")
    now = asyncio.get_running_loop().time
    began = now()
    try:
        for number in range(events):
            await asyncio.sleep(began + number / rate - now())
            await bus.publish(_event(number))
    finally:
        await bus.close()


def _event(number: int) -> Message:
    progress = Progress(stage=str(time.perf_counter_ns()), done=number, total=10_000, unit="documents")
    payload = JobProgressed(job_id=new_id(), progress=progress)
    return message(KEY, payload, source="exporter", correlation_id=payload.job_id, subject="click")
