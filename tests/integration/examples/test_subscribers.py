"""The examples for other systems, as processes, on the real broker, as the limited user."""

from __future__ import annotations

import asyncio
import os
import queue
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import aio_pika
import orjson
import pytest
from aiormq.exceptions import ChannelAccessRefused

from deploy.rabbitmq.prepare import EVENTS_ONLY, SUBSCRIBER, Broker, admit
from libs.common.bus import Bus
from libs.common.bus.rabbit import open_rabbit_bus
from libs.common.events.envelope import message, new_id
from libs.common.events.examples import EXPORT_COMPLETED, IMPORT_COMPLETED
from tests.contract.bus.inbox import eventually
from tests.servers.debian_packages import library_path, unpacked
from tests.servers.rabbitmq import RabbitmqNode

EXAMPLES = Path(__file__).parents[3] / "examples"
PASSWORD = "of-other-systems"
SECONDS = 30


@pytest.fixture
async def bus(amqp_url: str) -> AsyncIterator[Bus]:
    bus = await open_rabbit_bus(amqp_url, service="test")
    yield bus
    await bus.close()


@pytest.fixture
def subscriber_url(rabbitmq_node: RabbitmqNode, amqp_url: str, bus: Bus) -> Iterator[str]:
    """As the limited user, in a virtual host where Entrepot's exchanges stand."""
    user, _, password = amqp_url.removeprefix("amqp://").partition("@")[0].partition(":")
    management = rabbitmq_node.management
    admit(
        Broker(management._url, user, password),
        SUBSCRIBER,
        PASSWORD,
        EVENTS_ONLY,
        vhost=vhost_of(amqp_url),
    )
    yield f"amqp://{SUBSCRIBER}:{PASSWORD}@{amqp_url.partition('@')[2]}"
    management.call("DELETE", f"/users/{SUBSCRIBER}")


def vhost_of(amqp_url: str) -> str:
    return amqp_url.rpartition("/")[2]


@contextmanager
def printing(command: Sequence[str], environment: dict[str, str]) -> Iterator[queue.Queue[str]]:
    """The lines that a process prints, as they come."""
    lines: queue.Queue[str] = queue.Queue()
    process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    output = process.stdout

    def read() -> None:
        for line in output:
            lines.put(line)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield lines
    finally:
        process.kill()
        process.wait()
        reader.join()
        output.close()


async def told(bus: Bus, node: RabbitmqNode, vhost: str, queue_name: str) -> str:
    """Publish two events once the queue is bound; the id of the job of the one that is wanted."""

    async def bound() -> bool:
        found = await asyncio.to_thread(node.management.call, "GET", f"/bindings/{vhost}")
        return any(each["destination"] == queue_name and each["source"] for each in found)

    async with asyncio.timeout(SECONDS):
        while not await bound():
            await asyncio.sleep(0.05)
    job = new_id()
    for key, payload, of in (
        ("import.completed", IMPORT_COMPLETED, new_id()),
        ("export.completed", EXPORT_COMPLETED, job),
    ):
        await bus.publish(message(key, payload, source="exporter", correlation_id=of))
    return job


async def test_the_subscriber_in_python(bus: Bus, subscriber_url: str, rabbitmq_node: RabbitmqNode) -> None:
    command = [sys.executable, str(EXAMPLES / "subscriber.py"), subscriber_url, "export.*"]
    with printing(command, {}) as lines:
        job = await told(bus, rabbitmq_node, vhost_of(subscriber_url), "subscriber.example")
        await eventually(lambda: not lines.empty(), seconds=SECONDS)
        line = orjson.loads(lines.get_nowait())

    assert (line["type"], line["job"]) == ("io.entrepot.export.completed", job)
    assert line["data"]["checksum"] == EXPORT_COMPLETED.checksum


async def test_the_subscriber_in_shell(bus: Bus, subscriber_url: str, rabbitmq_node: RabbitmqNode) -> None:
    root = unpacked("amqp-tools")
    environment = {
        "PATH": f"{root / 'usr/bin'}:{os.environ['PATH']}",
        "LD_LIBRARY_PATH": library_path(root),
    }
    with printing([str(EXAMPLES / "subscriber.sh"), subscriber_url, "export.*"], environment) as lines:
        await told(bus, rabbitmq_node, vhost_of(subscriber_url), "subscriber.shell")
        await eventually(lambda: not lines.empty(), seconds=SECONDS)
        line = orjson.loads(lines.get_nowait())

    assert line["checksum"] == EXPORT_COMPLETED.checksum


async def test_the_limited_user_can_do_nothing_else(subscriber_url: str) -> None:
    async with await aio_pika.connect(subscriber_url) as connection:
        channel = await connection.channel()
        for exchange in ("entrepot.events", "entrepot.commands"):
            with pytest.raises(ChannelAccessRefused):
                await (await channel.get_exchange(exchange, ensure=False)).publish(
                    aio_pika.Message(b"{}"), "export.request"
                )
            channel = await connection.channel()
        with pytest.raises(ChannelAccessRefused):
            await channel.declare_queue("mine")
        channel = await connection.channel()
        work = await channel.get_queue("exporter.export.request", ensure=False)
        with pytest.raises(ChannelAccessRefused):
            await work.get(no_ack=True, fail=False)
        channel = await connection.channel()
        own = await channel.declare_queue("subscriber.mine", auto_delete=True)
        with pytest.raises(ChannelAccessRefused):
            await own.bind("entrepot.commands", "#")
